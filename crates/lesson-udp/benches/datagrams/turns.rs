//! Both ends in one thread, in turns: it sends up to 64, receives those, sends
//! again. Nobody waits for anybody and nothing is lost, so that the time at
//! either end is what its calls cost. It is the median of all turns: one in
//! which the thread was interrupted says nothing of the calls.

use std::{
    io,
    time::{Duration, Instant},
};

use testkit::bench::Spread;

use crate::{
    outcome::{End, Outcome, number},
    ways::{self, MOST, Way, bind},
};

/// The process for one measurement.
///
/// # Errors
/// What the kernel says.
pub(crate) fn run(
    sending: Way,
    receiving: Way,
    size: usize,
    time: Duration,
) -> io::Result<Outcome> {
    let [from, to] = [bind()?, bind()?];
    let addr = to.local_addr()?;
    if sending.is_connected() {
        from.connect(addr)?;
    }
    if receiving.is_connected() {
        to.connect(from.local_addr()?)?;
    }
    let mut sender = ways::sender(sending, from, addr, size)?;
    let mut receiver = ways::receiver(receiving, to, size)?;
    let [mut sent, mut arrived] = [End::default(); 2];
    let mut turns = [Vec::new(), Vec::new()];
    let start = Instant::now();
    let mut begin = start;
    while begin - start < time {
        let before = sent.datagrams;
        while sent.datagrams + sending.at_a_time(size) <= before + MOST {
            sent.datagrams += sender.send()?;
            sent.calls += 1;
        }
        let middle = Instant::now();
        while arrived.datagrams < sent.datagrams {
            arrived.datagrams += receiver.receive()?.datagrams;
            arrived.calls += 1;
        }
        let end = Instant::now();
        turns[0].push(middle - begin);
        turns[1].push(end - middle);
        begin = end;
    }
    [sent.cpu, arrived.cpu] = turns.map(|turns| seconds(&turns));
    sent.time = sent.cpu + arrived.cpu;
    arrived.time = sent.time;
    Ok(Outcome { sent, arrived })
}

/// Of all turns together, if each had taken the median.
fn seconds(turns: &[Duration]) -> f64 {
    let median = Spread::of(turns.iter().map(Duration::as_secs_f64));
    median.map_or(f64::NAN, |spread| spread.median) * number(turns.len())
}
