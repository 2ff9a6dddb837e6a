//! `udp-client --step 3`: the pinger.

use std::{error::Error, ops::RangeInclusive, process, time::Duration};

use clap::{Arg, ArgMatches};
use common::cli;
use lesson_udp::{
    step03_loss::{HEADER, Pinger, Plan, Seen, Summary, ping},
    step07_std::bind_client,
};

use crate::{server, step02::not_sent};

/// `--count N` and `--interval SECONDS`.
pub(crate) fn args() -> [Arg; 2] {
    [
        cli::number("count", "N", COUNTS, "How many to send, in step 3")
            .default_value("10"),
        cli::pause(
            "interval",
            "0.2",
            "From one to the next, in step 3; 0: all at once",
        ),
    ]
}

pub(crate) fn run(matches: &ArgMatches) -> Result<(), Box<dyn Error>> {
    let server = server(matches);
    let timeout: Duration = cli::get(matches, "timeout");
    let count: usize = cli::get(matches, "count");
    let bytes = matches.get_one("bytes").copied().unwrap_or(BYTES);
    if bytes < HEADER {
        cli::usage(format!(
            "a probe has {HEADER} bytes at least, for its number, and {bytes} \
             are too few; try --bytes {HEADER}"
        ));
    }
    let mut pinger = Pinger::new(Plan {
        // What ping(8) took in its first years: no two programs have the same.
        run: process::id(),
        count: u32::try_from(count)?,
        interval: cli::get(matches, "interval"),
        timeout,
        bytes,
    });
    let socket = bind_client(server)?;
    let mut others = 0;
    cli::say(format!("probes: {count} of {bytes} bytes to {server}"));
    ping(&socket, server, &mut pinger, &mut |seen| match seen {
        Seen::Reply(reply) => {
            cli::say(format!("{bytes} bytes from {server}: {reply}"));
        }
        Seen::Silence { number } => {
            cli::say(format!("no reply within {timeout:?}: seq={number}"));
        }
        Seen::NoEcho { bytes } => {
            others += 1;
            cli::complain(format!(
                "not counted: {bytes} bytes from {server} that are no echo of \
                 ours"
            ));
        }
        Seen::Stranger { peer } => cli::complain(format!(
            "not counted: a datagram from {peer}, who was not asked"
        )),
    })
    .map_err(|error| not_sent(server, bytes, &error))?;
    let summary = Summary::of(&pinger);
    cli::say(summary);
    // As ping(8) has it: exit code 1 where nothing came back.
    if summary.times.is_none() {
        let why = match others {
            0 => {
                "nothing came back; is udp-server --step 3 there? If it is \
                 slow, try a longer --timeout"
            }
            _ => {
                "what answers there sends no echoes; start udp-server --step 3"
            }
        };
        return Err(format!("{server}: {why}").into());
    }
    Ok(())
}

/// At most as many as one looks at.
const COUNTS: RangeInclusive<usize> = 1..=1_000_000;

/// As ping(8) has it.
const BYTES: usize = 56;
