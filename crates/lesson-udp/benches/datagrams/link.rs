//! How many datagrams a second the link takes, in memory and on time that costs
//! nothing.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use common::link::{Faults, Share};
use testkit::bench::{Pace, Spread, grouped};

use crate::rows::SIZES;

/// Measures it without faults and with some, and prints a table.
pub(crate) fn print(pace: Pace) {
    println!("## Datagrams a second through `common::link`\n");
    println!("| faults | 64 bytes | 1200 bytes |\n|---|---:|---:|");
    let faults = faults();
    let mut rates = vec![[const { Vec::new() }; SIZES.len()]; faults.len()];
    for round in 1..=pace.rounds {
        eprintln!("link: round {round} of {}", pace.rounds);
        for (row, (_, faults)) in rates.iter_mut().zip(&faults) {
            for (rates, size) in row.iter_mut().zip(SIZES) {
                rates.push(rate(faults, size, pace.time));
            }
        }
    }
    for (row, (name, _)) in rates.into_iter().zip(&faults) {
        let [short, long] = row.map(|rates| {
            Spread::of(rates).map_or("-".to_owned(), |r| grouped(r.median))
        });
        println!("| {name} | {short} | {long} |");
    }
    println!();
}

fn faults() -> [(&'static str, Faults); 4] {
    let percent = |percent: f64| {
        Share::try_from(percent / 100.0).expect("a share is from 0 to 1")
    };
    let ms = Duration::from_millis;
    let none = Faults { seed: 7, ..Faults::default() };
    let loss = Faults { loss: percent(5.0), ..none.clone() };
    let late = Faults { delay: ms(20), jitter: ms(5), ..none.clone() };
    let all = Faults {
        loss: percent(5.0),
        reorder: percent(1.0),
        duplicate: percent(1.0),
        ..late.clone()
    };
    [
        ("none", none),
        ("loss 5 %", loss),
        ("delay 20 ms, jitter 5 ms", late),
        ("both, reorder 1 %, duplicate 1 %", all),
    ]
}

/// Sends one after the other, and takes each when it is due.
fn rate(faults: &Faults, size: usize, time: Duration) -> f64 {
    let mut link = faults.link(0);
    let datagram = vec![0x55; size];
    let mut now = Duration::ZERO;
    let mut sent = 0;
    let start = Instant::now();
    while start.elapsed() < time {
        for _ in 0..100 {
            now += EVERY;
            link.send(now, &datagram);
            while let Some(datagram) = link.receive(now) {
                black_box(datagram);
            }
        }
        sent += 100;
    }
    f64::from(sent) / start.elapsed().as_secs_f64()
}

/// By the link's time: with a delay of 20 ms 200 datagrams are under way.
const EVERY: Duration = Duration::from_micros(100);
