//! How fast are the course's servers, beside those of others? Servers are black
//! boxes, each a process; the load is ours, one thread that checks each byte.
//!
//! ```text
//! cargo bench -p lesson-tcp                        all, about 12 minutes
//! cargo bench -p lesson-tcp -- --quick             whether it all works
//! cargo bench -p lesson-tcp -- --tables kept tokio one table, tokio and C epoll
//! ```
//!
//! Figures are printed, and nothing is asserted of them: they are the machine's
//! as much as the program's. The exit code is 1 where a reply was wrong.

mod aims;
mod bulk;
mod load;
mod report;
mod rivals;
mod rounds;
mod server;
mod syscalls;

use std::{
    error::Error,
    process::{self, ExitCode},
    time::Instant,
};

use clap::{Arg, ArgAction, ArgMatches, Command};
use common::cli;
use testkit::bench::{
    self, Pace,
    machine::{self, Network},
};

use rounds::TABLES;
use server::{EPOLL, SERVERS, Server};

fn main() -> ExitCode {
    let matches = cli::parse(command());
    if let Some(size) = matches.get_one::<usize>("receive") {
        return cli::exit(bulk::receive(*size).map_err(Into::into));
    }
    let outside = machine::outside();
    let is_outside = outside.is_none();
    let there = outside.unwrap_or_else(rivals::build);
    if is_outside {
        if let Some(code) = machine::in_own_network(&there, true) {
            return code;
        }
    }
    cli::exit(run(&matches, &there))
}

fn command() -> Command {
    let tables = TABLES.iter().map(|table| table.name).chain(["bulk"]);
    let command = Command::new("servers")
        .about("Measures the servers of the course, and others beside them")
        .arg(
            Arg::new("names")
                .value_name("SERVER")
                .num_args(0..)
                .help("Only servers with such a word in the name, and C epoll"),
        )
        .arg(
            Arg::new("syscalls")
                .long("syscalls")
                .action(ArgAction::SetTrue)
                .help("Counts system calls instead, with strace"),
        )
        .arg(
            Arg::new("receive")
                .long("receive")
                .value_parser(clap::value_parser!(usize))
                .hide(true),
        );
    bench::arguments(command, tables, "5", "0.8")
}

fn run(matches: &ArgMatches, there: &str) -> Result<(), Box<dyn Error>> {
    let start = Instant::now();
    let pace = Pace::of(matches);
    let servers = servers(matches, there);
    let asked = |table: &str| bench::is_asked(matches, table);
    println!("Machine: {}; {}.", machine::line(), pin());
    println!("Network: {}.", network());
    println!("Rivals: {}.", rivals::versions());
    let Pace { rounds, time, .. } = pace;
    println!("Rounds: {rounds} of {time:?}, medians (least–most).\n");

    let mut aims = Vec::new();
    let mut is_wrong = false;
    for table in TABLES.iter().filter(|table| asked(table.name)) {
        if matches.get_flag("syscalls") {
            syscalls::print(table, &servers);
            continue;
        }
        let rows = rounds::measure(table, &servers, pace)?;
        report::print(table, &rows);
        aims.extend(aims::of(table, &rows));
        is_wrong |= report::is_wrong(&rows);
    }
    if asked("bulk") && !matches.get_flag("syscalls") {
        aims.extend(bulk::print(pace)?);
    }
    aims::print(&aims);
    println!("Measured in {} s.", start.elapsed().as_secs());
    if is_wrong { Err("a reply was wrong, see above".into()) } else { Ok(()) }
}

/// Those that are there and asked for.
fn servers(matches: &ArgMatches, there: &str) -> Vec<Server> {
    let names: Vec<&String> =
        matches.get_many("names").into_iter().flatten().collect();
    let asked = |server: &Server| {
        let has = |name: &&String| server.name.contains(name.as_str());
        names.is_empty() || server.name == EPOLL || names.iter().any(has)
    };
    let servers = SERVERS.iter().filter(|server| server.is_built(there));
    servers.copied().filter(asked).collect()
}

/// Who runs where.
fn pin() -> &'static str {
    // As many files as we may have open: a thousand clients is close to the
    // limit that is common.
    let own = process::id().to_string();
    machine::succeeds("prlimit", &["--pid", &own, FILES]);
    if machine::pin() {
        "each server on core 0 with all its threads, the load on core 1"
    } else {
        machine::UNPINNED
    }
}

/// Which network we are in, and what that means for us.
fn network() -> &'static str {
    match machine::network() {
        Network::Shared => {
            "this machine's loopback interface (unshare does not work \
            here), so that more than 28 000 connections a second run out of \
            ports"
        }
        Network::Steered => {
            "the loopback interface of a namespace of our own, its packets \
            handled on core 0"
        }
        Network::Own => {
            "the loopback interface of a namespace of our own, its packets \
            handled by who sends them, so that the load may be what limits"
        }
    }
}

/// For prlimit: the soft limit alone, which needs no rights.
const FILES: &str = "--nofile=4096:";
