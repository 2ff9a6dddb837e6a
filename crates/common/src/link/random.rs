//! Lots that are the same in each run.

use std::{fmt, time::Duration};

use oorandom::Rand64;

use super::Share;

/// A row of lots, the same for the same seed, on every system.
pub struct Random(Rand64);

impl Random {
    /// One of many rows that a seed has: `row` tells which.
    pub fn new(seed: u64, row: u64) -> Self {
        // The generator (PCG) goes on from where it is put, and puts neighbours
        // side by side: seeds 1 and 2 would give rows that look alike.
        let state = mixed(mixed(seed) ^ row);
        Self(Rand64::new_inc(state.into(), mixed(state).into()))
    }

    /// A number from 0 up to, and not, 1.
    pub fn number(&mut self) -> f64 {
        self.0.rand_float()
    }

    /// Whether the lot falls into that share: never for 0, always for 1.
    pub fn hits(&mut self, share: Share) -> bool {
        self.number() < share.get()
    }

    /// A time up to, and not, `longest`. Whole numbers all the way, so that it
    /// is the same everywhere.
    pub(super) fn time(&mut self, longest: Duration) -> Duration {
        let nanos = longest.as_nanos().min(u64::MAX.into());
        let lot = (nanos * u128::from(self.0.rand_u64())) >> 64;
        Duration::from_nanos(u64::try_from(lot).expect("less than the longest"))
    }

    /// Any whole number.
    pub(super) fn any(&mut self) -> u64 {
        self.0.rand_u64()
    }
}

impl fmt::Debug for Random {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("Random")
    }
}

/// Each bit of the result depends on each bit of the number (SplitMix64).
fn mixed(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
