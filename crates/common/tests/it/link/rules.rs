//! How often the rules strike: as often as they say. Equal seeds give equal
//! runs, so these hold in each run or in none.

use common::link::{
    Fate, Faults, Link, Random, Rule, Share, bursts, corrupt, duplicate, loss,
    reorder,
};

use super::{arrivals, ms};

/// Enough for a hundredth of the share.
const MANY: usize = 200_000;

fn share(text: &str) -> Share {
    text.parse().expect("a share")
}

/// What becomes of many datagrams, true for those that are lost.
fn lost(rule: impl Rule + 'static) -> Vec<bool> {
    let mut link = Link::new(1).rule(rule);
    (0..MANY)
        .map(|_| {
            let is_lost = link.send(ms(0), &[]) == Fate::Lost;
            link.receive(ms(0));
            is_lost
        })
        .collect()
}

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn share_of(count: usize, whole: usize) -> f64 {
    count as f64 / whole as f64
}

/// The share that is lost, and how many in a row.
fn loss_and_length(lost: &[bool]) -> (f64, f64) {
    let total = lost.iter().filter(|&&is_lost| is_lost).count();
    let rows = lost.chunk_by(|a, b| a == b).filter(|row| row[0]).count();
    (share_of(total, lost.len()), share_of(total, rows))
}

#[test]
fn loss_is_as_much_as_was_asked_for() {
    for (text, part) in [("5%", 0.05), ("0.5", 0.5), ("90%", 0.9)] {
        let (found, length) = loss_and_length(&lost(loss(share(text))));
        assert!((found - part).abs() < 0.003, "{text}: {found}");
        // Each for itself: after a loss the next is as likely as ever.
        let alone = 1.0 / (1.0 - part);
        assert!((length / alone - 1.0).abs() < 0.03, "{text}: {length}");
    }
}

#[test]
fn bursts_lose_as_much_in_a_row_as_was_asked_for() {
    for (text, part, length) in
        [("5%", 0.05, 1.0), ("5%", 0.05, 4.0), ("30%", 0.3, 20.0)]
    {
        let lost = lost(bursts(share(text), length));
        let (found, found_length) = loss_and_length(&lost);
        assert!((found / part - 1.0).abs() < 0.05, "{text}: {found}");
        let ratio = found_length / length;
        assert!((ratio - 1.0).abs() < 0.05, "{text}: {found_length}");
    }
}

/// To lose 90 % a burst has to be longer than one: it is made so.
#[test]
fn bursts_are_long_enough_for_their_share() {
    let (found, length) = loss_and_length(&lost(bursts(share("90%"), 1.0)));
    assert!((found - 0.9).abs() < 0.003, "{found}");
    assert!((length - 9.0).abs() < 0.3, "{length}");
}

/// Of short conversations as of long ones: a link begins good or bad as it is in
/// the long run.
#[test]
fn bursts_lose_as_much_of_the_first_datagrams() {
    let links = 10_000;
    let mut lost = 0;
    for seed in 0..links {
        let mut link = Link::new(seed).rule(bursts(share("20%"), 10.0));
        for _ in 0..20 {
            lost += usize::from(link.send(ms(0), &[]) == Fate::Lost);
        }
    }
    let found = share_of(lost, 20 * 10_000);
    assert!((found - 0.2).abs() < 0.01, "{found}");
}

/// In bursts of one length, what is lost at 5 % is lost at 10 % too.
#[test]
fn more_bursts_are_the_same_and_more() {
    let [less, more] = ["5%", "10%"].map(|part| lost(bursts(share(part), 4.0)));
    assert!(less.iter().zip(&more).all(|(less, more)| less <= more));
}

/// Bursts of one are no losses one by one.
#[test]
fn bursts_of_one_are_never_two() {
    let lost = lost(bursts(share("30%"), 1.0));
    assert!(!lost.windows(2).any(|pair| pair[0] && pair[1]));
}

/// Rules draw lots of their own: of two that strike half of the time, both
/// strike in a quarter of all.
#[test]
fn rules_do_not_hang_together() {
    for seed in 0..50 {
        let faults = |loss, duplicate| {
            let [loss, duplicate] = [loss, duplicate].map(share);
            let mut link =
                Faults { loss, duplicate, seed, ..Faults::default() }.link(0);
            (0..4000).map(|_| link.send(ms(0), &[])).collect::<Vec<_>>()
        };
        let lost = faults("50%", "0%");
        let twice = faults("0%", "50%");
        let both = lost.iter().zip(&twice).filter(|(lost, twice)| {
            **lost == Fate::Lost && matches!(twice, Fate::Twice(..))
        });
        let found = share_of(both.count(), 4000);
        assert!((found - 0.25).abs() < 0.035, "seed {seed}: {found}");
    }
}

