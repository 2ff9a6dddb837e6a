//! Step 11: the server and the client in `std::net`, fit to be used.
//!
//! ```text
//! bind ─ accept ─┬─ read ─ write_all ─ shutdown ─ read … 0 ─ drop
//!        accept ─┤  many at once, and a deadline for each
//!        accept ─┘
//! connect ─ write_all ─ read_to_end ─ drop
//! ```
//!
//! The functions have the names and the order of steps 1 and 2, so that the
//! difference between the files is the lesson. `TcpListener::bind` is three
//! calls and an option. The rest is what the steps have taught: a reply in one
//! piece (step 4), a client heard out before the close (step 5), a deadline for
//! it (step 7), many at once, within limits, until somebody stops us (step 9).
//!
//! Sources: `std::net`, and those of the steps named.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    time::Duration,
};

use common::Charset;

use crate::{
    Event, STATUS_LINE, body,
    step05_http::hear_out,
    step07_silence::{Deadline, read_by},
    step09_clients::{Limits, Stop, elastic},
};

/// A socket that clients can connect to: socket, SO_REUSEADDR (not on Windows),
/// bind, and listen with a backlog of 128.
///
/// # Errors
/// As [`step01_server::listen`](crate::step01_server::listen).
pub fn listen(addr: SocketAddr) -> io::Result<TcpListener> {
    TcpListener::bind(addr)
}

/// Serves all clients at once, in threads, until somebody stops it. A client has
/// `limits.patience` for the whole conversation.
///
/// # Errors
/// What `accept` says about the listener. What goes wrong with a client is an
/// [`Event`].
pub fn serve(
    listener: &TcpListener,
    charset: Charset,
    limits: &Limits,
    stop: &Stop,
    observe: &(dyn Fn(Event) + Sync),
) -> io::Result<()> {
    elastic::serve(listener, limits, stop, |stream, peer| {
        let deadline = Deadline::after(limits.patience);
        if let Err(error) = answer(stream, peer, charset, deadline, observe) {
            observe(Event::Failed { peer, error });
        }
    })
}

fn answer(
    mut stream: &TcpStream,
    peer: SocketAddr,
    charset: Charset,
    deadline: Deadline,
    observe: &(dyn Fn(Event) + Sync),
) -> io::Result<()> {
    // The original's request has neither a length nor an end, so what the first
    // read gives is the request. Whatever it is, the reply is the same.
    let mut buffer = [0; BUFFER];
    let length = read_by(stream, &mut buffer, deadline)?;
    if length == 0 {
        observe(Event::Silent { peer });
        return Ok(());
    }
    observe(Event::Request { peer, bytes: &buffer[..length] });

    // One send, which most often arrives as one piece: a kindness to clients
    // that read only once. It fits into the empty buffer of a new connection,
    // so it does not wait.
    stream.write_all(&[STATUS_LINE, &body(charset)].concat())?;
    hear_out(stream, deadline);
    Ok(())
}

/// Sends a request and appends the whole reply to `reply`: all that comes until
/// the server closes.
///
/// # Errors
/// As [`step02_client::call`](crate::step02_client::call), and a timeout
/// (`WouldBlock` on Unix, `TimedOut` on Windows) if nothing comes, or nothing
/// is taken, for as long as `patience`, and an error of its own after 16 MiB.
/// What came before the error stays in `reply`.
pub fn call(
    server: SocketAddr,
    request: &[u8],
    patience: Duration,
    reply: &mut Vec<u8>,
) -> io::Result<()> {
    let mut stream = TcpStream::connect_timeout(&server, patience)?;
    stream.set_read_timeout(Some(patience))?;
    stream.set_write_timeout(Some(patience))?;
    stream.write_all(request)?;

    // The loop of step 2, with an end to what a server can make us store: one
    // byte more than we take tells us that there is more.
    let before = reply.len();
    stream.take(LARGEST as u64 + 1).read_to_end(reply)?;
    if reply.len() - before > LARGEST {
        reply.truncate(before + LARGEST);
        return Err(io::Error::other("the reply is longer than 16 MiB"));
    }
    Ok(())
}

/// As in step 1: the most that one `read` takes.
const BUFFER: usize = 1024;

/// The most that a reply may hold, in bytes.
const LARGEST: usize = 16 << 20;
