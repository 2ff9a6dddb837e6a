//! Conversations that every server of the track, and every client of it, has to
//! hold alike.

use std::{
    net::{SocketAddr, UdpSocket},
    sync::{Arc, Mutex},
    thread::{self, JoinHandle},
    time::Duration,
};

use common::{Charset, Entry, Event as Seen, Transcript, cli};
use lesson_udp::{Event, step01_datagrams, step04_connect, step07_std};
use testkit::Datagrams;

/// A server in a thread: its address, and what it reports when it has served.
pub(crate) struct Serving {
    addr: SocketAddr,
    events: JoinHandle<Vec<String>>,
}

/// Starts a server for that many datagrams.
pub(crate) type Serve = fn(datagrams: usize) -> Serving;

/// Asks as a client does.
pub(crate) type Ask = fn(SocketAddr, Duration) -> Option<Vec<u8>>;

pub(crate) fn step01(datagrams: usize) -> Serving {
    let socket = step01_datagrams::bind(loopback()).expect("a free port");
    let addr = socket.local_addr().expect("it is bound");
    let addr = addr.as_socket().expect("an IP address");
    let events = thread::spawn(move || {
        report(datagrams, |observe| {
            step01_datagrams::serve_next(&socket, observe)
        })
    });
    Serving { addr, events }
}

pub(crate) fn step04(datagrams: usize) -> Serving {
    let socket = UdpSocket::bind(loopback()).expect("a free port");
    let addr = socket.local_addr().expect("it is bound");
    let events = thread::spawn(move || {
        report(datagrams, |observe| {
            step04_connect::serve_next(&socket, observe)
        })
    });
    Serving { addr, events }
}

pub(crate) fn step07(datagrams: usize) -> Serving {
    let socket = step07_std::bind(loopback()).expect("a free port");
    let addr = socket.local_addr().expect("it is bound");
    let events = thread::spawn(move || {
        report(datagrams, |observe| step07_std::serve_next(&socket, observe))
    });
    Serving { addr, events }
}

pub(crate) fn step01_ask(
    server: SocketAddr,
    timeout: Duration,
) -> Option<Vec<u8>> {
    let socket = step01_datagrams::bind_client(server).expect("a free port");
    step01_datagrams::ask(&socket, server, QUESTION, timeout).expect("sent")
}

pub(crate) fn step04_ask(
    server: SocketAddr,
    timeout: Duration,
) -> Option<Vec<u8>> {
    let socket = step04_connect::connect(server).expect("it is there");
    step04_connect::ask(&socket, 0xff, QUESTION, timeout, &mut |_| {})
        .expect("sent")
}

pub(crate) fn step07_ask(
    server: SocketAddr,
    timeout: Duration,
) -> Option<Vec<u8>> {
    let socket = step07_std::bind_client(server).expect("a free port");
    step07_std::ask(&socket, server, QUESTION, timeout).expect("sent")
}

/// Two clients, one socket: each gets its own answer.
pub(crate) fn two_clients(serve: Serve) -> Transcript {
    let server = serve(3);
    let transcript = transcript();
    let first = Datagrams::bind("client", &transcript);
    let second = Datagrams::bind("client 2", &transcript);
    for (client, text) in
        [(&first, "你好"), (&second, "hello"), (&first, "再见")]
    {
        client.send(text.as_bytes(), "server", server.addr);
        let (_, from) = client.receive("server");
        assert_eq!(from, server.addr, "answers come from where we asked");
    }
    let events = server.events.join().expect("no panic");
    assert_eq!(events, ["你好", "hello", "再见"]);
    finished(&transcript)
}

/// Datagrams that are no text: an empty one, one that is not UTF-8.
pub(crate) fn odd_datagrams(serve: Serve) -> Transcript {
    let server = serve(2);
    let transcript = transcript();
    let client = Datagrams::bind("client", &transcript);
    for datagram in [&b""[..], b"\xbc\xd3\xd3\xcd"] {
        client.send(datagram, "server", server.addr);
        client.receive("server");
    }
    let events = server.events.join().expect("no panic");
    assert_eq!(events, ["", "���� (not utf-8 from byte 0 on)"]);
    finished(&transcript)
}

/// A client's question, seen from the server: a stranger answers first, and
/// again when nobody else does.
pub(crate) fn stranger(ask: Ask) -> Transcript {
    let transcript = transcript();
    let server = Datagrams::bind("server", &transcript);
    let stranger = Datagrams::bind("stranger", &transcript);
    let addr = server.addr();

    let asking = thread::spawn(move || ask(addr, PATIENCE));
    let (_, client) = server.receive("client");
    stranger.send(b"trust me", "client", client);
    server.send(b"ok", "client", client);
    let answer = asking.join().expect("no panic");
    assert_eq!(answer.as_deref(), Some(&b"ok"[..]));

    let asking = thread::spawn(move || ask(addr, Duration::from_millis(200)));
    let (_, client) = server.receive("client");
    stranger.send(b"trust me", "client", client);
    assert_eq!(asking.join().expect("no panic"), None);
    let timeout = Entry::new("server", "client", Seen::Timeout);
    transcript.lock().expect("no panic").push(timeout);
    finished(&transcript)
}

/// An answer comes after the client has given up: to the client it is the
/// answer to its next question.
pub(crate) fn late(
    client: SocketAddr,
    ask: impl Fn(SocketAddr, &[u8], Duration) -> Option<Vec<u8>>,
) -> Transcript {
    let transcript = transcript();
    let server = Datagrams::bind("server", &transcript);
    let addr = server.addr();
    assert_eq!(ask(addr, b"one", Duration::from_millis(50)), None);
    server.receive("client");
    let timeout = Entry::new("server", "client", Seen::Timeout);
    transcript.lock().expect("no panic").push(timeout);
    server.send(b"to one", "client", client);
    let answer = ask(addr, b"two", PATIENCE);
    assert_eq!(answer.as_deref(), Some(&b"to one"[..]));
    server.receive("client");
    finished(&transcript)
}

/// A stranger that does not stop: the wait ends all the same.
pub(crate) fn flood(ask: Ask) {
    let server = UdpSocket::bind(loopback()).expect("a free port");
    let addr = server.local_addr().expect("it is bound");
    let asking = thread::spawn(move || ask(addr, Duration::from_millis(200)));
    let (_, client) = server.recv_from(&mut [0; 9]).expect("a question");
    let stranger = UdpSocket::bind(loopback()).expect("a free port");
    while !asking.is_finished() {
        stranger.send_to(b"trust me", client).expect("sent");
    }
    assert_eq!(asking.join().expect("no panic"), None);
}

pub(crate) fn loopback() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

fn transcript() -> Arc<Mutex<Transcript>> {
    Arc::new(Mutex::new(Transcript::of_datagrams(Charset::Utf8)))
}

fn finished(transcript: &Mutex<Transcript>) -> Transcript {
    transcript.lock().expect("no panic").clone()
}

fn report(
    datagrams: usize,
    serve_next: impl Fn(&mut dyn FnMut(Event)) -> std::io::Result<()>,
) -> Vec<String> {
    let mut events = Vec::new();
    for _ in 0..datagrams {
        serve_next(&mut |event| {
            events.push(match event {
                Event::Datagram { bytes, .. } => Charset::Utf8.show(bytes),
                Event::Truncated { bytes, .. } => {
                    Charset::Utf8.show(bytes) + " …"
                }
                Event::Failed { error, .. } => cli::plain(&error),
            });
        })
        .expect("receiving works");
    }
    events
}

const QUESTION: &[u8] = b"hello";

/// Longer than any of these conversations takes on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(30);
