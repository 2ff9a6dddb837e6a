//! What is measured, how often, and how long.

use std::time::Duration;

use clap::{Arg, ArgAction, ArgMatches, Command};
use common::cli;

/// How often, and how long.
#[derive(Clone, Copy)]
pub struct Pace {
    /// How often each is measured.
    pub rounds: usize,
    /// How long each time.
    pub time: Duration,
    /// How long before that, and not counted.
    pub warm_up: Duration,
    /// Whether it is only to be seen that all works.
    pub is_quick: bool,
}

impl Pace {
    /// What the command line of a benchmark with [`arguments`] says.
    pub fn of(matches: &ArgMatches) -> Self {
        let time: Duration = cli::get(matches, "seconds");
        Self {
            rounds: usize::from(cli::get::<u8>(matches, "rounds")),
            time,
            warm_up: time.min(WARM_UP),
            is_quick: matches.get_flag("quick"),
        }
    }
}

/// Adds the flags that each benchmark has, with the names of its tables and its
/// defaults.
pub fn arguments(
    command: Command,
    tables: impl IntoIterator<Item = &'static str>,
    rounds: &'static str,
    seconds: &'static str,
) -> Command {
    let flag = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
    };
    command
        .arg(
            Arg::new("tables")
                .long("tables")
                .value_name("NAMES")
                .value_delimiter(',')
                .value_parser(tables.into_iter().collect::<Vec<_>>())
                .help("Only these tables"),
        )
        .arg(
            Arg::new("rounds")
                .long("rounds")
                .value_name("N")
                .value_parser(clap::value_parser!(u8).range(1..))
                .default_value(rounds)
                .default_value_if("quick", "true", "1")
                .help("How often each is measured"),
        )
        .arg(
            cli::timeout(seconds, "How long each is measured")
                .id("seconds")
                .long("seconds")
                .default_value_if("quick", "true", "0.05"),
        )
        .arg(flag("quick", "One short round: whether it all works"))
        .arg(flag("bench", "What cargo tells a benchmark").hide(true))
}

/// Whether a table is to be printed.
pub fn is_asked(matches: &ArgMatches, table: &str) -> bool {
    match matches.get_many::<String>("tables") {
        Some(mut tables) => tables.any(|asked| asked == table),
        None => true,
    }
}

/// The most that what is measured and its caches need before it counts.
const WARM_UP: Duration = Duration::from_millis(150);
