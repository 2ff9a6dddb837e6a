//! The stream that the datagrams are compared with: a model of TCP, held to what
//! it says of itself.

use std::time::Duration;

use common::link::{Faults, Link, Random, Verdict};
use lesson_udp::step06_voice::{
    FRAME, Kind, Rto, Sender, as_datagrams, as_stream, packets, under_way,
};

use super::{faults, hum, ms};

/// 40 ms each way, and the datagrams of these numbers are lost on the way there,
/// counted from the first.
fn losing(numbers: &'static [usize]) -> [Link; 2] {
    let mut count = 0;
    let rule = move |_: &[u8], _: Duration, _: &mut Random| {
        count += 1;
        let is_lost = numbers.contains(&(count - 1));
        if is_lost { Verdict::Drop } else { Verdict::Pass }
    };
    let link = || Link::new(1).delay(ms(40));
    [link().rule(rule), link()]
}

#[test]
fn without_loss_it_is_no_slower_than_datagrams() {
    let packets = packets(&hum(500), Kind::Linear);
    let faults = faults("0%", 3);
    let datagrams = as_datagrams(&packets, &mut faults.link(0));
    let stream = as_stream(&packets, &mut faults.link(0), &mut faults.link(1));
    assert_eq!(stream, datagrams);
}

/// One datagram is lost, and the frames behind it are there and cannot be read.
pub(super) fn one_loss() -> String {
    let packets = packets(&hum(10), Kind::Linear);
    let [mut there, _] = losing(&[2]);
    let datagrams = as_datagrams(&packets, &mut there);
    let datagrams = under_way(&datagrams, 10);
    let [mut there, mut back] = losing(&[2]);
    let stream = as_stream(&packets, &mut there, &mut back);
    let stream = under_way(&stream, 10);
    let mut shown = format!(
        "{:<8}{:>10}{:>16}{:>14}\n",
        "frame", "spoken", "as a datagram", "in a stream"
    );
    for (frame, (datagram, stream)) in (0..).zip(datagrams.iter().zip(&stream))
    {
        let spoken = FRAME * frame;
        let at = |under_way: &Option<Duration>| match under_way {
            Some(time) => format!("{} ms", (spoken + *time).as_millis()),
            None => "lost".to_owned(),
        };
        shown += &format!(
            "{frame:<8}{:>10}{:>16}{:>14}\n",
            at(&Some(Duration::ZERO)),
            at(datagram),
            at(stream)
        );
    }
    shown
}

#[test]
fn all_arrives_once_and_in_order() {
    let packets = packets(&hum(200), Kind::MuLaw);
    for (seed, loss) in (0..20).zip(["1%", "10%", "30%"].iter().cycle()) {
        let mut faults = faults(loss, seed);
        faults.reorder = "5%".parse().expect("a share");
        faults.duplicate = "5%".parse().expect("a share");
        let cross =
            || as_stream(&packets, &mut faults.link(0), &mut faults.link(1));
        let arrivals = cross();
        assert!(arrivals.iter().map(|(_, bytes)| bytes).eq(&packets), "{seed}");
        assert!(arrivals.is_sorted_by_key(|(at, _)| *at));
        assert_eq!(cross(), arrivals, "the same in each run");
    }
}

/// What is lost is sent again, and hardly anything else is: not where the link
/// loses a fifth, and not where the round trip takes longer than the first RTO.
#[test]
fn it_sends_again_what_is_lost() {
    let packets = packets(&hum(1000), Kind::MuLaw);
    for (delay, loss) in
        [(40, "0%"), (40, "20%"), (1000, "0%"), (1000, "5%"), (1000, "20%")]
    {
        let faults = Faults { delay: ms(delay), ..faults(loss, 1) };
        let (mut there, mut back) = (faults.link(0), faults.link(1));
        as_stream(&packets, &mut there, &mut back);
        let counts = there.counts();
        let again = counts.sent - 1000;
        println!("{delay} ms, {loss}: {} lost, {again} again", counts.lost);
        assert!(again >= counts.lost, "each is sent until it arrives");
        assert!(again <= counts.lost + 30, "{again} for {}", counts.lost);
    }
}

/// Nothing is sent after the last segment, so nothing tells that it is lost.
#[test]
fn at_the_end_the_timer_alone_helps() {
    let packets = packets(&hum(10), Kind::Linear);
    let [mut there, mut back] = losing(&[9]);
    let stream = as_stream(&packets, &mut there, &mut back);
    let last = under_way(&stream, 10)[9].expect("it comes");
    // The timer was set anew by the last ACK, after 80 ms less those 20 that
    // the other segment had been sent before.
    assert_eq!(last, ms(80 - 20 + 280 + 40));
}

/// A round trip of 80 ms makes 280, as on Linux; it doubles each time that it
/// was too short, up to two minutes.
#[test]
fn the_rto_is_the_round_trip_and_200_ms() {
    let mut rto = Rto::default();
    assert_eq!(rto.get(), ms(1000));
    rto.measured(ms(80));
    assert_eq!(rto.get(), ms(280));
    for _ in 0..50 {
        rto.measured(ms(80));
    }
    assert_eq!(rto.get(), ms(280));
    rto.back_off();
    assert_eq!(rto.get(), ms(560));
    for _ in 0..20 {
        rto.back_off();
    }
    assert_eq!(rto.get(), ms(120_000));
    rto.measured(ms(80));
    assert_eq!(rto.get(), ms(280));
    // Where it varies by more than 50 ms, four times that is more than 200.
    for n in 0..50 {
        rto.measured(ms(if n % 2 == 0 { 20 } else { 220 }));
    }
    assert!(rto.get() > ms(400), "{:?}", rto.get());
}

#[test]
fn on_a_dead_link_it_gives_up() {
    let packets = packets(&hum(3), Kind::Linear);
    let faults = faults("100%", 1);
    let (mut there, mut back) = (faults.link(0), faults.link(1));
    assert_eq!(as_stream(&packets, &mut there, &mut back), []);
    assert_eq!(there.counts().sent, 3 + 15, "each once, and 15 times again");
}

#[test]
fn an_ack_may_hold_anything() {
    let mut link = Link::new(1);
    let mut sender = Sender::default();
    sender.write(ms(0), b"one", &mut link);
    for nothing in [&b""[..], b"abc", &[0; 4], &[0; 12], &[0; 13]] {
        sender.acknowledged(ms(1), nothing, &mut link);
    }
    // A row that ends before it begins, and one that nobody sent.
    for [from, to] in [[1u32, 0], [7, u32::MAX]] {
        let ack = [[0; 4], from.to_be_bytes(), to.to_be_bytes()].concat();
        sender.acknowledged(ms(1), &ack, &mut link);
    }
    assert_eq!(sender.timeout_at(), Some(ms(1000)), "nothing was acknowledged");
    sender.acknowledged(ms(2), &[0xff; 12], &mut link);
    assert_eq!(sender.timeout_at(), None);
    sender.write(ms(3), b"two", &mut link);
    sender.acknowledged(ms(4), &[0; 12], &mut link);
    assert!(sender.timeout_at().is_some(), "the second one is not");
}
