//! Step 10: names and addresses, or which door a client finds.
//!
//! ```text
//! "localhost:8888" ─ getaddrinfo ─┬─ connect [::1]:8888      refused
//!                                 └─ connect 127.0.0.1:8888  ─ recv … 0
//! socket ─ IPV6_V6ONLY ─ bind [::]:8888 ─ listen ─ accept ─ getsockname ─ send
//! ```
//!
//! A name can have several addresses, in an order that the system chooses. The
//! address that a server binds is the one that clients have to call: 127.0.0.1
//! takes calls to 127.0.0.1 alone, 0.0.0.0 calls to any IPv4 address of the
//! machine, `[::]` calls to any address of it, or to IPv6 ones alone. Forget to
//! say which, and it depends on the system who can reach you.
//!
//! Sources: getaddrinfo(3), ip(7), ipv6(7), connect(2); RFC 4291 §2.5.5.2
//! (`::ffff:a.b.c.d`), RFC 6724 (the order), RFC 8305 (racing them).

use std::{
    io::{self, ErrorKind, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream, ToSocketAddrs},
    time::Duration,
};

use common::client_has_gone;
use socket2::{Domain, Protocol, Socket, Type};

/// The addresses of `name`, as in `localhost:8888` or `[::1]:8888`, in the
/// order in which the system would have them tried.
///
/// # Errors
/// `InvalidInput` if there is no port; what getaddrinfo(3) says if there is no
/// such name.
pub fn resolve(name: &str) -> io::Result<Vec<SocketAddr>> {
    // Waits for files and name servers, and takes no timeout. Parsing a
    // `SocketAddr` asks nobody, which is why it refuses "localhost:8888".
    Ok(name.to_socket_addrs()?.collect())
}

/// Connects to the first of `addrs` that answers, and tells of the others.
///
/// `TcpStream::connect` does the same, but waits for as long as the system does
/// and keeps the last error alone.
///
/// # Errors
/// The last address's: [`meaning`] puts it in words. `InvalidInput` if there is
/// no address.
pub fn connect(
    addrs: &[SocketAddr],
    patience: Duration,
    failed: &mut dyn FnMut(SocketAddr, &io::Error),
) -> io::Result<TcpStream> {
    let mut last = ErrorKind::InvalidInput.into();
    for &addr in addrs {
        // One after the other: an address that does not answer costs all of
        // the patience before the next one gets its turn.
        match TcpStream::connect_timeout(&addr, patience) {
            Ok(stream) => return Ok(stream),
            Err(error) => {
                failed(addr, &error);
                last = error;
            }
        }
    }
    Err(last)
}

/// What an error of `connect` says about the way to the server.
pub fn meaning(error: &io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::ConnectionRefused => {
            "an answer came: nobody listens at that address"
        }
        ErrorKind::TimedOut | ErrorKind::WouldBlock => {
            "no answer at all: a firewall, a machine that is off, a full queue"
        }
        ErrorKind::HostUnreachable => {
            "nobody can deliver it: that machine is off, or a router has no way"
        }
        ErrorKind::NetworkUnreachable => "this machine knows no way there",
        _ => "the address is not one that can be called",
    }
}

/// Reads what the server of this step says, and appends it to `reply`.
///
/// # Errors
/// What `recv` says; a timeout after `patience` without a byte. What came
/// before stays in `reply`.
pub fn hear(
    stream: &TcpStream,
    patience: Duration,
    reply: &mut Vec<u8>,
) -> io::Result<()> {
    stream.set_read_timeout(Some(patience))?;
    stream.take(LONGEST).read_to_end(reply)?;
    Ok(())
}

/// A listener that says which families it serves: at `[::]`, IPv6 alone or
/// IPv4 too. `None` leaves that to the system, as std does.
///
/// # Errors
/// As [`step01_server::listen`](crate::step01_server::listen), and what the
/// option says at an address that is not IPv6.
pub fn listen(
    addr: SocketAddr,
    only_v6: Option<bool>,
) -> io::Result<TcpListener> {
    let domain = Domain::for_address(addr);
    let listener = Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;
    // Before `bind`, since `bind` is what takes the port, in one family or in
    // both. Linux and macOS begin with false, Windows with true.
    if let Some(only_v6) = only_v6 {
        listener.set_only_v6(only_v6)?;
    }
    // As std does it: back at once after a restart (step 6).
    if !cfg!(windows) {
        listener.set_reuse_address(true)?;
    }
    listener.bind(&addr.into())?;
    listener.listen(BACKLOG)?;
    Ok(listener.into())
}

/// Serves one client after the other, until `accept` fails for good.
pub fn serve(
    listener: &TcpListener,
    observe: &mut dyn FnMut(SocketAddr, io::Result<SocketAddr>),
) -> io::Error {
    loop {
        match serve_next(listener, observe) {
            Err(e) if !client_has_gone(&e) => return e,
            _ => {}
        }
    }
}

/// Waits for the next client, tells it both addresses of the connection and
/// closes. Observed are the client's address and the one that it called.
///
/// # Errors
/// What `accept` says; what goes wrong with the client is observed.
pub fn serve_next(
    listener: &TcpListener,
    observe: &mut dyn FnMut(SocketAddr, io::Result<SocketAddr>),
) -> io::Result<()> {
    // This is the place to learn who came: a client that has aborted since has
    // left its address here, and `peer_addr` would be an error.
    let (stream, peer) = listener.accept()?;
    observe(peer, greet(&stream, peer));
    Ok(())
}

fn greet(mut stream: &TcpStream, peer: SocketAddr) -> io::Result<SocketAddr> {
    // The listener may be bound to "any address". The connection knows which.
    let called = stream.local_addr()?;
    // An IPv4 client of an IPv6 socket is `::ffff:127.0.0.1` there. To compare
    // it with a list of addresses, or to print it, make it IPv4 again.
    let [from, to] = [peer, called].map(|addr| addr.ip().to_canonical());
    let line = format!("you are {from}, and you called {to}\n");
    stream.write_all(line.as_bytes())?;
    Ok(called)
}

/// As std has it.
const BACKLOG: i32 = 128;

/// The most that a client of this step reads, in bytes.
const LONGEST: u64 = 1024;
