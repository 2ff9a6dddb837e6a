//! Step 5: broadcast, multicast, and finding a server that nobody knows yet.

#[cfg(target_os = "linux")]
mod broadcast;
#[cfg(target_os = "linux")]
mod groups;
mod hostile;
mod programs;
#[cfg(target_os = "linux")]
mod sharing;
#[cfg(target_os = "linux")]
mod wire;

use std::{
    io::ErrorKind,
    net::{Ipv4Addr, SocketAddrV4, UdpSocket},
    thread,
    time::Duration,
};

use common::{Charset, Entry, Event as Seen, Transcript};
use lesson_udp::step05_many::{
    Heard, Many, Name, QUESTION, answer_next, bind_asked, bind_asking, discover,
};
use testkit::{DEADLINE, assert_transcript, within};

use crate::conversations::loopback;

/// Local to a site (RFC 2365 §6.1), and on the loopback interface.
fn group(port: u16) -> Many {
    let addr = SocketAddrV4::new(Ipv4Addr::new(239, 255, 80, 5), port);
    Many::GroupV4(addr, Ipv4Addr::LOCALHOST)
}

/// A socket for that, at a free port, and `many` with it.
fn asked(mut many: Many) -> (UdpSocket, Many) {
    let socket = bind_asked(many).expect("a free port");
    many.set_port(socket.local_addr().expect("it is bound").port());
    (socket, many)
}

fn name(text: &str) -> Name {
    text.parse().expect("a name")
}

/// Whether a datagram comes within that time; more than one is too many.
fn comes(socket: &UdpSocket, patience: Duration) -> bool {
    socket.set_read_timeout(Some(patience)).expect("more than zero");
    match socket.recv_from(&mut [0; 99]) {
        Ok(_) => true,
        Err(e) if e.kind() == ErrorKind::WouldBlock => false,
        Err(e) if e.kind() == ErrorKind::TimedOut => false,
        Err(e) => panic!("{e}"),
    }
}

/// For what comes, and for what does not.
const PATIENCE: Duration = Duration::from_secs(30);
const SHORT: Duration = Duration::from_millis(200);

/// One question to a group, two answers; what is no question has none.
#[test]
fn each_member_answers() {
    within(DEADLINE, || {
        let (first, many) = asked(group(0));
        let second = bind_asked(many).expect("the port can be shared");
        let servers = [("kitchen", first), ("cellar", second)];
        let serving = servers.map(|(called, asked)| {
            let service = UdpSocket::bind(loopback()).expect("a free port");
            let addr = service.local_addr().expect("it is bound");
            let serving = thread::spawn(move || {
                for _ in 0..2 {
                    answer_next(&asked, &service, &name(called), &mut |_| {})
                        .expect("a datagram");
                }
            });
            (called, addr, serving)
        });
        let client = bind_asking(many, 1).expect("a free port");
        client.set_read_timeout(Some(PATIENCE)).expect("more than zero");
        let mut transcript = Transcript::of_datagrams(Charset::Utf8);
        for bytes in [b"hello", QUESTION] {
            client.send_to(bytes, many.addr()).expect("sent");
            let event = Seen::Bytes(bytes.to_vec());
            transcript.push(Entry::new("client", "group", event));
        }
        let mut answers = [(); 2].map(|()| {
            let mut buffer = [0; 99];
            let (length, from) = client.recv_from(&mut buffer).expect("one");
            let server = serving.iter().find(|server| server.1 == from);
            let (called, ..) = server.expect("its own socket");
            (*called, buffer[..length].to_vec())
        });
        // Whoever was quicker.
        answers.sort();
        for (called, bytes) in answers {
            let event = Seen::Bytes(bytes);
            transcript.push(Entry::new(called, "client", event));
        }
        for (.., serving) in serving {
            serving.join().expect("no panic");
        }
        assert!(!comes(&client, SHORT), "an answer that nobody asked for");
        assert_transcript!("step05_many", transcript);
    });
}

/// The question, or the answer to it, gets lost: the next one finds it.
#[test]
fn a_lost_question_is_asked_again() {
    within(DEADLINE, || {
        let server = UdpSocket::bind(loopback()).expect("a free port");
        let addr = server.local_addr().expect("it is bound");
        let asking = thread::spawn(move || {
            let client = UdpSocket::bind(loopback()).expect("a free port");
            let mut found = Vec::new();
            // Three questions in three seconds.
            let time = Duration::from_secs(3);
            discover(&client, addr, time, &mut |heard| found.push(heard))
                .expect("sent");
            found
        });
        // The first one: we have not heard it. To the others we answer.
        let mut buffer = [0; 99];
        server.recv_from(&mut buffer).expect("a question");
        for _ in 0..2 {
            let (length, from) = server.recv_from(&mut buffer).expect("again");
            assert_eq!(&buffer[..length], QUESTION);
            server.send_to(&name("attic").answer(), from).expect("sent");
        }
        let found = asking.join().expect("no panic");
        let [Heard::Server { addr: found, .. }] = found[..] else {
            panic!("{found:?}");
        };
        assert_eq!(found, addr);
    });
}
