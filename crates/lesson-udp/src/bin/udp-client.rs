//! The UDP client: a line is a datagram. `--step 1` is socket2, `--step 7` (the
//! default) `std::net`.

use std::{
    error::Error,
    io::{self, BufRead, IsTerminal, Read, Write},
    net::SocketAddr,
    process::ExitCode,
    time::Duration,
};

use clap::Command;
use common::{Charset, cli};
use lesson_udp::{step01_datagrams, step07_std};

fn main() -> ExitCode {
    cli::exit(run())
}

fn run() -> Result<(), Box<dyn Error>> {
    let matches = cli::parse(
        Command::new("udp-client")
            .about("Sends each line as a datagram and prints the reply")
            .arg(cli::addr("addr", "The server").default_value(ADDR))
            .arg(cli::step(&["1", "7"]))
            .arg(cli::timeout("2", "How long to wait for a reply")),
    );
    let server: SocketAddr = cli::get(&matches, "addr");
    let timeout: Duration = cli::get(&matches, "timeout");
    if server.ip().is_unspecified() {
        // The server's answer would come from another address than this one.
        cli::usage(format!(
            "{} stands for every address of a server and is none to send to; \
             try --addr 127.0.0.1:{}",
            server.ip(),
            server.port()
        ));
    }
    if cli::get::<String>(&matches, "step") == "1" {
        let socket = step01_datagrams::bind_client(server)?;
        converse(timeout, |line| {
            step01_datagrams::ask(&socket, server, line, timeout)
        })
    } else {
        let socket = step07_std::bind_client(server)?;
        converse(timeout, |line| {
            step07_std::ask(&socket, server, line, timeout)
        })
    }
}

/// Asks for each line of standard input, until it ends.
fn converse(
    timeout: Duration,
    ask: impl Fn(&[u8]) -> io::Result<Option<Vec<u8>>>,
) -> Result<(), Box<dyn Error>> {
    let mut input = io::stdin().lock();
    loop {
        if input.is_terminal() {
            write!(io::stdout(), ">>:")?;
            io::stdout().flush()?;
        }
        // Bytes, not text: what a line holds is the sender's affair.
        let mut line = Vec::new();
        let mut limited = input.by_ref().take(LONGEST_LINE);
        if limited.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        if limited.limit() == 0 && line.last() != Some(&b'\n') {
            input.skip_until(b'\n')?;
        }
        let line = line.strip_suffix(b"\n").unwrap_or(&line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match ask(line) {
            Ok(Some(reply)) => cli::say(Charset::Utf8.show(&reply)),
            Ok(None) => cli::complain(format!(
                "no reply within {timeout:?}: lost, or nobody is there"
            )),
            Err(error) if line.len() > LONGEST => cli::complain(format!(
                "line not sent: {error}; a datagram takes up to {LONGEST} bytes"
            )),
            Err(error) => cli::complain(cli::plain(&error)),
        }
    }
}

/// The longest payload over IPv4: 65 535 less the IP and UDP headers.
const LONGEST: usize = 65_535 - 20 - 8;

/// Enough of a longer line to be refused, line end and all.
const LONGEST_LINE: u64 = LONGEST as u64 + 3;

const ADDR: &str = "127.0.0.1:8003";
