//! `udp-server`, the default: `std::net`.

use std::{error::Error, net::SocketAddr};

use clap::ArgMatches;
use common::cli;
use lesson_udp::step07_std::{bind, serve};

use crate::{bind_failed, show, tell};

pub(crate) fn run(matches: &ArgMatches) -> Result<(), Box<dyn Error>> {
    let addr: SocketAddr = cli::get(matches, "addr");
    let socket = bind(addr).map_err(bind_failed(addr))?;
    tell(socket.local_addr()?);
    Err(serve(&socket, &mut show).into())
}
