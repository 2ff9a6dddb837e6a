//! The experiment: a voice crosses a link, once as datagrams and once as a
//! stream, on time that costs nothing. What came when is all that the ear needs.
//!
//! A frame is sent every 20 ms, the first at 0. Both ends have one clock, so
//! what the play-out delay means is the time from mouth to ear.

use std::{collections::BTreeMap, time::Duration};

use common::link::Link;

use super::{packet::Packet, receiver::Receiver, stream::Sender, wav::FRAME};

/// What came out of a link, and when, in that order.
pub type Arrivals = Vec<(Duration, Vec<u8>)>;

/// Each packet is a datagram: sent once, and that is all.
pub fn as_datagrams(packets: &[Vec<u8>], link: &mut Link) -> Arrivals {
    let mut arrivals = Vec::new();
    let mut packets = packets.iter().zip(0..).peekable();
    loop {
        let send_at = packets.peek().map(|(_, frame)| FRAME * *frame);
        let Some(now) = earliest([send_at, link.next_at()]) else {
            return arrivals;
        };
        while let Some(datagram) = link.receive(now) {
            arrivals.push((now, datagram));
        }
        if let Some((packet, _)) = packets.next_if(|_| send_at == Some(now)) {
            link.send(now, packet);
        }
    }
}

/// Each packet is written to a stream. `back` carries the ACKs.
pub fn as_stream(
    packets: &[Vec<u8>],
    there: &mut Link,
    back: &mut Link,
) -> Arrivals {
    let (mut sender, mut receiver) = (Sender::default(), Receiver::default());
    let mut arrivals = Vec::new();
    let mut packets = packets.iter().zip(0..).peekable();
    loop {
        let send_at = packets.peek().map(|(_, frame)| FRAME * *frame);
        let timer = sender.timeout_at();
        let events = [send_at, there.next_at(), back.next_at(), timer];
        let Some(now) = earliest(events) else { return arrivals };
        while let Some(segment) = there.receive(now) {
            let readable = receiver.received(now, &segment, back);
            arrivals.extend(readable.into_iter().map(|bytes| (now, bytes)));
        }
        while let Some(ack) = back.receive(now) {
            sender.acknowledged(now, &ack, there);
        }
        if sender.timeout_at().is_some_and(|at| at <= now) {
            sender.timed_out(now, there);
        }
        if let Some((packet, _)) = packets.next_if(|_| send_at == Some(now)) {
            sender.write(now, packet, there);
        }
    }
}

/// How long each of `frames` was under way until it could be played; `None` for
/// those that never could.
pub fn under_way(arrivals: &Arrivals, frames: u32) -> Vec<Option<Duration>> {
    let mut first = BTreeMap::new();
    for (at, bytes) in arrivals {
        if let Ok(packet) = Packet::parse(bytes) {
            first.entry(packet.sequence()).or_insert(*at);
        }
    }
    (0..frames)
        .map(|frame| Some(first.get(&frame)?.saturating_sub(FRAME * frame)))
        .collect()
}

/// The share of frames that are lost, or late for that play-out delay.
pub fn share_missing(under_way: &[Option<Duration>], playout: Duration) -> f64 {
    let is_missing =
        |time: &&Option<Duration>| time.is_none_or(|time| time > playout);
    let missing = under_way.iter().filter(is_missing).count();
    #[expect(clippy::cast_precision_loss, reason = "not that many frames")]
    let share = missing as f64 / under_way.len() as f64;
    share
}

fn earliest<const N: usize>(events: [Option<Duration>; N]) -> Option<Duration> {
    events.into_iter().flatten().min()
}
