//! The pinger without a socket and without a clock: `now` is handed in, and so
//! is each datagram. It runs over a network, and in a test, where an hour takes
//! no time.
//!
//! When a probe was sent we look up by its number, in a table of our own. A time
//! in the probe would save the table, and then the peer would tell us how long it
//! took: what it sends back it may have changed, or made up.
//!
//! Sources: RFC 4737 §3 (what "reordered" means).

use std::time::Duration;

use super::probe::{number_in, probe};

/// What to send, and how long to wait for it to come back.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Stands in each probe, so that an echo of an earlier run, which was
    /// perhaps at this very port, is not taken for one of ours.
    pub run: u32,
    /// How many probes.
    pub count: u32,
    /// From one probe to the next; zero means all at once.
    pub interval: Duration,
    /// What comes after this time is late.
    pub timeout: Duration,
    /// How long a probe is, at least [`HEADER`](super::HEADER).
    pub bytes: usize,
}

/// The probes of one run, and what became of each.
#[derive(Debug)]
pub struct Pinger {
    plan: Plan,
    /// The number of a probe is its place here.
    sent: Vec<Probe>,
    /// All before this one are answered or given up.
    oldest: usize,
    /// The highest number that has come back.
    highest: u32,
    pub(super) duplicates: u32,
    pub(super) out_of_order: u32,
}

/// One probe, as we remember it.
#[derive(Debug)]
struct Probe {
    at: Duration,
    /// How long its first echo took.
    took: Option<Duration>,
}

/// An echo of a probe of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The probe's number.
    pub number: u32,
    /// From sending the probe to this.
    pub took: Duration,
    /// What it is worth.
    pub kind: Kind,
    /// A probe that was sent later has come back sooner.
    pub out_of_order: bool,
}

/// What an echo is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The first of its probe, and in time.
    InTime,
    /// The first of its probe, and too late.
    Late,
    /// There was one already.
    Duplicate,
}

impl Pinger {
    /// Nothing is sent yet.
    pub fn new(plan: Plan) -> Self {
        Self {
            plan,
            sent: Vec::new(),
            oldest: 0,
            highest: 0,
            duplicates: 0,
            out_of_order: 0,
        }
    }

    /// The next probe, if it is due; from now on its time runs.
    pub fn next_probe(&mut self, now: Duration) -> Option<Vec<u8>> {
        if self.due().is_none_or(|due| now < due) {
            return None;
        }
        let probe = self.probe(self.count_sent());
        self.sent.push(Probe { at: now, took: None });
        Some(probe)
    }

    /// The number of a probe that is too late by now; each is told once.
    pub fn give_up(&mut self, now: Duration) -> Option<u32> {
        while let Some(probe) = self.sent.get(self.oldest) {
            if probe.took.is_none() && now < self.too_late(probe) {
                return None;
            }
            self.oldest += 1;
            if probe.took.is_none() {
                return u32::try_from(self.oldest - 1).ok();
            }
        }
        None
    }

    /// Looks at a datagram that came from the server: `None` if it is no echo
    /// of a probe of ours.
    pub fn receive(&mut self, now: Duration, datagram: &[u8]) -> Option<Reply> {
        let number = number_in(datagram)?;
        // One that we have not sent, or not like this, has no time to look up.
        if number >= self.count_sent() || datagram != self.probe(number) {
            return None;
        }
        let probe = &mut self.sent[number as usize];
        let took = now.saturating_sub(probe.at);
        let kind = match probe.took {
            Some(_) => Kind::Duplicate,
            None if took < self.plan.timeout => Kind::InTime,
            None => Kind::Late,
        };
        // A second echo says nothing about the road of the first.
        let first = probe.took.is_none();
        let out_of_order = first && number < self.highest;
        probe.took.get_or_insert(took);
        self.highest = self.highest.max(number);
        self.duplicates += u32::from(!first);
        self.out_of_order += u32::from(out_of_order);
        Some(Reply { number, took, kind, out_of_order })
    }

    /// When there is something to do even if nothing comes: a probe is due, or
    /// one is to be given up. `None`: it is over.
    pub fn next_at(&mut self) -> Option<Duration> {
        let answered = |probe: &Probe| probe.took.is_some();
        while self.sent.get(self.oldest).is_some_and(answered) {
            self.oldest += 1;
        }
        let waiting = self.sent.get(self.oldest);
        let too_late = waiting.map(|probe| self.too_late(probe));
        self.due().into_iter().chain(too_late).min()
    }

    /// When the next probe is due, counted from the start, so that one that
    /// goes out late does not make all the others late.
    fn due(&self) -> Option<Duration> {
        let number = self.count_sent();
        let due = self.plan.interval.saturating_mul(number);
        (number < self.plan.count).then_some(due)
    }

    fn too_late(&self, probe: &Probe) -> Duration {
        probe.at.saturating_add(self.plan.timeout)
    }

    /// How long the first echo of each probe took, where there was one.
    pub(super) fn took(&self) -> impl Iterator<Item = Option<Duration>> {
        self.sent.iter().map(|probe| probe.took)
    }

    pub(super) fn timeout(&self) -> Duration {
        self.plan.timeout
    }

    fn count_sent(&self) -> u32 {
        u32::try_from(self.sent.len()).expect("no more than `count`")
    }

    fn probe(&self, number: u32) -> Vec<u8> {
        probe(self.plan.run, number, self.plan.bytes)
    }
}
