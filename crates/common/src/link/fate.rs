//! What becomes of datagrams, one by one and in numbers.

use std::{fmt, time::Duration};

/// What becomes of a datagram. Times count from when it was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It arrives.
    Arrives(Duration),
    /// A rule held it back; others may overtake it.
    HeldBack(Duration),
    /// It arrives, and so does a copy.
    Twice(Duration, Duration),
    /// It arrives with one bit turned over.
    Damaged(Duration),
    /// A rule dropped it.
    Lost,
    /// It is longer than the MTU, and nobody here cuts it into fragments.
    TooLong,
    /// It found the queue full, or too much under way.
    QueueFull,
}

/// How many datagrams had which fate so far.
///
/// None is forgotten: see [`Counts::in_flight`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Given to [`Link::send`](super::Link::send).
    pub sent: usize,
    /// Dropped by a rule.
    pub lost: usize,
    /// Longer than the MTU.
    pub too_long: usize,
    /// Dropped because the queue was full.
    pub queue_full: usize,
    /// Sent once, to arrive twice.
    pub duplicated: usize,
    /// With a bit turned over.
    pub damaged: usize,
    /// Held back by a rule.
    pub held_back: usize,
    /// Given out by [`Link::receive`](super::Link::receive), copies too.
    pub delivered: usize,
}

impl Counts {
    /// Those that are still under way.
    pub fn in_flight(&self) -> usize {
        let dropped = self.lost + self.too_long + self.queue_full;
        self.sent + self.duplicated - dropped - self.delivered
    }
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let ms = |time: &Duration| time.as_secs_f64() * 1000.0;
        match self {
            Self::Arrives(after) => write!(f, "in {:.1} ms", ms(after)),
            Self::HeldBack(after) => {
                write!(f, "held back, in {:.1} ms", ms(after))
            }
            Self::Twice(one, other) => {
                write!(f, "twice, in {:.1} and {:.1} ms", ms(one), ms(other))
            }
            Self::Damaged(after) => {
                write!(f, "damaged, in {:.1} ms", ms(after))
            }
            Self::Lost => f.write_str("lost"),
            Self::TooLong => f.write_str("lost: longer than the MTU"),
            Self::QueueFull => f.write_str("lost: the queue is full"),
        }
    }
}
