//! The UDP server: `--step N` is a step of the course; `--step 7`, `std::net`,
//! is the default.
//!
//! Each step has a module: its `run`, and the flags that it alone has.

#[path = "../both/step05.rs"]
mod many;
mod step01;
mod step02;
mod step03;
mod step04;
mod step05;
mod step06;
mod step07;

use std::{error::Error, io, net::SocketAddr, process::ExitCode};

use clap::Command;
use common::{Charset, cli};
use lesson_udp::Event;

fn main() -> ExitCode {
    cli::exit(run())
}

fn run() -> Result<(), Box<dyn Error>> {
    let matches = cli::parse_steps(
        Command::new("udp-server")
            .about("Answers datagrams")
            .arg(cli::addr("addr", "Where to receive").default_value(ADDR))
            .arg(cli::step(STEPS)),
        &[
            (&["2"][..], vec![step02::args()]),
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

/// What `bind` said, and what to try next.
fn bind_failed(addr: SocketAddr) -> impl Fn(io::Error) -> String {
    move |error| cli::bind_failed(false, "addr", addr, &error)
}

/// The first line, from which a client, or a test, knows where to send.
fn tell(addr: SocketAddr) {
    cli::say(format!("receiving on {addr}"));
}

/// A line for each datagram, and one for each answer that could not be sent.
fn show(event: Event) {
    match event {
        Event::Datagram { peer, bytes } => {
            cli::say(format!("recv: {} [{peer}]", Charset::Utf8.show(bytes)));
        }
        Event::Truncated { peer, bytes } => {
            let text = Charset::Utf8.show(bytes);
            cli::say(format!("recv: {text} [{peer}], and the rest is gone"));
        }
        Event::Failed { peer, error } => {
            cli::complain(format!("{peer}: {}", cli::plain(&error)));
        }
    }
}

const ADDR: &str = "127.0.0.1:8003";

const STEPS: &[&str] = &["1", "2", "3", "4", "5", "6", "7"];
