//! Step 4: a stream has no messages, so both ends agree on where one ends.
//!
//! ```text
//! server: accept ─┬─ read ─ feed ─ message, message, … ─ write_all ─┬─ … 0 ─ close
//!                 └─────────────────────────────────────────────────┘
//! client: connect ─ write_all (every message) ─ read ─ feed ─ reply, … ─ close
//! ```
//!
//! `read` gives what has come: half a message, or three and a half. Forget that,
//! and your program works on your machine until two messages come close together,
//! or one comes in two pieces. Forget the limit on the length, and four bytes from a
//! stranger make you wait for four gigabytes, or allocate them.
//!
//! Sources: RFC 9293 §2.2 (a stream of bytes) and §3.7 (how it is cut); RFC 9112
//! §2.2 (lines that end in CRLF); `std::io::Read` and `Write`.

mod decode;
mod encode;

use std::{
    io::{self, ErrorKind, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    time::Duration,
};

use common::client_has_gone;

pub use self::{
    decode::Messages,
    encode::{Framing, FramingError, UnknownFraming},
};
use crate::Event;

/// Serves one client after the other, until `accept` fails for good.
pub fn serve(
    listener: &TcpListener,
    framing: Framing,
    patience: Duration,
    observe: &mut dyn FnMut(Event),
) -> io::Error {
    loop {
        match serve_next(listener, framing, patience, observe) {
            Err(e) if !client_has_gone(&e) => return e,
            _ => {}
        }
    }
}

/// Waits for the next client and sends each of its messages back, in the same
/// framing, until the client closes or is silent for as long as `patience`.
///
/// # Errors
/// What `accept` says; the rest is an [`Event`].
pub fn serve_next(
    listener: &TcpListener,
    framing: Framing,
    patience: Duration,
    observe: &mut dyn FnMut(Event),
) -> io::Result<()> {
    let (stream, peer) = listener.accept()?;
    if let Err(error) = echo(&stream, peer, framing, patience, observe) {
        observe(Event::Failed { peer, error });
    }
    Ok(())
}

fn echo(
    mut stream: &TcpStream,
    peer: SocketAddr,
    framing: Framing,
    patience: Duration,
    observe: &mut dyn FnMut(Event),
) -> io::Result<()> {
    set_timeouts(stream, patience)?;
    let mut messages = Messages::new(framing, MOST);
    loop {
        let mut replies = Vec::new();
        let result = receive(stream, &mut messages, &mut |bytes| {
            observe(Event::Request { peer, bytes });
            let encoded = framing.encode(bytes, MOST, &mut replies);
            encoded.expect("what came in this framing can go in it");
        });
        // All replies to what one read gave are one send. The whole ones are
        // owed also where the next message is broken.
        stream.write_all(&replies)?;
        if result? {
            return Ok(());
        }
    }
}

/// Sends all `messages` in one go and gives each reply to `take`, as many as
/// there were messages. By close all of them are one.
///
/// # Errors
/// What `connect`, `send` or `recv` says, a timeout among that, and a
/// [`FramingError`] within an [`io::Error`].
pub fn call(
    server: SocketAddr,
    framing: Framing,
    messages: &[Vec<u8>],
    patience: Duration,
    take: &mut dyn FnMut(&[u8]),
) -> io::Result<()> {
    let mut wire = Vec::new();
    for message in messages {
        framing.encode(message, MOST, &mut wire)?;
    }
    let mut stream = TcpStream::connect_timeout(&server, patience)?;
    set_timeouts(&stream, patience)?;
    // `write` may take a part and say how much; this goes on with the rest.
    stream.write_all(&wire)?;

    let mut missing = messages.len();
    if framing == Framing::Close {
        stream.shutdown(Shutdown::Write)?;
        missing = 1;
    }
    let mut replies = Messages::new(framing, MOST);
    while missing > 0 {
        let has_ended = receive(&stream, &mut replies, &mut |reply| {
            // A read may bring more than was asked for. The rest is dropped, as
            // it is where it comes one read later.
            if missing > 0 {
                missing -= 1;
                take(reply);
            }
        })?;
        if has_ended && missing > 0 {
            return Err(io::Error::other(
                "the server closed before it replied",
            ));
        }
    }
    Ok(())
}

/// One `read`, and `take` for each message that is whole by now; whether that
/// was the end of the stream.
fn receive(
    mut stream: &TcpStream,
    messages: &mut Messages,
    take: &mut dyn FnMut(&[u8]),
) -> io::Result<bool> {
    let mut buffer = [0; BUFFER];
    let length = loop {
        match stream.read(&mut buffer) {
            // With a timeout set, Ctrl-Z and `fg` interrupt a read: signal(7).
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            result => break result?,
        }
    };
    messages.feed(&buffer[..length]);
    while let Some(message) = messages.next_message()? {
        take(message);
    }
    if length == 0 {
        messages.finish()?.into_iter().for_each(take);
    }
    Ok(length == 0)
}

fn set_timeouts(stream: &TcpStream, patience: Duration) -> io::Result<()> {
    stream.set_read_timeout(Some(patience))?;
    stream.set_write_timeout(Some(patience))
}

/// The most that one message may have, in bytes. It is a part of the protocol:
/// who sends has to know it as well.
pub const MOST: usize = 64 << 10;

/// The most that one `read` takes. It may be smaller than a message, or larger.
const BUFFER: usize = 4096;
