//! Who answers may be anybody, and may say anything.

use std::{net::SocketAddr, sync::mpsc::channel};

use lesson_udp::step05_many::NotAName;

use super::*;

/// A client that asks for a minute, and whom we answer; what it hears.
fn asking() -> (SocketAddr, std::sync::mpsc::Receiver<Heard>) {
    let server = UdpSocket::bind(loopback()).expect("a free port");
    let addr = server.local_addr().expect("it is bound");
    let (tell, heard) = channel();
    thread::spawn(move || {
        let client = UdpSocket::bind(loopback()).expect("a free port");
        // Nobody listens any more where the test has ended.
        let mut tell = |heard| drop(tell.send(heard));
        let _ = discover(&client, addr, DEADLINE, &mut tell);
    });
    let (_, client) = server.recv_from(&mut [0; 99]).expect("a question");
    (client, heard)
}

#[test]
fn nonsense_is_told_and_goes_no_further() {
    within(DEADLINE, || {
        let (client, heard) = asking();
        let long = [b"here is ", &[b'x'; 64][..]].concat();
        let answers: [&[u8]; 10] = [
            b"here is kitchen",
            "here is \u{5730}\u{4e0b}\u{5ba4}".as_bytes(),
            b"ok",
            b"",
            b"here is ",
            b"here is \xff\xfe",
            b"here is \x1b[2Jyou",
            b"here is a\nhere is b",
            "here is \u{202e}nehctik".as_bytes(),
            &long,
        ];
        let mut text = String::new();
        // All of them now: one might get the port of one that has gone, and be
        // known.
        let bind = |_| UdpSocket::bind(loopback()).expect("a free port");
        for (answer, sender) in answers.into_iter().zip(answers.map(bind)) {
            let addr = sender.local_addr().expect("it is bound");
            // Twice: the second time it is known.
            for _ in 0..2 {
                sender.send_to(answer, client).expect("sent");
            }
            let told = match heard.recv().expect("it is told") {
                Heard::Server { name, addr: from } if from == addr => {
                    format!("a server, {name}")
                }
                Heard::Nonsense { peer, error } if peer == addr => {
                    format!("{error}")
                }
                other => panic!("{other:?}"),
            };
            let bytes: String = answer.escape_ascii().to_string();
            let shown: String = bytes.chars().take(40).collect();
            text += &format!("\"{shown}\"\n  {told}\n");
        }
        assert_transcript!("step05_many_hostile", text);
    });
}

/// Somebody who does not stop: the wait ends all the same.
#[test]
fn a_flood_ends_with_the_time() {
    within(DEADLINE, || {
        let server = UdpSocket::bind(loopback()).expect("a free port");
        let addr = server.local_addr().expect("it is bound");
        let asking = thread::spawn(move || {
            let client = UdpSocket::bind(loopback()).expect("a free port");
            let mut heard = 0;
            let time = Duration::from_secs(2);
            discover(&client, addr, time, &mut |_| heard += 1).expect("sent");
            heard
        });
        let (_, client) = server.recv_from(&mut [0; 99]).expect("a question");
        // A new sender each time, and none of them is a server.
        while !asking.is_finished() {
            let sender = UdpSocket::bind(loopback()).expect("a free port");
            sender.send_to(b"here is ", client).expect("sent");
        }
        assert_eq!(asking.join().expect("no panic"), 256, "and no more");
    });
}

/// Servers do not answer each other. What a forged question makes a server send
/// to somebody who has not asked is one short datagram.
#[test]
fn an_answer_is_short_and_no_question() {
    let answer = name("kitchen").answer();
    assert_eq!(Name::of_answer(&answer), Ok(name("kitchen")));
    assert_eq!(Name::of_answer(QUESTION), Err(NotAName::NoAnswer));
    let longest = name(&"x".repeat(63)).answer();
    assert_eq!((QUESTION.len(), longest.len()), (13, 71));
}
