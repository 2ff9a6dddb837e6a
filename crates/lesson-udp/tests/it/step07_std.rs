//! Step 7: the server and the client in `std::net`, held to the snapshots of
//! step 1, and each to the other's.

#[cfg(target_os = "linux")]
mod interrupted;

use std::{
    io::ErrorKind,
    net::{Ipv6Addr, SocketAddr},
    time::Duration,
};

use lesson_udp::step07_std;
use testkit::{DEADLINE, assert_transcript, within};

use crate::conversations::{
    flood, late, loopback, odd_datagrams, step07, step07_ask, stranger,
    two_clients,
};

#[test]
fn says_what_step_1_says() {
    within(DEADLINE, || {
        assert_transcript!("step01_datagrams", two_clients(step07));
        assert_transcript!("step01_datagrams_odd", odd_datagrams(step07));
        let transcript = stranger(step07_ask);
        assert_transcript!("step01_datagrams_stranger", transcript);
        flood(step07_ask);
        let socket = step07_std::bind(loopback()).expect("a free port");
        let client = socket.local_addr().expect("it is bound");
        let transcript = late(client, |server, question, timeout| {
            step07_std::ask(&socket, server, question, timeout).expect("sent")
        });
        assert_transcript!("step01_datagrams_late", transcript);
    });
}

/// UDP has no TIME_WAIT, and `UdpSocket::bind` sets no option.
#[test]
#[cfg(target_os = "linux")]
fn has_its_port_back_at_once() {
    within(DEADLINE, || {
        // An address that no other test uses, so that nobody takes the port.
        let any = "127.0.7.1:0".parse().expect("an address");
        let socket = step07_std::bind(any).expect("a free port");
        let server = socket.local_addr().expect("it is bound");
        let client = step07_std::bind(any).expect("a free port");
        client.send_to(b"hello", server).expect("sent");
        step07_std::serve_next(&socket, &mut |_| {}).expect("a datagram");
        drop(socket);
        // A program that another test starts at this moment holds our socket
        // until it is running.
        let start = std::time::Instant::now();
        while let Err(error) = step07_std::bind(server) {
            assert!(start.elapsed() < Duration::from_secs(20), "{error}");
        }
    });
}

#[test]
fn a_timeout_of_zero_is_refused() {
    let socket = step07_std::bind(loopback()).expect("a free port");
    let error = socket.set_read_timeout(Some(Duration::ZERO));
    let error = error.expect_err("zero would mean for ever");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

/// A name may stand for several addresses, and `send_to` takes the first of
/// them. `connect` tries them all.
#[test]
fn send_to_takes_the_first_address() {
    within(DEADLINE, || {
        let server = step07_std::bind(loopback()).expect("a free port");
        let v4 = server.local_addr().expect("it is bound");
        let v6 = SocketAddr::from((Ipv6Addr::LOCALHOST, v4.port()));
        let client = step07_std::bind(loopback()).expect("a free port");

        // As "localhost" is on many machines, and the socket is IPv4's.
        let localhost = [v6, v4];
        let error = client.send_to(b"lost", &localhost[..]);
        let error = error.expect_err("it is the other family's");
        #[cfg(target_os = "linux")]
        assert_eq!(error.raw_os_error(), Some(97), "EAFNOSUPPORT");
        drop(error);
        client.send_to(b"to the first", &[v4, v6][..]).expect("sent");
        client.connect(&localhost[..]).expect("the second will do");
        client.send(b"to the second").expect("sent");
        for sent in [&b"to the first"[..], b"to the second"] {
            let mut buffer = [0; 99];
            let (length, _) = server.recv_from(&mut buffer).expect("it comes");
            assert_eq!(&buffer[..length], sent);
        }
        // And of no addresses none is the first.
        let error = client.send_to(b"lost", &[][..]).expect_err("to nobody");
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    });
}

/// The longest datagram that IPv4 has, from the raw client to the std server;
/// of one byte more nothing is sent. (macOS sends less, unless told otherwise.)
#[test]
#[cfg(not(target_vendor = "apple"))]
fn carries_the_longest_datagram() {
    use common::{Charset, Entry, Event, Transcript};
    use lesson_udp::step01_datagrams;

    within(DEADLINE, || {
        let socket = step07_std::bind(loopback()).expect("a free port");
        let server = socket.local_addr().expect("it is bound");
        let asking = std::thread::spawn(move || {
            let socket = step01_datagrams::bind_client(server);
            let socket = socket.expect("a free port");
            let minute = Duration::from_secs(60);
            let ask = |bytes: &[u8]| {
                step01_datagrams::ask(&socket, server, bytes, minute)
            };
            let refused = ask(&vec![b'x'; 65_508]).expect_err("too long");
            #[cfg(target_os = "linux")]
            assert_eq!(refused.raw_os_error(), Some(90), "EMSGSIZE");
            drop(refused);
            ask(&vec![b'x'; 65_507])
        });
        let mut transcript = Transcript::of_datagrams(Charset::Utf8);
        step07_std::serve_next(&socket, &mut |event| {
            let lesson_udp::Event::Datagram { bytes, .. } = event else {
                panic!("{event:?}")
            };
            let event = Event::Bytes(bytes.to_vec());
            transcript.push(Entry::new("client", "server", event));
        })
        .expect("a datagram comes");
        let answer = asking.join().expect("no panic");
        let answer = answer.expect("sent").expect("answered");
        transcript.push(Entry::new("server", "client", Event::Bytes(answer)));
        assert_transcript!("step07_std", transcript);
    });
}
