//! How long a stream waits before it sends again: the RTO.
//!
//! Too short, and it sends what has arrived once more; too long, and all that is
//! behind a gap waits for nothing. So it measures the round trip and how much
//! that varies, and doubles where even that was too short.
//!
//! Sources: RFC 6298 §2 (the estimate) and §5.5 (back-off); the lower bound is
//! Linux's, where the RFC has a whole second.

use std::time::Duration;

/// The estimate, from one round trip to the next.
#[derive(Debug)]
pub struct Rto {
    /// The smoothed round trip, and how much it varies around that.
    srtt: Option<Duration>,
    rttvar: Duration,
    /// The shortest round trip so far.
    shortest: Option<Duration>,
    timeout: Duration,
}

impl Rto {
    /// How long to wait for an ACK.
    pub fn get(&self) -> Duration {
        self.timeout
    }

    /// How much earlier than another one a segment has to be sent to be called
    /// lost and not overtaken, once the other has arrived: a quarter of the
    /// round trip.
    pub fn window(&self) -> Duration {
        self.srtt.unwrap_or_default() / 4
    }

    /// Whether a round trip may have taken no longer than this.
    pub fn is_possible(&self, rtt: Duration) -> bool {
        self.shortest.is_some_and(|shortest| rtt >= shortest)
    }

    /// A round trip has taken that long.
    pub fn measured(&mut self, rtt: Duration) {
        let shortest = self.shortest.unwrap_or(rtt);
        self.shortest = Some(shortest.min(rtt));
        let srtt = self.srtt.unwrap_or(rtt);
        self.rttvar = match self.srtt {
            None => rtt / 2,
            Some(_) => self.rttvar * 3 / 4 + srtt.abs_diff(rtt) / 4,
        };
        let srtt = srtt * 7 / 8 + rtt / 8;
        self.srtt = Some(srtt);
        // Linux: the round trip, and at least 200 ms for what it varies by.
        self.timeout = srtt + (self.rttvar * 4).max(RTO_MIN);
    }

    /// It was not long enough. The next measurement makes good for it.
    pub fn back_off(&mut self) {
        self.timeout = (self.timeout * 2).min(RTO_MAX);
    }
}

impl Default for Rto {
    fn default() -> Self {
        Self {
            srtt: None,
            rttvar: Duration::ZERO,
            shortest: None,
            timeout: RTO_FIRST,
        }
    }
}

/// Before the first round trip is known (RFC 6298 §2.1).
const RTO_FIRST: Duration = Duration::from_secs(1);

/// Linux's TCP_RTO_MIN.
const RTO_MIN: Duration = Duration::from_millis(200);

/// Linux's TCP_RTO_MAX; RFC 6298 §2.5 allows 60 s and more.
const RTO_MAX: Duration = Duration::from_secs(120);
