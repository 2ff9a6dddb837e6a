//! One client of the server that never waits: where its conversation stands.
//!
//! ```text
//! reading ── some bytes ──▶ writing ── all written ──▶ reading
//!    └────── 0 bytes ─────▶ closed
//! ```
//!
//! A thread knows this by the line that it is at. Here it is data, so that one
//! thread can leave a conversation in the middle and come back to it.

use std::{
    io::{self, ErrorKind, Read, Write},
    ops::Range,
    time::Instant,
};

use mio::{Interest, net::TcpStream};

use super::BUFFER;

/// A client, and what it is owed.
pub(super) struct Connection {
    pub(super) stream: TcpStream,
    /// When a byte crossed last.
    pub(super) progress: Instant,
    /// What we have told `poll` to report.
    pub(super) interest: Interest,
    buffer: Box<[u8; BUFFER]>,
    /// The part of the buffer that has not gone back yet.
    unwritten: Range<usize>,
}

/// What a connection needs next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// To hear from `poll` that it is ready for this.
    Event(Interest),
    /// To go on, when the others have had their turn.
    Turn,
    /// Nothing more.
    Close,
}

impl Connection {
    pub(super) fn new(stream: TcpStream, now: Instant) -> Self {
        Self {
            stream,
            progress: now,
            interest: Interest::READABLE,
            buffer: Box::new([0; BUFFER]),
            unwritten: 0..0,
        }
    }

    /// Goes on as far as it goes without waiting. `is_ended` says that `poll`
    /// has seen the client's end behind the bytes.
    ///
    /// # Errors
    /// What `read` or `write` says, other than that it would have to wait.
    pub(super) fn advance(
        &mut self,
        is_ended: bool,
        now: Instant,
    ) -> io::Result<Next> {
        for _ in 0..ROUNDS {
            // While something is unwritten we do not read: a client that takes
            // nothing is soon not able to send either, for the buffers between
            // us fill up. That is the back-pressure of TCP, passed on.
            let mut is_drained = false;
            if self.unwritten.is_empty() {
                match self.stream.read(&mut self.buffer[..]) {
                    Ok(0) => return Ok(Next::Close),
                    Ok(length) => {
                        self.unwritten = 0..length;
                        is_drained = length < BUFFER && !is_ended;
                    }
                    Err(e) if would_wait(&e)? => {
                        return Ok(Next::Event(Interest::READABLE));
                    }
                    Err(_) => continue,
                }
            }
            match self.stream.write(&self.buffer[self.unwritten.clone()]) {
                Ok(length) => self.unwritten.start += length,
                Err(e) if would_wait(&e)? => {
                    return Ok(Next::Event(Interest::WRITABLE));
                }
                Err(_) => continue,
            }
            self.progress = now;
            // epoll reports what is new since the last report, so what we leave
            // unread is never reported again: read until the kernel says that
            // there is nothing. A read that did not fill the buffer says so too.
            if is_drained && self.unwritten.is_empty() && SHORT_IS_ALL {
                return Ok(Next::Event(Interest::READABLE));
            }
        }
        Ok(Next::Turn)
    }
}

/// Whether the call would have had to wait; `false` where a signal interrupted
/// it, and it may be made again.
fn would_wait(error: &io::Error) -> io::Result<bool> {
    match error.kind() {
        ErrorKind::WouldBlock => Ok(true),
        ErrorKind::Interrupted => Ok(false),
        _ => Err(error.kind().into()),
    }
}

/// A client that sends faster than we can read must not keep the others waiting.
const ROUNDS: usize = 16;

/// epoll(7) and kqueue promise it; mio on other systems wants to see WouldBlock
/// before it reports anything again.
const SHORT_IS_ALL: bool =
    cfg!(any(target_os = "linux", target_vendor = "apple"));
