//! The link, on time that costs nothing: what each fault does, one at a time.

mod properties;
mod rules;
mod units;

use std::time::Duration;

use common::link::{Counts, Fate, Faults, Link, Random, Verdict, reorder};
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
        seed: 10,
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
    for number in 0..=255 {
        let fate = link.send(ms(0), &[number]);
        assert_eq!(fate, Fate::Arrives(Duration::ZERO));
    }
    assert_eq!(link.counts().in_flight(), 256);
    let arrived = arrivals(&mut link);
    let in_order = (0..=255).map(|number| (ms(0), vec![number]));
    assert!(arrived.into_iter().eq(in_order));
}

/// A closure is a rule, and may count.
#[test]
fn lose_the_third() {
    let mut seen = 0;
    let mut link =
        Link::new(1).rule(move |_: &[u8], _: Duration, _: &mut Random| {
            seen += 1;
            if seen == 3 { Verdict::Drop } else { Verdict::Pass }
        });
    let fates = [1, 2, 3, 4].map(|number| link.send(ms(number), &[]));
    let [arrives, lost] = [Fate::Arrives(ms(0)), Fate::Lost];
    assert_eq!(fates, [arrives, arrives, lost, arrives]);
}

#[test]
fn the_first_verdict_counts() {
    let always = |verdict| {
        move |_: &[u8], _: Duration, _: &mut Random| -> Verdict { verdict }
    };
    let mut link = Link::new(1)
        .rule(always(Verdict::Pass))
        .rule(always(Verdict::Deliver(ms(9))))
        .rule(always(Verdict::Drop));
    assert_eq!(link.send(ms(0), b"a"), Fate::HeldBack(ms(9)));
}

/// 125 bytes at 100 kbit/s take 10 ms each. 250 bytes may wait.
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
}

/// What waits behind another that gets lost later has waited all the same.
#[test]
fn what_is_lost_has_taken_its_room() {
    let rate = "100kbit".parse().expect("a rate");
    let lose_empty = |bytes: &[u8], _: Duration, _: &mut Random| {
        if bytes[0] == 0 { Verdict::Drop } else { Verdict::Pass }
    };
    let mut link = Link::new(1).rate(rate).rule(lose_empty);
    assert_eq!(link.send(ms(0), &[0; 125]), Fate::Lost);
    assert_eq!(link.send(ms(0), &[1; 125]), Fate::Arrives(ms(20)));
}

#[test]
fn what_is_held_back_is_overtaken() {
    let all = "100%".parse().expect("a share");
    let mut link = Link::new(1).delay(ms(20)).rule(reorder(all, ms(30)));
    assert_eq!(link.send(ms(0), b"first"), Fate::HeldBack(ms(50)));
    let mut link = link.delay(ms(0));
    link.send(ms(10), b"second");
    let arrived = arrivals(&mut link);
    assert_eq!(arrived[0], (ms(40), b"second".to_vec()));
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

/// 64 MiB may be under way, whatever the delay.
#[test]
fn a_flood_does_not_take_all_memory() {
    let mut link = Link::new(1).delay(Duration::from_secs(3600));
    let datagram = vec![0; 65_536];
    let taken = (0..2000)
        .take_while(|_| link.send(ms(0), &datagram) != Fate::QueueFull);
    assert_eq!(taken.count(), 1024);
    arrivals(&mut link);
    assert_ne!(link.send(ms(0), &datagram), Fate::QueueFull);
}

/// A clock that jumps back does not bring anything earlier.
#[test]
fn time_does_not_go_back() {
    let mut link = Link::new(1).delay(ms(10));
    link.send(ms(100), b"a");
    link.send(ms(50), b"b");
    assert_eq!(link.receive(ms(109)), None);
    assert_eq!(link.receive(ms(110)).as_deref(), Some(&b"a"[..]));
    assert_eq!(link.receive(ms(0)).as_deref(), Some(&b"b"[..]));
}

/// Each client and each direction has faults of its own.
#[test]
fn links_of_one_path_are_not_alike() {
    let half = "50%".parse().expect("a share");
    let faults = Faults { loss: half, ..Faults::default() };
    let lost = |number| {
        let mut link = faults.link(number);
        (0..64).filter(|_| link.send(ms(0), &[]) == Fate::Lost).collect()
    };
    let [one, other, again]: [Vec<u8>; 3] = [lost(0), lost(1), lost(0)];
    assert_eq!(one, again);
    assert_ne!(one, other);
}
