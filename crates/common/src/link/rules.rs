//! What may happen to a datagram. A rule is a function, so a closure is one too:
//!
//! ```text
//! let mut seen = 0;
//! let lose_the_third = move |_: &[u8], _now: Duration, _: &mut Random| {
//!     seen += 1;
//!     if seen == 3 { Verdict::Drop } else { Verdict::Pass }
//! };
//! ```

use std::time::Duration;

use super::{Random, Share};

/// What a rule says of a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing: the next rule decides.
    Pass,
    /// It comes so much later than it would.
    Deliver(Duration),
    /// It is lost.
    Drop,
    /// It comes twice.
    Duplicate,
    /// It comes with one bit turned over. (UDP's checksum drops most of what a
    /// real wire damages; this is what gets past it.)
    Corrupt,
}

/// Loses that share, each datagram for itself.
pub fn loss(
    share: Share,
) -> impl FnMut(&[u8], Duration, &mut Random) -> Verdict + Send {
    now_and_then(share, Verdict::Drop)
}

/// Loses that share in bursts: once one is lost, the next is likely to be lost
/// too. `length` is how many a burst loses, in the mean.
///
/// The model of Gilbert (1960) and Elliott (1963): a link is good and loses nothing, or bad and
/// loses everything, and changes from one to the other by lot.
pub fn bursts(
    share: Share,
    length: f64,
) -> impl FnMut(&[u8], Duration, &mut Random) -> Verdict + Send {
    let good = 1.0 - share.get();
    // The more is lost, the longer a burst has to be: half of all in bursts of
    // one means every second, and more than that cannot be.
    let length = length.max(1.0).max(share.get() / good);
    // It is as often entered as left: good × enter = bad × leave. Where all is
    // lost there is no way back.
    let leave = if good > 0.0 { 1.0 / length } else { 0.0 };
    let enter = if good > 0.0 { share.get() * leave / good } else { 1.0 };
    let mut is_bad = false;
    move |_: &[u8], _: Duration, random: &mut Random| {
        let changes = random.share() < if is_bad { leave } else { enter };
        is_bad ^= changes;
        if is_bad { Verdict::Drop } else { Verdict::Pass }
    }
}

/// Holds that share back for a while, so that later ones overtake them.
pub fn reorder(
    share: Share,
    held_back: Duration,
) -> impl FnMut(&[u8], Duration, &mut Random) -> Verdict + Send {
    now_and_then(share, Verdict::Deliver(held_back))
}

/// Lets that share come twice.
pub fn duplicate(
    share: Share,
) -> impl FnMut(&[u8], Duration, &mut Random) -> Verdict + Send {
    now_and_then(share, Verdict::Duplicate)
}

/// Turns a bit over in that share.
pub fn corrupt(
    share: Share,
) -> impl FnMut(&[u8], Duration, &mut Random) -> Verdict + Send {
    now_and_then(share, Verdict::Corrupt)
}

fn now_and_then(
    share: Share,
    verdict: Verdict,
) -> impl FnMut(&[u8], Duration, &mut Random) -> Verdict + Send {
    move |_: &[u8], _: Duration, random: &mut Random| {
        if random.hits(share) { verdict } else { Verdict::Pass }
    }
}
