//! `udp-server --step 5`: can be found by those who do not know its address.

use std::{error::Error, net::SocketAddr, process, thread};

use clap::{Arg, ArgMatches};
use common::cli;
use lesson_udp::{
    step05_many::{Name, answer, bind_asked},
    step07_std,
};

use crate::{bind_failed, many, show, tell};

/// `--name NAME`.
pub(crate) fn args() -> [Arg; 1] {
    [Arg::new("name")
        .long("name")
        .value_name("NAME")
        .default_value("nameless")
        .value_parser(|text: &str| text.parse::<Name>())
        .help("What it calls itself when it is asked, in step 5")]
}

pub(crate) fn run(matches: &ArgMatches) -> Result<(), Box<dyn Error>> {
    let addr: SocketAddr = cli::get(matches, "addr");
    let name: Name = cli::get(matches, "name");
    let mut many = many::many(matches)?;
    if many.addr().is_ipv4() != addr.is_ipv4() {
        let other = if addr.is_ipv4() { "[::]:8003" } else { "0.0.0.0:8003" };
        cli::usage(format!(
            "asked at {many}, it cannot answer from {addr}, which is of the \
             other family; try --addr {other}"
        ));
    }
    if addr.port() == many.addr().port() && addr.port() != 0 {
        let any = if addr.is_ipv4() { "0.0.0.0" } else { "[::]" };
        cli::usage(format!(
            "--addr has the port of {many}, and a port for all is none to \
             serve at; try --addr {any}:8003"
        ));
    }
    let service = step07_std::bind(addr).map_err(bind_failed(addr))?;
    let asked = bind_asked(many).map_err(many::failed("be asked at", many))?;
    many.set_port(asked.local_addr()?.port());
    tell(service.local_addr()?);
    cli::say(format!("{name} is asked at {many}"));

    // Two sockets, and each of them has somebody who waits at it.
    let serving = service.try_clone()?;
    thread::spawn(move || {
        let error = step07_std::serve(&serving, &mut show);
        cli::complain(format!("error: {error}"));
        process::exit(1)
    });
    Err(answer(&asked, &service, &name, &mut show).into())
}
