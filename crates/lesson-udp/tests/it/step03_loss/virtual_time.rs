//! The pinger over links that lose, delay, double and reorder: by seed, and on
//! time that costs nothing, so that each figure is the same in each run.

use std::{fmt::Write, time::Duration};

use common::link::{
    Counts, Faults, Link, Random, Share, Verdict, bursts, corrupt, duplicate,
    loss, reorder,
};
use lesson_udp::step03_loss::{Pinger, Plan, Summary};
use testkit::assert_transcript;

use super::PLAN;

const MS: Duration = Duration::from_millis(1);

/// What a run came to.
struct Run {
    /// A line for each event.
    log: String,
    summary: Summary,
    /// Echoes of ours that came, of any kind; and datagrams that are none.
    echoes: usize,
    no_echoes: usize,
    /// What the links did: there, and back.
    there: Counts,
    back: Counts,
}

/// Pings an echo at the other end of these links.
fn run(plan: Plan, mut there: Link, mut back: Link) -> Run {
    let mut pinger = Pinger::new(plan);
    let (mut log, mut echoes, mut no_echoes) = (String::new(), 0, 0);
    let mut now = Duration::ZERO;
    loop {
        while let Some(probe) = pinger.next_probe(now) {
            there.send(now, &probe);
        }
        while let Some(probe) = there.receive(now) {
            back.send(now, &probe);
        }
        while let Some(number) = pinger.give_up(now) {
            writeln!(log, "{:>5} ms  no reply: seq={number}", now.as_millis())
                .expect("a String takes it");
        }
        while let Some(echo) = back.receive(now) {
            let reply = pinger.receive(now, &echo);
            let what = match reply {
                Some(reply) => reply.to_string(),
                None => format!("{} bytes that are no echo", echo.len()),
            };
            writeln!(log, "{:>5} ms  {what}", now.as_millis())
                .expect("a String takes it");
            echoes += usize::from(reply.is_some());
            no_echoes += usize::from(reply.is_none());
        }
        let Some(next) = pinger.next_at() else { break };
        let others = [there.next_at(), back.next_at()];
        now = others.into_iter().flatten().fold(next, Duration::min).max(now);
    }
    let summary = Summary::of(&pinger);
    let (there, back) = (there.counts(), back.counts());
    Run { log, summary, echoes, no_echoes, there, back }
}

fn share(percent: f64) -> Share {
    Share::try_from(percent / 100.0).expect("a share")
}

/// Everything that can happen, in one run that can be read. These are the links
/// that the program `tap` makes of such flags.
#[test]
fn everything_that_can_happen() {
    let faults = Faults {
        loss: share(10.0),
        delay: 20 * MS,
        jitter: 5 * MS,
        reorder: share(20.0),
        duplicate: share(5.0),
        seed: 495,
        ..Faults::default()
    };
    let plan = Plan { count: 10, interval: 20 * MS, timeout: 90 * MS, ..PLAN };
    let Run { log, summary, .. } = run(plan, faults.link(0), faults.link(1));
    assert_transcript!("step03_loss_link", format!("{log}{summary}"));
}

/// A round trip goes over the link twice, and may be lost twice.
#[test]
fn a_round_trip_is_lost_more_often() {
    let mut table =
        "lost each way  lost there  lost back  lost to the pinger\n".to_owned();
    for percent in [0, 1, 5, 10, 20, 50, 100] {
        let link = |seed| {
            Link::new(seed).delay(20 * MS).rule(loss(share(percent.into())))
        };
        let plan =
            Plan { count: 10_000, interval: MS, timeout: 500 * MS, ..PLAN };
        let Run { summary, there, back, .. } = run(plan, link(1), link(2));
        assert_eq!(summary.lost as usize, there.lost + back.lost);
        writeln!(
            table,
            "{percent:>12} % {:>11} {:>10} {:>17.1} %",
            there.lost,
            back.lost,
            f64::from(summary.lost) / 100.0
        )
        .expect("a String takes it");
    }
    assert_transcript!("step03_loss_both_ways", table);
}

/// Patience costs time, impatience takes for lost what is late.
#[test]
fn a_short_timeout_finds_what_is_not_lost() {
    let mut table = "timeout  in time   late   lost\n".to_owned();
    for timeout in [30, 40, 50, 90, 1000] {
        // 15 to 25 ms each way, and one in fifty waits 40 ms more.
        let link = |seed| {
            Link::new(seed)
                .delay(20 * MS)
                .jitter(5 * MS)
                .rule(loss(share(1.0)))
                .rule(reorder(share(2.0), 40 * MS))
        };
        let timeout_ms = timeout * MS;
        let plan = Plan {
            count: 10_000,
            interval: 10 * MS,
            timeout: timeout_ms,
            ..PLAN
        };
        let Summary { in_time, late, lost, .. } =
            run(plan, link(1), link(2)).summary;
        writeln!(table, "{timeout:>4} ms {in_time:>8} {late:>6} {lost:>6}")
            .expect("a String takes it");
    }
    assert_transcript!("step03_loss_timeouts", table);
}

