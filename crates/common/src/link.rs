//! A link with faults on purpose, and by seed: the same seed, the same faults.
//!
//! ```text
//! send ─► rules ─► bottleneck: a queue, then the rate ─► delay ± jitter ─► receive
//!           │               │
//!           └─ lost         └─ lost: the queue is full, or longer than the MTU
//! ```
//!
//! A link carries datagrams one way; a conversation takes two. It has no sockets
//! and no clock: it gets datagrams and the time `now`, since whenever the caller
//! began to count, and says what comes out when. So it runs in a test, on time
//! that costs nothing, between two sockets ([`tap`](crate::tap)), and in a page.
//!
//! What two links make of the same datagrams differs by what their rules differ
//! in, and by nothing else: each rule draws lots of its own, and sees every
//! datagram, whatever the others say of it. With the same seed, what is lost at
//! 5 % is lost at 10 % too.
//!
//! Sources: tc-netem(8), whose names these are.

mod fate;
mod faults;
mod random;
mod rules;
mod units;

use std::{cmp::Reverse, collections::BinaryHeap, time::Duration};

pub use self::{
    fate::{Counts, Fate},
    faults::{Faults, HELD_BACK},
    random::Random,
    rules::{Verdict, bursts, corrupt, duplicate, loss, reorder},
    units::{NotARate, NotAShare, Rate, Share},
};

/// One direction of a network path.
pub struct Link {
    seed: u64,
    delay: Duration,
    jitter: Duration,
    rate: Option<Rate>,
    queue: usize,
    mtu: usize,
    rules: Vec<(Random, Box<Rule>)>,
    /// What the link itself leaves to chance. The second is for copies and
    /// damage, so that a rule that makes them changes no other delay.
    random: Random,
    random_of_rules: Random,
    /// The latest time we were told: it does not go back.
    now: Duration,
    /// When the bottleneck will have sent all that waits.
    free_at: Duration,
    flying: BinaryHeap<Reverse<Flying>>,
    /// In bytes.
    in_flight: usize,
    number: u64,
    counts: Counts,
}

/// What a rule is: it sees a datagram and the time, and draws its own lots.
type Rule = dyn FnMut(&[u8], Duration, &mut Random) -> Verdict + Send;

/// A datagram under way. Of two that arrive together the first sent is first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Flying {
    at: Duration,
    number: u64,
    datagram: Vec<u8>,
}

