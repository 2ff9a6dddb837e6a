//! Step 2: a datagram is a message: it has borders, and it has a size.
//!
//! ```text
//! server: socket ─ bind ─┬─ recvmsg: bytes, sender, MSG_TRUNC ─ sendto ─┐
//!                        └──────────────────────────────────────────────┘
//! ```
//!
//! One `sendto` makes one datagram, and one receiving call takes one. Forget to
//! give it room, and the rest of it is gone: on Unix `recvfrom` does not say so,
//! and the next call gives the next datagram. Forget that 0 bytes are a datagram
//! too, and an empty one ends your loop.
//!
//! Sources: udp(7), recv(2) and recvmsg(2) for MSG_TRUNC; RFC 768 (the length);
//! RFC 8085 §3.2 and RFC 9000 §14 (how large a datagram should be); RFC 8200 §5.

use std::{
    io::{self, ErrorKind},
    net::{SocketAddr, UdpSocket},
};

use socket2::Socket;

use crate::{Event, step01_datagrams::receive::recvmsg};

/// Answers one datagram after the other, until receiving fails for good. `room`
/// is what it has for each, in bytes.
pub fn serve(
    socket: &Socket,
    room: usize,
    observe: &mut dyn FnMut(Event),
) -> io::Error {
    loop {
        match serve_next(socket, room, observe) {
            // Windows: an answer that we sent met a closed port.
            Err(e) if e.kind() == ErrorKind::ConnectionReset => {}
            Err(e) => return e,
            Ok(()) => {}
        }
    }
}

/// Waits for the next datagram, from whomever, and answers how much of it has
/// found room.
///
/// # Errors
/// What `recvmsg` says. An answer that cannot be sent is an [`Event`].
pub fn serve_next(
    socket: &Socket,
    room: usize,
    observe: &mut dyn FnMut(Event),
) -> io::Result<()> {
    // Bytes that are there: `Vec::with_capacity(room)` would be room for none.
    let mut buffer = vec![0; room];

    // `recvfrom` says how many bytes it wrote. `recvmsg` says besides whether
    // there were more. It does not say how many, and nobody gets them back.
    let (length, flags, peer) = recvmsg(socket, &mut buffer)?;
    let bytes = &buffer[..length];
    let s = if length == 1 { "" } else { "s" };
    let answer = if flags.is_truncated() {
        observe(Event::Truncated { peer, bytes });
        format!("{length} byte{s}, and the rest is gone")
    } else {
        observe(Event::Datagram { peer, bytes });
        format!("{length} byte{s}, all of it")
    };

    if let Err(error) = socket.send_to(answer.as_bytes(), &peer.into()) {
        observe(Event::Failed { peer, error });
    }
    Ok(())
}

/// The same question in `std::net`, which has no `recvmsg`: waits for a datagram
/// of at most `most` bytes. `None` is one that was longer, and is lost.
///
/// # Errors
/// What `recv_from` says.
pub fn recv_at_most(
    socket: &UdpSocket,
    most: usize,
) -> io::Result<Option<(Vec<u8>, SocketAddr)>> {
    // One byte more than anybody may send. Who fills it has sent too much, and
    // how much nobody needs to know.
    let mut buffer = vec![0; most + 1];
    match socket.recv_from(&mut buffer) {
        Ok((length, _)) if length > most => Ok(None),
        Ok((length, peer)) => {
            buffer.truncate(length);
            Ok(Some((buffer, peer)))
        }
        // Windows takes what there is room for, and then fails all the same.
        Err(e) if cfg!(windows) && is_too_long(&e) => Ok(None),
        Err(e) => Err(e),
    }
}

/// Whether a datagram was longer than something on its way can take: of one to
/// be sent, nothing has gone then.
///
/// Rust has no stable `ErrorKind` for it, so this looks at the system's number.
pub fn is_too_long(error: &io::Error) -> bool {
    error.raw_os_error() == Some(EMSGSIZE)
}

/// The most bytes of a datagram to that address: the kernel refuses more.
pub fn longest(to: SocketAddr) -> usize {
    if to.is_ipv4() { LONGEST_V4 } else { LONGEST_V6 }
}

/// IPv4 has 16 bits for a packet's length, its own header (20 bytes) and UDP's
/// (8) included.
pub const LONGEST_V4: usize = 65_535 - 20 - 8;

/// UDP has 16 bits too, and counts its own header. IPv6 does not count its.
pub const LONGEST_V6: usize = 65_535 - 8;

/// What one packet carries on an Ethernet, where packets have 1500 bytes.
pub const UNFRAGMENTED_V4: usize = 1500 - 20 - 8;

/// The same where the header of IP has 40 bytes.
pub const UNFRAGMENTED_V6: usize = 1500 - 40 - 8;

/// What one packet carries nearly everywhere: a link of IPv6 takes 1280 bytes
/// or more, and leaves some to tunnels. QUIC counts on it.
pub const SAFE: usize = 1200;

/// "Message too long", in the numbers of each system.
const EMSGSIZE: i32 = if cfg!(windows) {
    10_040
} else if cfg!(any(target_os = "linux", target_os = "android")) {
    90
} else {
    40
};
