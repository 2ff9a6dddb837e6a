//! Step 5: HTTP on a stream, as curl and browsers speak it.

mod bad;
mod patience;
mod program;
mod resets;
mod splits;
mod tapped;

use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::mpsc::{self, Receiver},
    thread,
    time::Duration,
};

use common::{Charset, cli};
use lesson_tcp::{
    step05_http::{self, Event},
    step09_clients::{Limits, Stop},
};
use testkit::{DEADLINE, Peer, assert_transcript, within};

use crate::conversations::{CHARSET, LIMITS, loopback};

/// Two requests on one connection. Where each reply ends the client knows by
/// its length, for nobody closes.
#[test]
fn keeps_the_connection() {
    within(DEADLINE, || {
        let mut client = Peer::connect(server(LONG).0, CHARSET);
        client.send(b"GET / HTTP/1.1\r\nHost: 127.0.0.1:8888\r\n\r\n");
        client.receive(PAGE.len());
        client.send(
            b"POST / HTTP/1.1\r\nHost: 127.0.0.1:8888\r\n\
              Content-Length: 4\r\n\r\n\xbc\xd3\xd3\xcd",
        );
        client.receive(PAGE.len() + 5);
        client.half_close();
        client.receive_to_end();
        assert_transcript!("step05_http", client.close());
    });
}

/// The original's reply on a connection that stays: the client has the page and
/// waits for more.
#[test]
fn without_a_length_the_page_ends_with_the_connection() {
    within(DEADLINE, || {
        let listener = TcpListener::bind(loopback()).expect("a free port");
        let addr = listener.local_addr().expect("it is bound");
        let mut client = Peer::connect(addr, CHARSET);
        client.send(GET);
        let mut server = Peer::accept(&listener, CHARSET);
        server.receive(GET.len());
        let page = lesson_tcp::body(CHARSET);
        let reply = [lesson_tcp::STATUS_LINE, &page].concat();
        server.send(&reply);
        client.receive(reply.len());
        client.receive_nothing_for(Duration::from_millis(200));
        drop(server.close());
        client.receive_to_end();
        assert_transcript!("step05_http_no_length", client.close());
    });
}

/// Nothing in the bytes says what they mean.
#[test]
fn the_same_bytes_are_other_text_in_another_charset() {
    let bytes = b"\xd2\xbb";
    assert_eq!(Charset::Gb2312.decode(bytes).as_deref(), Ok("一"));
    assert_eq!(Charset::Utf8.decode(bytes).as_deref(), Ok("һ"));
}

#[test]
fn answers_each_with_a_status() {
    let mut seen = String::new();
    for request in [
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /?a=b HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /%E5%8A%A0%E6%B2%B9 HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /加油 HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n",
        "GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n",
        "GET / HTTP/1.1\nHost: a\n\n",
        "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /favicon.ico HTTP/1.1\r\nHost: a\r\n\r\n",
        "HEAD /favicon.ico HTTP/1.1\r\nHost: a\r\n\r\n",
        "DELETE / HTTP/1.1\r\nHost: a\r\n\r\n",
        "get / HTTP/1.1\r\nHost: a\r\n\r\n",
    ] {
        seen += &format!("{}\n", request.escape_debug());
        for line in replies(request.as_bytes()).lines() {
            seen += format!("    {line}").trim_end();
            seen += "\n";
        }
    }
    assert_transcript!("step05_http_statuses", seen);
}