impl Link {
    /// A link without faults: what is sent can be received at once.
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            delay: Duration::ZERO,
            jitter: Duration::ZERO,
            rate: None,
            queue: QUEUE,
            mtu: usize::MAX,
            rules: Vec::new(),
            random: Random::new(seed, 0),
            random_of_rules: Random::new(seed, 1),
            now: Duration::ZERO,
            free_at: Duration::ZERO,
            flying: BinaryHeap::new(),
            in_flight: 0,
            number: 0,
            counts: Counts::default(),
        }
    }

    /// How long a datagram is under way, waiting not counted.
    #[must_use]
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// By how much that varies, in both directions, each value as likely as any
    /// other. One datagram can overtake another by it.
    #[must_use]
    pub fn jitter(mut self, jitter: Duration) -> Self {
        self.jitter = jitter;
        self
    }

    /// The rate of the bottleneck: without one, nothing waits.
    #[must_use]
    pub fn rate(mut self, rate: Rate) -> Self {
        self.rate = Some(rate);
        self
    }

    /// The bytes that may wait for the bottleneck. (One datagram may always be
    /// on its way through it.)
    #[must_use]
    pub fn queue(mut self, bytes: usize) -> Self {
        self.queue = bytes;
        self
    }

    /// The most bytes of a datagram, as this link is given it.
    #[must_use]
    pub fn mtu(mut self, bytes: usize) -> Self {
        self.mtu = bytes;
        self
    }

    /// Adds a rule. Of all rules the first that says anything but
    /// [`Verdict::Pass`] decides.
    #[must_use]
    pub fn rule(
        mut self,
        rule: impl FnMut(&[u8], Duration, &mut Random) -> Verdict + Send + 'static,
    ) -> Self {
        let random = Random::new(self.seed, 2 + self.rules.len() as u64);
        self.rules.push((random, Box::new(rule)));
        self
    }

    /// Takes a datagram and tells what becomes of it.
    pub fn send(&mut self, now: Duration, datagram: &[u8]) -> Fate {
        self.now = self.now.max(now);
        self.counts.sent += 1;
        // Drawn for each, lost or not, as the rules are asked about each:
        // whatever becomes of one changes nothing for the next.
        let jitter = self.random.share();
        let verdict = self.judge(datagram);
        let Some(wait) = self.wait(datagram.len()) else {
            return self.dropped(datagram.len());
        };
        let after = wait + self.travel(jitter);
        match verdict {
            Verdict::Drop => {
                self.counts.lost += 1;
                Fate::Lost
            }
            Verdict::Pass => {
                self.fly(after, datagram.to_vec());
                Fate::Arrives(after)
            }
            Verdict::Deliver(later) => {
                self.counts.held_back += 1;
                self.fly(after + later, datagram.to_vec());
                Fate::HeldBack(after + later)
            }
            Verdict::Duplicate => {
                self.counts.duplicated += 1;
                let jitter = self.random_of_rules.share();
                let copy = wait + self.travel(jitter);
                self.fly(after, datagram.to_vec());
                self.fly(copy, datagram.to_vec());
                Fate::Twice(after, copy)
            }
            Verdict::Corrupt => {
                self.counts.damaged += 1;
                let mut damaged = datagram.to_vec();
                self.random_of_rules.turn_a_bit(&mut damaged);
                self.fly(after, damaged);
                Fate::Damaged(after)
            }
        }
    }

    /// When the next datagram arrives, if one is under way.
    pub fn next_at(&self) -> Option<Duration> {
        self.flying.peek().map(|Reverse(next)| next.at)
    }

    /// The next datagram that has arrived by now.
    pub fn receive(&mut self, now: Duration) -> Option<Vec<u8>> {
        self.now = self.now.max(now);
        if self.next_at()? > self.now {
            return None;
        }
        let Reverse(next) = self.flying.pop()?;
        self.in_flight -= next.datagram.len();
        self.counts.delivered += 1;
        Some(next.datagram)
    }

    /// What has happened so far.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    fn judge(&mut self, datagram: &[u8]) -> Verdict {
        let mut verdict = Verdict::Pass;
        for (random, rule) in &mut self.rules {
            let next = rule(datagram, self.now, random);
            if verdict == Verdict::Pass {
                verdict = next;
            }
        }
        verdict
    }

    /// How long that many bytes more take to get through the bottleneck, or
    /// `None` where it does not take them. What a rule drops has taken its room
    /// and its time here all the same, as on a wire that loses.
    fn wait(&mut self, length: usize) -> Option<Duration> {
        let is_flood = self.in_flight + length > MOST_IN_FLIGHT;
        if length > self.mtu || is_flood {
            return None;
        }
        let Some(rate) = self.rate else { return Some(Duration::ZERO) };
        let before = self.free_at.saturating_sub(self.now);
        let wait = before + rate.time(length);
        if !before.is_zero() && wait > rate.time(self.queue) {
            return None;
        }
        self.free_at = self.now + wait;
        Some(wait)
    }

    fn dropped(&mut self, length: usize) -> Fate {
        if length > self.mtu {
            self.counts.too_long += 1;
            Fate::TooLong
        } else {
            self.counts.queue_full += 1;
            Fate::QueueFull
        }
    }

    fn travel(&self, jitter: f64) -> Duration {
        // From 1 earlier to 1 later, and never before it was sent.
        let latest = self.delay + self.jitter;
        latest.saturating_sub((2 * self.jitter).mul_f64(1.0 - jitter))
    }

    fn fly(&mut self, after: Duration, datagram: Vec<u8>) {
        let (at, number) = (self.now + after, self.number);
        self.number += 1;
        self.in_flight += datagram.len();
        self.flying.push(Reverse(Flying { at, number, datagram }));
    }
}

/// What may wait where nobody says how much: 256 KiB, a router's buffer.
const QUEUE: usize = 256 * 1024;

/// No more than this is under way, in bytes: a flood must not take all memory.
const MOST_IN_FLIGHT: usize = 64 * 1024 * 1024;
