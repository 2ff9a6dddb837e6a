//! The other way: a stream that is reliable and in order. A model of TCP, small
//! enough to be read, for time that is passed in.
//!
//! ```text
//! write ─► Sender ─ segment ─► link ─► Receiver ─► in order, or not yet
//!             ▲                            │
//!             └──────── link ◄─ ACK ───────┘
//! ```
//!
//! Each write is a segment, and segments are counted, not bytes. An ACK tells
//! which ones have arrived. A segment is lost when one that was sent some time
//! after it has arrived; then it is sent again. Where no ACK comes at all, the
//! oldest is sent again after the RTO. What arrives behind a gap waits until the
//! gap is filled: that is what "in order" means.
//!
//! It leaves out:
//!
//! - the congestion window. A loss is no reason for this sender to send less, and
//!   for TCP it is. So the model is kinder to a voice than TCP, and where the
//!   link is full it tells nothing.
//! - delayed ACKs, the probe for a lost tail, and putting small writes together.
//!
//! Sources: RFC 2018 (selective ACKs), RFC 8985 §6.2 (RACK: lost by the time of
//! sending), RFC 6298 §5 (when the timer runs) and §3 (Karn's rule).

use std::{collections::VecDeque, ops::Range, time::Duration};

use common::link::Link;

use super::rto::Rto;

/// The end that writes.
#[derive(Debug, Default)]
pub struct Sender {
    /// The number of the oldest segment that is not acknowledged.
    una: u32,
    /// That one and all that were written after it.
    segments: VecDeque<Segment>,
    /// When the newest of those that have arrived was sent.
    newest: Duration,
    rto: Rto,
    timer: Option<Duration>,
    timeouts: u32,
}

#[derive(Debug)]
struct Segment {
    bytes: Vec<u8>,
    /// When it was sent, the last time.
    sent: Duration,
    again: bool,
    arrived: bool,
}

impl Sender {
    /// Takes bytes and sends them as one segment.
    pub fn write(&mut self, now: Duration, bytes: &[u8], link: &mut Link) {
        if self.timeouts > RETRIES {
            return;
        }
        let count = u32::try_from(self.segments.len()).expect("of one voice");
        let bytes = [&(self.una + count).to_be_bytes(), bytes].concat();
        link.send(now, &bytes);
        let (again, arrived) = (false, false);
        self.segments.push_back(Segment { bytes, sent: now, again, arrived });
        // RFC 6298 §5.1: the timer runs while anything is unacknowledged.
        self.timer.get_or_insert(now + self.rto.get());
    }

    /// Takes an ACK: a number, before which all have arrived, and a pair of
    /// numbers for each row that has arrived behind a gap.
    pub fn acknowledged(&mut self, now: Duration, ack: &[u8], link: &mut Link) {
        let numbers: Vec<_> = ack
            .chunks_exact(4)
            .map(|bytes| u32::from_be_bytes(bytes.try_into().expect("four")))
            .collect();
        let Some((&next, rows)) = numbers.split_first() else { return };
        self.arrived(now, self.una..next);
        for row in rows.chunks_exact(2) {
            self.arrived(now, row[0]..row[1]);
        }
        let before = self.una;
        while self.segments.front().is_some_and(|first| first.arrived) {
            self.segments.pop_front();
            self.una += 1;
        }
        if self.una > before {
            self.timeouts = 0;
            let waits = !self.segments.is_empty();
            self.timer = waits.then(|| now + self.rto.get());
        }
        // RFC 8985 §6.2: what was sent so long before the newest that arrived
        // has not only been overtaken.
        for segment in &mut self.segments {
            let since = self.newest.checked_sub(segment.sent);
            let overdue = since.is_some_and(|since| since >= self.rto.window());
            if !segment.arrived && overdue {
                segment.send_again(now, link);
            }
        }
    }

    fn arrived(&mut self, now: Duration, numbers: Range<u32>) {
        let at = |number: u32| number.saturating_sub(self.una) as usize;
        let end = at(numbers.end).min(self.segments.len());
        let segments = self.segments.range_mut(at(numbers.start).min(end)..end);
        for segment in segments.filter(|segment| !segment.arrived) {
            segment.arrived = true;
            let rtt = now.saturating_sub(segment.sent);
            // Karn: of what was sent twice nobody knows which one it was, so
            // that measures nothing. Sooner than any ever came, it was the
            // first, and says nothing of the second.
            if !segment.again {
                self.rto.measured(rtt);
            }
            if self.rto.is_possible(rtt) {
                self.newest = self.newest.max(segment.sent);
            }
        }
    }

    /// When to call [`Self::timed_out`], unless ACKs come before.
    pub fn timeout_at(&self) -> Option<Duration> {
        self.timer
    }

    /// No ACK has come for the RTO: sends the oldest again and waits for twice
    /// as long (RFC 6298 §5.4 to §5.6).
    pub fn timed_out(&mut self, now: Duration, link: &mut Link) {
        self.timeouts += 1;
        self.timer = None;
        if let Some(oldest) = self.segments.front_mut() {
            if self.timeouts <= RETRIES {
                oldest.send_again(now, link);
                self.rto.back_off();
                self.timer = Some(now + self.rto.get());
            }
        }
    }
}

impl Segment {
    fn send_again(&mut self, now: Duration, link: &mut Link) {
        (self.sent, self.again) = (now, true);
        link.send(now, &self.bytes);
    }
}

/// As tcp_retries2 on Linux: then the connection is given up.
const RETRIES: u32 = 15;
