//! Medians, and how far the rounds are apart.

use std::fmt;

/// The figures of all rounds.
#[derive(Clone, Copy)]
pub struct Spread {
    /// Half of the rounds are below it.
    pub median: f64,
    /// The least of all rounds.
    pub least: f64,
    /// The most of all rounds.
    pub most: f64,
}

impl Spread {
    /// `None` of nothing.
    pub fn of(figures: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut figures: Vec<_> = figures.into_iter().collect();
        figures.sort_by(f64::total_cmp);
        let (least, most) = (*figures.first()?, *figures.last()?);
        let middle = figures.len() / 2;
        let median = if figures.len() % 2 == 0 {
            f64::midpoint(figures[middle - 1], figures[middle])
        } else {
            figures[middle]
        };
        Some(Self { median, least, most })
    }

    /// One by the other, each round for itself: what slows the machine down for
    /// a while slows both.
    pub fn of_ratios(
        ours: impl IntoIterator<Item = f64>,
        theirs: impl IntoIterator<Item = f64>,
    ) -> Option<Self> {
        let pairs = ours.into_iter().zip(theirs);
        Self::of(pairs.filter(|&(_, b)| b > 0.0).map(|(a, b)| a / b))
    }

    /// Whether the rounds do not tell which of the two is more.
    pub fn ties_with(&self, other: &Self) -> bool {
        self.least <= other.most && other.least <= self.most
    }
}

/// A ratio: `1.02 (0.98–1.05)`.
impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Self { median, least, most } = self;
        write!(f, "{median:.2} ({least:.2}–{most:.2})")
    }
}

/// A whole number with a blank before each three digits: `98 300`.
pub fn grouped(figure: f64) -> String {
    let digits = format!("{figure:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}
