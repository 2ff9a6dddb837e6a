//! The listener's end: one socket, one clock, and a frame every 20 ms.
//!
//! It waits for a datagram, and no longer than until the next frame is due. So
//! one thread does both, and what came late is late by its own doing and not by
//! ours.
//!
//! Sources: socket(7) for SO_RCVTIMEO; RFC 3550 §6.4.1 (a receiver's report has
//! these counts).

use std::{
    io,
    net::{SocketAddr, UdpSocket},
    time::{Duration, Instant},
};

use super::{
    conceal::Concealer,
    jitter::{Counts, JitterBuffer},
    packet::{self, Kind, Packet},
    wav::frame_length,
};
use crate::{is_no_answer, step02_messages::is_too_long};

/// What a listener tells its caller.
#[derive(Debug)]
pub enum Heard<'a> {
    /// Somebody has begun to speak.
    Speaker {
        /// Who; nobody else is listened to from now on.
        peer: SocketAddr,
        /// Samples a millisecond: 8 or 16.
        khz: u8,
    },
    /// 20 ms of it, to be played now.
    Frame(&'a [i16]),
}

/// How a voice ended, at the listener's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listened {
    /// What became of the frames.
    pub counts: Counts,
    /// Whether the speaker said that it was the end, or only fell silent.
    pub ended: bool,
}

/// Listens to the first who speaks until that voice ends, or until nothing has
/// come of it for `patience`. Each frame is given out `playout` after it would
/// have been, had it come as fast as the first one that came.
///
/// # Errors
/// What `recvfrom` says, and what `observe` does.
pub fn listen(
    socket: &UdpSocket,
    playout: Duration,
    patience: Duration,
    conceals: bool,
    observe: &mut dyn FnMut(Heard) -> io::Result<()>,
) -> io::Result<Listened> {
    let mut bytes = [0; packet::LONGEST + 1];
    let (khz, peer, mut buffer, start) = loop {
        socket.set_read_timeout(None)?;
        let (length, peer) = match socket.recv_from(&mut bytes) {
            Err(e) if is_no_packet(&e) => continue,
            received => received?,
        };
        match Packet::parse(&bytes[..length]) {
            Ok(packet) if packet.kind() != Kind::End => {
                let (khz, first) = (packet.khz(), packet.timestamp());
                let zero = Duration::ZERO;
                let mut buffer = JitterBuffer::new(khz, first, zero, playout);
                buffer.put(&packet);
                break (khz, peer, buffer, Instant::now());
            }
            _ => {}
        }
    };
    observe(Heard::Speaker { peer, khz })?;
    let mut concealer = Concealer::new(conceals);
    let mut last = Duration::ZERO;
    while let Some(next) = buffer.next_at() {
        let left = next.saturating_sub(start.elapsed());
        socket.set_read_timeout(Some(left.max(SHORTEST)))?;
        let received = socket.recv_from(&mut bytes);
        // Played first what was due when it came: it must not be in time
        // because we were late.
        let now = start.elapsed();
        while buffer.next_at().is_some_and(|at| at <= now) {
            let frame = concealer.play(buffer.play(), frame_length(khz));
            observe(Heard::Frame(&frame))?;
        }
        match received {
            Ok((length, from)) if from == peer => {
                // What is refused is no sign of the voice.
                let packet = Packet::parse(&bytes[..length]).ok();
                if let Some(packet) = packet.filter(|p| buffer.put(p)) {
                    last = now;
                    if packet.kind() == Kind::End {
                        // So that it need not be said again.
                        let _ = socket.send_to(&bytes[..length], peer);
                    }
                }
            }
            Err(e) if !is_no_packet(&e) => return Err(e),
            // A stranger, or a signal, or nothing yet.
            _ => {}
        }
        // What came last is played, and then it has been silent for that long.
        if now.saturating_sub(last) > playout + patience {
            return Ok(Listened { counts: buffer.counts(), ended: false });
        }
    }
    Ok(Listened { counts: buffer.counts(), ended: true })
}

/// Whether a receiving call failed because nothing has come, or nothing that
/// could be a packet: too long a datagram is an error on Windows.
pub(super) fn is_no_packet(error: &io::Error) -> bool {
    is_no_answer(error) || is_too_long(error)
}

/// To the kernel a timeout of 0 means: wait for ever.
const SHORTEST: Duration = Duration::from_micros(1);
