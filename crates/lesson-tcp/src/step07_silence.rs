//! Step 7: how long to wait when nothing comes: timeouts, deadlines, and peers
//! that have vanished.
//!
//! ```text
//! accept ─ SO_KEEPALIVE ─ read ─┬─ write 1 byte ─ read: timeout ─┐      serve
//!                               └────────────────────────────────┘
//! connect ─ SO_RCVTIMEO ─ write_all ─ read ─ read ─ …        call_with_timeout
//! connect ─ write_all ─┬─ SO_RCVTIMEO: what is left ─ read ─┐          call_by
//!                      └────────────────────────────────────┘
//! ```
//!
//! Forget the timeout, and a peer that says nothing has you for ever. Forget
//! the deadline, and one that says a byte now and then has you as long. Forget
//! keepalive, and one that has lost its power is a peer that says nothing.
//!
//! Sources: socket(7) (SO_RCVTIMEO); the modules name theirs.

mod deadline;
mod keepalive;

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    time::Duration,
};

use common::{Charset, client_has_gone};

pub use self::{
    deadline::{Deadline, is_timeout, read_by, read_exact_by, write_all_by},
    keepalive::watch,
};
use crate::{Event, STATUS_LINE, body};

/// Serves one client after the other, until `accept` fails for good.
pub fn serve(
    listener: &TcpListener,
    charset: Charset,
    pause: Duration,
    observe: &mut dyn FnMut(Event),
) -> io::Error {
    loop {
        match serve_next(listener, charset, pause, observe) {
            Err(e) if !client_has_gone(&e) => return e,
            _ => {}
        }
    }
}

/// Waits for the next client, reads its request once, and drips the reply: a
/// byte, a pause, a byte.
///
/// # Errors
/// What `accept` says; the rest is an [`Event`].
pub fn serve_next(
    listener: &TcpListener,
    charset: Charset,
    pause: Duration,
    observe: &mut dyn FnMut(Event),
) -> io::Result<()> {
    let (stream, peer) = listener.accept()?;
    if let Err(error) = answer(&stream, peer, charset, pause, observe) {
        observe(Event::Failed { peer, error });
    }
    Ok(())
}

fn answer(
    mut stream: &TcpStream,
    peer: SocketAddr,
    charset: Charset,
    pause: Duration,
    observe: &mut dyn FnMut(Event),
) -> io::Result<()> {
    // This read has no timeout: a client may think for as long as it lives.
    // Whether it lives, the kernel finds out.
    watch(stream, IDLE, INTERVAL, PROBES)?;
    let mut buffer = [0; BUFFER];
    let length = stream.read(&mut buffer)?;
    if length == 0 {
        observe(Event::Silent { peer });
        return Ok(());
    }
    observe(Event::Request { peer, bytes: &buffer[..length] });
    drip(stream, &[STATUS_LINE, &body(charset)].concat(), pause)
}

fn drip(
    mut stream: &TcpStream,
    bytes: &[u8],
    pause: Duration,
) -> io::Result<()> {
    for at in 0..bytes.len() {
        if at > 0 {
            wait(stream, Deadline::after(pause))?;
        }
        stream.write_all(&bytes[at..=at])?;
    }
    Ok(())
}

/// Lets the time pass, with an ear to the client: a sleep would not hear it
/// abort.
fn wait(stream: &TcpStream, deadline: Deadline) -> io::Result<()> {
    loop {
        match read_by(stream, &mut [0; BUFFER], deadline) {
            // Its side has ended: no read will wait any more, so nor do we.
            Ok(0) => return Ok(()),
            Ok(_) => {}
            Err(e) if is_timeout(&e) => return Ok(()),
            Err(e) => return Err(e),
        }
    }
}

/// Sends a request and appends the whole reply to `reply`. `timeout` is for
/// each wait on its own, so nobody can say how long the whole takes.
///
/// # Errors
/// As [`step02_client::call`](crate::step02_client::call), and a timeout (see
/// [`is_timeout`]). What came before the error stays in `reply`.
pub fn call_with_timeout(
    server: SocketAddr,
    request: &[u8],
    timeout: Duration,
    reply: &mut Vec<u8>,
) -> io::Result<()> {
    let mut stream = TcpStream::connect_timeout(&server, timeout)?;
    stream.set_read_timeout(Some(timeout))?;
    stream.set_write_timeout(Some(timeout))?;
    stream.write_all(request)?;
    stream.read_to_end(reply)?;
    Ok(())
}

/// As [`call_with_timeout`], and all of it is over by the deadline.
///
/// # Errors
/// As [`call_with_timeout`]; a timeout is always `TimedOut`.
pub fn call_by(
    server: SocketAddr,
    request: &[u8],
    deadline: Deadline,
    reply: &mut Vec<u8>,
) -> io::Result<()> {
    let stream = TcpStream::connect_timeout(&server, deadline.remaining()?)?;
    write_all_by(&stream, request, deadline)?;
    let mut buffer = [0; BUFFER];
    loop {
        match read_by(&stream, &mut buffer, deadline)? {
            0 => return Ok(()),
            length => reply.extend_from_slice(&buffer[..length]),
        }
    }
}

/// As in step 1: the most that one `read` takes.
const BUFFER: usize = 1024;

/// Silence for so long, and the kernel asks whether the client is there.
const IDLE: Duration = Duration::from_secs(10);

/// It asks again after this.
const INTERVAL: Duration = Duration::from_secs(5);

/// So many questions without an answer, and the client has gone.
const PROBES: u32 = 3;
