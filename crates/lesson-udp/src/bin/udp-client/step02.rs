//! `udp-client --step 2`: lines as in step 1, or one datagram of a given size.

use std::{error::Error, io, net::SocketAddr, ops::RangeInclusive};

use clap::{Arg, ArgMatches};
use common::{Charset, cli};
use lesson_udp::{
    step01_datagrams::{ask, bind_client},
    step02_messages::{is_too_long, longest},
};

use crate::{
    lines::{converse, no_reply},
    server,
};

/// `--bytes BYTES`, which step 3 has too.
pub(crate) fn args() -> Arg {
    let help = "Send one datagram of that size instead of lines, in step 2; \
                how long each is, in step 3, where 56 is the default";
    cli::number("bytes", "BYTES", BYTES, help)
}

pub(crate) fn run(matches: &ArgMatches) -> Result<(), Box<dyn Error>> {
    let (server, timeout) = (server(matches), cli::get(matches, "timeout"));
    let socket = bind_client(server)?;
    let Some(&length) = matches.get_one("bytes") else {
        return converse(server, timeout, |line| {
            ask(&socket, server, line, timeout)
        });
    };
    // Digits, so that one sees where it was cut off.
    let bytes: Vec<_> = (b'0'..=b'9').cycle().take(length).collect();
    let reply = ask(&socket, server, &bytes, timeout)
        .map_err(|error| not_sent(server, length, &error))?;
    let sent = format!("{length} bytes sent");
    let reply =
        reply.ok_or_else(|| format!("{sent}, {}", no_reply(timeout)))?;
    cli::say(format!("{sent}, reply: {}", Charset::Utf8.show(&reply)));
    Ok(())
}

/// Why a datagram of that length could not be sent.
pub(crate) fn not_sent(
    server: SocketAddr,
    length: usize,
    error: &io::Error,
) -> String {
    let most = longest(server);
    let ip = if server.is_ipv4() { "IPv4" } else { "IPv6" };
    let why = match is_too_long(error) {
        true if length > most => {
            format!("message too long; over {ip} there is room for {most}")
        }
        true => "message too long for this system; try fewer".to_owned(),
        false => cli::plain(error),
    };
    format!("{length} bytes not sent: {why}")
}

/// More than there can be, to see what the kernel says.
const BYTES: RangeInclusive<usize> = 0..=1_000_000;
