//! Clients that take their time: each request has one deadline, however the
//! bytes drip.

use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use testkit::{DEADLINE, Peer, assert_transcript, within};

use super::{GET, PAGE, server};
use crate::conversations::CHARSET;

const SHORT: Duration = Duration::from_millis(500);

/// A head without its empty line, a head without its body, and silence.
#[test]
fn has_its_bounds() {
    within(DEADLINE, || {
        let body = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n";
        let says = |said: &[u8], told| {
            let (addr, events) = server(SHORT);
            let start = Instant::now();
            let mut client = Peer::connect(addr, CHARSET);
            client.send(said);
            let reply = client.receive_to_end();
            assert!(start.elapsed() >= SHORT);
            assert_eq!(reply.is_empty(), told == "silent");
            assert_eq!(events.recv().expect("an event"), told);
        };
        let late = "408: it took too long";
        thread::scope(|scope| {
            scope.spawn(|| says(&GET[..GET.len() - 2], late));
            scope.spawn(|| says(body, late));
            scope.spawn(|| says(b"", "silent"));
        });
    });
}

/// Quiet between two requests is no offence: an end, and no 408.
#[test]
fn closes_an_idle_connection() {
    within(DEADLINE, || {
        let mut client = Peer::connect(server(SHORT).0, CHARSET);
        client.send(GET);
        client.receive(PAGE.len());
        assert_eq!(client.receive_to_end(), b"");
        assert_transcript!("step05_http_idle", client.close());
    });
}

/// A byte now and then: each is in time, and all together they are not.
#[test]
fn is_not_fed_by_drops() {
    within(DEADLINE, || {
        let (addr, events) = server(SHORT);
        let mut client = TcpStream::connect(addr).expect("it listens");
        let mut writer = client.try_clone().expect("a second handle");
        let (stop, stopped) = mpsc::channel::<()>();
        let dripping = thread::spawn(move || {
            writer.write_all(b"GET / HTTP/1.1\r\nX: ").expect("it reads");
            let drop_after = Duration::from_millis(5);
            let timeout = Err(RecvTimeoutError::Timeout);
            while stopped.recv_timeout(drop_after) == timeout {
                // Fails when the server has closed.
                let _ = writer.write_all(b"x");
            }
        });
        let mut reply = [0; 12];
        client.read_exact(&mut reply).expect("a reply");
        assert_eq!(&reply, b"HTTP/1.1 408");
        assert_eq!(events.recv().expect("it"), "408: it took too long");
        drop(stop);
        dripping.join().expect("no panic");
    });
}

/// The client ends its side in the middle of a request.
#[test]
fn ends_with_the_client() {
    within(DEADLINE, || {
        let (addr, events) = server(DEADLINE);
        let mut client = Peer::connect(addr, CHARSET);
        client.send(&GET[..20]);
        client.half_close();
        assert!(client.receive_to_end().starts_with(b"HTTP/1.1 400 "));
        assert_eq!(events.recv().expect("it"), "400: it ends too early");
    });
}

/// A client aborts in the middle of a request, and the next is served.
#[test]
fn goes_on_when_a_client_aborts() {
    within(DEADLINE, || {
        let (addr, events) = server(DEADLINE);
        let mut client = Peer::connect(addr, CHARSET);
        client.send(&GET[..20]);
        client.reset();
        let mut client = Peer::connect(addr, CHARSET);
        client.send(GET);
        assert_eq!(client.receive(PAGE.len()), PAGE);
        // Other systems may drop the first one before it is accepted.
        if cfg!(target_os = "linux") {
            let mut told: Vec<_> = events.iter().take(2).collect();
            told.sort();
            assert_eq!(told, ["GET / 200", "connection reset"]);
        }
    });
}
