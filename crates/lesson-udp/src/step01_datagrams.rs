//! Step 1: a UDP server and its client, one system call after the other.
//!
//! ```text
//! server: socket ─ bind ─┬─ recvfrom ─ sendto ─┐
//!                        └─────────────────────┘
//! client: socket ─ bind ─┬─ sendto ─ recvfrom ─┐
//!                        └─────────────────────┘
//! ```
//!
//! No listen, no accept, no connection: one socket serves everybody, and each
//! datagram says who sent it. Forget to look at the sender and you take
//! anybody's word for the server's. Forget the timeout and one lost datagram
//! stops the client for ever.
//!
//! Sources: udp(7), recvfrom(2), sendto(2), socket(7) for SO_RCVTIMEO; RFC 768
//! (all of UDP, three pages).

pub(crate) mod receive;

use std::{
    io::{self, ErrorKind},
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    time::{Duration, Instant},
};

use socket2::{Domain, Protocol, Socket, Type};

use self::receive::recv_from;
use crate::{ANSWER, Event, LARGEST};

/// A socket that takes datagrams for `addr`: socket, bind. Nothing more.
///
/// # Errors
/// What `bind` says: `AddrInUse`, `PermissionDenied` (a port below 1024),
/// `AddrNotAvailable` (no interface has that address).
pub fn bind(addr: SocketAddr) -> io::Result<Socket> {
    let domain = Domain::for_address(addr);
    let socket = Socket::new(domain, Type::DGRAM, Some(Protocol::UDP))?;
    socket.bind(&addr.into())?;
    Ok(socket)
}

/// A client's socket: any free port, in the family of the server's address.
///
/// # Errors
/// As [`bind`].
pub fn bind_client(server: SocketAddr) -> io::Result<Socket> {
    // Without this bind the first `sendto` would do the same. The port is our
    // return address: the server answers to it.
    bind(match server {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    })
}

/// Answers one datagram after the other, until receiving fails for good.
pub fn serve(socket: &Socket, observe: &mut dyn FnMut(Event)) -> io::Error {
    loop {
        match serve_next(socket, observe) {
            // Windows: an answer that we sent met a closed port.
            Err(e) if e.kind() == ErrorKind::ConnectionReset => {}
            Err(e) => return e,
            Ok(()) => {}
        }
    }
}

/// Waits for the next datagram, from whomever, and answers it.
///
/// # Errors
/// What `recvfrom` says. An answer that cannot be sent is an [`Event`].
pub fn serve_next(
    socket: &Socket,
    observe: &mut dyn FnMut(Event),
) -> io::Result<()> {
    // One call gives one datagram and its sender, never half of one and never
    // two. Zero bytes are no end: they are an empty datagram.
    let mut buffer = vec![0; LARGEST];
    let (length, peer) = recv_from(socket, &mut buffer)?;
    observe(Event::Datagram { peer, bytes: &buffer[..length] });

    // From the same socket, so that the answer comes from the port that the
    // client asked. There is no connection: we say each time who it is for.
    if let Err(error) = socket.send_to(ANSWER, &peer.into()) {
        observe(Event::Failed { peer, error });
    }
    Ok(())
}

/// Sends one datagram to `server` and waits for one back: `None` if none came
/// within `timeout`. Datagrams from anybody else are dropped.
///
/// # Errors
/// What `sendto` and `recvfrom` say: more than 65 507 bytes over IPv4 are
/// refused (EMSGSIZE), nothing of them is sent.
pub fn ask(
    socket: &Socket,
    server: SocketAddr,
    question: &[u8],
    timeout: Duration,
) -> io::Result<Option<Vec<u8>>> {
    socket.send_to(question, &server.into())?;

    // Sent is not arrived: the question or the answer may be lost, and nobody
    // will tell. A stranger's datagram must not start the wait anew.
    let deadline = Instant::now() + timeout;
    let mut buffer = vec![0; LARGEST];
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        // SO_RCVTIMEO counts microseconds, and to the kernel 0 of them mean:
        // wait for ever.
        if left.as_micros() == 0 {
            return Ok(None);
        }
        socket.set_read_timeout(Some(left))?;
        match recv_from(socket, &mut buffer) {
            Ok((length, peer)) if peer == server => {
                return Ok(Some(buffer[..length].to_vec()));
            }
            // A stranger, or a signal, or the time is up: look at the clock.
            Ok(_) => {}
            Err(e) if crate::is_no_answer(&e) => {}
            Err(e) => return Err(e),
        }
    }
}
