//! How many datagrams a second, and what each costs: sent and received with the
//! calls of the steps, in Python, and several at a time.
//!
//! ```text
//! cargo bench -p lesson-udp                     all, about 5 minutes
//! cargo bench -p lesson-udp -- --quick          whether it all works
//! cargo bench -p lesson-udp -- --tables turns   one table
//! ```
//!
//! A sender without a receiver that keeps up measures how fast datagrams can be
//! thrown away. So there are three methods. In `turns` one thread sends up to 64
//! and receives them, and nothing is lost or waited for: what the calls cost. In
//! `window` two processes, each on a core of its own, and a receiver that holds
//! the sender back: what is left of that when both have to wake each other up.
//! In `flood` the same without holding back: what is sent, and what arrives.
//! `questions` is what a server does, and `link` has no sockets at all.
//!
//! Figures are printed, and nothing is asserted of them: they are the machine's
//! as much as the program's.

mod cpu;
mod link;
mod outcome;
mod pair;
mod parts;
mod questions;
mod report;
mod rows;
mod turns;
mod ways;

use std::{
    env,
    error::Error,
    process::{Command as Process, ExitCode},
    time::{Duration, Instant},
};

use clap::{Arg, ArgMatches, Command};
use common::cli;
use testkit::bench::{
    self, Pace, grouped,
    machine::{self, Network},
};

use rows::{Method, TABLES};

fn main() -> ExitCode {
    let matches = cli::parse(command());
    if let Some(words) = matches.get_many::<String>("act") {
        let words: Vec<_> = words.map(String::as_str).collect();
        return cli::exit(act(&words));
    }
    if machine::outside().is_none() {
        // On the loopback interface the sender does the work of both ends. It
        // stays so: else a datagram's cost would be with whom it interrupts.
        if let Some(code) = machine::in_own_network("", false) {
            return code;
        }
    }
    cli::exit(run(&matches))
}

fn command() -> Command {
    let tables = TABLES.iter().map(|table| table.name);
    let tables = tables.chain(["questions", "link"]);
    let command = Command::new("datagrams")
        .about("Measures how many datagrams a second come through")
        .arg(Arg::new("act").long("act").num_args(1..).hide(true));
    // Short and often: neighbours in a round are close in time.
    bench::arguments(command, tables, "15", "0.1")
}

fn run(matches: &ArgMatches) -> Result<(), Box<dyn Error>> {
    let start = Instant::now();
    let pace = Pace::of(matches);
    let asked = |table: &str| bench::is_asked(matches, table);
    println!("{}\n", command_line());
    println!("Machine: {}; {}.", machine::line(), pin());
    println!("Network: {}.", network());
    println!("Receive buffer: {} bytes.", grouped(ways::room()?));
    println!("Rival: {}.", python());
    let Pace { rounds, time, .. } = pace;
    println!("Rounds: {rounds} of {time:?}, medians (least–most).\n");
    for table in TABLES.iter().filter(|table| asked(table.name)) {
        let rows = rows::measure(table, pace)?;
        report::print(table, &rows);
        if table.method == Method::Turns {
            parts::print(&rows);
        }
    }
    if asked("questions") {
        questions::print(pace)?;
    }
    if asked("link") {
        link::print(pace);
    }
    println!("Measured in {} s.", start.elapsed().as_secs());
    Ok(())
}

/// One of the processes that `run` starts. Python's script takes the same words.
fn act(words: &[&str]) -> Result<(), Box<dyn Error>> {
    let number = |word: &str| word.parse::<usize>();
    let time = |word: &str| word.parse().map(Duration::from_secs_f64);
    match *words {
        ["turns", sending, receiving, size, seconds] => {
            let [sending, receiving] = [sending.parse()?, receiving.parse()?];
            let (size, time) = (number(size)?, time(seconds)?);
            cli::say(turns::run(sending, receiving, size, time)?);
        }
        ["receive", way, size, window] => {
            pair::receive(way.parse()?, number(size)?, number(window)?)?;
        }
        ["send", way, to, size, window, seconds] => {
            let (size, window) = (number(size)?, number(window)?);
            let (to, time) = (to.parse()?, time(seconds)?);
            cli::say(pair::send(way.parse()?, to, size, window, time)?);
        }
        ["serve", name] => questions::serve(name)?,
        ["relay", to] => questions::relay(to.parse()?)?,
        _ => return Err(format!("no such act: {words:?}").into()),
    }
    Ok(())
}

/// What was asked for, to ask for it again.
fn command_line() -> String {
    let words: Vec<_> =
        env::args().skip(1).filter(|word| word != "--bench").collect();
    let dashes = if words.is_empty() { "" } else { " -- " };
    format!("cargo bench -p lesson-udp{dashes}{}", words.join(" "))
}

/// Who runs where.
fn pin() -> &'static str {
    if machine::pin() {
        "a receiver or server on core 0, all else on core 1"
    } else {
        machine::UNPINNED
    }
}

fn network() -> &'static str {
    match machine::network() {
        Network::Shared => {
            "this machine's loopback interface (unshare does not work here)"
        }
        Network::Own | Network::Steered => {
            "the loopback interface of a namespace of our own"
        }
    }
}

fn python() -> String {
    let version = |mut python: Process| {
        let output = python.arg("--version").output().ok()?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let version = testkit::python().and_then(version);
    version.unwrap_or_else(|| "no Python here".to_owned())
}
