//! What may happen to a datagram. A rule is a function, so a closure is one too:
//!
//! ```text
//! let mut seen = 0;
//! let link = Link::new(1).rule(move |_, _, _| {
//!     seen += 1;
//!     if seen == 3 { Verdict::Drop } else { Verdict::Pass }
//! });
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

/// Sees a datagram and the time, draws its own lots, and says what happens.
pub trait Rule: FnMut(&[u8], Duration, &mut Random) -> Verdict + Send {}

impl<F> Rule for F where F: FnMut(&[u8], Duration, &mut Random) -> Verdict + Send
{}

/// Loses that share, each datagram for itself.
pub fn loss(share: Share) -> impl Rule {
    now_and_then(share, Verdict::Drop)
}

/// Loses that share in bursts: once one is lost, the next is likely to be lost
/// too. `length` is how many a burst loses, in the mean: 1 means that never two
/// in a row are lost, which is not the same as [`loss`].
///
/// The model of Gilbert (1960): a link is good and loses nothing, or bad and
/// loses everything, and changes by lot. (Elliott, 1963, lets both lose some.) It
/// changes with each datagram, and not with time: who sends nothing waits for
/// the end of a burst in vain.
pub fn bursts(share: Share, length: f64) -> impl Rule {
    let (bad, good) = (share.get(), 1.0 - share.get());
    // The more is lost, the longer a burst has to be: half of all in bursts of
    // one means every second, and more than that cannot be.
    let length = length.clamp(1.0, LONGEST_BURST).max(bad / good);
    // It is as often entered as left: good × enter = bad × leave. Where all is
    // lost there is no way back.
    let leave = if good > 0.0 { 1.0 / length } else { 0.0 };
    let enter = if good > 0.0 { bad * leave / good } else { 1.0 };
    // Good or bad as it is in the long run: a conversation does not begin when
    // the weather is fine.
    let mut next_is_bad = bad;
    move |_: &[u8], _: Duration, random: &mut Random| {
        let is_bad = random.number() < next_is_bad;
        next_is_bad = if is_bad { 1.0 - leave } else { enter };
        if is_bad { Verdict::Drop } else { Verdict::Pass }
    }
}

/// Holds that share back for a while, so that later ones overtake them.
/// (tc-netem's `reorder` delays all *others*.)
pub fn reorder(share: Share, held_back: Duration) -> impl Rule {
    now_and_then(share, Verdict::Deliver(held_back))
}

/// Lets that share come twice.
pub fn duplicate(share: Share) -> impl Rule {
    now_and_then(share, Verdict::Duplicate)
}

/// Turns a bit over in that share.
pub fn corrupt(share: Share) -> impl Rule {
    now_and_then(share, Verdict::Corrupt)
}

fn now_and_then(share: Share, verdict: Verdict) -> impl Rule {
    move |_: &[u8], _: Duration, random: &mut Random| {
        if random.hits(share) { verdict } else { Verdict::Pass }
    }
}

/// In the mean; longer ones would never end.
const LONGEST_BURST: f64 = 1e6;
