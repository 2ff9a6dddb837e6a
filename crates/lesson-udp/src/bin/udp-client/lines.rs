//! Standard input as datagrams: a line is one.

use std::{
    error::Error,
    io::{self, BufRead, ErrorKind, IsTerminal, Read, Write},
    net::SocketAddr,
    time::Duration,
};

use common::{Charset, cli};
use lesson_udp::{
    step02_messages::{LONGEST_V4, LONGEST_V6},
    step04_connect::is_refused,
};

/// Asks for each line of standard input, until it ends, and prints the reply.
pub(crate) fn converse(
    server: SocketAddr,
    timeout: Duration,
    mut ask: impl FnMut(&[u8]) -> io::Result<Option<Vec<u8>>>,
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
            Ok(None) => cli::complain(no_reply(timeout)),
            Err(error) if line.len() > LONGEST_V4 => cli::complain(format!(
                "line not sent: {error}; a datagram takes up to {LONGEST_V4} \
                 bytes, over IPv6 {LONGEST_V6}"
            )),
            Err(error) if is_refused(&error) => {
                cli::complain("connection refused: nobody listens there");
            }
            Err(error) => cli::complain(not_sent(server, &error)),
        }
    }
}

/// What there is to say when nothing came.
pub(crate) fn no_reply(timeout: Duration) -> String {
    format!("no reply within {timeout:?}: lost, or nobody is there")
}

/// What there is to say when the kernel sends nothing to that address.
fn not_sent(server: SocketAddr, error: &io::Error) -> String {
    let hint = match error.kind() {
        ErrorKind::PermissionDenied => {
            "it is an address for many, which is step 5, or a firewall forbids \
             it"
        }
        _ => "try another --addr",
    };
    format!("not sent to {server}: {}; {hint}", cli::plain(error))
}

/// Enough of a longer line to be refused, line end and all.
const LONGEST_LINE: u64 = LONGEST_V6 as u64 + 3;
