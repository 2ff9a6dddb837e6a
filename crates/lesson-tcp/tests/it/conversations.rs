//! Conversations that every server of the track, and every client of it, has to
//! hold alike.

use std::{
    io::{self, ErrorKind},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::mpsc,
    thread::{self, JoinHandle},
    time::Duration,
};

use common::{Charset, Transcript, cli};
use lesson_tcp::{
    Event, STATUS_LINE, body, step01_server, step02_client,
    step09_clients::{Limits, Stop},
    step11_std,
};
use testkit::Peer;

pub(crate) const CHARSET: Charset = Charset::Gb2312;

/// 加油 in GB2312.
pub(crate) const REQUEST: &[u8] = b"\xbc\xd3\xd3\xcd";

/// A server in a thread: its address, and what it reports when it has served.
pub(crate) struct Serving {
    pub(crate) addr: SocketAddr,
    pub(crate) events: JoinHandle<Vec<String>>,
    /// For a server that has to be stopped: no number of clients ends it.
    pub(crate) stop: Option<Stop>,
}

impl Serving {
    /// What it has reported when it has served.
    pub(crate) fn finish(self) -> Vec<String> {
        if let Some(stop) = self.stop {
            stop.stop();
        }
        self.events.join().expect("no panic")
    }
}

/// Starts a server for that many clients.
pub(crate) type Serve = fn(clients: usize) -> Serving;

/// A client that reads to the end: the reply, and the error if there was one.
pub(crate) type Call = fn(SocketAddr, &[u8]) -> (Vec<u8>, Option<String>);

pub(crate) fn step01(clients: usize) -> Serving {
    let listener = step01_server::listen(loopback()).expect("a free port");
    let addr = listener.local_addr().expect("it is bound");
    let addr = addr.as_socket().expect("an IP address");
    let events = thread::spawn(move || {
        report(clients, |observe| {
            step01_server::serve_next(&listener, CHARSET, observe)
        })
    });
    Serving { addr, events, stop: None }
}

pub(crate) fn step11(_clients: usize) -> Serving {
    step11_within(LIMITS)
}

pub(crate) fn step11_within(limits: Limits) -> Serving {
    let listener = step11_std::listen(loopback()).expect("a free port");
    let addr = listener.local_addr().expect("it is bound");
    let stop = Stop::new(&listener).expect("descriptors are left");
    let its = stop.clone();
    let events = thread::spawn(move || {
        let (tell, told) = mpsc::channel();
        let observe = move |event: Event| {
            tell.send(in_words(&event)).expect("somebody listens");
        };
        step11_std::serve(&listener, CHARSET, &limits, &its, &observe)
            .expect("accept works");
        drop(observe);
        told.into_iter().collect()
    });
    Serving { addr, events, stop: Some(stop) }
}

pub(crate) fn step02(
    server: SocketAddr,
    request: &[u8],
) -> (Vec<u8>, Option<String>) {
    let mut reply = Vec::new();
    let result = step02_client::call(server, request, &mut reply);
    (reply, result.err().map(|error| cli::plain(&error)))
}

pub(crate) fn step11_call(
    server: SocketAddr,
    request: &[u8],
) -> (Vec<u8>, Option<String>) {
    let mut reply = Vec::new();
    let result = step11_std::call(server, request, PATIENCE, &mut reply);
    (reply, result.err().map(|error| cli::plain(&error)))
}

/// A client asks and waits for the server to close.
pub(crate) fn ask(serve: Serve, request: &[u8]) -> Transcript {
    let server = serve(1);
    let mut client = Peer::connect(server.addr, CHARSET);
    client.send(request);
    client.receive_to_end();
    let transcript = client.close();
    server.finish();
    transcript
}

/// A client says that it has nothing to say.
pub(crate) fn say_nothing(serve: Serve) -> Transcript {
    let server = serve(1);
    let mut client = Peer::connect(server.addr, CHARSET);
    client.half_close();
    client.receive_to_end();
    let transcript = client.close();
    assert_eq!(server.finish(), ["silent"]);
    transcript
}

/// A client aborts, once before and once after it has asked; the next is served.
pub(crate) fn abort_then_ask(serve: Serve) -> Transcript {
    let server = serve(3);
    Peer::connect(server.addr, CHARSET).reset();
    let mut client = Peer::connect(server.addr, CHARSET);
    client.send(REQUEST);
    client.reset();
    let mut client = Peer::connect(server.addr, CHARSET);
    client.send(REQUEST);
    client.receive_to_end();
    let transcript = client.close();
    server.finish();
    transcript
}

/// A client's call, seen from the server.
pub(crate) fn answer(call: Call) -> Transcript {
    let listener = TcpListener::bind(loopback()).expect("a free port");
    let addr = listener.local_addr().expect("it is bound");
    let calling = thread::spawn(move || call(addr, REQUEST));
    let mut server = Peer::accept(&listener, CHARSET);
    server.receive(REQUEST.len());
    server.send(STATUS_LINE);
    server.send(&body(CHARSET));
    server.half_close();
    server.receive_to_end();
    let (reply, error) = calling.join().expect("no panic");
    assert_eq!(reply, [STATUS_LINE, &body(CHARSET)].concat());
    assert_eq!(error, None);
    server.close()
}

/// A server aborts in the middle of its reply: what had come is not lost.
pub(crate) fn answer_half(call: fn(SocketAddr, &mut Vec<u8>) -> String) {
    let listener = TcpListener::bind(loopback()).expect("a free port");
    let addr = listener.local_addr().expect("it is bound");
    let (read, has_read) = mpsc::channel();
    let calling = thread::spawn(move || {
        let mut reply = Vec::new();
        let error = call(addr, &mut reply);
        read.send(()).expect("the test waits");
        (reply, error)
    });
    let mut server = Peer::accept(&listener, CHARSET);
    server.receive(REQUEST.len());
    server.send(STATUS_LINE);
    server.reset();
    has_read.recv().expect("the client ends");
    let (reply, error) = calling.join().expect("no panic");
    assert_eq!(error, "connection reset");
    assert!(STATUS_LINE.starts_with(&reply), "only what was sent: {reply:?}");
}

/// The two ends of a connection: the client's and the server's.
pub(crate) fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind(loopback()).expect("a free port");
    let addr = listener.local_addr().expect("it is bound");
    let client = TcpStream::connect(addr).expect("it listens");
    (client, listener.accept().expect("a client").0)
}

pub(crate) fn loopback() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

pub(crate) fn report(
    clients: usize,
    serve_next: impl Fn(&mut dyn FnMut(Event)) -> io::Result<()>,
) -> Vec<String> {
    let mut events = Vec::new();
    for _ in 0..clients {
        let served = serve_next(&mut |event| {
            events.push(in_words(&event));
        });
        match served {
            // BSD and macOS drop a client that aborts before it is accepted.
            Err(e) if e.kind() == ErrorKind::ConnectionAborted => {}
            other => other.expect("accept works"),
        }
    }
    events
}

fn in_words(event: &Event) -> String {
    match event {
        Event::Request { bytes, .. } => {
            format!("request {}", CHARSET.show(bytes))
        }
        Event::Silent { .. } => "silent".to_owned(),
        Event::Failed { error, .. } => cli::plain(error),
    }
}

/// What no conversation in these tests comes near.
pub(crate) const LIMITS: Limits =
    Limits { clients: 50, patience: PATIENCE, grace: PATIENCE };

/// Longer than any of these conversations takes on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(30);
