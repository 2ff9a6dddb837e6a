//! The link, on time that costs nothing: what each fault does, one at a time.

mod properties;
mod rules;
mod units;

use std::time::Duration;

use common::link::{Counts, Fate, Faults, Link, Random, Verdict};
use testkit::assert_transcript;

/// So many milliseconds.
pub(crate) const fn ms(time: u64) -> Duration {
    Duration::from_millis(time)
}

/// All that arrives, when, in that order.
pub(crate) fn arrivals(link: &mut Link) -> Vec<(Duration, Vec<u8>)> {
    let mut arrived = Vec::new();
    while let Some(at) = link.next_at() {
        let datagram = link.receive(at).expect("it is there by then");
        arrived.push((at, datagram));
    }
    arrived
}

/// A row of faults of all kinds; the seed alone decides which.
#[test]
fn everything_at_once() {
    let share = |text: &str| text.parse().expect("a share");
    let faults = Faults {
        loss: share("20%"),
        delay: ms(20),
        jitter: ms(5),
        reorder: share("20%"),
        duplicate: share("20%"),
        corrupt: share("20%"),
        rate: "100kbit".parse().ok(),
        queue: Some(400),
        mtu: Some(200),
        seed: 3,
        ..Faults::default()
    };
    let mut link = faults.link(0);
    let mut lines = Vec::new();
    for (number, length) in
        [100, 100, 100, 100, 100, 100, 100, 100, 100, 201, 200, 0]
            .into_iter()
            .enumerate()
    {
        let at = ms(5 * number as u64);
        let fate = link.send(at, &vec![0; length]);
        let at = at.as_millis();
        lines.push(format!("{at:>2} ms: {length:>3} bytes  {fate}"));
    }
    lines.push(format!("{:#?}", link.counts()));
    assert!(faults.any() && !Faults { seed: 7, ..Faults::default() }.any());
    assert_transcript!("link", lines.join("\n"));
}

#[test]
fn without_faults_all_arrives_at_once_and_in_order() {
    let mut link = Link::new(1);
    for number in (0..=255).rev() {
        let fate = link.send(ms(0), &[number]);
        assert_eq!(fate, Fate::Arrives(Duration::ZERO));
    }
    assert_eq!(link.counts().in_flight(), 256);
    let arrived = arrivals(&mut link);
    let in_order = (0..=255).rev().map(|number| (ms(0), vec![number]));
    assert!(arrived.into_iter().eq(in_order));
}

/// A closure is a rule, and may count.
#[test]
fn lose_the_third() {
    let mut seen = 0;
    let mut link = Link::new(1).rule(move |_, _, _| {
        seen += 1;
        if seen == 3 { Verdict::Drop } else { Verdict::Pass }
    });
    let fates = [1, 2, 3, 4].map(|number| link.send(ms(number), &[]));
    let [arrives, lost] = [Fate::Arrives(ms(0)), Fate::Lost];
    assert_eq!(fates, [arrives, arrives, lost, arrives]);
}

#[test]
fn the_first_verdict_counts() {
    let mut link = Link::new(1)
        .rule(|_, _, _| Verdict::Pass)
        .rule(|_, _, _| Verdict::Deliver(ms(9)))
        .rule(|_, _, _| Verdict::Drop);
    assert_eq!(link.send(ms(0), b"a"), Fate::HeldBack(ms(9)));
}

/// 125 bytes at 100 kbit/s take 10 ms each, and 250 bytes have room.
#[test]
fn a_rate_makes_them_wait_and_a_full_queue_loses() {
    let rate = "100kbit".parse().expect("a rate");
    let mut link = Link::new(1).rate(rate).queue(250).delay(ms(100));
    let fates = [(); 4].map(|()| link.send(ms(0), &[0; 125]));
    let [first, second] = [110, 120].map(|after| Fate::Arrives(ms(after)));
    assert_eq!(fates, [first, second, Fate::QueueFull, Fate::QueueFull]);
    // After 10 ms one has left, and there is room for one.
    assert_eq!(link.send(ms(10), &[0; 125]), second);
    // Longer than the queue, and it passes: the line is free.
    assert_eq!(link.send(ms(500), &[0; 1250]), Fate::Arrives(ms(200)));
    assert_eq!(link.send(ms(510), &[0; 1]), Fate::QueueFull);
}

/// A rate at which no time is a whole number of nanoseconds: three times a third
/// of the queue fit all the same.
#[test]
fn a_queue_is_full_to_the_byte() {
    let rate = "7mbit".parse().expect("a rate");
    let fates = |queue, lengths: [usize; 4]| {
        let mut link = Link::new(1).rate(rate).queue(queue);
        lengths.map(|length| link.send(ms(0), &vec![0; length]))
    };
    let [.., third, fourth] = fates(3000, [1000, 1000, 1000, 1]);
    assert_ne!(third, Fate::QueueFull);
    assert_eq!(fourth, Fate::QueueFull);
    let [.., third, _] = fates(2999, [1000, 1000, 1000, 1]);
    assert_eq!(third, Fate::QueueFull);
}

/// What waits behind another that gets lost later has waited all the same.
#[test]
fn what_is_lost_has_taken_its_room() {
    let rate = "100kbit".parse().expect("a rate");
    let mut link = Link::new(1).rate(rate).rule(|bytes, _, _| {
        if bytes[0] == 0 { Verdict::Drop } else { Verdict::Pass }
    });
    assert_eq!(link.send(ms(0), &[0; 125]), Fate::Lost);
    assert_eq!(link.send(ms(0), &[1; 125]), Fate::Arrives(ms(20)));
}

