//! `udp-client --step 1`: socket2.

use std::error::Error;

use clap::ArgMatches;
use common::cli;
use lesson_udp::step01_datagrams::{ask, bind_client};

use crate::{lines::converse, server};

pub(crate) fn run(matches: &ArgMatches) -> Result<(), Box<dyn Error>> {
    let (server, timeout) = (server(matches), cli::get(matches, "timeout"));
    let socket = bind_client(server)?;
    converse(server, timeout, |line| ask(&socket, server, line, timeout))
}
