//! The TCP client: `--step N` is a step of the course; the last one, `std::net`,
//! is the default.

use std::{error::Error, io, net::SocketAddr, process::ExitCode};

use clap::{Arg, ArgMatches, Command};
use common::{Charset, cli};
use lesson_tcp::{step02_client, step11_std};

fn main() -> ExitCode {
    cli::exit(run())
}

fn run() -> Result<(), Box<dyn Error>> {
    let matches = cli::parse(
        Command::new("client")
            .about("Sends a text and prints the reply")
            .arg(cli::addr("addr", "The server").default_value(ADDR))
            .arg(cli::step(&["2", "11"]))
            .arg(cli::charset(Charset::Gb2312))
            .arg(cli::timeout("10", "How long to wait, in step 11"))
            .arg(Arg::new("text").default_value("加油").help("What to send")),
    );
    match cli::get::<String>(&matches, "step").as_str() {
        "2" => step02(&matches),
        _ => step11(&matches),
    }
}

/// Reads once, so that the bug can be seen.
fn step02(matches: &ArgMatches) -> Result<(), Box<dyn Error>> {
    converse(matches, |server, request, reply| {
        let bytes = step02_client::call_once(server, request)?;
        reply.extend(bytes);
        Ok(())
    })
}

fn step11(matches: &ArgMatches) -> Result<(), Box<dyn Error>> {
    let timeout = cli::get(matches, "timeout");
    converse(matches, |server, request, reply| {
        step11_std::call(server, request, timeout, reply)
    })
}

/// Sends the text with `call` and prints what came, also where it failed.
fn converse(
    matches: &ArgMatches,
    call: impl Fn(SocketAddr, &[u8], &mut Vec<u8>) -> io::Result<()>,
) -> Result<(), Box<dyn Error>> {
    let server: SocketAddr = cli::get(matches, "addr");
    let charset: Charset = cli::get(matches, "charset");
    let request = request(matches, charset);
    let mut reply = Vec::new();
    let result = call(server, &request, &mut reply);
    if !reply.is_empty() {
        cli::say(charset.show(&reply));
    }
    result.map_err(|error| cli::call_failed(server, &error).into())
}

/// The text in bytes: at least one.
fn request(matches: &ArgMatches, charset: Charset) -> Vec<u8> {
    let text: String = cli::get(matches, "text");
    let request = charset.encode(&text).unwrap_or_else(|error| {
        cli::usage(format!("{error}; try --charset utf-8"))
    });
    if request.is_empty() {
        cli::usage("an empty text is nothing to send; try 加油");
    }
    request
}

const ADDR: &str = "127.0.0.1:8888";