/// Neighbouring seeds are not alike: the first lot of each is like any other.
#[test]
fn the_first_lots_of_all_seeds_are_lots() {
    let rows = [0, 1, 2].map(|row| {
        let hits = (0..20_000)
            .map(move |seed| Random::new(seed, row).hits(share("5%")));
        hits.collect::<Vec<_>>()
    });
    for hits in &rows {
        // In groups of 200: a binomial's variance is 9.5 here.
        let counts: Vec<_> = hits
            .chunks(200)
            .map(|group| group.iter().filter(|&&hit| hit).count())
            .map(|count| share_of(count, 1))
            .collect();
        let mean = counts.iter().sum::<f64>() / 100.0;
        let squares = counts.iter().map(|count| (count - mean).powi(2));
        let variance = squares.sum::<f64>() / 99.0;
        assert!((mean - 10.0).abs() < 1.0, "{mean}");
        assert!((6.0..14.0).contains(&variance), "{variance}");
    }
    // One row's next seed is no other row's.
    for pair in [(0, 1), (0, 2), (1, 2)] {
        for shift in 1..4 {
            let shifted = rows[pair.0].iter().skip(shift);
            let same = shifted.zip(&rows[pair.1]).filter(|(a, b)| **a && **b);
            // 50 by chance; all would be a thousand.
            assert!(same.count() < 100, "{pair:?} {shift}");
        }
    }
}

/// Of a row of rules the first that strikes decides: what the others strike is
/// of what is left.
#[test]
fn shares_are_of_what_is_left() {
    let half = share("50%");
    let mut link = Faults {
        loss: half,
        corrupt: half,
        duplicate: half,
        reorder: half,
        ..Faults::default()
    }
    .link(0);
    for _ in 0..10_000 {
        link.send(ms(0), &[]);
    }
    let counts = link.counts();
    let found =
        [counts.lost, counts.damaged, counts.duplicated, counts.held_back];
    for (found, part) in found.into_iter().zip([0.5, 0.25, 0.125, 0.0625]) {
        let found = share_of(found, 10_000);
        assert!((found - part).abs() < 0.02, "{found}, not {part}");
    }
}

#[test]
fn nothing_and_all_are_shares_too() {
    for (text, is_lost) in [("0%", false), ("100%", true)] {
        assert!(lost(loss(share(text))).iter().all(|&lost| lost == is_lost));
        let bursts = lost(bursts(share(text), 3.0));
        assert!(bursts.iter().all(|&lost| lost == is_lost), "{text}");
    }
}

#[test]
fn a_duplicate_comes_twice() {
    let mut link =
        Link::new(1).delay(ms(20)).jitter(ms(5)).rule(duplicate(share("100%")));
    let Fate::Twice(one, other) = link.send(ms(0), b"twin") else {
        panic!("it is duplicated")
    };
    // Each has a delay of its own.
    assert_ne!(one, other);
    let mut times = [one, other];
    times.sort();
    let expected = times.map(|at| (at, b"twin".to_vec()));
    assert_eq!(arrivals(&mut link), expected);
}

#[test]
fn damage_is_one_bit() {
    let mut link = Link::new(1).rule(corrupt(share("100%")));
    let zeros = [0; 1000];
    let mut places = Vec::new();
    for _ in 0..100 {
        assert_eq!(link.send(ms(0), &zeros), Fate::Damaged(ms(0)));
        let damaged = link.receive(ms(0)).expect("it arrives");
        assert_eq!(damaged.len(), zeros.len());
        let ones: u32 = damaged.iter().map(|byte| byte.count_ones()).sum();
        assert_eq!(ones, 1);
        places.push(damaged.iter().position(|&byte| byte != 0));
    }
    places.dedup();
    assert!(places.len() > 90, "anywhere");
    // There is nothing to damage in an empty one.
    link.send(ms(0), &[]);
    assert_eq!(link.receive(ms(0)), Some(Vec::new()));
}

#[test]
fn half_of_them_are_held_back() {
    let mut link = Link::new(3).rule(reorder(share("50%"), ms(30)));
    let mut held_back = 0;
    for number in 0..=99 {
        let fate = link.send(ms(10 * u64::from(number)), &[number]);
        held_back += usize::from(fate == Fate::HeldBack(ms(30)));
    }
    let order: Vec<_> = arrivals(&mut link).into_iter().map(|a| a.1).collect();
    let late = order.windows(2).filter(|pair| pair[0] > pair[1]).count();
    assert!((35..65).contains(&held_back), "{held_back}");
    assert!(late > 10, "{late}");
    assert_eq!(link.counts().held_back, held_back);
}
