//! Step 11: the server and the client in `std::net`, fit to be used.
//!
//! ```text
//! bind ─┬─ accept ─ read ─ write_all ─ shutdown ─ read … 0 ─ drop ─┐
//!       └──────────────────────────────────────────────────────────┘
//! connect ─ write_all ─ read_to_end ─ drop
//! ```
//!
//! The functions have the names and the order of steps 1 and 2, so that the
//! difference between the files is the lesson. `TcpListener::bind` is three
//! calls and an option. New is what a server needs that meets strangers: it
//! waits for nobody longer than its patience, and it hears a client out before
//! it closes, for a close with unread bytes aborts the connection and may take
//! the reply with it.
//!
//! Sources: `std::net`; RFC 1122 §4.2.2.13 and RFC 2525 §2.17 (closing with
//! data unread); RFC 9112 §9.6 (the same, said for HTTP).

use std::{
    io::{self, ErrorKind, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    time::{Duration, Instant},
};

use common::Charset;

use crate::{Event, STATUS_LINE, body};

/// A socket that clients can connect to: socket, SO_REUSEADDR (not on Windows),
/// bind, and listen with a backlog of 128.
///
/// # Errors
/// As [`step01_server::listen`](crate::step01_server::listen).
pub fn listen(addr: SocketAddr) -> io::Result<TcpListener> {
    TcpListener::bind(addr)
}

/// Serves one client after the other, until `accept` fails for good.
pub fn serve(
    listener: &TcpListener,
    charset: Charset,
    patience: Duration,
    observe: &mut dyn FnMut(Event),
) -> io::Error {
    loop {
        match serve_next(listener, charset, patience, observe) {
            Err(e) if e.kind() == ErrorKind::ConnectionAborted => {}
            Err(e) => return e,
            Ok(()) => {}
        }
    }
}

/// Waits for the next client, reads its request once, replies, and closes when
/// the client has, or when `patience` is over.
///
/// # Errors
/// What `accept` says; the rest is an [`Event`].
pub fn serve_next(
    listener: &TcpListener,
    charset: Charset,
    patience: Duration,
    observe: &mut dyn FnMut(Event),
) -> io::Result<()> {
    let (stream, peer) = listener.accept()?;
    if let Err(error) = answer(&stream, peer, charset, patience, observe) {
        observe(Event::Failed { peer, error });
    }
    Ok(())
}

fn answer(
    mut stream: &TcpStream,
    peer: SocketAddr,
    charset: Charset,
    patience: Duration,
    observe: &mut dyn FnMut(Event),
) -> io::Result<()> {
    // A client that connects and says nothing must not hold up the next one.
    stream.set_read_timeout(Some(patience))?;
    stream.set_write_timeout(Some(patience))?;
    let mut buffer = [0; BUFFER];
    let length = stream.read(&mut buffer)?;
    if length == 0 {
        observe(Event::Silent { peer });
        return Ok(());
    }
    observe(Event::Request { peer, bytes: &buffer[..length] });

    // One send, so that a client that reads only once gets all of it.
    stream.write_all(&[STATUS_LINE, &body(charset)].concat())?;
    hear_out(stream, patience)
}

/// Ends our side and reads on until the client ends its own, within bounds of
/// time and bytes. Closing with bytes unread would be an RST instead of a FIN.
fn hear_out(mut stream: &TcpStream, patience: Duration) -> io::Result<()> {
    stream.shutdown(Shutdown::Write)?;
    let deadline = Instant::now() + patience;
    let mut unheard = [0; BUFFER];
    let mut allowed = HEARD_OUT;
    while allowed > 0 {
        // A timeout starts anew with each byte; a deadline does not.
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        stream.set_read_timeout(Some(left))?;
        match stream.read(&mut unheard) {
            // The client has closed, or aborted, or said nothing more: the
            // reply is its own by now, and the rest is no loss to us.
            Ok(0) | Err(_) => break,
            Ok(length) => allowed = allowed.saturating_sub(length),
        }
    }
    Ok(())
}

/// Sends a request and appends the whole reply to `reply`: all that comes until
/// the server closes.
///
/// # Errors
/// As [`step02_client::call`](crate::step02_client::call), and a timeout
/// (`WouldBlock` on Unix, `TimedOut` on Windows) if nothing comes for as long
/// as `patience`. What came before the error stays in `reply`.
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
    stream.read_to_end(reply)?;
    Ok(())
}

/// As in step 1: the most that one `read` takes.
const BUFFER: usize = 1024;

/// The most that a client may say after our reply, in bytes.
const HEARD_OUT: usize = 16 << 20;
