//! Step 3: a server that is slow, and a client that notices what got lost.
//!
//! ```text
//! server: bind ─ SO_RCVBUF ─┬─ pause ─ recvfrom ─ sendto ─┐
//!                           └─────────────────────────────┘
//! client: bind ─┬─ sendto: probe 0 ─ recvfrom, until 1 is due ─┐
//!               └──────────────────────────────────────────────┘
//! ```
//!
//! Nobody tells a sender that a datagram was dropped: not the network, and not
//! the kernel of a receiver that is slow. Forget to number what you send, and
//! you cannot tell what is missing, what came twice, and which reply is whose.
//! Forget to look at the clock, and a reply that is too late to be of use
//! counts as one.
//!
//! Sources: udp(7) and socket(7) (SO_RCVBUF); RFC 768; ping(8), for the manner.

mod pinger;
mod probe;
mod receive;
mod report;

use std::{
    io::{self, ErrorKind},
    net::{SocketAddr, UdpSocket},
    time::Instant,
};

use socket2::SockRef;

use self::receive::receive_within;
pub use self::{
    pinger::{Kind, Pinger, Plan, Reply},
    probe::HEADER,
    report::Summary,
};
use crate::{Event, LARGEST};

/// How large the receive buffer is. On Linux everything counts in it that a
/// datagram needs, not its bytes alone.
///
/// # Errors
/// What `getsockopt` says.
pub fn buffer_size(socket: &UdpSocket) -> io::Result<usize> {
    SockRef::from(socket).recv_buffer_size()
}

/// Asks for a receive buffer of so many bytes and tells how large it is then:
/// on Linux twice that, and never more than the system allows.
///
/// # Errors
/// What `setsockopt` says. On macOS it refuses what is too much.
pub fn set_buffer_size(socket: &UdpSocket, bytes: usize) -> io::Result<usize> {
    // At any time: nobody has been told the size. (TCP's receiver promises its
    // sender room, and has to ask before `listen`.)
    SockRef::from(socket).set_recv_buffer_size(bytes)?;
    buffer_size(socket)
}

/// Sends each datagram back, until receiving fails for good. Before it takes
/// the next, it does whatever `pause` does. What comes meanwhile waits in the
/// kernel; what has no room there is gone.
pub fn serve(
    socket: &UdpSocket,
    pause: &mut dyn FnMut(),
    observe: &mut dyn FnMut(Event),
) -> io::Error {
    loop {
        pause();
        match serve_next(socket, observe) {
            // Windows: an echo that we sent met a closed port.
            Err(e) if e.kind() == ErrorKind::ConnectionReset => {}
            Err(e) => return e,
            Ok(()) => {}
        }
    }
}

/// Waits for the next datagram, from whomever, and sends it back as it is.
///
/// # Errors
/// What `recvfrom` says. An echo that cannot be sent is an
/// [`Event`].
pub fn serve_next(
    socket: &UdpSocket,
    observe: &mut dyn FnMut(Event),
) -> io::Result<()> {
    // The one that has waited longest. That others were dropped behind it
    // nobody tells: no error, no gap, no flag.
    let mut buffer = vec![0; LARGEST];
    let (length, peer) = socket.recv_from(&mut buffer)?;
    let bytes = &buffer[..length];
    observe(Event::Datagram { peer, bytes });

    if let Err(error) = socket.send_to(bytes, peer) {
        observe(Event::Failed { peer, error });
    }
    Ok(())
}

/// What [`ping`] tells its caller meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// A probe came back.
    Reply(Reply),
    /// For the probe of this number it is too late now.
    Silence {
        /// Its sequence number.
        number: u32,
    },
    /// A datagram of the server that is no echo of a probe of ours.
    NoEcho {
        /// How long it is.
        bytes: usize,
    },
    /// A datagram of somebody else.
    Stranger {
        /// Who sent it.
        peer: SocketAddr,
    },
}

/// Sends the pinger's probes to `server` when they are due and hands it what
/// comes back, until each is answered or given up.
///
/// # Errors
/// What `sendto` and `recvfrom` say.
pub fn ping(
    socket: &UdpSocket,
    server: SocketAddr,
    pinger: &mut Pinger,
    observe: &mut dyn FnMut(Seen),
) -> io::Result<()> {
    let start = Instant::now();
    let mut buffer = vec![0; LARGEST];
    loop {
        if let Some(probe) = pinger.next_probe(start.elapsed()) {
            // Ok means: our kernel has it. It is not even sure that it goes out.
            socket.send_to(&probe, server)?;
        }
        let Some(next) = pinger.next_at() else { return Ok(()) };

        // The pause between two probes is spent in `recvfrom`: no sleep that a
        // reply would have to wait for. Where the next is due already we look
        // all the same: our own buffer is finite, too.
        let now = start.elapsed();
        let until = next.max(now);
        match receive_within(socket, next.saturating_sub(now), &mut buffer)? {
            Some((_, peer)) if peer != server => {
                observe(Seen::Stranger { peer });
            }
            Some((length, _)) => {
                let datagram = &buffer[..length];
                let reply = pinger.receive(start.elapsed(), datagram);
                let no_echo = Seen::NoEcho { bytes: length };
                observe(reply.map_or(no_echo, Seen::Reply));
            }
            // Nothing is there that could have come until then: whoever sends
            // for long, or stands still, must not give up what it has not read.
            None => {
                let looked = until.min(start.elapsed());
                while let Some(number) = pinger.give_up(looked) {
                    observe(Seen::Silence { number });
                }
            }
        }
    }
}
