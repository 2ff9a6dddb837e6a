//! Step 4: `connect` on UDP: one other end, and errors that come back.
//!
//! ```text
//! server: bind ─┬─ recv_from ─ send_to ─┐
//!               └───────────────────────┘
//! client: bind ─ connect ─┬─ send ─ recv ─┐
//!                         └───────────────┘
//! ```
//!
//! `connect` sends nothing, and nobody learns of it but our own kernel. It notes
//! whom we talk to, drops what others send us, and tells us when nobody has the
//! port that we ask. Forget it, and a server that is not there looks like one
//! that is slow. Rely on it, and whoever forges the server's address is the
//! server: so each question has a number that its answer has to repeat.
//!
//! Sources: connect(2), udp(7); RFC 1122 §4.1.3.3 (errors go to the program);
//! RFC 8085 §5.2 (how far to believe them); RFC 5452 (a number to guess).

mod id;
mod server;

use std::{
    io::{self, ErrorKind},
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
    time::{Duration, Instant},
};

use self::id::front;
pub use self::server::{interfere, serve, serve_next};
use crate::LARGEST;

/// A client's socket that talks to `server` and to nobody else.
///
/// # Errors
/// What `bind` and `connect` say: `NetworkUnreachable` where no route leads
/// there. Whether the server is there nobody has asked yet.
pub fn connect(server: SocketAddr) -> io::Result<UdpSocket> {
    let socket = UdpSocket::bind(match server {
        SocketAddr::V4(_) => SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
        SocketAddr::V6(_) => SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)),
    })?;
    // No packet leaves. The kernel looks up the way to the server, and with it
    // the address that we send from: until now that was 0.0.0.0.
    socket.connect(server)?;
    Ok(socket)
}

/// Asks the other end of a connected `socket`, and waits for the answer: `None`
/// if none came within `timeout`.
///
/// The question goes out with `id` in front, and what comes back with the same
/// `id` is its answer. Whoever cannot see the question has to guess it: take a
/// new one each time, at random. What comes without it goes to `dropped`.
///
/// # Errors
/// A refusal (see [`is_refused`]) where nobody has the server's port, and what
/// else `send` and `recv` say. After a refusal the socket is as good as before.
pub fn ask(
    socket: &UdpSocket,
    id: u64,
    question: &[u8],
    timeout: Duration,
    dropped: &mut dyn FnMut(&[u8]),
) -> io::Result<Option<Vec<u8>>> {
    send(socket, id, question)?;
    receive(socket, id, Instant::now() + timeout, dropped)
}

/// As [`ask`], and does not take a refusal for the last word: it asks again, for
/// as long as `timeout`. The server may be starting, and refusals can be forged.
///
/// # Errors
/// As [`ask`]; a refusal if there was one, and no answer to the end.
pub fn ask_again(
    socket: &UdpSocket,
    id: u64,
    question: &[u8],
    timeout: Duration,
    dropped: &mut dyn FnMut(&[u8]),
) -> io::Result<Option<Vec<u8>>> {
    let deadline = Instant::now() + timeout;
    let mut refused = None;
    loop {
        let mut end = deadline;
        match send(socket, id, question) {
            Err(e) if is_refused(&e) => {
                end = end.min(Instant::now() + PAUSE);
                refused = Some(e);
            }
            sent => sent?,
        }
        let answer = loop {
            match receive(socket, id, end, dropped) {
                // Not again at once: who is not there would be asked a million
                // times. And no sleep, which would not hear an answer.
                Err(e) if is_refused(&e) => {
                    end = end.min(Instant::now() + PAUSE);
                    refused = Some(e);
                }
                result => break result?,
            }
        };
        match answer {
            None if end < deadline => {}
            None => return refused.map_or(Ok(None), Err),
            Some(_) => return Ok(answer),
        }
    }
}

/// Whether an error says that nobody has the port that something was sent to:
/// one kind on Unix, and another on Windows.
pub fn is_refused(error: &io::Error) -> bool {
    let kind = error.kind();
    kind == ErrorKind::ConnectionRefused || kind == ErrorKind::ConnectionReset
}

fn send(socket: &UdpSocket, id: u64, question: &[u8]) -> io::Result<()> {
    let datagram = [front(id).as_bytes(), question].concat();
    let sent = match socket.send(&datagram) {
        // That is about a datagram of before. The kernel has told us, and has
        // not sent this one.
        Err(e) if is_refused(&e) => socket.send(&datagram),
        result => result,
    };
    sent.map(|_| ())
}

/// Waits for the answer with that id.
fn receive(
    socket: &UdpSocket,
    id: u64,
    deadline: Instant,
    dropped: &mut dyn FnMut(&[u8]),
) -> io::Result<Option<Vec<u8>>> {
    let mut buffer = vec![0; LARGEST];
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(None);
        }
        socket.set_read_timeout(Some(left))?;
        // Who sent it, the kernel has looked at. (Not at what had come before
        // `connect`: that is in the queue, whoever sent it.)
        match socket.recv(&mut buffer) {
            Ok(length) => {
                let datagram = &buffer[..length];
                match datagram.strip_prefix(front(id).as_bytes()) {
                    Some(answer) => return Ok(Some(answer.to_vec())),
                    None => dropped(datagram),
                }
            }
            Err(e) if is_refused(&e) => return Err(e),
            Err(e) if crate::is_no_answer(&e) => {}
            Err(e) => return Err(e),
        }
    }
}

/// How long to leave a server alone that was not there.
const PAUSE: Duration = Duration::from_millis(100);
