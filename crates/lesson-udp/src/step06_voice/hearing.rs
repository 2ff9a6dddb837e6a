//! What is heard of a voice that has crossed a link, and how much of it.

use std::time::Duration;

use super::{
    conceal::Concealer,
    crossing::Arrivals,
    jitter::{Counts, JitterBuffer},
    packet::Packet,
    wav::{Voice, frame_length},
};

/// What came out at the other end's ear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hearing {
    /// As long as what was spoken.
    pub voice: Voice,
    /// What became of the frames.
    pub counts: Counts,
}

/// Plays what arrived, each frame `playout` after it was spoken.
pub fn hear(
    spoken: &Voice,
    arrivals: &Arrivals,
    playout: Duration,
    conceals: bool,
) -> Hearing {
    let length = frame_length(spoken.khz);
    let mut buffer = JitterBuffer::new(spoken.khz, 0, Duration::ZERO, playout);
    let frames = spoken.samples.len().div_ceil(length);
    buffer.end_at(u32::try_from(frames).expect("ten minutes at most"));
    let mut concealer = Concealer::new(conceals);
    let mut samples = Vec::new();
    let mut arrivals = arrivals.iter().peekable();
    while let Some(now) = buffer.next_at() {
        // In time is before the moment, or at it.
        while let Some((_, bytes)) = arrivals.next_if(|(at, _)| *at <= now) {
            put(&mut buffer, bytes);
        }
        samples.extend(concealer.play(buffer.play(), length));
    }
    // The player has gone home; what comes now is late.
    arrivals.for_each(|(_, bytes)| put(&mut buffer, bytes));
    samples.truncate(spoken.samples.len());
    let voice = Voice { khz: spoken.khz, samples };
    Hearing { voice, counts: buffer.counts() }
}

fn put(buffer: &mut JitterBuffer, bytes: &[u8]) {
    if let Ok(packet) = Packet::parse(bytes) {
        buffer.put(&packet);
    }
}

/// Where a voice was, and is not any more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Holes {
    /// All of them together.
    pub total: Duration,
    /// The longest.
    pub longest: Duration,
}

/// Finds stretches of silence, a millisecond and more, where the voice was not
/// quiet when it was spoken.
pub fn holes(spoken: &Voice, heard: &Voice) -> Holes {
    let mut holes = Holes::default();
    let mut hole = Duration::ZERO;
    let ms = usize::from(spoken.khz);
    let pairs = spoken.samples.chunks(ms).zip(heard.samples.chunks(ms));
    for (spoken, heard) in pairs {
        let spoke = spoken.iter().any(|sample| sample.unsigned_abs() > QUIET);
        if spoke && heard.iter().all(|&sample| sample == 0) {
            hole += Duration::from_millis(1);
            holes.total += Duration::from_millis(1);
            holes.longest = holes.longest.max(hole);
        } else {
            hole = Duration::ZERO;
        }
    }
    holes
}

/// Below this nobody hears that anything is missing: -50 dB.
const QUIET: u16 = 100;
