//! The TCP client: `--step N` is a step of the course; the last one, `std::net`,
//! is the default.

mod steps;

use std::{error::Error, ops::RangeInclusive, process::ExitCode};

use clap::{Arg, ArgAction, Command};
use common::{Charset, cli};
use lesson_tcp::step04_framing::Framing;

fn main() -> ExitCode {
    cli::exit(run())
}

fn run() -> Result<(), Box<dyn Error>> {
    let matches = cli::parse(
        Command::new("client")
            .about("Sends a text and prints the reply")
            .arg(cli::addr("addr", "The server").default_value(ADDR))
            .arg(cli::step(&["2", "3", "4", "6", "7", "8", "9", "10", "11"]))
            .arg(cli::charset(Charset::Gb2312))
            .arg(cli::timeout("10", "How long to wait, from step 4 on"))
            .arg(framing())
            .arg(flag("abort", "Reset, and no goodbye, in step 6"))
            .arg(flag("deadline", "The timeout is for all of it, in step 7"))
            .arg(
                cli::number("bytes", "BYTES", BYTES, BYTES_HELP)
                    .default_value("1000000"),
            )
            .arg(
                cli::number("buffer", "BYTES", BUFFERS, BUFFER_HELP)
                    .default_value("65536"),
            )
            .arg(name())
            .arg(
                Arg::new("text")
                    .num_args(1..)
                    .default_value("加油")
                    .help("What to send; in step 4 there may be several"),
            ),
    );
    match cli::get::<String>(&matches, "step").as_str() {
        "2" => steps::step02(&matches),
        "3" => steps::step03(&matches),
        "4" => steps::step04(&matches),
        "6" => steps::step06(&matches),
        "7" => steps::step07(&matches),
        "8" => steps::step08(&matches),
        "9" => steps::step09(&matches),
        "10" => steps::step10(&matches),
        _ => steps::step11(&matches),
    }
}

/// `--framing HOW`.
fn framing() -> Arg {
    Arg::new("framing")
        .long("framing")
        .value_name("HOW")
        .default_value("lines")
        .value_parser(|text: &str| text.parse::<Framing>())
        .help("Where a message ends, in step 4: close, lines, frames")
}

/// `--NAME`.
fn flag(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
}

/// `--name HOST:PORT`.
fn name() -> Arg {
    Arg::new("name")
        .long("name")
        .value_name("HOST:PORT")
        .default_value("localhost:8888")
        .help("The server, in step 10")
}

const ADDR: &str = "127.0.0.1:8888";

const BYTES: RangeInclusive<usize> = 1..=100_000_000;

const BYTES_HELP: &str = "How many bytes to send, in step 8";

/// The system call takes an `int`.
const BUFFERS: RangeInclusive<usize> = 0..=i32::MAX as usize;

const BUFFER_HELP: &str =
    "What to ask for as each of the two buffers, in step 8; 0: do not ask";
