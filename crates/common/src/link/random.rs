//! Lots that are the same in each run.

use std::fmt;

use oorandom::Rand64;

use super::Share;

/// A row of lots (PCG64), the same for the same seed, on every system.
pub struct Random(Rand64);

impl Random {
    /// One of many rows that a seed has: `row` tells which.
    pub(super) fn new(seed: u64, row: u64) -> Self {
        Self(Rand64::new_inc(seed.into(), row.into()))
    }

    /// A number from 0 up to, and not, 1.
    pub fn share(&mut self) -> f64 {
        self.0.rand_float()
    }

    /// Whether the lot falls into that share: never for 0, always for 1.
    pub fn hits(&mut self, share: Share) -> bool {
        self.share() < share.get()
    }

    /// Turns one bit over, if there is any.
    pub(super) fn turn_a_bit(&mut self, bytes: &mut [u8]) {
        let bits = 8 * bytes.len() as u64;
        if bits > 0 {
            let bit = self.0.rand_range(0..bits);
            let at = usize::try_from(bit / 8).expect("an index");
            bytes[at] ^= 1 << (bit % 8);
        }
    }
}

impl fmt::Debug for Random {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("Random")
    }
}
