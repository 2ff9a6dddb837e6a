//! The TCP client: `--step 2` is socket2 and reads once, `--step 11` (the
//! default) `std::net` and reads to the end.

use std::{error::Error, net::SocketAddr, process::ExitCode};

use clap::{Arg, Command};
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
    let server: SocketAddr = cli::get(&matches, "addr");
    let charset: Charset = cli::get(&matches, "charset");
    let text: String = cli::get(&matches, "text");
    let request = charset.encode(&text).unwrap_or_else(|error| {
        cli::usage(format!("{error}; try --charset utf-8"))
    });
    if request.is_empty() {
        cli::usage("an empty text is nothing to send; try 加油");
    }
    let mut reply = Vec::new();
    let result = if cli::get::<String>(&matches, "step") == "2" {
        step02_client::call_once(server, &request)
            .map(|bytes| reply.extend(bytes))
    } else {
        let timeout = cli::get(&matches, "timeout");
        step11_std::call(server, &request, timeout, &mut reply)
    };
    if !reply.is_empty() {
        cli::say(charset.show(&reply));
    }
    result.map_err(|error| cli::call_failed(server, &error).into())
}

const ADDR: &str = "127.0.0.1:8888";
