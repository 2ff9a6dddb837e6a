//! Standard input as datagrams: a line is one.

use std::{
    error::Error,
    io::{self, BufRead, IsTerminal, Read, Write},
    time::Duration,
};

use common::{Charset, cli};
use lesson_udp::step04_connect::is_refused;

/// Asks for each line of standard input, until it ends, and prints the reply.
pub(crate) fn converse(
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
            Ok(None) => cli::complain(format!(
                "no reply within {timeout:?}: lost, or nobody is there"
            )),
            Err(error) if line.len() > LONGEST => cli::complain(format!(
                "line not sent: {error}; a datagram takes up to {LONGEST} bytes"
            )),
            Err(error) if is_refused(&error) => {
                cli::complain("connection refused: nobody listens there");
            }
            Err(error) => cli::complain(cli::plain(&error)),
        }
    }
}

/// The longest payload over IPv4: 65 535 less the IP and UDP headers.
const LONGEST: usize = 65_535 - 20 - 8;

/// Enough of a longer line to be refused, line end and all.
const LONGEST_LINE: u64 = LONGEST as u64 + 3;
