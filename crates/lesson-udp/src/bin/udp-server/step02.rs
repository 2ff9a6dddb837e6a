//! `udp-server --step 2`: how much of each datagram found room.

use std::{error::Error, net::SocketAddr};

use clap::{Arg, ArgMatches};
use common::cli;
use lesson_udp::{LARGEST, step01_datagrams::bind, step02_messages::serve};

use crate::{bind_failed, show, tell};

/// `--room BYTES`.
pub(crate) fn args() -> Arg {
    let help = "How long the buffer for a datagram is, in step 2";
    cli::number("room", "BYTES", 0..=LARGEST, help).default_value("16")
}

pub(crate) fn run(matches: &ArgMatches) -> Result<(), Box<dyn Error>> {
    let addr: SocketAddr = cli::get(matches, "addr");
    let socket = bind(addr).map_err(bind_failed(addr))?;
    tell(socket.local_addr()?.as_socket().unwrap_or(addr));
    Err(serve(&socket, cli::get(matches, "room"), &mut show).into())
}
