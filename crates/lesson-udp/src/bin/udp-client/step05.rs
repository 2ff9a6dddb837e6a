//! `udp-client --step 5`: asks who is there, and lists who answers.

use std::error::Error;

use clap::{Arg, ArgMatches};
use common::cli;
use lesson_udp::step05_many::{Heard, Many, bind_asking, discover};

use crate::many;

/// `--ttl NETWORKS`.
pub(crate) fn args() -> [Arg; 1] {
    [cli::number(
        "ttl",
        "NETWORKS",
        0..=255,
        "How many networks a question to a group may cross, in step 5",
    )
    .default_value("1")]
}

pub(crate) fn run(matches: &ArgMatches) -> Result<(), Box<dyn Error>> {
    let many = many::many(matches)?;
    if many.addr().port() == 0 {
        cli::usage(format!(
            "{many} has no port; try the one that the server prints"
        ));
    }
    let ttl = cli::get::<usize>(matches, "ttl").try_into()?;
    let timeout = cli::get(matches, "timeout");
    let failed = many::failed("ask", many);
    let socket = bind_asking(many, ttl).map_err(&failed)?;
    let mut found = 0;
    discover(&socket, many.addr(), timeout, &mut |heard| match heard {
        Heard::Server { name, addr } => {
            found += 1;
            cli::say(format!("{name} at {addr}"));
        }
        Heard::Nonsense { peer, error } => {
            cli::complain(format!("{peer}: {error}"));
        }
    })
    .map_err(&failed)?;
    if found == 0 {
        let other = match many {
            Many::Broadcast(_) => "the last address of the server's network",
            _ => "the --interface",
        };
        return Err(format!(
            "nobody answered at {many} within {timeout:?}: no server there, \
             or no way for a question or an answer; try {other} and the port \
             that the server prints"
        )
        .into());
    }
    Ok(())
}
