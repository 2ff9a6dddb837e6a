//! The TCP server: `--step N` is a step of the course; the last one, `std::net`,
//! is the default.

mod steps;

use std::{error::Error, ops::RangeInclusive, process::ExitCode};

use clap::{Arg, Command, value_parser};
use common::{Charset, cli};
use lesson_tcp::step04_framing::Framing;

fn main() -> ExitCode {
    cli::exit(run())
}

fn run() -> Result<(), Box<dyn Error>> {
    let matches = cli::parse(
        Command::new("server")
            .about("Answers each client with a page and closes")
            .arg(cli::addr("addr", "Where to listen").default_value(ADDR))
            .arg(cli::step(&[
                "1", "3", "4", "5", "6", "7", "8", "9", "10", "11",
            ]))
            .arg(cli::charset(Charset::Gb2312))
            .arg(framing())
            .arg(cli::timeout("5", "How long to wait, in steps 4, 5, 9, 11"))
            .arg(
                cli::number("buffer", "BYTES", BUFFERS, BUFFER_HELP)
                    .default_value("65536"),
            )
            .arg(kind())
            .arg(cli::number("clients", "N", 1..=100_000, CLIENTS_HELP))
            .arg(only_v6()),
    );
    match cli::get::<String>(&matches, "step").as_str() {
        "1" => steps::step01(&matches),
        "3" => steps::step03(&matches),
        "4" => steps::step04(&matches),
        "5" => steps::step05(&matches),
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

/// `--kind KIND`.
fn kind() -> Arg {
    Arg::new("kind")
        .long("kind")
        .value_parser(["iterative", "threads", "pool", "elastic", "readiness"])
        .default_value("readiness")
        .help("How to serve many clients, in step 9")
}

/// `--only-v6 true|false`.
fn only_v6() -> Arg {
    Arg::new("only-v6")
        .long("only-v6")
        .value_name("true|false")
        .value_parser(value_parser!(bool))
        .help("Whether [::] leaves IPv4 out, in step 10")
}

const ADDR: &str = "127.0.0.1:8888";

const BUFFER_HELP: &str =
    "What to ask for as each of the two buffers, in step 8; 0: do not ask";

/// The system call takes an `int`.
const BUFFERS: RangeInclusive<usize> = 0..=i32::MAX as usize;

const CLIENTS_HELP: &str = "How many to serve at once, in steps 5, 9 and 11 \
     [default: 1000, or 8 in a pool]";
