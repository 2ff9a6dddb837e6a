//! Step 6: goodbye. Each side ends what it says, and only that.
//!
//! ```text
//! socket ─ SO_REUSEADDR ─ bind ─ listen ─┬─ accept ─ recv … 0 ─ send ─ close ─┐
//!                                        └────────────────────────────────────┘
//! socket ─ connect ─ send ─ shutdown ─ recv … 0 ─ close    call
//! socket ─ connect ─ send ─ SO_LINGER ─ close              call_and_abort
//! ```
//!
//! A connection is two streams. FIN ends one of them, and the other side reads
//! that as 0 bytes; RST ends both at once, and the other side reads an error.
//! Forget `shutdown` and this server waits for the rest of your request while
//! you wait for its reply. Forget SO_REUSEADDR and a server that has closed
//! first cannot have its port back for a minute.
//!
//! Sources: shutdown(2), close(2), socket(7) (SO_REUSEADDR, SO_LINGER);
//! RFC 9293 §3.5.2 (resets), §3.6 (closing), §3.10.5 (abort); RFC 1122
//! §4.2.2.13.

use std::{
    io::{self, ErrorKind, Read, Write},
    net::{Shutdown, SocketAddr},
    time::Duration,
};

use common::client_has_gone;
use socket2::{Domain, Protocol, Socket, Type};

/// How one client has left, seen from the server.
#[derive(Debug)]
pub struct Goodbye {
    /// Who it was.
    pub peer: SocketAddr,
    /// How many bytes it had sent.
    pub bytes: u64,
    /// `Ok` where it ended its side and could be answered, otherwise what the
    /// kernel said: `ConnectionReset` for an abort.
    pub how: io::Result<()>,
}

/// A socket that clients can connect to. With `reuse` it can have a port back
/// on which connections of an earlier server are still known.
///
/// # Errors
/// As [`step01_server::listen`](crate::step01_server::listen).
pub fn listen(addr: SocketAddr, reuse: bool) -> io::Result<Socket> {
    let domain = Domain::for_address(addr);
    let listener = Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;

    // `bind` asks for it, so it comes before. Linux wants it on both sides of
    // the quarrel: here, and on the old listener, from which the connections
    // that are left have inherited it. Two that listen at one time are refused
    // all the same, except by Windows, so there we leave it alone.
    listener.set_reuse_address(reuse && !cfg!(windows))?;
    listener.bind(&addr.into())?;
    listener.listen(BACKLOG)?;
    Ok(listener)
}

/// Serves one client after the other, until `accept` fails for good.
pub fn serve(
    listener: &Socket,
    observe: &mut dyn FnMut(&Goodbye),
) -> io::Error {
    loop {
        match serve_next(listener, observe) {
            Err(e) if !client_has_gone(&e) => return e,
            _ => {}
        }
    }
}

/// Waits for the next client, reads to the end of what it says, replies with
/// how much that was, and closes.
///
/// # Errors
/// What `accept` says. What goes wrong with the client is in the [`Goodbye`].
pub fn serve_next(
    listener: &Socket,
    observe: &mut dyn FnMut(&Goodbye),
) -> io::Result<()> {
    let (stream, peer) = listener.accept()?;
    let peer = peer.as_socket().ok_or(ErrorKind::ConnectionAborted)?;
    let mut bytes = 0;
    let how = answer(&stream, &mut bytes);

    // close(2): our FIN, the second of the two. The client has sent its own
    // first, so TIME_WAIT is on its side and not on ours.
    drop(stream);
    observe(&Goodbye { peer, bytes, how });
    Ok(())
}

fn answer(mut stream: &Socket, bytes: &mut u64) -> io::Result<()> {
    let mut buffer = [0; BUFFER];
    loop {
        // 0 is the client's FIN, once all that it sent before has been read.
        // From here on every read gives 0. An RST is an error, once; a host
        // that has died is neither, and would keep us here.
        match stream.read(&mut buffer)? {
            0 => break,
            length => *bytes += length as u64,
        }
    }

    // The client's stream has ended and ours has not: we can still talk. If it
    // has not half-closed but gone, this succeeds as well. The kernel takes the
    // bytes and finds out later.
    let reply = format!("end after byte {bytes}");
    stream.write_all(reply.as_bytes())
}

/// Sends a request, says that this was all, and appends the whole reply to
/// `reply`.
///
/// # Errors
/// As [`step02_client::call`](crate::step02_client::call). What came before the
/// error stays in `reply`.
pub fn call(
    server: SocketAddr,
    request: &[u8],
    reply: &mut Vec<u8>,
) -> io::Result<()> {
    let mut stream = connect(server)?;
    stream.write_all(request)?;

    // Our FIN goes out behind the request. It ends one direction for everybody
    // who holds this socket; the other stays open, and so does the socket.
    stream.shutdown(Shutdown::Write)?;
    stream.read_to_end(reply)?;
    Ok(())
}

/// Sends a request and hangs up: no end, no reply.
///
/// # Errors
/// As [`call`].
pub fn call_and_abort(server: SocketAddr, request: &[u8]) -> io::Result<()> {
    let mut stream = connect(server)?;
    stream.write_all(request)?;
    abort(stream)
}

/// Closes a connection by RST instead of FIN, and forgets it: no TIME_WAIT.
///
/// # Errors
/// Where the connection is dead already, on some systems.
pub fn abort(stream: Socket) -> io::Result<()> {
    // With a linger time of zero, close(2) throws away what is still to be
    // sent. What we have not read is lost as well, and the other side may lose
    // what it has not read: this is for emergencies.
    stream.set_linger(Some(Duration::ZERO))?;
    drop(stream);
    Ok(())
}

fn connect(server: SocketAddr) -> io::Result<Socket> {
    let domain = Domain::for_address(server);
    let stream = Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;
    stream.connect(&server.into())?;
    Ok(stream)
}

/// As in step 1.
const BACKLOG: i32 = 5;

/// As in step 1: the most that one `recv` takes.
const BUFFER: usize = 1024;
