//! What one measurement gives. Each is made in a process of its own, ours or
//! Python's, that ends with a line of numbers.

use std::{fmt, str::FromStr};

/// One end of it.
#[derive(Clone, Copy, Default)]
pub(crate) struct End {
    pub(crate) datagrams: usize,
    /// Seconds.
    pub(crate) time: f64,
    /// Seconds of CPU; not a number where nobody knows.
    pub(crate) cpu: f64,
    /// System calls that sent or received datagrams.
    pub(crate) calls: usize,
}

impl End {
    /// Datagrams a second.
    pub(crate) fn rate(&self) -> f64 {
        number(self.datagrams) / self.time
    }

    /// Microseconds of CPU for a datagram.
    pub(crate) fn cost(&self) -> f64 {
        self.cpu * 1e6 / number(self.datagrams)
    }

    /// Calls for a datagram.
    pub(crate) fn calls(&self) -> f64 {
        number(self.calls) / number(self.datagrams)
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Self { datagrams, time, cpu, calls } = self;
        write!(f, "{datagrams} {time} {cpu} {calls}")
    }
}

impl FromStr for End {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut words = text.split_whitespace();
        let mut word = || words.next().unwrap_or_default();
        let parsed = (|| {
            Some(Self {
                datagrams: word().parse().ok()?,
                time: word().parse().ok()?,
                cpu: word().parse().ok()?,
                calls: word().parse().ok()?,
            })
        })();
        parsed.ok_or_else(|| format!("no numbers: {text:?}"))
    }
}

/// Both.
#[derive(Clone, Copy)]
pub(crate) struct Outcome {
    pub(crate) sent: End,
    pub(crate) arrived: End,
}

impl Outcome {
    /// The share of what was sent that was not received.
    pub(crate) fn lost(&self) -> f64 {
        1.0 - number(self.arrived.datagrams) / number(self.sent.datagrams)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}, {}", self.sent, self.arrived)
    }
}

impl FromStr for Outcome {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (sent, arrived) = text.split_once(',').unwrap_or_default();
        Ok(Self { sent: sent.parse()?, arrived: arrived.parse()? })
    }
}

/// As good as exact.
pub(crate) fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