/// The same share, and not the same loss: how long is a gap?
#[test]
fn losses_come_alone_or_in_bursts() {
    let longest = |link: Link| {
        let plan =
            Plan { count: 100_000, interval: MS, timeout: 500 * MS, ..PLAN };
        let Run { log, summary, .. } = run(plan, link, Link::new(0));
        let mut lost = vec![true; 100_000];
        for line in log.lines().filter(|line| line.contains("time=")) {
            let number = line.split("seq=").nth(1).expect("a number");
            let number = number.split(' ').next().expect("a number");
            lost[number.parse::<usize>().expect("a number")] = false;
        }
        let gaps = lost.chunk_by(|a, b| a == b).filter(|gap| gap[0]);
        let gaps: Vec<_> = gaps.map(<[bool]>::len).collect();
        let most = gaps.iter().max().expect("there are some");
        format!(
            "{} lost in {} gaps, the longest of {most}",
            summary.lost,
            gaps.len()
        )
    };
    let text = format!(
        "each for itself: {}\nin bursts of 8:  {}\n",
        longest(Link::new(1).rule(loss(share(10.0)))),
        longest(Link::new(1).rule(bursts(share(10.0), 8.0))),
    );
    assert_transcript!("step03_loss_bursts", text);
}

/// One bit is enough: it is no echo, and the probe counts as lost.
#[test]
fn a_damaged_echo_is_none() {
    let damage = Link::new(1).rule(corrupt(share(100.0)));
    let found = run(PLAN, Link::new(0), damage);
    assert_eq!((found.echoes, found.no_echoes), (0, 3));
    assert_eq!((found.summary.lost, found.summary.times), (3, None));
}

/// A rule is a closure: every third probe comes three seconds late.
#[test]
fn late_ones_are_told_apart() {
    let mut seen = 0;
    let late = move |_: &[u8], _: Duration, _: &mut Random| {
        seen += 1;
        if seen % 3 == 0 {
            Verdict::Deliver(Duration::from_secs(3))
        } else {
            Verdict::Pass
        }
    };
    let second = Duration::from_secs(1);
    let plan = Plan { count: 9, interval: second, timeout: 2 * second, ..PLAN };
    let Run { log, summary, .. } =
        run(plan, Link::new(1).rule(late), Link::new(2));
    // The last one's reply would come when nobody waits for it any more.
    let Summary { in_time, late, lost, out_of_order, .. } = summary;
    assert_eq!([in_time, late, lost, out_of_order], [6, 2, 1, 2], "{log}");
}

/// Whatever the links do, each probe is in time, late or lost, and each
/// datagram that was delivered has been looked at.
#[test]
fn it_always_adds_up() {
    for seed in 0..300_u32 {
        let mut random = (1..).map(|lot| share(f64::from(seed * lot % 41)));
        let mut next = || random.next().expect("there are enough");
        let shares = [next(), next(), next(), next(), next()];
        let link = |seed| {
            Link::new(seed)
                .delay(30 * MS)
                .jitter(30 * MS)
                .rule(loss(shares[1]))
                .rule(duplicate(shares[2]))
                .rule(reorder(shares[3], 40 * MS))
                .rule(corrupt(shares[4]))
        };
        let plan = Plan { count: 50, interval: 7 * MS, ..PLAN };
        let plan = Plan { timeout: 80 * MS, ..plan };
        let [one, other] = [u64::from(seed), 1 << 32].map(link);
        let Run { summary, echoes, no_echoes, there, back, log } =
            run(plan, one, other);
        let Summary { sent, in_time, late, lost, duplicates, .. } = summary;
        assert_eq!((sent, in_time + late + lost), (50, 50), "{log}");
        assert_eq!(echoes, (in_time + late + duplicates) as usize, "{log}");
        assert_eq!(echoes + no_echoes, back.delivered, "{log}");
        // What did not come is with a link, or was damaged by one.
        let gone = there.lost + back.lost + there.damaged + back.damaged;
        let under_way = there.in_flight() + back.in_flight();
        assert!(lost as usize <= gone + under_way, "{log}");
        let found = summary.times.is_some_and(|[least, average, most]| {
            least <= average && average <= most
        });
        assert_eq!(found, in_time + late > 0, "{log}");
    }
}
