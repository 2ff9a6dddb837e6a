//! A deadline: the moment at which waiting ends, however many waits it takes.
//!
//! ```text
//! set_read_timeout(what is left) ─ read ─ set_read_timeout(what is left) ─ …
//! ```
//!
//! A timeout belongs to one call and starts anew with the next. Whoever wants
//! an answer "within ten seconds" means all the calls together.
//!
//! Sources: socket(7) (SO_RCVTIMEO, SO_SNDTIMEO), signal(7) (EINTR).

use std::{
    io::{self, ErrorKind, Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

/// A moment by which something has to be over.
#[derive(Clone, Copy, Debug)]
pub struct Deadline(Instant);

impl Deadline {
    /// The moment when `time` from now has passed.
    pub fn after(time: Duration) -> Self {
        Self(Instant::now() + time)
    }

    /// What is left, and never zero: std refuses a timeout of zero, for to the
    /// kernel a zero means to wait for ever.
    ///
    /// # Errors
    /// `TimedOut` when nothing is left.
    pub fn remaining(self) -> io::Result<Duration> {
        let left = self.0.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(ErrorKind::TimedOut.into()) } else { Ok(left) }
    }
}

/// Whether a call ended because its time was up: one kind on Unix, where the
/// kernel says EAGAIN, and another on Windows.
///
/// On Unix `TimedOut` says more than that where it comes from `read` or `write`
/// itself: the kernel has given the connection up (ETIMEDOUT).
pub fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

/// One `read` that ends by the deadline.
///
/// # Errors
/// `TimedOut` on every system, and what else `read` says. (A `TimedOut` with a
/// `raw_os_error` is the kernel's, which on Unix means: the connection is dead.)
pub fn read_by(
    mut stream: &TcpStream,
    buffer: &mut [u8],
    deadline: Deadline,
) -> io::Result<usize> {
    loop {
        stream.set_read_timeout(Some(deadline.remaining()?))?;
        match stream.read(buffer) {
            // Round again: it is the deadline that says when time is up.
            Err(e) if goes_on(&e) => {}
            result => return result,
        }
    }
}

/// `read_exact` that can be called again: appends to `received` until it holds
/// `length` bytes.
///
/// # Errors
/// As [`read_by`], and `UnexpectedEof`. What came before is in `received`.
pub fn read_exact_by(
    stream: &TcpStream,
    received: &mut Vec<u8>,
    length: usize,
    deadline: Deadline,
) -> io::Result<()> {
    let mut buffer = [0; 1024];
    while received.len() < length {
        // Not a byte more than asked for: the next one belongs to the next.
        let most = buffer.len().min(length - received.len());
        match read_by(stream, &mut buffer[..most], deadline)? {
            0 => return Err(ErrorKind::UnexpectedEof.into()),
            count => received.extend_from_slice(&buffer[..count]),
        }
    }
    Ok(())
}

/// `write_all` that ends by the deadline.
///
/// # Errors
/// `TimedOut`: some of the bytes may have gone, and nobody can say how many
/// have arrived. And what else `write` says.
pub fn write_all_by(
    mut stream: &TcpStream,
    mut bytes: &[u8],
    deadline: Deadline,
) -> io::Result<()> {
    while !bytes.is_empty() {
        stream.set_write_timeout(Some(deadline.remaining()?))?;
        match stream.write(bytes) {
            Ok(count) => bytes = &bytes[count..],
            Err(e) if goes_on(&e) => {}
            Err(e) => return Err(e),
        }
    }
    Ok(())
}

/// Nothing is wrong with the connection: this wait has ended (EAGAIN), or a
/// signal has come (EINTR). With a timeout set, the kernel does not go on by
/// itself after a signal, be it only Ctrl-Z and `fg`.
fn goes_on(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}
