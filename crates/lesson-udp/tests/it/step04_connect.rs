//! Step 4: connect on UDP, errors that come back.

mod connect;
#[cfg(target_os = "linux")]
mod forged;
#[cfg(target_os = "linux")]
mod kernel;
#[cfg(target_os = "linux")]
mod nat;
mod programs;
#[cfg(target_os = "linux")]
mod refused;

use std::{
    net::UdpSocket,
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use common::{Charset, Transcript};
use lesson_udp::step04_connect::{ask, connect, serve_next};
use testkit::{DEADLINE, Datagrams, assert_transcript, within};

use crate::conversations::{
    flood, loopback, odd_datagrams, step04, step04_ask, two_clients,
};

/// A question without a number is answered without one.
#[test]
fn says_to_others_what_step_1_says() {
    within(DEADLINE, || {
        assert_transcript!("step01_datagrams", two_clients(step04));
        assert_transcript!("step01_datagrams_odd", odd_datagrams(step04));
        flood(step04_ask);
    });
}

#[test]
fn takes_the_answer_to_its_question_and_no_other() {
    within(DEADLINE, || {
        let transcript = Transcript::of_datagrams(Charset::Utf8);
        let transcript = Arc::new(Mutex::new(transcript));
        let server = Datagrams::bind("server", &transcript);
        let stranger = Datagrams::bind("stranger", &transcript);
        let addr = server.addr();
        let asking = thread::spawn(move || {
            let socket = connect(addr).expect("a free port");
            let mut dropped = Vec::new();
            let drop = &mut |datagram: &[u8]| dropped.push(datagram.to_vec());
            let answer = ask(&socket, 0xff, b"hello", DEADLINE, drop);
            (answer.expect("no error").expect("an answer"), dropped)
        });
        let (_, client) = server.receive("client");
        stranger.send(b"00000000000000ff:trust me", "client", client);
        server.send(b"00000000000000fe:late", "client", client);
        server.send(b"hello", "client", client);
        server.send(b"00000000000000ff:ok", "client", client);
        let (answer, dropped) = asking.join().expect("no panic");
        assert_eq!(answer, b"ok");
        // The stranger had the number. It is not even among the dropped.
        assert_eq!(dropped, [&b"00000000000000fe:late"[..], b"hello"]);
        let transcript = transcript.lock().expect("no panic").clone();
        assert_transcript!("step04_connect", transcript);
    });
}

/// An id is 16 digits and a colon, and stands at the front.
#[test]
fn server_repeats_an_id_and_nothing_else() {
    within(DEADLINE, || {
        let server = UdpSocket::bind(loopback()).expect("a free port");
        let client = connect(server.local_addr().expect("it is bound"));
        let client = client.expect("a free port");
        for (question, answer) in [
            ("0123456789abcdef:hello", "0123456789abcdef:ok"),
            ("0123456789ABCDEF:", "0123456789ABCDEF:ok"),
            ("0123456789abcde:", "ok"),
            ("0123456789abcdeg:hello", "ok"),
            ("0123456789abcdef hello", "ok"),
            ("re: 0123456789abcdef:", "ok"),
            ("一二三四五六:", "ok"),
        ] {
            client.send(question.as_bytes()).expect("sent");
            serve_next(&server, &mut |_| {}).expect("a datagram");
            let mut buffer = [0; 99];
            let length = client.recv(&mut buffer).expect("an answer");
            let got = String::from_utf8_lossy(&buffer[..length]);
            assert_eq!(got, answer, "{question}");
        }
    });
}

/// The end of the wait is the end of the wait, whatever comes from the right
/// address meanwhile.
#[test]
fn wrong_answers_do_not_prolong_the_wait() {
    within(DEADLINE, || {
        let server = UdpSocket::bind(loopback()).expect("a free port");
        let addr = server.local_addr().expect("it is bound");
        let wait = Duration::from_millis(200);
        let asking = thread::spawn(move || step04_ask(addr, wait));
        let (_, client) = server.recv_from(&mut [0; 99]).expect("a question");
        while !asking.is_finished() {
            server.send_to(b"0000000000000000:no", client).expect("sent");
        }
        assert_eq!(asking.join().expect("no panic"), None);
    });
}
