//! The flags that ask for a link's faults.

use std::time::Duration;

use clap::{Arg, ArgMatches};

use super::{get, number, usage};
use crate::link::{Faults, Rate, Share};

/// A flag for each of [`Faults`].
pub fn args() -> Vec<Arg> {
    vec![
        share("loss", "Datagrams that are lost, in each direction"),
        Arg::new("burst")
            .long("burst")
            .value_name("N")
            .requires("loss")
            .value_parser(|text: &str| {
                let number = text.parse().ok();
                number
                    .filter(|length| (1.0..=1e6).contains(length))
                    .ok_or("expected how many in a row are lost, such as 4")
            })
            .help(
                "Lose them in bursts, so many in a row in the mean (1: never \
                 two in a row)",
            ),
        time("delay", "How long one is under way"),
        time("jitter", "By how much that varies, up and down"),
        share("corrupt", "Of the others, those in which a bit is turned over"),
        share("duplicate", "Of the others, those that come twice"),
        share("reorder", "Of the others, those that are 30 ms late"),
        Arg::new("rate")
            .long("rate")
            .value_name("RATE")
            .value_parser(|text: &str| text.parse::<Rate>())
            .help(
                "The most that gets through each way for each client, such as \
                 1mbit (a second; headers not counted)",
            ),
        number("queue", "BYTES", 0..=1 << 30, QUEUE).requires("rate"),
        number("mtu", "BYTES", 1..=65_535, MTU),
        Arg::new("seed")
            .long("seed")
            .value_name("N")
            .default_value("1")
            .value_parser(|text: &str| {
                text.parse::<u64>().map_err(|_| "expected a whole number")
            })
            .help("The same faults in each run, others for another seed"),
    ]
}

/// What the flags ask for, or the end of the program where that cannot be.
pub fn of(matches: &ArgMatches) -> Faults {
    let share = |name| get::<Share>(matches, name);
    let [delay, jitter] =
        ["delay", "jitter"].map(|name| get::<Duration>(matches, name));
    if jitter > delay {
        usage(format!(
            "a jitter of {jitter:?} would bring datagrams before they are \
             sent; try --delay {jitter:?}"
        ));
    }
    Faults {
        loss: share("loss"),
        burst: matches.get_one("burst").copied(),
        delay,
        jitter,
        reorder: share("reorder"),
        duplicate: share("duplicate"),
        corrupt: share("corrupt"),
        rate: matches.get_one("rate").copied(),
        queue: matches.get_one("queue").copied(),
        mtu: matches.get_one("mtu").copied(),
        seed: get(matches, "seed"),
    }
}

/// `--NAME SHARE`, as in `--loss 5%`.
pub fn share(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name)
        .long(name)
        .value_name("SHARE")
        .default_value("0%")
        .allow_hyphen_values(true)
        .value_parser(|text: &str| text.parse::<Share>())
        .help(help)
}

/// `--NAME TIME`, as in `--delay 20ms`; none by default.
pub fn time(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name)
        .long(name)
        .value_name("TIME")
        .default_value("0ms")
        .value_parser(parse_time)
        .help(help)
}

/// `20ms` or `1.5s`, up to a minute.
fn parse_time(text: &str) -> Result<Duration, &'static str> {
    let (number, unit) = match text.strip_suffix("ms") {
        Some(number) => (number, 1000.0),
        None => (text.strip_suffix('s').unwrap_or_default(), 1.0),
    };
    number
        .parse::<f64>()
        .ok()
        .and_then(|number| Duration::try_from_secs_f64(number / unit).ok())
        .filter(|&time| time <= MINUTE)
        .ok_or("expected a time such as 20ms or 1.5s, up to a minute")
}

const QUEUE: &str = "What may wait for that rate [default: 262144]";

const MTU: &str = "The longest that gets through, headers not counted";

const MINUTE: Duration = Duration::from_secs(60);
