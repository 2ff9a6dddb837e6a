//! Step 9: many clients at once, in five ways.
//!
//! ```text
//! iterative   accept ─ converse ─ close ─┐      one after the other
//!             └──────────────────────────┘
//! threads     accept ─ spawn ──────────┐        a thread for each client
//!             └─ converse ─ close      │
//! pool        accept ─ queue ─ N workers        a thread for each of N
//! elastic     accept ─ a free thread, or spawn  as many as are busy at once
//! readiness   poll ─┬─ accept …                 one thread, and it asks
//!                   └─ read ─ write …           the kernel who is ready
//! ```
//!
//! All five serve the Echo Protocol: what comes goes back, until the client ends
//! its side. Forget to bound them, and one program that connects and says nothing
//! takes all threads, or all descriptors, and nobody else is served. Forget what
//! to do when there is no descriptor left, and the server turns round and round
//! in `accept` at full speed.
//!
//! Sources: RFC 862 (echo); accept(2), listen(2), epoll(7), shutdown(2).

use std::{
    io::{self, ErrorKind, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    time::Duration,
};

use socket2::{Domain, Protocol, Socket, Type};

mod connection;
pub mod elastic;
mod guest;
pub mod iterative;
mod open;
pub mod pool;
pub mod readiness;
mod stop;
pub mod threads;

pub use self::stop::Stop;

/// What a server allows its clients.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How many are served at the same time, at least one.
    pub clients: usize,
    /// How long one may be waited for; more than zero. An echo starts the clock
    /// anew with each byte that crosses.
    pub patience: Duration,
    /// How long those may go on who are there when the server is stopped.
    pub grace: Duration,
}

/// A socket that many clients can connect to at the same moment.
///
/// # Errors
/// As [`step01_server::listen`](crate::step01_server::listen).
pub fn listen(addr: SocketAddr) -> io::Result<TcpListener> {
    let domain = Domain::for_address(addr);
    let listener = Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;
    // As std does: on Windows the option means something else.
    #[cfg(not(windows))]
    listener.set_reuse_address(true)?;
    listener.bind(&addr.into())?;

    // To whom comes when the queue is full the kernel does not answer, and the
    // client's kernel asks again after a second. The system may hold us to
    // less than this: on Linux net.core.somaxconn.
    listener.listen(BACKLOG)?;
    Ok(listener.into())
}

/// Sends back what comes, until the client ends its side.
///
/// # Errors
/// What `read` or `write` says: a timeout where nothing came, or nothing could
/// be sent, for as long as `patience`.
pub fn echo(mut stream: &TcpStream, patience: Duration) -> io::Result<()> {
    // Step 8: without it a small reply may wait for the client to say that it
    // has the one before.
    stream.set_nodelay(true)?;
    // Two timeouts: a client that sends and never reads would hold us in
    // `write`, once the buffers on both sides are full.
    stream.set_read_timeout(Some(patience))?;
    stream.set_write_timeout(Some(patience))?;
    let mut buffer = [0; BUFFER];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(length) => stream.write_all(&buffer[..length])?,
            // With a timeout set, Ctrl-Z and `fg` interrupt a read: signal(7).
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
}

/// Sends all, ends its side, and appends what comes back to `reply`.
///
/// # Errors
/// As [`step11_std::call`](crate::step11_std::call).
pub fn call(
    server: SocketAddr,
    request: &[u8],
    patience: Duration,
    reply: &mut Vec<u8>,
) -> io::Result<()> {
    let mut stream = TcpStream::connect_timeout(&server, patience)?;
    stream.set_read_timeout(Some(patience))?;
    stream.set_write_timeout(Some(patience))?;
    // First all, then read: fits for what one types. More than all the buffers
    // on the way can hold would stop both ends in `write`.
    stream.write_all(request)?;
    stream.shutdown(Shutdown::Write)?;
    // An echo is no longer than what was said.
    stream.take(request.len() as u64).read_to_end(reply)?;
    Ok(())
}

/// Whether `accept` failed because the process (EMFILE) or the system (ENFILE)
/// has no descriptor for the new socket, or no memory (ENOMEM, WSAENOBUFS).
///
/// The client stays in the queue, so the next `accept` fails in the same way,
/// and at once: close something first.
pub fn has_no_room(error: &io::Error) -> bool {
    // Rust has no `ErrorKind` for descriptors.
    let codes = if cfg!(windows) { [10024, 10055] } else { [23, 24] };
    error.raw_os_error().is_some_and(|code| codes.contains(&code))
        || error.kind() == ErrorKind::OutOfMemory
}

/// Clients that may wait for `accept`, where the system allows as many.
const BACKLOG: i32 = 1024;

/// The most that one `read` takes, and all that a client can make us store.
const BUFFER: usize = 16 << 10;

/// How long to wait for a descriptor before `accept` is tried again.
const PAUSE: Duration = Duration::from_millis(100);

/// How long one that is cut off may take to leave, before another one has to go
/// as well: its thread may have to wait for a processor.
const LEAVING: Duration = Duration::from_secs(1);
