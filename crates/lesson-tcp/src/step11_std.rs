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

use common::{Charset, client_has_gone};

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
            Err(e) if !client_has_gone(&e) => return e,
            _ => {}
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
    // A client that connects and says nothing must not hold up the next one.
    let deadline = Instant::now() + patience;
    if let Err(error) = answer(&stream, peer, charset, deadline, observe) {
        observe(Event::Failed { peer, error });
    }
    Ok(())
}

fn answer(
    stream: &TcpStream,
    peer: SocketAddr,
    charset: Charset,
    deadline: Instant,
    observe: &mut dyn FnMut(Event),
) -> io::Result<()> {
    let mut buffer = [0; BUFFER];
    let length = read(stream, &mut buffer, deadline)?;
    if length == 0 {
        observe(Event::Silent { peer });
        return Ok(());
    }
    observe(Event::Request { peer, bytes: &buffer[..length] });

    // One send, which most often arrives as one piece: a kindness to clients
    // that read only once. It fits into the empty buffer of a new connection,
    // so it does not wait.
    let reply = [STATUS_LINE, &body(charset)].concat();
    (&*stream).write_all(&reply)?;
    hear_out(stream, deadline);
    Ok(())
}

/// Ends our side and reads on until the client ends its own, within bounds of
/// time and bytes. Closing with bytes unread would be an RST instead of a FIN.
pub fn hear_out(stream: &TcpStream, deadline: Instant) {
    // Fails where the client has gone already, with its reply.
    let _ = stream.shutdown(Shutdown::Write);
    let mut unheard = [0; BUFFER];
    let mut allowed = HEARD_OUT;
    while allowed > 0 {
        match read(stream, &mut unheard, deadline) {
            // The client has closed, or aborted, or takes too long: the reply
            // has had its chance, and the rest is no loss to us.
            Ok(0) | Err(_) => break,
            Ok(length) => allowed = allowed.saturating_sub(length),
        }
    }
}

/// One `read` that ends by the deadline. A timeout alone would start anew with
/// each byte, and a client that sends one now and then could stay for ever.
pub(crate) fn read(
    mut stream: &TcpStream,
    buffer: &mut [u8],
    deadline: Instant,
) -> io::Result<usize> {
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        stream.set_read_timeout(Some(left))?;
        match stream.read(buffer) {
            // With a timeout set, Ctrl-Z and `fg` interrupt a read: signal(7).
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// Sends a request and appends the whole reply to `reply`: all that comes until
/// the server closes.
///
/// # Errors
/// As [`step02_client::call`](crate::step02_client::call), and a timeout
/// (`WouldBlock` on Unix, `TimedOut` on Windows) if nothing comes, or nothing
/// is taken, for as long as `patience`, and an error of its own after 16 MiB. What came before the
/// error stays in `reply`.
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

/// The most that a client may say after our reply, in bytes.
const HEARD_OUT: usize = 16 << 20;

/// The most that a reply may hold, in bytes.
const LARGEST: usize = 16 << 20;
