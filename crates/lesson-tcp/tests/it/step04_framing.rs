//! Step 4: messages in a stream. First a server that takes one read for one
//! message, then three ways to do better.

mod bytes;
mod codec;
mod programs;
mod reads;
mod stream;
mod writes;

use std::{
    io::ErrorKind,
    net::{TcpListener, TcpStream},
    thread,
    time::Duration,
};

use common::{Transcript, cli};
use lesson_tcp::step04_framing::{self, Framing, FramingError, MOST};
use testkit::{DEADLINE, Peer, assert_transcript, within};

use crate::conversations::{CHARSET, Serving, loopback, report, step01};

const PATIENCE: Duration = Duration::from_secs(30);

fn serving(framing: Framing, patience: Duration, clients: usize) -> Serving {
    let listener = TcpListener::bind(loopback()).expect("a free port");
    let addr = listener.local_addr().expect("it is bound");
    let events = thread::spawn(move || {
        report(clients, |observe| {
            step04_framing::serve_next(&listener, framing, patience, observe)
        })
    });
    Serving { addr, events, stop: None }
}

/// 加油, 你好世界 and an empty message, as they cross.
fn wire(framing: Framing) -> Vec<u8> {
    let mut wire = Vec::new();
    for text in ["加油", "你好世界", ""] {
        let message = CHARSET.encode(text).expect("it has it");
        framing.encode(&message, MOST, &mut wire).expect("it is short");
    }
    wire
}

/// A client sends these pieces, one `send` each, and ends its side.
fn echo(framing: Framing, pieces: &[&[u8]]) -> (Transcript, Vec<String>) {
    let server = serving(framing, PATIENCE, 1);
    let mut client = Peer::connect(server.addr, CHARSET);
    for piece in pieces {
        client.send(piece);
    }
    client.half_close();
    client.receive_to_end();
    (client.close(), server.events.join().expect("no panic"))
}

/// The server of step 1, and with it most first servers: what one `recv` gives
/// is the request. Three messages in one send, and it sees one.
#[test]
fn one_read_is_not_one_message() {
    within(DEADLINE, || {
        let server = step01(1);
        let mut client = Peer::connect(server.addr, CHARSET);
        client.send(&wire(Framing::Lines));
        client.receive_to_end();
        let events = server.events.join().expect("no panic");
        assert_eq!(events, [r"request 加油\r\n你好世界\r\n\r\n"]);
    });
}

/// All in one send, or each byte in a send of its own: the same conversation.
#[test]
fn echoes_each_message_in_its_framing() {
    within(DEADLINE, || {
        let messages = ["request 加油", "request 你好世界", "request "];
        let lines = wire(Framing::Lines);
        let bytes: Vec<_> = lines.chunks(1).collect();
        for pieces in [&[&lines[..]][..], &bytes] {
            let (transcript, events) = echo(Framing::Lines, pieces);
            assert_eq!(events, messages);
            assert_transcript!("step04_framing_lines", transcript);
        }
        let frames = wire(Framing::Frames);
        let bytes: Vec<_> = frames.chunks(1).collect();
        for pieces in [&[&frames[..]][..], &bytes] {
            let (transcript, events) = echo(Framing::Frames, pieces);
            assert_eq!(events, messages);
            assert_transcript!("step04_framing_frames", transcript);
        }
        let (transcript, events) =
            echo(Framing::Close, &[&wire(Framing::Close)]);
        assert_eq!(events, ["request 加油你好世界"]);
        assert_transcript!("step04_framing_close", transcript);
    });
}

/// A browser comes to a server that expects lengths; then somebody who keeps to
/// the rules.
#[test]
fn refuses_a_length_over_the_limit_and_serves_the_next() {
    within(DEADLINE, || {
        let server = serving(Framing::Frames, PATIENCE, 2);
        let mut browser = Peer::connect(server.addr, CHARSET);
        browser.send(b"GET / HTTP/1.1\r\nHost: 127.0.0.1:8888\r\n\r\n");
        browser.receive_to_end();
        assert_transcript!("step04_framing_get", browser.close());

        let mut client = Peer::connect(server.addr, CHARSET);
        client.send(b"\0\0\0\x02hi");
        assert_eq!(client.receive(6), b"\0\0\0\x02hi");
        drop(client.close());
        let events = server.events.join().expect("no panic");
        let refused = "a message of 1195725856 bytes (\"GET \" read as a \
                       length), the most is 65536";
        assert_eq!(events, [refused, "request hi"]);
    });
}

/// What is whole is answered, also where the next message is broken.
#[test]
fn answers_what_came_before_the_broken_one() {
    within(DEADLINE, || {
        let stream = b"\0\0\0\x02hi\xff\xff\xff\xff";
        let (transcript, events) = echo(Framing::Frames, &[stream]);
        assert!(transcript.to_string().contains("server -> client  6 bytes"));
        assert_eq!(events[0], "request hi");
        assert!(events[1].starts_with("a message of 4294967295 bytes"));
    });
}

