//! Calls on a socket that is not the one they are for.

use std::io::Read;

use super::*;
use mio::{Events, Interest, Poll, Token};

fn socket() -> Socket {
    Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket")
}

/// Bound is not listening: neither can anybody connect, nor can one accept.
#[test]
fn a_bound_socket_does_not_listen() {
    within(DEADLINE, || {
        let (bound, addr) = closed();
        let addr = addr.into();
        let refused = socket().connect(&addr).expect_err("nobody listens");
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
        let invalid = bound.accept().expect_err("not listening");
        assert_eq!(invalid.kind(), ErrorKind::InvalidInput);
        bound.listen(1).expect("it is bound");
        socket().connect(&addr).expect("now it listens");
        bound.accept().expect("a client");
    });
}

/// The listener is not the connection: it has nothing to read.
#[test]
fn a_listener_has_no_bytes() {
    within(DEADLINE, || {
        let listener = listen(loopback(), None).expect("a free port");
        let error = Socket::from(listener).read(&mut [0]).expect_err("none");
        assert_eq!(error.kind(), ErrorKind::NotConnected);
        let error = socket().peer_addr().expect_err("not connected");
        assert_eq!(error.kind(), ErrorKind::NotConnected);
    });
}

/// A non-blocking connect has begun, not ended. Writable means that it has
/// ended, one way or the other, and SO_ERROR says which.
#[test]
fn writable_is_not_connected() {
    within(DEADLINE, || {
        let listener = TcpListener::bind(loopback()).expect("a free port");
        let open = listener.local_addr().expect("it is bound");
        assert!(ended_connect(open).is_none());
        let (_held, closed) = closed();
        let error = ended_connect(closed).expect("nobody listens");
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    });
}

/// What SO_ERROR holds once a non-blocking connect is over; it holds it once.
fn ended_connect(addr: SocketAddr) -> Option<std::io::Error> {
    let mut poll = Poll::new().expect("a poll");
    // mio takes "in progress" for the good beginning that it is. Where the other
    // end is this machine, BSD may know at once that it has failed.
    let mut stream = match mio::net::TcpStream::connect(addr) {
        Ok(stream) => stream,
        Err(error) => return Some(error),
    };
    poll.registry()
        .register(&mut stream, Token(0), Interest::WRITABLE)
        .expect("a socket");
    poll.poll(&mut Events::with_capacity(1), None).expect("it ends");
    let error = stream.take_error().expect("a socket");
    assert!(stream.take_error().expect("a socket").is_none(), "taken");
    error
}
