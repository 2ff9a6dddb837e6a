//! `udp-client --step 4`: connects, and asks with an id.

use std::{
    error::Error,
    hash::{BuildHasher, RandomState},
    time::Duration,
};

use clap::{Arg, ArgAction, ArgMatches};
use common::{Charset, cli};
use lesson_udp::step04_connect::{ask, ask_again, connect};

use crate::{lines::converse, server};

pub(crate) fn args() -> [Arg; 1] {
    [Arg::new("retry")
        .long("retry")
        .action(ArgAction::SetTrue)
        .help("In step 4, ask again while nobody is there, up to the timeout")]
}

pub(crate) fn run(matches: &ArgMatches) -> Result<(), Box<dyn Error>> {
    let server = server(matches);
    let timeout: Duration = cli::get(matches, "timeout");
    let ask = if matches.get_flag("retry") { ask_again } else { ask };
    let socket = connect(server).map_err(|error| {
        let what = cli::plain(&error);
        format!("{server}: {what}; try --addr with an address of the server")
    })?;
    cli::complain(format!("{} asks {server}", socket.local_addr()?));
    // Numbers that are hard to guess, from what std has: a count, hashed with a
    // key that is drawn at random for this run.
    let key = RandomState::new();
    let mut count = 0_u64;
    converse(server, timeout, |line| {
        count += 1;
        ask(&socket, key.hash_one(count), line, timeout, &mut |datagram| {
            let text = Charset::Utf8.show(datagram);
            cli::complain(format!(
                "dropped, without the number of the question: {text} (is that \
                 a server of --step 4?)"
            ));
        })
    })
}