#[test]
fn says_when_a_stream_ends_inside_a_message() {
    within(DEADLINE, || {
        let (_, events) = echo(Framing::Frames, &[b"\0\0\0\x09hello"]);
        let cut = |held| {
            format!("the stream ended inside a message, {held} bytes in")
        };
        assert_eq!(events, [cut(9)]);
        // As `nc` without -C sends a line: with half of its end.
        let (_, events) = echo(Framing::Lines, &[b"hello\n"]);
        assert_eq!(events, [cut(6)]);
    });
}

/// Half a message and then silence: it costs this client its connection, and
/// the next one some patience.
#[test]
fn has_patience_with_bounds() {
    within(DEADLINE, || {
        let server = serving(Framing::Lines, Duration::from_millis(100), 1);
        let mut client = Peer::connect(server.addr, CHARSET);
        client.send(b"half");
        assert_eq!(client.receive_to_end(), b"");
        assert_eq!(server.events.join().expect("no panic"), ["timed out"]);
    });
}

/// The client's messages leave in one send; replies come byte by byte.
#[test]
fn the_client_finds_its_replies() {
    within(DEADLINE, || {
        for framing in [Framing::Lines, Framing::Frames] {
            let (transcript, replies, error) = calling(framing, |server| {
                let asked = server.receive(wire(framing).len());
                asked.chunks(1).for_each(|byte| server.send(byte));
                server.receive_to_end();
            });
            assert_eq!(replies, ["加油", "你好世界", ""]);
            assert!(error.is_none(), "{error:?}");
            assert_eq!(transcript.entries().len(), 4, "{transcript}");
        }
        let (_, replies, error) = calling(Framing::Close, |server| {
            let asked = server.receive_to_end();
            server.send(&asked);
        });
        assert_eq!(replies, ["加油你好世界"]);
        assert!(error.is_none(), "{error:?}");
    });
}

/// How many replies a client takes does not depend on how the reads were cut.
#[test]
fn the_client_takes_no_more_than_it_asked_for() {
    within(DEADLINE, || {
        let (_, replies, error) = calling(Framing::Lines, |server| {
            server.receive(18);
            server.send(b"1\r\n2\r\n3\r\n4\r\n5\r\n");
            server.receive_to_end();
        });
        assert_eq!(replies, ["1", "2", "3"]);
        assert!(error.is_none(), "{error:?}");
    });
}

/// What had come is not lost to what went wrong afterwards.
#[test]
fn the_client_says_what_went_wrong() {
    within(DEADLINE, || {
        let broken = |script: fn(&mut Peer)| {
            let (_, replies, error) = calling(Framing::Frames, script);
            (replies, error.expect("it is broken"))
        };
        let (replies, error) = broken(|server| {
            server.receive(24);
            server.send(b"\0\0\0\x02hi\0\0");
            server.half_close();
            server.receive_to_end();
        });
        assert_eq!(replies, ["hi"]);
        let inside = error.get_ref().expect("it has one inside");
        let expected = FramingError::CutOff { held: 2 };
        assert_eq!(inside.downcast_ref(), Some(&expected));

        let (replies, error) = broken(|server| {
            server.receive(24);
            server.send(b"\0\0\0\x02hi");
            server.half_close();
            server.receive_to_end();
        });
        assert_eq!(replies, ["hi"]);
        assert_eq!(error.to_string(), "the server closed before it replied");

        let (replies, error) = broken(|server| {
            server.receive(24);
            server.send(b"HTTP/1.1 400 Bad Request\r\n\r\n");
            server.receive_to_end();
        });
        assert_eq!(replies.len(), 0);
        assert_eq!(
            cli::plain(&error),
            "a message of 1213486160 bytes (\"HTTP\" read as a length), the \
             most is 65536",
        );
    });
}

type Called = (Transcript, Vec<String>, Option<std::io::Error>);

/// A client's call with the messages of [`wire`], and a server by script.
fn calling(framing: Framing, script: impl FnOnce(&mut Peer)) -> Called {
    let listener = TcpListener::bind(loopback()).expect("a free port");
    let addr = listener.local_addr().expect("it is bound");
    let calling = thread::spawn(move || {
        let messages = ["加油", "你好世界", ""];
        let messages =
            messages.map(|text| CHARSET.encode(text).expect("it has it"));
        let mut replies = Vec::new();
        let take = &mut |reply: &[u8]| replies.push(CHARSET.show(reply));
        let result =
            step04_framing::call(addr, framing, &messages, PATIENCE, take);
        (replies, result.err())
    });
    let mut server = Peer::accept(&listener, CHARSET);
    script(&mut server);
    let transcript = server.close();
    let (replies, error) = calling.join().expect("no panic");
    (transcript, replies, error)
}

/// The two ends of a connection.
fn connected() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind(loopback()).expect("a free port");
    let addr = listener.local_addr().expect("it is bound");
    let one = TcpStream::connect(addr).expect("it listens");
    (one, listener.accept().expect("it came").0)
}

/// Waits until so many bytes can be read at once, and takes none of them.
fn wait_for(length: usize, stream: &TcpStream) {
    let mut room = vec![0; length];
    while stream.peek(&mut room).expect("bytes come") < length {}
}

/// That there is nothing to read now, and no end either.
fn assert_nothing_comes(stream: &TcpStream) {
    stream.set_nonblocking(true).expect("it can be");
    let error = stream.peek(&mut [0]).expect_err("nothing has come");
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
    stream.set_nonblocking(false).expect("it can be");
}
