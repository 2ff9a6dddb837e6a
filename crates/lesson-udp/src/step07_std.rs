//! Step 7: the server and the client in `std::net`.
//!
//! ```text
//! server: bind ─┬─ recv_from ─ send_to ─┐
//!               └───────────────────────┘
//! client: bind ─┬─ send_to ─ recv_from ─┐
//!               └───────────────────────┘
//! ```
//!
//! The functions have the names and the order of step 1, and the kernel gets
//! nearly the same calls: `UdpSocket` is a thin coat. What it takes off your
//! hands is the socket's type, the address's C form and the uninitialised
//! buffer. What it leaves with you is everything that UDP does not promise.
//!
//! Sources: `std::net::UdpSocket`; udp(7).

use std::{
    io::{self, ErrorKind},
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
    time::{Duration, Instant},
};

use crate::{ANSWER, Event, LARGEST};

/// A socket that takes datagrams for `addr`: socket, bind, and no options.
///
/// # Errors
/// As [`step01_datagrams::bind`](crate::step01_datagrams::bind).
pub fn bind(addr: SocketAddr) -> io::Result<UdpSocket> {
    UdpSocket::bind(addr)
}

/// A client's socket: any free port, in the family of the server's address.
///
/// # Errors
/// As [`bind`].
pub fn bind_client(server: SocketAddr) -> io::Result<UdpSocket> {
    bind(match server {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    })
}

/// Answers one datagram after the other, until receiving fails for good.
pub fn serve(socket: &UdpSocket, observe: &mut dyn FnMut(Event)) -> io::Error {
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
/// What `recv_from` says. An answer that cannot be sent is an [`Event`].
pub fn serve_next(
    socket: &UdpSocket,
    observe: &mut dyn FnMut(Event),
) -> io::Result<()> {
    let mut buffer = vec![0; LARGEST];
    let (length, peer) = socket.recv_from(&mut buffer)?;
    observe(Event::Datagram { peer, bytes: &buffer[..length] });

    if let Err(error) = socket.send_to(ANSWER, peer) {
        observe(Event::Failed { peer, error });
    }
    Ok(())
}

/// Sends one datagram to `server` and waits for one back: `None` if none came
/// within `timeout`. Datagrams from anybody else are dropped.
///
/// # Errors
/// As [`step01_datagrams::ask`](crate::step01_datagrams::ask).
pub fn ask(
    socket: &UdpSocket,
    server: SocketAddr,
    question: &[u8],
    timeout: Duration,
) -> io::Result<Option<Vec<u8>>> {
    socket.send_to(question, server)?;

    let deadline = Instant::now() + timeout;
    let mut buffer = vec![0; LARGEST];
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(None);
        }
        socket.set_read_timeout(Some(left))?;
        match socket.recv_from(&mut buffer) {
            Ok((length, peer)) if peer == server => {
                return Ok(Some(buffer[..length].to_vec()));
            }
            Ok(_) => {}
            Err(e) if crate::is_no_answer(&e) => {}
            Err(e) => return Err(e),
        }
    }
}
