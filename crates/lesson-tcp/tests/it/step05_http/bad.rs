//! Bytes that are no request, or not one for us. After each the connection ends,
//! and what stands behind it is never taken for a request.

use std::{fmt::Write as _, net::Shutdown};

use lesson_tcp::step05_http::request::BadRequest;
use testkit::{DEADLINE, Peer, assert_transcript, within};

use super::{GET, LONG, said, server};
use crate::{conversations::CHARSET, harness::requests::read};

/// Heads that are refused, without their empty line.
const HEADS: &[&str] = &[
    "GET /",
    "GET  / HTTP/1.1\r\nHost: a",
    "GET / HTTP/2.0\r\nHost: a",
    "GET / HTTP/1.1",
    "GET / HTTP/1.1\r\nHost: a\r\nHost: b",
    "GET / HTTP/1.0\r\nHost: a\r\nHost: b",
    "GET / HTTP/1.1\r\nHost: a\r\nno colon",
    "GET / HTTP/1.1\r\nHost : a",
    "GET / HTTP/1.1\r\nHost: a\r\nX: a\0b",
    "GET / HTTP/1.1\r\nHost: a\r\nX: a\rb",
    "GET / HTTP/1.1\r\nHost: a\r\nX: folded\r\n into two lines",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 5",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4, 4",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -4",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +4",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x4",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length:",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 65537",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551620",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: x",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue",
];

#[test]
fn heads_are_refused() {
    let mut seen = String::new();
    for head in HEADS {
        let stream = format!("{head}\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
        let (found, _) = read([stream.as_bytes()]);
        let [Err(BadRequest { status, why })] = found[..] else {
            panic!("{head:?} gave {found:?}");
        };
        writeln!(seen, "{}\n    {status} {why}", head.escape_debug())
            .expect("a string takes all");
    }
    assert_transcript!("step05_http_refused", seen);
}

/// 加油 in GB2312, in a path: not even UTF-8, which httparse would let pass.
#[test]
fn a_path_in_gb2312_is_refused() {
    let (found, _) =
        read([&b"GET /\xbc\xd3\xd3\xcd HTTP/1.1\r\nHost: a\r\n\r\n"[..]]);
    let [Err(bad)] = found[..] else { panic!("{found:?}") };
    assert_eq!(bad.status, 400);
}

/// To the byte: what fits is a request, and one more is not.
#[test]
fn bounds_are_where_they_are_said_to_be() {
    let of = |head: &str, fill: usize, tail: &str| {
        let stream = [head, &"x".repeat(fill), tail].concat();
        read([stream.as_bytes()]).0.pop().expect("one").map_err(|b| b.status)
    };
    let line = " HTTP/1.1\r\nHost: a\r\n\r\n";
    let room = (8 << 10) - "GET /".len() - line.len();
    assert!(of("GET /", room, line).is_ok());
    assert_eq!(of("GET /", room + 1, line), Err(431));
    assert_eq!(of("GET /", 8 << 10, line), Err(414));

    let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 65536\r\n\r\n";
    assert_eq!(of(head, 65_536, "").expect("whole").body.len(), 65_536);

    let headers = |count| {
        let headers = "X: y\r\n".repeat(count);
        format!("GET / HTTP/1.1\r\nHost: a\r\n{headers}\r\n")
    };
    assert!(of(&headers(63), 0, "").is_ok());
    assert_eq!(of(&headers(64), 0, ""), Err(431));
}

/// What is behind a bad request is neither read nor answered.
#[test]
fn nothing_behind_is_a_request() {
    within(DEADLINE, || {
        let (addr, events) = server(LONG);
        let bad = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\
            Content-Length: 44\r\n\r\n";
        let replies = said(addr, &[bad, GET, GET].concat(), Shutdown::Read);
        assert_eq!(replies.matches("HTTP/1.1 ").count(), 1, "{replies}");
        assert!(replies.contains("\r\nConnection: close\r\n"), "{replies}");
        assert_eq!(
            events.recv().expect("it"),
            "400: more than one Content-Length"
        );
    });
}

/// The first line of a megabyte, a header of one, and a body of one that is
/// announced: a reply and an end each time, while the client still sends.
#[test]
fn a_megabyte_is_refused_and_heard_out() {
    within(DEADLINE, || {
        let (addr, _events) = server(LONG);
        let megabyte = "x".repeat(1 << 20);
        let line = "POST / HTTP/1.1\r\nHost: a\r\n";
        for (begin, status) in [
            ("GET /".to_owned(), 414),
            (format!("{line}X: "), 431),
            (format!("{line}Content-Length: 1048576\r\n\r\n"), 413),
        ] {
            let stream = [begin.as_bytes(), megabyte.as_bytes()].concat();
            let reply = said(addr, &stream, Shutdown::Write);
            assert!(
                reply.starts_with(&format!("HTTP/1.1 {status} ")),
                "{reply}"
            );
        }
        let mut client = Peer::connect(addr, CHARSET);
        client.send(line.as_bytes());
        client.send(b"Content-Length: 1048576\r\n\r\n");
        client.send(megabyte.as_bytes());
        client.half_close();
        client.receive_to_end();
        assert_transcript!("step05_http_too_large", client.close());
    });
}

/// `https://` on this port: a record of TLS and no line end. It is refused at
/// once, and not when somebody has lost patience.
#[test]
fn tls_is_refused_at_once() {
    within(DEADLINE, || {
        let mut client = Peer::connect(server(LONG).0, CHARSET);
        client.send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03");
        let reply = client.receive_to_end();
        assert!(reply.starts_with(b"HTTP/1.1 400 Bad Request\r\n"));
    });
}

/// Line ends in a path, encoded and bare: none comes back, and no header with it.
#[test]
fn nothing_of_the_clients_comes_back() {
    within(DEADLINE, || {
        let (addr, _events) = server(LONG);
        for request in [
            "GET /%0d%0aSet-Cookie:%20a=b HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /\r\nSet-Cookie: a=b HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /<script>Set-Cookie</script> HTTP/1.1\r\nHost: a\r\n\r\n",
        ] {
            let reply = said(addr, request.as_bytes(), Shutdown::Write);
            assert!(reply.starts_with("HTTP/1.1 4"), "{reply}");
            assert!(!reply.contains("Cookie"), "{reply}");
        }
    });
}
