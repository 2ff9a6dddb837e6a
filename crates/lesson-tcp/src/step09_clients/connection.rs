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
    time::Instant,
};

use mio::{Interest, Registry, Token, event::Event, net::TcpStream};

/// A client, and what it is owed.
pub(super) struct Connection {
    stream: TcpStream,
    /// When a byte crossed last.
    pub(super) progress: Instant,
    /// What we have told `poll` to report.
    interest: Interest,
    /// What has come and has not gone back yet, at most one read's worth. Most
    /// of the time it is empty: it is the idle ones that are many.
    unwritten: Vec<u8>,
}

/// How a conversation goes on.
enum Next {
    /// When `poll` says that it can.
    Event,
    /// When the others have had their turn.
    Turn,
    /// Not at all: the client has ended it.
    Close,
}

impl Connection {
    /// A new client, of whom `poll` will tell under that name.
    ///
    /// # Errors
    /// Where the client has gone, or the system is at its limits.
    pub(super) fn new(
        mut stream: TcpStream,
        registry: &Registry,
        token: Token,
        now: Instant,
    ) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        let interest = Interest::READABLE;
        registry.register(&mut stream, token, interest)?;
        Ok(Self { stream, progress: now, interest, unwritten: Vec::new() })
    }

    /// Goes on as far as it goes without waiting, and tells `poll` what to wait
    /// for then. `false`: there is nothing to go on with, close it. The buffer
    /// is for all clients, one after the other.
    pub(super) fn go_on(
        &mut self,
        registry: &Registry,
        event: &Event,
        buffer: &mut [u8],
        now: Instant,
    ) -> bool {
        let next = self.advance(event.is_read_closed(), buffer, now);
        // Most sockets can be written to at most times, so to ask for that with
        // nothing to write would wake us for nothing.
        let is_reading = self.unwritten.is_empty();
        let interest =
            if is_reading { Interest::READABLE } else { Interest::WRITABLE };
        match next {
            // That is asked for already, and so a request costs no call for it.
            Ok(Next::Event) if interest == self.interest => return true,
            // To ask anew makes `poll` report at once what is there by now.
            Ok(Next::Event | Next::Turn) => self.interest = interest,
            Ok(Next::Close) | Err(_) => return false,
        }
        let (stream, token) = (&mut self.stream, event.token());
        registry.reregister(stream, token, interest).is_ok()
    }

    /// Reads and writes by turns. `is_ended` says that `poll` has seen the
    /// client's end behind the bytes.
    fn advance(
        &mut self,
        is_ended: bool,
        buffer: &mut [u8],
        now: Instant,
    ) -> io::Result<Next> {
        for _ in 0..ROUNDS {
            // While something is unwritten we do not read: a client that takes
            // nothing is soon not able to send either, for the buffers between
            // us fill up. That is the back-pressure of TCP, passed on.
            let mut is_drained = false;
            if self.unwritten.is_empty() {
                match self.stream.read(buffer) {
                    Ok(0) => return Ok(Next::Close),
                    Ok(length) => {
                        self.unwritten.extend_from_slice(&buffer[..length]);
                        is_drained = length < buffer.len() && !is_ended;
                    }
                    Err(e) if would_wait(&e)? => return Ok(Next::Event),
                    Err(_) => continue,
                }
            }
            match self.stream.write(&self.unwritten) {
                Ok(length) => drop(self.unwritten.drain(..length)),
                Err(e) if would_wait(&e)? => return Ok(Next::Event),
                Err(_) => continue,
            }
            self.progress = now;
            // epoll reports what is new since the last report, so what we leave
            // unread is never reported again: read until the kernel says that
            // there is nothing. A read that did not fill the buffer says so too.
            if is_drained && self.unwritten.is_empty() && SHORT_IS_ALL {
                return Ok(Next::Event);
            }
        }
        Ok(Next::Turn)
    }
}

/// Whether the call would have had to wait: not an error, an answer. `false`: a
/// signal interrupted it, and it may be made again.
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
