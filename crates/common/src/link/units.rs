//! Shares and rates, and how people write them.

use std::{error::Error, fmt, num::NonZeroU64, str::FromStr, time::Duration};

/// A part of the whole, from 0 to 1; also a probability.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Share(f64);

/// A number that is no [`Share`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAShare;

/// Bits in a second, at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rate(NonZeroU64);

/// A text that is no [`Rate`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotARate;

impl Share {
    /// As a number from 0 to 1.
    pub fn get(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for Share {
    type Error = NotAShare;

    fn try_from(share: f64) -> Result<Self, NotAShare> {
        if (0.0..=1.0).contains(&share) {
            // Without the sign that a 0 can have.
            Ok(Self(share.abs()))
        } else {
            Err(NotAShare)
        }
    }
}

/// `5%` or `0.05`.
impl FromStr for Share {
    type Err = NotAShare;

    fn from_str(text: &str) -> Result<Self, NotAShare> {
        let (text, whole) = match text.strip_suffix('%') {
            Some(percent) => (percent, 100.0),
            None => (text, 1.0),
        };
        let number: f64 = text.trim_end().parse().map_err(|_| NotAShare)?;
        Self::try_from(number / whole)
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        // Thousandths are enough to say, and hide what 100 × 0.07 makes of it.
        write!(f, "{} %", (self.0 * 100_000.0).round() / 1000.0)
    }
}

impl fmt::Display for NotAShare {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("expected a share such as 5% or 0.05, from 0% to 100%")
    }
}

impl Error for NotAShare {}

impl Rate {
    /// So many bits in a second, or `None` for 0: nothing would ever get through.
    pub fn of(bits_a_second: u64) -> Option<Self> {
        NonZeroU64::new(bits_a_second).map(Self)
    }

    /// In bits a second.
    pub fn get(self) -> u64 {
        self.0.get()
    }

    /// How long so many bytes take, rounded up: the rate is never exceeded.
    pub fn time(self, bytes: usize) -> Duration {
        self.time_of(Self::nanobits(bytes))
    }

    /// Bytes in billionths of a bit.
    pub(super) fn nanobits(bytes: usize) -> u128 {
        bytes as u128 * 8 * 1_000_000_000
    }

    /// How long so many billionths of a bit take, rounded up.
    pub(super) fn time_of(self, nanobits: u128) -> Duration {
        let nanos = nanobits.div_ceil(self.get().into());
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

/// `64kbit`, `1.5mbit`, `1gbit` or `800bit`, a second.
impl FromStr for Rate {
    type Err = NotARate;

    fn from_str(text: &str) -> Result<Self, NotARate> {
        let text = text.to_ascii_lowercase();
        let text = text.strip_suffix("bit").ok_or(NotARate)?;
        let (number, unit) = match text.strip_suffix(['k', 'm', 'g']) {
            Some(number) if text.ends_with('k') => (number, 1e3),
            Some(number) if text.ends_with('m') => (number, 1e6),
            Some(number) => (number, 1e9),
            None => (text, 1.0),
        };
        let number: f64 = number.parse().map_err(|_| NotARate)?;
        // Beyond 1 Tbit/s there is nothing to hold back.
        let bits = (number * unit).round();
        if !(1.0..=1e12).contains(&bits) {
            return Err(NotARate);
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a whole number in range"
        )]
        Self::of(bits as u64).ok_or(NotARate)
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let bits = self.get();
        match bits {
            1_000_000.. if bits % 1_000_000 == 0 => {
                write!(f, "{} Mbit/s", bits / 1_000_000)
            }
            1000.. if bits % 1000 == 0 => write!(f, "{} kbit/s", bits / 1000),
            _ => write!(f, "{bits} bit/s"),
        }
    }
}

impl fmt::Display for NotARate {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(
            "expected a rate such as 64kbit, 1.5mbit or 1gbit, from 1bit (at 0 \
             nothing would ever get through) to 1000gbit",
        )
    }
}

impl Error for NotARate {}
