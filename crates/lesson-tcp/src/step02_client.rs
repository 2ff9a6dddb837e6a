//! Step 2: a TCP client, and the bug that starts the course.
//!
//! ```text
//! socket ─ connect ─ send ─ recv ─ close                 call_once: the bug
//! socket ─ connect ─ send ─ recv ─ recv ─ … 0 ─ close    call: mended
//! ```
//!
//! One `recv` gives what has arrived, not what was sent. The server of step 1
//! sends its reply in two pieces; a client that reads once gets the first piece
//! alone whenever the second is not there yet.
//!
//! Sources: connect(2), recv(2); RFC 9293 §2.2 (a stream of bytes), §3.7 (how it
//! is cut into segments).

use std::{
    io::{self, Read},
    net::SocketAddr,
};

use socket2::{Domain, Protocol, Socket, Type};

/// Sends a request and gives what the first `recv` gives: at least one byte of
/// the reply, perhaps all of it, perhaps not. (No bytes: the server closed.)
///
/// # Errors
/// What `connect`, `send` or `recv` says: `ConnectionRefused` if nobody listens
/// there, `ConnectionReset` if the server aborts.
pub fn call_once(server: SocketAddr, request: &[u8]) -> io::Result<Vec<u8>> {
    let mut stream = connect(server)?;
    stream.send(request)?;

    // 1024 is the most that we take. It is not what we wait for: `recv` comes
    // back as soon as there is one byte.
    let mut buffer = [0; BUFFER];
    let length = stream.read(&mut buffer)?;
    Ok(buffer[..length].to_vec())
}

/// Sends a request and appends the whole reply to `reply`: all that comes until
/// the server closes.
///
/// # Errors
/// As [`call_once`]. What came before the error stays in `reply`.
pub fn call(
    server: SocketAddr,
    request: &[u8],
    reply: &mut Vec<u8>,
) -> io::Result<()> {
    let mut stream = connect(server)?;
    stream.send(request)?;

    // The reply has no length and no end mark, so its end is the end of the
    // stream: the `recv` that gives 0 bytes.
    let mut buffer = [0; BUFFER];
    loop {
        let length = stream.read(&mut buffer)?;
        if length == 0 {
            return Ok(());
        }
        reply.extend_from_slice(&buffer[..length]);
    }
}

fn connect(server: SocketAddr) -> io::Result<Socket> {
    let domain = Domain::for_address(server);
    let stream = Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;

    // No bind: the kernel picks a free port for our side. Then the handshake:
    // SYN out, SYN and ACK back, ACK out. The call returns when the server's
    // kernel has answered, whether or not the server has called `accept`.
    stream.connect(&server.into())?;
    Ok(stream)
}

/// As in the original: the most that one `recv` takes.
const BUFFER: usize = 1024;
