//! The jitter buffer: frames come when they come, and are played every 20 ms.
//!
//! ```text
//! spoken     0    1    2    3    4            every 20 ms
//! arrives       0    2 1            3  4      as the network likes
//! played               0    1    2  ?  4      every 20 ms, later by the play-out delay
//! ```
//!
//! Each frame has a moment at which it is needed: when it was spoken, and the
//! play-out delay. In time is before that; a moment later it is as good as lost,
//! and here frame 3 is. The delay is the price: the longer it is, the fewer
//! frames are late, and the longer everybody waits for an answer.
//!
//! No clock and no socket here: the time is passed in.
//!
//! Sources: RFC 3550 §5.1 and Appendix A.8 (what jitter is, and how to measure
//! it).

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::{
    packet::{Kind, Packet},
    wav::{FRAME, frame_length},
};

/// Frames on their way to the ear.
#[derive(Debug)]
pub struct JitterBuffer {
    khz: u8,
    /// When `first` is played, and how long after it was spoken.
    start: Duration,
    playout: Duration,
    first: u32,
    /// The next frame to be played. Frames are counted, not samples.
    next: u32,
    /// What is known of the voice: it has come so far, and ends there.
    newest: u32,
    end: Option<u32>,
    waiting: BTreeMap<u32, Vec<i16>>,
    /// Those played without, of late, that may still come.
    missed: BTreeSet<u32>,
    counts: Counts,
}

/// What has become of the frames so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Played as they were spoken.
    pub heard: usize,
    /// Not there when they were needed: late ones, and those that never came.
    pub missing: usize,
    /// Of the missing, those that came later.
    pub late: usize,
    /// Came twice, or so late that nobody remembers.
    pub again: usize,
    /// Of another voice, or of a future that we do not wait for.
    pub refused: usize,
}

impl JitterBuffer {
    /// A buffer for a voice of whose timestamps one, and its moment, is known.
    ///
    /// The moment is when that sample was spoken, where the clocks agree. Where
    /// they do not, it is when the first datagram came, and the play-out delay
    /// counts from there.
    pub fn new(
        khz: u8,
        timestamp: u32,
        at: Duration,
        playout: Duration,
    ) -> Self {
        // Older ones may be on their way still: those that can be in time.
        let known = frame_of(timestamp, khz);
        let earlier = whole_frames(playout).min(known);
        Self {
            khz,
            start: (at + playout).saturating_sub(FRAME * earlier),
            playout,
            first: known - earlier,
            next: known - earlier,
            newest: known,
            end: None,
            waiting: BTreeMap::new(),
            missed: BTreeSet::new(),
            counts: Counts::default(),
        }
    }

    /// Takes a datagram, whenever it comes. Tells whether it can be one of this
    /// voice.
    pub fn put(&mut self, packet: &Packet) -> bool {
        let frame = frame_of(packet.timestamp(), self.khz);
        let most = whole_frames(self.playout).saturating_add(AHEAD);
        if packet.khz() != self.khz || frame.saturating_sub(self.next) > most {
            // Whoever sends it, it is not to take our memory, nor our time.
            self.counts.refused += 1;
            return false;
        }
        if packet.kind() == Kind::End {
            self.end_at(frame);
            return true;
        }
        self.newest = self.newest.max(frame);
        if frame >= self.next {
            let other = self.waiting.insert(frame, packet.samples());
            self.counts.again += usize::from(other.is_some());
        } else if self.missed.remove(&frame) {
            self.counts.late += 1;
        } else {
            self.counts.again += 1;
        }
        true
    }

    /// The voice has so many frames.
    pub fn end_at(&mut self, frame: u32) {
        self.end = Some(frame);
    }

    /// When the next frame is to be played, or `None` after the end.
    pub fn next_at(&self) -> Option<Duration> {
        let over = self.end.is_some_and(|end| self.next >= end);
        (!over).then(|| self.start + FRAME * (self.next - self.first))
    }

    /// Takes the next frame, whose moment has come: `None` if it is not there.
    pub fn play(&mut self) -> Option<Vec<i16>> {
        let (frame, now) = (self.waiting.remove(&self.next), self.next);
        self.next += 1;
        if frame.is_some() {
            self.counts.heard += 1;
        } else {
            self.missed.insert(now);
            if self.missed.len() > REMEMBERED {
                self.missed.pop_first();
            }
        }
        frame
    }

    /// What has become of the frames so far.
    pub fn counts(&self) -> Counts {
        // Where nothing has come and no end was said, perhaps nothing was
        // spoken.
        let known = self.end.unwrap_or(self.newest + 1).min(self.next);
        let known = known.saturating_sub(self.first) as usize;
        let missing = known.saturating_sub(self.counts.heard);
        Counts { missing, ..self.counts }
    }
}

/// The frame that a sample belongs to.
fn frame_of(timestamp: u32, khz: u8) -> u32 {
    let length = u32::try_from(frame_length(khz)).expect("320 at most");
    timestamp / length
}

fn whole_frames(time: Duration) -> u32 {
    u32::try_from(time.as_millis() / FRAME.as_millis()).unwrap_or(u32::MAX)
}

/// Frames that a clock may be ahead of ours, beyond the play-out delay: 1 s.
const AHEAD: u32 = 50;

/// Missing frames that are told apart from repeated ones when they come.
const REMEMBERED: usize = 1000;