#[test]
fn what_is_held_back_is_overtaken() {
    let mut link = Link::new(1).delay(ms(20)).rule(|bytes, _, _| match bytes {
        b"first" => Verdict::Deliver(ms(30)),
        _ => Verdict::Pass,
    });
    assert_eq!(link.send(ms(0), b"first"), Fate::HeldBack(ms(50)));
    assert_eq!(link.send(ms(10), b"second"), Fate::Arrives(ms(20)));
    let arrived = arrivals(&mut link);
    assert_eq!(arrived[0], (ms(30), b"second".to_vec()));
    assert_eq!(arrived[1], (ms(50), b"first".to_vec()));
}

#[test]
fn what_is_longer_than_the_mtu_is_lost() {
    let mut link = Link::new(1).mtu(1400);
    assert_eq!(link.send(ms(0), &[0; 1400]), Fate::Arrives(ms(0)));
    assert_eq!(link.send(ms(0), &[0; 1401]), Fate::TooLong);
    let counts = Counts { sent: 2, too_long: 1, ..Counts::default() };
    assert_eq!(link.counts(), counts);
    assert_eq!(counts.in_flight(), 1);
}

/// 16 MiB may be under way, whatever the delay: 255 of 64 KiB, and of empty ones
/// as many as their notes have room.
#[test]
fn a_flood_does_not_take_all_memory() {
    for (length, count) in [(65_536, 255), (0, 131_072)] {
        let mut link = Link::new(1).delay(Duration::from_secs(3600));
        let datagram = vec![0; length];
        let taken = (0..1_000_000)
            .take_while(|_| link.send(ms(0), &datagram) != Fate::QueueFull);
        assert_eq!(taken.count(), count);
        arrivals(&mut link);
        assert_ne!(link.send(ms(0), &datagram), Fate::QueueFull);
    }
}

/// A clock that jumps back does not bring anything earlier, and who receives
/// ahead of time changes nothing for what is sent.
#[test]
fn time_does_not_go_back() {
    let mut link = Link::new(1).delay(ms(10));
    link.send(ms(100), b"a");
    link.send(ms(50), b"b");
    assert_eq!(link.receive(ms(109)), None);
    assert_eq!(link.receive(ms(1000)).as_deref(), Some(&b"a"[..]));
    assert_eq!(link.receive(ms(1000)).as_deref(), Some(&b"b"[..]));
    link.send(ms(200), b"c");
    assert_eq!(link.next_at(), Some(ms(210)));
}

/// Values from a slider or a closure end no program.
#[test]
fn nothing_is_too_long() {
    let forever = Duration::MAX;
    let late = move |_: &[u8], _, _: &mut Random| Verdict::Deliver(forever);
    for mut link in [
        Link::new(1).delay(forever),
        Link::new(1).jitter(forever),
        Link::new(1).delay(forever).jitter(forever),
        Link::new(1).rule(late),
    ] {
        link.send(ms(1), b"a");
        link.send(forever, b"b");
        assert_eq!(arrivals(&mut link).len(), 2);
    }
}

/// Up to the jitter earlier and up to it later, and as often the one as the
/// other.
#[test]
fn jitter_goes_both_ways() {
    let mut link = Link::new(1).delay(ms(20)).jitter(ms(10));
    let times: Vec<_> = (0..10_000)
        .map(|_| match link.send(ms(0), &[]) {
            Fate::Arrives(after) => after,
            fate => panic!("{fate}"),
        })
        .collect();
    let micros = Duration::from_micros;
    let [least, most] = [times.iter().min(), times.iter().max()];
    assert!((ms(10)..micros(10_010)).contains(least.expect("many")));
    assert!((micros(29_990)..ms(30)).contains(most.expect("many")));
    let mean = times.iter().sum::<Duration>() / 10_000;
    assert!((micros(19_800)..micros(20_200)).contains(&mean), "{mean:?}");
    // More than the delay, and they are cut off at 0.
    let mut link = Link::new(1).delay(ms(1)).jitter(ms(10));
    let fates = [(); 20].map(|()| link.send(ms(0), &[]));
    assert!(fates.contains(&Fate::Arrives(ms(0))));
}

/// Each client, each direction and each seed has faults of its own.
#[test]
fn links_of_one_path_are_not_alike() {
    let half = "50%".parse().expect("a share");
    let fates = |seed, number| {
        let faults = Faults {
            loss: half,
            delay: ms(9),
            jitter: ms(9),
            seed,
            ..Faults::default()
        };
        let mut link = faults.link(number);
        (0..64).map(|_| link.send(ms(0), &[])).collect::<Vec<_>>()
    };
    assert_eq!(fates(1, 0), fates(1, 0));
    let rows = [fates(1, 0), fates(1, 1), fates(1, 2), fates(2, 0)];
    for (at, row) in rows.iter().enumerate() {
        for other in &rows[..at] {
            // Half of all are lost in both or in neither, and no two delays are
            // the same.
            let same = row.iter().zip(other).filter(|(a, b)| a == b).count();
            assert!((4..28).contains(&same), "{same}");
        }
    }
}
