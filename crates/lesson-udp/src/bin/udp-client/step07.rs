//! `udp-client`, the default: `std::net`.

use std::error::Error;

use clap::ArgMatches;
use common::cli;
use lesson_udp::step07_std::{ask, bind_client};

use crate::{lines::converse, server};

pub(crate) fn run(matches: &ArgMatches) -> Result<(), Box<dyn Error>> {
    let (server, timeout) = (server(matches), cli::get(matches, "timeout"));
    let socket = bind_client(server)?;
    converse(server, timeout, |line| ask(&socket, server, line, timeout))
}
