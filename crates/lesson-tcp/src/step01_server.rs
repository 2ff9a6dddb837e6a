//! Step 1: a TCP server, one system call after the other.
//!
//! ```text
//! socket ─ bind ─ listen ─┬─ accept ─ recv ─ send ─ send ─ close ─┐
//!                         └───────────────────────────────────────┘
//! ```
//!
//! Forget `bind` and the kernel picks a port that nobody knows. Forget `listen`
//! and clients are refused. Forget `accept` and clients connect, send, and wait:
//! the kernel does the handshake by itself and queues them.
//!
//! Sources: socket(2), bind(2), listen(2), accept(2), recv(2), send(2);
//! RFC 9293 §3.5 (handshake), §3.9.1 (the calls as the standard has them).

use std::{
    io::{self, ErrorKind, Read},
    net::SocketAddr,
};

use common::{Charset, client_has_gone};
use socket2::{Domain, Protocol, Socket, Type};

use crate::{Event, STATUS_LINE, body};

/// A socket that clients can connect to: socket, bind, listen.
///
/// # Errors
/// What `bind` says: `AddrInUse`, `PermissionDenied` (a port below 1024),
/// `AddrNotAvailable` (no interface has that address).
pub fn listen(addr: SocketAddr) -> io::Result<Socket> {
    // A socket is an entry in the kernel's tables, and what we get is its
    // number. STREAM and TCP say how it will talk; with whom is still open.
    let domain = Domain::for_address(addr);
    let listener = Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;

    // Gives the socket its address. Port 0 means: any that is free.
    listener.bind(&addr.into())?;

    // From here on the kernel completes handshakes by itself. The backlog is
    // how many finished ones may wait for `accept`; it is no limit on clients.
    listener.listen(BACKLOG)?;
    Ok(listener)
}

/// Serves one client after the other, until `accept` fails for good.
pub fn serve(
    listener: &Socket,
    charset: Charset,
    observe: &mut dyn FnMut(Event),
) -> io::Error {
    loop {
        match serve_next(listener, charset, observe) {
            Err(e) if !client_has_gone(&e) => return e,
            _ => {}
        }
    }
}

/// Waits for the next client, reads its request once, replies and closes.
///
/// # Errors
/// What `accept` says. What goes wrong with the client afterwards is an
/// [`Event`]: one client must not end a server.
pub fn serve_next(
    listener: &Socket,
    charset: Charset,
    observe: &mut dyn FnMut(Event),
) -> io::Result<()> {
    // A second socket, for this client alone. It has the listener's port: the
    // four of both addresses and both ports tell connections apart.
    let (stream, peer) = listener.accept()?;
    // On macOS a client that has gone already has no address any more.
    let peer = peer.as_socket().ok_or(ErrorKind::ConnectionAborted)?;

    if let Err(error) = answer(&stream, peer, charset, observe) {
        observe(Event::Failed { peer, error });
    }
    Ok(())
    // Dropping the socket is close(2). Nobody else holds it, so the kernel
    // says goodbye (FIN): that is how the client learns where the reply ends.
}

fn answer(
    mut stream: &Socket,
    peer: SocketAddr,
    charset: Charset,
    observe: &mut dyn FnMut(Event),
) -> io::Result<()> {
    // Waits until at least one byte has come, and takes what is there. That
    // may be half a request. Only the first `length` bytes are the client's.
    let mut buffer = [0; BUFFER];
    let length = stream.read(&mut buffer)?;
    if length == 0 {
        // No bytes means that the client has ended its side.
        observe(Event::Silent { peer });
        return Ok(());
    }
    observe(Event::Request { peer, bytes: &buffer[..length] });

    // Two sends, as in the original. To the client they are one stream: it may
    // get them in one read or in two, and step 2 shows what comes of that.
    stream.send(STATUS_LINE)?;
    stream.send(&body(charset))?;
    Ok(())
}

/// As in the original. Linux lets one more wait than this says.
const BACKLOG: i32 = 5;

/// As in the original: the most that one `recv` takes.
const BUFFER: usize = 1024;
