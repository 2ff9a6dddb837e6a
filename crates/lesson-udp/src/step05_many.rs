//! Step 5: one datagram for many, and an answer from each that it reaches.
//!
//! ```text
//! who is asked: socket ─ SO_REUSEADDR ─ bind ─ IP_ADD_MEMBERSHIP ─┐
//!                ┌────────────────────────────────────────────────┘
//!                └─┬─ recvfrom … sendto from the service's socket ─┐
//!                  └───────────────────────────────────────────────┘
//! who asks:     socket ─ bind ─ IP_MULTICAST_IF, IP_MULTICAST_TTL ─┐
//!                ┌─────────────────────────────────────────────────┘
//!                └─ sendto the group ─ recvfrom, recvfrom, … ─ the time is up
//! ```
//!
//! Who wants to find a server asks everybody, in one datagram. Each server
//! answers from the socket that it serves with, so that the answer's sender is
//! its address. A group is joined on *one* interface: forget to say which, and
//! the routing table chooses. For broadcast there is nothing to join, and the
//! sender has to say that it is meant: without SO_BROADCAST, EACCES.
//!
//! Sources: ip(7), ipv6(7), socket(7); RFC 1112 (groups), RFC 2365 and RFC 4291
//! §2.7 (which ones), RFC 919 (broadcast), RFC 6762 (the same, for names).

mod many;
mod name;
mod sockets;

use std::{
    collections::HashSet,
    io,
    net::{SocketAddr, UdpSocket},
    time::{Duration, Instant},
};

pub use self::{
    many::{Many, NotMany},
    name::{Name, NotAName},
    sockets::{bind_asked, bind_asking, join, leave},
};
use crate::{Event, LARGEST, is_no_answer};

/// What an asker hears. Each sender is heard once.
#[derive(Debug)]
pub enum Heard {
    /// A server.
    Server {
        /// What it calls itself. Anybody can call himself anything.
        name: Name,
        /// Where it serves: where its answer came from.
        addr: SocketAddr,
    },
    /// Something that is no answer to this question.
    Nonsense {
        /// Who sent it.
        peer: SocketAddr,
        /// What is wrong with it.
        error: NotAName,
    },
}

/// Answers one question after the other, until receiving fails for good.
pub fn answer(
    asked: &UdpSocket,
    service: &UdpSocket,
    name: &Name,
    observe: &mut dyn FnMut(Event),
) -> io::Error {
    loop {
        match answer_next(asked, service, name, observe) {
            // Windows: an answer that we sent met a closed port.
            Err(e) if e.kind() == io::ErrorKind::ConnectionReset => {}
            Err(e) => return e,
            Ok(()) => {}
        }
    }
}

/// Waits for the next datagram at `asked`, and if it is the question, answers
/// from `service`.
///
/// # Errors
/// What `recvfrom` says. An answer that cannot be sent is an [`Event`].
pub fn answer_next(
    asked: &UdpSocket,
    service: &UdpSocket,
    name: &Name,
    observe: &mut dyn FnMut(Event),
) -> io::Result<()> {
    let mut buffer = vec![0; LARGEST];
    let (length, peer) = asked.recv_from(&mut buffer)?;
    let bytes = &buffer[..length];
    observe(Event::Datagram { peer, bytes });

    // To anything else we say nothing: where all hear all, an answer to an
    // answer would be a storm. And we answer the one who asks, not the group:
    // the others have not asked.
    if bytes == QUESTION {
        // From the service's socket: this one may be the group's, and a group
        // is nobody's return address.
        if let Err(error) = service.send_to(&name.answer(), peer) {
            observe(Event::Failed { peer, error });
        }
    }
    Ok(())
}

/// Asks `many` who is there, several times within `timeout`, and tells whom it
/// hears: each sender once, and at most 256 of them.
///
/// # Errors
/// What `sendto` and `recvfrom` say: `PermissionDenied` to a broadcast address
/// without SO_BROADCAST, `NetworkUnreachable` where no route leads to it.
pub fn discover(
    socket: &UdpSocket,
    many: SocketAddr,
    timeout: Duration,
    observe: &mut dyn FnMut(Heard),
) -> io::Result<()> {
    let start = Instant::now();
    let mut senders = HashSet::new();
    let mut buffer = vec![0; LARGEST];
    // A question may get lost, and so may an answer: nobody knows how many there
    // should have been. So ask again, and pass over whom we know.
    for asked in 1..=ASKS {
        socket.send_to(QUESTION, many)?;
        let until = start + timeout * asked / ASKS;
        while let Some((length, addr)) = recv_by(socket, &mut buffer, until)? {
            // Who sends from ever new addresses does not fill our memory.
            if senders.len() < MOST && senders.insert(addr) {
                observe(match Name::of_answer(&buffer[..length]) {
                    Ok(name) => Heard::Server { name, addr },
                    Err(error) => Heard::Nonsense { peer: addr, error },
                });
            }
        }
    }
    Ok(())
}

/// `recv_from` until a moment: `None` when it has come.
fn recv_by(
    socket: &UdpSocket,
    buffer: &mut [u8],
    until: Instant,
) -> io::Result<Option<(usize, SocketAddr)>> {
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(None);
        }
        socket.set_read_timeout(Some(left))?;
        match socket.recv_from(buffer) {
            Err(e) if is_no_answer(&e) => {}
            result => return result.map(Some),
        }
    }
}

/// What is asked.
pub const QUESTION: &[u8] = b"who is there?";

/// How often it is asked.
const ASKS: u32 = 3;

/// The most senders that are heard.
const MOST: usize = 256;