/// Several requests in one send: several replies, in order.
#[test]
fn answers_pipelined_requests_in_order() {
    within(DEADLINE, || {
        let (addr, events) = server(LONG);
        let requests = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n\
            POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 18\r\n\r\n\
            GET /no HTTP/1.1\r\n\
            HEAD / HTTP/1.1\r\nHost: a\r\n\r\n\
            GET /nothing HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n\
            GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        let replies = said(addr, requests, Shutdown::Read);
        let order =
            ["一起加油", "收到 18", "Length: 22\r\n\r\nHTTP", "404 Not"];
        let found = order.map(|text| replies.find(text).expect(text));
        assert!(found.is_sorted(), "{replies}");
        assert_eq!(replies.matches("HTTP/1.1 ").count(), 4);
        assert!(replies.ends_with("<h1>404 Not Found</h1>"), "{replies}");
        let told: Vec<_> = events.iter().take(4).collect();
        let want =
            ["GET / 200", "POST / 200", "HEAD / 200", "GET /nothing 404"];
        assert_eq!(told, want);
    });
}

/// A hundred requests a connection: the last reply says that it is the last.
#[test]
fn lets_nobody_stay_for_ever() {
    within(DEADLINE, || {
        let replies = said(server(LONG).0, &GET.repeat(101), Shutdown::Read);
        assert_eq!(replies.matches("200 OK").count(), 100);
        assert_eq!(replies.matches("Connection: close").count(), 1);
        let last = replies.rsplit("HTTP/1.1 200 OK").next().expect("one");
        assert!(last.contains("\r\nConnection: close\r\n"), "{last}");
    });
}

/// As a browser does: connections for later, on which it says nothing yet.
#[test]
fn spare_connections_keep_nobody_waiting() {
    within(DEADLINE, || {
        let (addr, _events) = server(LONG);
        let spare: Vec<_> =
            (0..8).map(|_| Peer::connect(addr, CHARSET)).collect();
        let reply = said(addr, GET, Shutdown::Write);
        assert!(reply.starts_with("HTTP/1.1 200 OK\r\n"), "{reply}");
        drop(spare);
    });
}

/// A server that runs until the tests end, and what it tells.
fn server(patience: Duration) -> (SocketAddr, Receiver<String>) {
    let listener = TcpListener::bind(loopback()).expect("a free port");
    let addr = listener.local_addr().expect("it is bound");
    let (tell, told) = mpsc::channel();
    let observe = move |event: Event| {
        let text = match event {
            Event::Answered(_, request, status) => {
                format!("{} {} {status}", request.method, request.target)
            }
            Event::Refused(_, bad) => format!("{}: {}", bad.status, bad.why),
            Event::Silent(_) => "silent".to_owned(),
            Event::Failed(_, error) => cli::plain(&error),
        };
        // Most tests look at the bytes alone.
        let _ = tell.send(text);
    };
    thread::spawn(move || {
        let stop = Stop::new(&listener).expect("descriptors are left");
        let limits = Limits { patience, ..LIMITS };
        step05_http::serve(&listener, CHARSET, &limits, &stop, &observe)
    });
    (addr, told)
}

/// All that a server replies to these bytes. Who sends them ends its own side at
/// once (`Shutdown::Write`), or waits for the server to do so (`Read`).
fn said(addr: SocketAddr, bytes: &[u8], first: Shutdown) -> String {
    let mut client = TcpStream::connect(addr).expect("it listens");
    client.write_all(bytes).expect("it reads");
    if first == Shutdown::Write {
        client.shutdown(first).expect("it is connected");
    }
    let mut replies = Vec::new();
    client.read_to_end(&mut replies).expect("an end, and no reset");
    CHARSET.decode(&replies).expect("it is GB2312")
}

/// The same, of a server that the caller has not got.
fn replies(bytes: &'static [u8]) -> String {
    within(DEADLINE, move || said(server(LONG).0, bytes, Shutdown::Write))
}

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: 127.0.0.1:8888\r\n\r\n";

/// The reply to it.
const PAGE: &[u8] = b"HTTP/1.1 200 OK\r\n\
    Content-Type: text/html; charset=gb2312\r\n\
    Content-Length: 22\r\n\r\n\
    <h1> \xd2\xbb\xc6\xf0\xbc\xd3\xd3\xcd !!!</h1>";

/// Longer than any of these conversations takes on a loaded machine.
const LONG: Duration = Duration::from_secs(30);
