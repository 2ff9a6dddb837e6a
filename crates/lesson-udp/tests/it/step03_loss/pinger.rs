//! The pinger alone, on time that the test makes up.

use std::time::Duration;

use lesson_udp::step03_loss::{HEADER, Kind, Pinger, Plan, Reply, Summary};

use super::PLAN;

/// A probe each second; each may take two.
const SLOW: Plan = Plan {
    interval: Duration::from_secs(1),
    timeout: Duration::from_secs(2),
    ..PLAN
};

const NANO: Duration = Duration::from_nanos(1);

#[test]
fn sends_when_it_is_due() {
    let mut pinger = Pinger::new(SLOW);
    let [zero, one, four] = [0, 1000, 4000].map(Duration::from_millis);
    assert_eq!(pinger.next_at(), Some(zero));
    assert!(pinger.next_probe(zero).is_some());
    assert_eq!(pinger.next_probe(zero), None);
    assert_eq!(pinger.next_at(), Some(one));
    assert_eq!(pinger.next_probe(one.saturating_sub(NANO)), None);
    // One that goes out late does not make the next one late.
    assert!(pinger.next_probe(four).is_some());
    assert!(pinger.next_probe(four).is_some());
    assert_eq!(pinger.next_probe(four), None, "there are only three");
}

#[test]
fn a_probe_has_a_number_and_no_time() {
    let probe = |plan| {
        let mut pinger = Pinger::new(plan);
        pinger.next_probe(Duration::ZERO);
        pinger.next_probe(Duration::from_secs(9)).expect("it is due")
    };
    assert_eq!(probe(PLAN), [0, 0, 0, 42, 0, 0, 0, 1, 0, 0, 0, 1]);
    // As long as asked for, and never too short for its number.
    for (bytes, length) in [(0, HEADER), (13, 13), (300, 300), (65_507, 65_507)]
    {
        assert_eq!(probe(Plan { bytes, ..PLAN }).len(), length);
    }
}

/// In time, late, and on the edge between them.
#[test]
fn late_is_not_lost_and_not_in_time() {
    let at = Duration::from_secs;
    let mut pinger = Pinger::new(SLOW);
    let probes = [0, 1, 2].map(|s| pinger.next_probe(at(s)).expect("due"));
    assert_eq!(pinger.give_up(at(2)), Some(0));
    assert_eq!(pinger.give_up(at(2)), None, "each is told once");
    let mut kind = |now, probe| {
        let reply: Reply = pinger.receive(now, probe).expect("an echo");
        (reply.kind, reply.took)
    };
    let barely = at(3).saturating_sub(NANO);
    assert_eq!(kind(barely, &probes[1]).0, Kind::InTime);
    assert_eq!(kind(at(3), &probes[0]), (Kind::Late, at(3)));
    // What comes twice is a duplicate, however late.
    assert_eq!(kind(at(9), &probes[0]), (Kind::Duplicate, at(9)));
    assert_eq!(pinger.next_at(), Some(at(4)));
    assert_eq!(pinger.give_up(at(4)), Some(2));
    assert_eq!(pinger.next_at(), None, "it is over");
    let Summary { sent, in_time, late, lost, duplicates, .. } =
        Summary::of(&pinger);
    assert_eq!([sent, in_time, late, lost, duplicates], [3, 1, 1, 1, 1]);
}

/// Whoever answers may have changed it: only what we have sent, and as we have
/// sent it, is an echo.
#[test]
fn what_is_no_echo_is_not_counted() {
    let mut pinger = Pinger::new(Plan { count: 2, ..PLAN });
    let probe = pinger.next_probe(Duration::ZERO).expect("it is due");
    pinger.next_probe(Duration::ZERO).expect("it is due");
    let mut not_sent = probe.clone();
    not_sent[7] = 2;
    not_sent[11] = 2;
    let mut earlier_run = probe.clone();
    earlier_run[3] = 41;
    let mut damaged = probe.clone();
    damaged[11] ^= 1;
    // What would be the next probe, had only one bit of this one changed.
    let mut renumbered = probe.clone();
    renumbered[7] ^= 1;
    let mut absurd = probe.clone();
    absurd[4..].fill(0xff);
    let longer = [&probe[..], b"!"].concat();
    for datagram in [
        &b""[..],
        b"ok",
        &probe[..7],
        &probe[..11],
        &longer,
        &earlier_run,
        &damaged,
        &renumbered,
        &absurd,
        &not_sent,
    ] {
        let found = pinger.receive(Duration::ZERO, datagram);
        assert_eq!(found, None, "{}", datagram.escape_ascii());
    }
    assert!(pinger.receive(Duration::ZERO, &probe).is_some());
}

/// In order is what comes later than all that was sent sooner.
#[test]
fn order_is_seen_in_the_numbers() {
    let now = Duration::ZERO;
    let mut pinger = Pinger::new(Plan { count: 5, ..PLAN });
    let probes = [(); 5].map(|()| pinger.next_probe(now).expect("it is due"));
    let mut overtaken = |number: usize| {
        let reply = pinger.receive(now, &probes[number]).expect("an echo");
        reply.out_of_order
    };
    assert_eq!(
        [1, 0, 3, 2, 4, 0].map(&mut overtaken),
        [false, true, false, true, false, false]
    );
}

/// Those who come late took time too: leave them out, and the average lies.
#[test]
fn the_average_has_the_late_ones_in_it() {
    let mut pinger = Pinger::new(Plan { count: 2, ..SLOW });
    let at = Duration::from_secs;
    let probes = [0, 1].map(|s| pinger.next_probe(at(s)).expect("due"));
    pinger.receive(at(2), &probes[1]);
    pinger.receive(at(5), &probes[0]);
    let summary = Summary::of(&pinger);
    assert_eq!(summary.times, Some([at(1), at(3), at(5)]));
    assert_eq!((summary.in_time, summary.late), (1, 1));
}

/// A time so far away that it overflows is never reached.
#[test]
fn has_patience_for_ever() {
    let forever = Duration::MAX;
    let mut pinger =
        Pinger::new(Plan { interval: forever, timeout: forever, ..PLAN });
    let late = Duration::from_secs(1);
    pinger.next_probe(late).expect("the first is due at once");
    assert_eq!(pinger.give_up(late), None);
    assert_eq!(pinger.next_at(), Some(forever));
}
