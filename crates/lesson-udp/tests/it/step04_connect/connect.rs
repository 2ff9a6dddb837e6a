//! What `connect` changes on a UDP socket, on every system.

use std::{
    io::ErrorKind,
    net::{SocketAddr, UdpSocket},
    time::Duration,
};

use lesson_udp::step04_connect::{connect, interfere};
use testkit::{DEADLINE, within};

use crate::conversations::loopback;

/// Somebody to talk to.
pub(super) fn somebody() -> UdpSocket {
    UdpSocket::bind(loopback()).expect("a free port")
}

/// An address that nobody has. On Linux somebody keeps it from the other tests:
/// a socket that is connected to itself, so that to the kernel nobody has what
/// others send there.
pub(super) fn nobody() -> (SocketAddr, Option<UdpSocket>) {
    let socket = somebody();
    let addr = socket.local_addr().expect("it is bound");
    socket.connect(addr).expect("noted");
    (addr, cfg!(target_os = "linux").then_some(socket))
}

/// The next datagram, as text.
pub(super) fn receive(socket: &UdpSocket) -> String {
    let mut buffer = [0; 99];
    let length = socket.recv(&mut buffer).expect("a datagram");
    String::from_utf8_lossy(&buffer[..length]).into_owned()
}

/// Without `connect` there is nobody to send to. No kind of error in Rust says
/// so on every system: on Linux the number is EDESTADDRREQ.
#[test]
fn gives_send_somebody_to_send_to() {
    within(DEADLINE, || {
        let (client, server) = (somebody(), somebody());
        let error = client.send(b"hello").expect_err("to whom?");
        #[cfg(target_os = "linux")]
        assert_eq!(error.raw_os_error(), Some(89), "EDESTADDRREQ");
        drop(error);
        let error = client.peer_addr().expect_err("nobody yet");
        assert_eq!(error.kind(), ErrorKind::NotConnected);

        let addr = server.local_addr().expect("it is bound");
        client.connect(addr).expect("noted");
        client.send(b"hello").expect("sent");
        assert_eq!(receive(&server), "hello");
        assert_eq!(client.peer_addr().expect("connected"), addr);
    });
}

/// An address of another family than the socket's: EAFNOSUPPORT on Linux, and
/// no kind in Rust either.
#[test]
fn to_an_address_of_another_family_fails() {
    let client = somebody();
    let v6 = "[::1]:9";
    let errors = [
        client.send_to(b"hello", v6).expect_err("v4 socket, v6 address"),
        client.connect(v6).expect_err("v4 socket, v6 address"),
    ];
    #[cfg(target_os = "linux")]
    for error in &errors {
        assert_eq!(error.raw_os_error(), Some(97), "EAFNOSUPPORT");
    }
    drop(errors);
}

#[test]
fn picks_the_address_that_we_send_from() {
    within(DEADLINE, || {
        let server = somebody();
        let client = UdpSocket::bind("0.0.0.0:0").expect("a free port");
        let before = client.local_addr().expect("it is bound");
        assert!(before.ip().is_unspecified());
        let addr = server.local_addr().expect("it is bound");
        client.connect(addr).expect("noted");
        let after = client.local_addr().expect("it is bound");
        assert_eq!((after.ip(), after.port()), (addr.ip(), before.port()));
    });
}

#[test]
fn lets_nobody_else_in() {
    within(DEADLINE, || {
        let (server, stranger) = (somebody(), somebody());
        let client = connect(server.local_addr().expect("it is bound"));
        let client = client.expect("a free port");
        let addr = client.local_addr().expect("it is connected");
        stranger.send_to(b"trust me", addr).expect("sent");
        server.send_to(b"ok", addr).expect("sent");
        assert_eq!(receive(&client), "ok");
    });
}

#[test]
fn again_switches_to_another() {
    within(DEADLINE, || {
        let (first, second) = (somebody(), somebody());
        let client = connect(first.local_addr().expect("it is bound"));
        let client = client.expect("a free port");
        let addr = client.local_addr().expect("it is connected");
        client.connect(second.local_addr().expect("bound")).expect("noted");
        client.send(b"hello").expect("sent");
        assert_eq!(receive(&second), "hello");
        first.send_to(b"old", addr).expect("sent");
        second.send_to(b"new", addr).expect("sent");
        assert_eq!(receive(&client), "new");
    });
}

/// The stranger's lie has the number of the question: what keeps it out is its
/// sender alone, and a socket that is not connected takes it.
#[test]
fn a_lie_has_the_right_number() {
    within(DEADLINE, || {
        let (client, stranger) = (somebody(), somebody());
        let addr = client.local_addr().expect("it is bound");
        let question = b"00000000000000ff:hello";
        let wait = Duration::from_millis(1);
        let refused = interfere(&stranger, addr, question, wait);
        assert!(!refused.expect("it can be sent"));
        assert_eq!(receive(&client), "00000000000000ff:trust me");
    });
}
