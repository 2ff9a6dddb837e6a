//! What holds for every link and all traffic.

use std::{collections::BTreeMap, time::Duration};

use common::link::{Fate, Faults, Rate, Share};
use proptest::{collection::vec, option, prelude::*};

use super::arrivals;

/// When, after the one before, and how many bytes.
type Traffic = Vec<(Duration, usize)>;

fn traffic() -> impl Strategy<Value = Traffic> {
    vec(((0..20_000u64).prop_map(Duration::from_micros), 0..1500usize), 0..60)
}

fn shares() -> impl Strategy<Value = Share> {
    let ends = prop_oneof![Just(0.0), Just(1.0), 0.0..1.0];
    ends.prop_map(|share| share.try_into().expect("in range"))
}

prop_compose! {
    fn faults()(
        loss in shares(),
        burst in option::of(1.0..10.0),
        delay in 0..100_000u64,
        jitter in 0.0..1.0,
        [reorder, duplicate, corrupt] in [shares(), shares(), shares()],
        rate in option::of(1..1_000_000_000u64),
        queue in option::of(0..10_000usize),
        mtu in option::of(1..1500usize),
        seed in any::<u64>(),
    ) -> Faults {
        let delay = Duration::from_micros(delay);
        let jitter = delay.mul_f64(jitter);
        let rate = rate.and_then(Rate::of);
        Faults {
            loss, burst, delay, jitter, reorder, duplicate, corrupt, rate,
            queue, mtu, seed,
        }
    }
}

/// Each datagram says which it is, if it has room for a byte.
fn numbered(number: usize, length: usize) -> Vec<u8> {
    vec![u8::try_from(number).expect("few"); length]
}

/// What becomes of each, and what arrives when.
fn run(
    faults: &Faults,
    traffic: &Traffic,
) -> (Vec<Fate>, Vec<(Duration, Vec<u8>)>) {
    let mut link = faults.link(0);
    let mut now = Duration::ZERO;
    let mut fates = Vec::new();
    let mut arrived = Vec::new();
    for (number, &(gap, length)) in traffic.iter().enumerate() {
        now += gap;
        while let Some(at) = link.next_at().filter(|&at| at <= now) {
            arrived.push((at, link.receive(at).expect("it is there")));
        }
        fates.push(link.send(now, &numbered(number, length)));
    }
    let before = link.counts();
    assert_eq!(before.delivered, arrived.len());
    let rest = arrivals(&mut link);
    assert_eq!(before.in_flight(), rest.len(), "some are forgotten");
    let after = link.counts();
    assert_eq!((after.in_flight(), after.sent), (0, traffic.len()));
    arrived.extend(rest);
    (fates, arrived)
}

proptest! {
    /// In = out + dropped − copies: nothing is made up, nothing is forgotten,
    /// and what is not damaged is what was sent.
    #[test]
    fn datagrams_are_conserved(faults in faults(), traffic in traffic()) {
        let (fates, arrived) = run(&faults, &traffic);
        let mut left = BTreeMap::<_, usize>::new();
        for (_, datagram) in arrived {
            *left.entry(datagram).or_default() += 1;
        }
        let mut damaged = 0;
        for (number, fate) in fates.iter().enumerate() {
            let copies = match fate {
                Fate::Arrives(_) | Fate::HeldBack(_) => 1,
                Fate::Twice(..) => 2,
                Fate::Damaged(_) => { damaged += 1; 0 }
                Fate::Lost | Fate::TooLong | Fate::QueueFull => 0,
            };
            for _ in 0..copies {
                let sent = numbered(number, traffic[number].1);
                let count = left.get_mut(&sent).expect("it has arrived");
                *count -= 1;
                if *count == 0 { left.remove(&sent); }
            }
        }
        prop_assert_eq!(left.values().sum::<usize>(), damaged);
    }

    #[test]
    fn equal_seeds_give_equal_runs(faults in faults(), traffic in traffic()) {
        prop_assert_eq!(run(&faults, &traffic), run(&faults, &traffic));
    }

    /// What is lost at some share is lost at a larger one, and that changes
    /// nothing for those that are not lost.
    #[test]
    fn more_loss_is_the_same_and_more(
        faults in faults(),
        traffic in traffic(),
        more in shares(),
    ) {
        let less = Faults { burst: None, ..faults };
        let more = Faults { loss: more, ..less.clone() };
        let (less, more) =
            if less.loss <= more.loss { (less, more) } else { (more, less) };
        let (less, _) = run(&less, &traffic);
        let (more, _) = run(&more, &traffic);
        for (less, more) in less.iter().zip(&more) {
            // (An MTU and a queue lose the same, whoever is lost behind them.)
            prop_assert!(less == more || *more == Fate::Lost);
        }
    }

    /// Nothing comes before its time, and nothing that nobody holds back comes
    /// later than the queue and the jitter allow.
    #[test]
    fn times_are_in_bounds(faults in faults(), traffic in traffic()) {
        let (fates, _) = run(&faults, &traffic);
        let earliest = faults.delay.saturating_sub(faults.jitter);
        for (fate, (_, length)) in fates.iter().zip(&traffic) {
            let longest = faults.rate.map_or(Duration::ZERO, |rate| {
                let queue = faults.queue.unwrap_or(256 * 1024);
                rate.time(queue.max(*length))
            });
            let latest = longest + faults.delay + faults.jitter;
            let times = match *fate {
                Fate::Arrives(at) | Fate::Damaged(at) => [at, at],
                Fate::Twice(one, other) => [one, other],
                Fate::HeldBack(at) => { prop_assert!(at >= earliest); continue }
                _ => continue,
            };
            for at in times {
                prop_assert!((earliest..=latest).contains(&at), "{at:?}");
            }
        }
    }

    /// In no time does more leave the bottleneck than its rate allows.
    #[test]
    fn the_rate_holds(
        traffic in traffic(),
        bits in 1..10_000_000u64,
        queue in 0..10_000usize,
    ) {
        let rate = Rate::of(bits).expect("one at least");
        let rates = (Some(rate), Some(queue));
        let faults =
            Faults { rate: rates.0, queue: rates.1, ..Faults::default() };
        let (_, arrived) = run(&faults, &traffic);
        for start in 0..arrived.len() {
            let mut bytes = 0;
            for (at, datagram) in &arrived[start + 1..] {
                bytes += datagram.len();
                let time = at.saturating_sub(arrived[start].0);
                prop_assert!(time + NANO >= rate.time(bytes));
            }
        }
    }
}

/// Each time is rounded up, by less than this.
const NANO: Duration = Duration::from_nanos(1);
