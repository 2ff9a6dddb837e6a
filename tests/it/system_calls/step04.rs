//! Step 4: how many sends a program makes of what it writes.

use std::{
    io::{BufWriter, Read, Write},
    net::{TcpListener, TcpStream},
    thread,
};

use common::Charset;
use testkit::{DEADLINE, Peer, assert_transcript, within};

use super::trace::{traced_client, traced_sends, traced_server};
use crate::promises::streams;

/// 加油 and 你好世界 in GB2312, each with its length.
const FRAMES: &[u8] =
    b"\0\0\0\x04\xbc\xd3\xd3\xcd\0\0\0\x08\xc4\xe3\xba\xc3\xca\xc0\xbd\xe7";

const ARGS: [&str; 4] = ["--step", "4", "--framing", "frames"];

#[test]
fn of_the_server() {
    within(DEADLINE, || {
        let calls = traced_server("server", &ARGS, |addr| {
            let mut client = Peer::connect(addr, Charset::Gb2312);
            client.send(FRAMES);
            assert_eq!(client.receive(FRAMES.len()), FRAMES);
            drop(client.close());
        });
        let Some(calls) = calls else { return };
        assert_transcript!("calls_tcp_step04_server", calls);
    });
}

#[test]
fn of_the_client() {
    within(DEADLINE, || {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let addr = listener.local_addr().expect("it is bound");
        let serving = thread::spawn(move || {
            let mut server = Peer::accept(&listener, Charset::Gb2312);
            assert_eq!(server.receive(FRAMES.len()), FRAMES);
            server.send(FRAMES);
            server.receive_to_end();
        });
        let args = [&ARGS[..], &["加油", "你好世界"]].concat();
        let Some(calls) = traced_client("client", &args, addr) else { return };
        serving.join().expect("no panic");
        assert_transcript!("calls_tcp_step04_client", calls);
    });
}

/// The tests below, traced: each piece of the format is a send.
#[test]
fn of_the_write_macro() {
    within(DEADLINE, || {
        let sends = traced_sends("system_calls::step04::write_macro");
        let Some(sends) = sends else { return };
        assert_transcript!("calls_tcp_step04_write_macro", sends);
        let test = "system_calls::step04::write_macro_into_a_bufwriter";
        let sends = traced_sends(test).expect("strace is there");
        assert_transcript!("calls_tcp_step04_bufwriter", sends);
        let test = "system_calls::step04::write_macro_of_literals";
        let sends = traced_sends(test).expect("strace is there");
        assert_transcript!("calls_tcp_step04_literals", sends);
        let test = "system_calls::step04::flush_between_two_writes";
        let sends = traced_sends(test).expect("strace is there");
        assert_transcript!("calls_tcp_step04_flush", sends);
    });
}

#[test]
fn write_macro() {
    within(DEADLINE, || {
        let (mut stream, peer) = streams();
        let (path, minor, list) = ("/abc", 7, [1, 2]);
        write!(stream, "GET {path} HTTP/1.{minor}\r\nX: {list:?}\r\n\r\n")
            .expect("sent");
        assert_request(peer);
    });
}

/// What is known when the program is built, rustc writes into the format.
#[test]
#[allow(clippy::write_literal)]
fn write_macro_of_literals() {
    within(DEADLINE, || {
        let (mut stream, mut peer) = streams();
        write!(stream, "GET {} HTTP/1.{}\r\n", "/abc", 7).expect("sent");
        peer.read_exact(&mut [0; 19]).expect("all of it");
    });
}

#[test]
fn write_macro_into_a_bufwriter() {
    within(DEADLINE, || {
        let (stream, peer) = streams();
        let mut writer = BufWriter::new(stream);
        let (path, minor, list) = ("/abc", 7, [1, 2]);
        write!(writer, "GET {path} HTTP/1.{minor}\r\nX: {list:?}\r\n\r\n")
            .expect("kept");
        writer.flush().expect("sent");
        assert_request(peer);
    });
}

#[test]
fn flush_between_two_writes() {
    within(DEADLINE, || {
        let (mut stream, mut peer) = streams();
        stream.write_all(b"before").expect("sent");
        stream.flush().expect("nothing to do");
        stream.write_all(b"after").expect("sent");
        peer.read_exact(&mut [0; 11]).expect("all of it");
    });
}

/// Both ways the same bytes come.
fn assert_request(mut peer: TcpStream) {
    let expected = b"GET /abc HTTP/1.7\r\nX: [1, 2]\r\n\r\n";
    let mut request = vec![0; expected.len()];
    peer.read_exact(&mut request).expect("all of it");
    assert_eq!(request, expected);
}
