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
mod machine;
mod report;
mod rivals;
mod rounds;
mod server;
mod stats;
mod syscalls;

use std::{
    error::Error,
    process::ExitCode,
    time::{Duration, Instant},
};

use clap::{Arg, ArgAction, ArgMatches, Command};
use common::cli;

use rounds::{Pace, TABLES};
use server::{EPOLL, SERVERS, Server};

fn main() -> ExitCode {
    let matches = cli::parse(command());
    if let Some(size) = matches.get_one::<usize>("receive") {
        return cli::exit(bulk::receive(*size).map_err(Into::into));
    }
    let there = machine::rivals().unwrap_or_else(rivals::build);
    if !machine::is_own_network() {
        if let Some(code) = machine::in_own_network(&there) {
            return code;
        }
    }
    cli::exit(run(&matches, &there))
}

fn command() -> Command {
    let flag = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
    };
    let tables = TABLES.iter().map(|table| table.name).chain(["bulk"]);
    Command::new("servers")
        .about("Measures the servers of the course, and others beside them")
        .arg(
            Arg::new("names")
                .value_name("SERVER")
                .num_args(0..)
                .help("Only servers with such a word in the name, and C epoll"),
        )
        .arg(
            Arg::new("tables")
                .long("tables")
                .value_name("NAMES")
                .value_delimiter(',')
                .value_parser(tables.collect::<Vec<_>>())
                .help("Only these tables"),
        )
        .arg(
            Arg::new("rounds")
                .long("rounds")
                .value_name("N")
                .value_parser(clap::value_parser!(u8).range(1..))
                .default_value("5")
                .default_value_if("quick", "true", "1")
                .help("How often each is measured"),
        )
        .arg(
            cli::timeout("0.8", "How long each is measured")
                .id("seconds")
                .long("seconds")
                .default_value_if("quick", "true", "0.05"),
        )
        .arg(flag("quick", "One short round: whether it all works"))
        .arg(flag("syscalls", "Counts system calls instead, with strace"))
        .arg(flag("bench", "What cargo tells a benchmark").hide(true))
        .arg(
            Arg::new("receive")
                .long("receive")
                .value_parser(clap::value_parser!(usize))
                .hide(true),
        )
}

fn run(matches: &ArgMatches, there: &str) -> Result<(), Box<dyn Error>> {
    let start = Instant::now();
    let time: Duration = cli::get(matches, "seconds");
    let rounds = usize::from(cli::get::<u8>(matches, "rounds"));
    let pace = Pace { rounds, time, warm_up: time.min(WARM_UP) };
    let servers = servers(matches, there);
    let asked = |name: &str| match matches.get_many::<String>("tables") {
        Some(mut tables) => tables.any(|table| table == name),
        None => true,
    };
    println!("Machine: {}; {}.", machine::line(), machine::pin());
    println!("Network: {}.", machine::network());
    println!("Rivals: {}.", rivals::versions());
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
        aims.extend(bulk::print(pace, matches.get_flag("quick"))?);
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

/// The most that a server and its caches need before it counts.
const WARM_UP: Duration = Duration::from_millis(150);
