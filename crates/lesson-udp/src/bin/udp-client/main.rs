//! The UDP client: `--step N` is a step of the course; `--step 7`, `std::net`, is
//! the default.
//!
//! Each step has a module: its `run`, and the flags that it alone has.

mod lines;
#[path = "../both/step05.rs"]
mod many;
mod step01;
mod step02;
mod step03;
mod step04;
mod step05;
mod step06;
mod step07;

use std::{error::Error, net::SocketAddr, process::ExitCode};

use clap::{ArgMatches, Command};
use common::cli;

fn main() -> ExitCode {
    cli::exit(run())
}

fn run() -> Result<(), Box<dyn Error>> {
    let matches = cli::parse_steps(
        Command::new("udp-client")
            .about("Sends datagrams and prints what comes back")
            .arg(cli::addr("addr", "The server").default_value(ADDR))
            .arg(cli::step(STEPS))
            .arg(cli::timeout("2", "How long to wait for a reply")),
        &[
            (&["2", "3"][..], vec![step02::args()]),
            (&["3"], step03::args().into()),
            (&["4"], step04::args().into()),
            (&["5"], many::args().into()),
            (&["5"], step05::args().into()),
            (&["6"], step06::args().into()),
        ],
    );
    match cli::get::<String>(&matches, "step").as_str() {
        "1" => step01::run(&matches),
        "2" => step02::run(&matches),
        "3" => step03::run(&matches),
        "4" => step04::run(&matches),
        "5" => step05::run(&matches),
        "6" => step06::run(&matches),
        _ => step07::run(&matches),
    }
}

/// The server's address; one that stands for all of them is none to send to.
fn server(matches: &ArgMatches) -> SocketAddr {
    let server: SocketAddr = cli::get(matches, "addr");
    if server.port() == 0 {
        cli::usage(format!(
            "{server} has no port; try the one that the server prints"
        ));
    }
    if server.ip().is_unspecified() {
        // The server's answer would come from another address than this one.
        cli::usage(format!(
            "{} stands for every address of a server and is none to send to; \
             try --addr 127.0.0.1:{}",
            server.ip(),
            server.port()
        ));
    }
    server
}

const ADDR: &str = "127.0.0.1:8003";

const STEPS: &[&str] = &["1", "2", "3", "4", "5", "6", "7"];
