//! A link with faults on purpose, and by seed: the same seed, the same faults.
//!
//! ```text
//! send ─► MTU ─► queue, rate ─► rules ─► delay ± jitter ─► receive
//!          │       │             │
//!          ▼       ▼             ▼
//!        too long  queue full    lost
//! ```
//!
//! A link carries datagrams one way; a conversation takes two. It has no sockets
//! and no clock: it gets datagrams and the time `now`, since whenever the caller
//! began to count, and says what comes out when. So it runs in a test, on time
//! that costs nothing, between two sockets ([`tap`](crate::tap)), and in a page.
//!
//! Each rule sees every datagram and draws lots of its own, whatever the others
//! say. So two links with the same seed, and the same rules in the same order,
//! differ by what their rules differ in: what is lost at 5 % is lost at 10 % too,
//! and takes as long where it is not.
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
    rules::{Rule, Verdict, bursts, corrupt, duplicate, loss, reorder},
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
    rules: Vec<(Random, Box<dyn Rule>)>,
    /// What the link itself leaves to chance, drawn for each datagram.
    jitter_lots: Random,
    copy_lots: Random,
    damage_lots: Random,
    /// The latest time we were told: it does not go back.
    now: Duration,
    /// What the bottleneck has to send still, in billionths of a bit: a rate of
    /// n bits a second takes off n in a nanosecond, and nothing is rounded.
    backlog: u128,
    flying: BinaryHeap<Reverse<Flying>>,
    /// In bytes, with what we need for each ourselves.
    in_flight: usize,
    number: u64,
    counts: Counts,
}

/// A datagram under way. Of two that arrive together the first sent is first:
/// no two have one number.
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
            jitter_lots: Random::new(seed, 0),
            copy_lots: Random::new(seed, 1),
            damage_lots: Random::new(seed, 2),
            now: Duration::ZERO,
            backlog: 0,
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

    /// By how much that varies, up and down, each value as likely as any other.
    /// One datagram can overtake another by it. Where it is more than the delay,
    /// what would come before it was sent comes at once.
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

    /// The bytes that the bottleneck holds at most, waiting or on their way
    /// through it. (A datagram that finds it idle gets through, whatever its
    /// length.)
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
    pub fn rule(mut self, rule: impl Rule + 'static) -> Self {
        let row = RULES + self.rules.len() as u64;
        self.rules.push((Random::new(self.seed, row), Box::new(rule)));
        self
    }

    /// Takes a datagram and tells what becomes of it.
    ///
    /// Where 16 MiB are under way already, it takes none: [`Fate::QueueFull`].
    pub fn send(&mut self, now: Duration, datagram: &[u8]) -> Fate {
        self.pass_time(now);
        self.counts.sent += 1;
        // Drawn for each, lost or not, as the rules are asked about each:
        // whatever becomes of one changes nothing for the next.
        let once = travel(self.delay, self.jitter, &mut self.jitter_lots);
        let again = travel(self.delay, self.jitter, &mut self.copy_lots);
        let bit = self.damage_lots.any();
        let verdict = self.judge(datagram);
        if datagram.len() > self.mtu {
            self.counts.too_long += 1;
            return Fate::TooLong;
        }
        let Some(wait) = self.wait(datagram.len()) else {
            self.counts.queue_full += 1;
            return Fate::QueueFull;
        };
        let after = wait.saturating_add(once);
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
                let after = after.saturating_add(later);
                self.fly(after, datagram.to_vec());
                Fate::HeldBack(after)
            }
            Verdict::Duplicate => {
                self.counts.duplicated += 1;
                let copy = wait.saturating_add(again);
                self.fly(after, datagram.to_vec());
                self.fly(copy, datagram.to_vec());
                Fate::Twice(after, copy)
            }
            Verdict::Corrupt => {
                self.counts.damaged += 1;
                let mut damaged = datagram.to_vec();
                turn_over(bit, &mut damaged);
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
        if self.next_at()? > now {
            return None;
        }
        let Reverse(next) = self.flying.pop()?;
        self.in_flight -= next.datagram.len() + OVERHEAD;
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

    /// Until now the bottleneck has sent what its rate allows.
    fn pass_time(&mut self, now: Duration) {
        let elapsed = now.saturating_sub(self.now);
        self.now += elapsed;
        let rate = self.rate.map_or(0, |rate| rate.get().into());
        let sent = elapsed.as_nanos().saturating_mul(rate);
        self.backlog = self.backlog.saturating_sub(sent);
    }

    /// How long that many bytes more take to get through the bottleneck, or
    /// `None` where it does not take them. What a rule drops has taken its room
    /// and its time here all the same, as on a wire that loses.
    fn wait(&mut self, length: usize) -> Option<Duration> {
        if self.in_flight + length + OVERHEAD > MOST_IN_FLIGHT {
            return None;
        }
        let Some(rate) = self.rate else { return Some(Duration::ZERO) };
        let all = self.backlog + Rate::nanobits(length);
        if self.backlog > 0 && all > Rate::nanobits(self.queue) {
            return None;
        }
        self.backlog = all;
        Some(rate.time_of(all))
    }

    fn fly(&mut self, after: Duration, datagram: Vec<u8>) {
        let at = self.now.saturating_add(after);
        let number = self.number;
        self.number += 1;
        self.in_flight += datagram.len() + OVERHEAD;
        self.flying.push(Reverse(Flying { at, number, datagram }));
    }
}

/// The delay of one datagram.
fn travel(delay: Duration, jitter: Duration, lots: &mut Random) -> Duration {
    let lot = lots.time(jitter.saturating_mul(2));
    delay.saturating_add(lot).saturating_sub(jitter)
}

/// Turns one bit over, if there is any.
fn turn_over(lot: u64, bytes: &mut [u8]) {
    let bits = 8 * bytes.len() as u64;
    if bits > 0 {
        let bit = lot % bits;
        let at = usize::try_from(bit / 8).expect("an index");
        bytes[at] ^= 1 << (bit % 8);
    }
}

/// The rows of lots from here on are the rules'.
const RULES: u64 = 3;

/// What the bottleneck holds where nobody says how much: 256 KiB.
const QUEUE: usize = 256 * 1024;

/// No more than this is under way, in bytes: a flood must not take all memory.
const MOST_IN_FLIGHT: usize = 16 * 1024 * 1024;

/// What a datagram takes besides its bytes, about.
const OVERHEAD: usize = 128;
