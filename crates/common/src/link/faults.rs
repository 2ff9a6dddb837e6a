//! The faults that a command line can ask for, as one value.

use std::time::Duration;

use super::{Link, Rate, Share, bursts, corrupt, duplicate, loss, reorder};

/// What is wrong with a path, and the seed that says when.
///
/// Without any fault each [`Link`] passes on what it gets, at once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Faults {
    /// The share that is lost. (The shares below are of those that are left:
    /// of a row of rules the first that says something decides.)
    pub loss: Share,
    /// How many in a row are lost, in the mean; `None`: each for itself.
    pub burst: Option<f64>,
    /// How long a datagram is under way.
    pub delay: Duration,
    /// By how much that varies.
    pub jitter: Duration,
    /// The share in which a bit is turned over.
    pub corrupt: Share,
    /// The share that comes twice.
    pub duplicate: Share,
    /// The share that is held back for [`HELD_BACK`].
    pub reorder: Share,
    /// The rate of the bottleneck.
    pub rate: Option<Rate>,
    /// The bytes that may wait for it; `None`: 256 KiB.
    pub queue: Option<usize>,
    /// The most bytes of a datagram.
    pub mtu: Option<usize>,
    /// Equal seeds, equal faults.
    pub seed: u64,
}

impl Faults {
    /// Whether there is any.
    pub fn any(&self) -> bool {
        *self != Self { seed: self.seed, ..Self::default() }
    }

    /// The link that has them. Each direction and each client of a path has a
    /// number of its own, and faults of its own.
    pub fn link(&self, number: u64) -> Link {
        // Far apart, so that no seed that one would take has another's faults.
        let seed = self.seed ^ number.rotate_left(48);
        let mut link = Link::new(seed).delay(self.delay).jitter(self.jitter);
        link = match self.burst {
            Some(length) => link.rule(bursts(self.loss, length)),
            None => link.rule(loss(self.loss)),
        };
        link = link
            .rule(corrupt(self.corrupt))
            .rule(duplicate(self.duplicate))
            .rule(reorder(self.reorder, HELD_BACK));
        if let Some(rate) = self.rate {
            link = link.rate(rate);
        }
        if let Some(queue) = self.queue {
            link = link.queue(queue);
        }
        if let Some(mtu) = self.mtu {
            link = link.mtu(mtu);
        }
        link
    }
}

/// How long a datagram is held back: later ones overtake it if they are less
/// than this behind.
pub const HELD_BACK: Duration = Duration::from_millis(30);
