//! Step 6: a voice. A frame each 20 ms, and no time to send one again.
//!
//! ```text
//! speak:   connect ─┬─ send a frame ─ recv: timeout, 20 ms ─┐
//!                   └───────────────────────────────────────┘
//!          ┬─ send the end ─ recv: 0.1 s, or the end sent back ─┐
//!          └────────────────────────────────────────────────────┘
//! listen:  ┬─ recvfrom: timeout, the next frame's moment ─ play what is due ─┐
//!          └──────── put what came into the jitter buffer ◄──────────────────┘
//! ```
//!
//! Forget the jitter buffer, and each frame that the network holds back is a
//! gap. Forget to number the frames, and you do not know that there was one.
//! Forget that the end can be lost like any datagram, and you listen for ever.
//!
//! Sources: RFC 3550 §5.1; RFC 8085 §3.1 (how fast one may send); the modules
//! name theirs.

mod conceal;
mod crossing;
mod hearing;
mod jitter;
mod law;
mod listen;
mod packet;
mod receiver;
mod rto;
mod stream;
mod wav;

use std::{
    io::{self, ErrorKind},
    net::UdpSocket,
    time::{Duration, Instant},
};

pub use self::{
    conceal::Concealer,
    crossing::{Arrivals, as_datagrams, as_stream, share_missing, under_way},
    hearing::{Hearing, Holes, hear, holes},
    jitter::{Counts, JitterBuffer},
    law::{compress, expand},
    listen::{Heard, Listened, listen},
    packet::{Kind, Malformed, Packet, emit},
    receiver::Receiver,
    rto::Rto,
    stream::Sender,
    wav::{FRAME, LONGEST, NotAVoice, Voice, frame_length, spec},
};

/// The datagrams of a voice, one for each frame.
pub fn packets(voice: &Voice, kind: Kind) -> Vec<Vec<u8>> {
    let timestamps = (0..).step_by(frame_length(voice.khz));
    let frames = voice.frames().zip((0..).zip(timestamps));
    frames
        .map(|(frame, (sequence, timestamp))| {
            emit(kind, voice.khz, sequence, timestamp, &frame)
        })
        .collect()
}

/// The datagram that says that the voice has ended.
pub fn end(voice: &Voice) -> Vec<u8> {
    let length = frame_length(voice.khz);
    let frames = voice.samples.len().div_ceil(length);
    let [sequence, timestamp] = [frames, frames * length]
        .map(|n| u32::try_from(n).expect("ten minutes at most"));
    emit(Kind::End, voice.khz, sequence, timestamp, &[])
}

/// Speaks to the peer that `socket` is connected to, as fast as one speaks and
/// no faster. Tells whether the other end has heard that it is over.
///
/// # Errors
/// What `send` and `recv` say: `ConnectionRefused` where nobody has that port.
pub fn speak(
    socket: &UdpSocket,
    voice: &Voice,
    kind: Kind,
) -> io::Result<bool> {
    let start = Instant::now();
    // Each moment is counted from the start: 20 ms after the one before would
    // add up every delay, and the listener's clock does not wait.
    let mut moments = (0..).map(|frame| start + FRAME * frame);
    for (packet, moment) in packets(voice, kind).iter().zip(&mut moments) {
        wait(socket, moment, &[])?;
        socket.send(packet)?;
    }
    wait(socket, moments.next().expect("there is always one"), &[])?;
    match say_end(socket, &end(voice)) {
        // It has heard the end, has gone, and what it sent back was lost.
        Err(e) if e.kind() == ErrorKind::ConnectionRefused => Ok(false),
        heard => heard,
    }
}

/// An end can be lost like any datagram: it is said until it comes back.
fn say_end(socket: &UdpSocket, end: &[u8]) -> io::Result<bool> {
    for _ in 0..ENDS {
        socket.send(end)?;
        if wait(socket, Instant::now() + END_AGAIN, end)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Waits with an ear to the socket: a sleep would not hear that nobody is
/// there. Tells whether `answer` came before the moment.
fn wait(
    socket: &UdpSocket,
    moment: Instant,
    answer: &[u8],
) -> io::Result<bool> {
    let mut buffer = [0; packet::LONGEST];
    loop {
        let left = moment.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(false);
        }
        socket.set_read_timeout(Some(left))?;
        match socket.recv(&mut buffer) {
            Ok(length) if length > 0 && buffer[..length] == *answer => {
                return Ok(true);
            }
            // So says Windows when nobody has that port.
            Err(e) if e.kind() == ErrorKind::ConnectionReset => {
                return Err(ErrorKind::ConnectionRefused.into());
            }
            Err(e) if !listen::is_no_packet(&e) => return Err(e),
            _ => {}
        }
    }
}

/// The end is said so often at most,
const ENDS: u32 = 20;

/// and again after this, unless it is sent back.
const END_AGAIN: Duration = Duration::from_millis(100);
