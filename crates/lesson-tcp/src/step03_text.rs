//! Step 3: text is bytes, and a read may end inside a character.
//!
//! ```text
//! server: socket ─ bind ─ listen ─┬─ accept ─ recv ─ recv … 0 ─ send ─ close ─┐
//!                                 └───────────────────────────────────────────┘
//! client: socket ─ connect ─ send ─ shutdown ─ recv … 0 ─ close
//! ```
//!
//! No call here knows what a character is. Forget to agree on a charset and the
//! other side reads 乱码. Decode each read alone and what was cut comes out as �.
//! `std::net` makes the calls of steps 1 and 2 here: the bytes are the lesson.
//!
//! Sources: recv(2); RFC 3629 (UTF-8); RFC 2277 §3.1 (a protocol says which).

use std::{
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
};

use common::{Charset, charset::Malformed, client_has_gone};

/// What this server tells its caller while it serves.
#[derive(Debug)]
pub enum Event<'a> {
    /// One `recv` gave this.
    Read {
        /// Who sent it.
        peer: SocketAddr,
        /// What came: 1 to 5 bytes.
        bytes: &'a [u8],
        /// Their text as if they were all: the bug.
        alone: &'a str,
        /// The text that is complete with them.
        complete: &'a str,
    },
    /// A client has said all.
    Heard {
        /// Who it was.
        peer: SocketAddr,
        /// What it said, with � for what is not text.
        text: &'a str,
        /// The first that is not, if there is any.
        malformed: Option<Malformed>,
    },
    /// A connection ended before its time; the server goes on.
    Failed {
        /// Who it was.
        peer: SocketAddr,
        /// What the kernel said.
        error: io::Error,
    },
}

/// The bug: takes what one read gave for a text of its own.
///
/// A character that two reads share is lost: each part means nothing, or, worse,
/// something else.
pub fn decode_each_read_alone(charset: Charset, read: &[u8]) -> String {
    charset.decode_lossy(read)
}

/// The mend: reads to the end with one decoder, which keeps the first bytes of a
/// cut character until the others come.
///
/// Tells `observe` of each read and of the text that is complete with it. Gives
/// all of the text, and the first error in it.
///
/// # Errors
/// What `recv` says, and an error of its own for more than 64 KiB of text.
pub fn decode_the_stream(
    mut stream: impl Read,
    charset: Charset,
    observe: &mut dyn FnMut(&[u8], &str),
) -> io::Result<(String, Option<Malformed>)> {
    let mut decoder = charset.decoder();
    let mut text = String::new();
    let mut buffer = [0; BUFFER];
    loop {
        // The kernel counts bytes and knows no characters. Behind the first
        // `length` stands what was in the buffer before.
        let length = stream.read(&mut buffer)?;
        if length == 0 {
            // Only the end tells a late character from one that never comes.
            let (end, malformed) = decoder.finish();
            return Ok((text + &end, malformed));
        }
        let complete = decoder.feed(&buffer[..length]);
        observe(&buffer[..length], &complete);
        text += &complete;
        if text.len() > LARGEST {
            return Err(io::Error::other("the text is longer than 64 KiB"));
        }
    }
}

/// A socket that clients can connect to: socket, bind, listen.
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
    observe: &mut dyn FnMut(Event),
) -> io::Error {
    loop {
        match serve_next(listener, charset, observe) {
            Err(e) if !client_has_gone(&e) => return e,
            _ => {}
        }
    }
}

/// Waits for the next client, reads its text to the end, says it back and closes.
///
/// # Errors
/// What `accept` says; the rest is an [`Event`].
pub fn serve_next(
    listener: &TcpListener,
    charset: Charset,
    observe: &mut dyn FnMut(Event),
) -> io::Result<()> {
    let (stream, peer) = listener.accept()?;
    if let Err(error) = answer(&stream, peer, charset, observe) {
        observe(Event::Failed { peer, error });
    }
    Ok(())
}

fn answer(
    mut stream: &TcpStream,
    peer: SocketAddr,
    charset: Charset,
    observe: &mut dyn FnMut(Event),
) -> io::Result<()> {
    let (text, malformed) =
        decode_the_stream(stream, charset, &mut |bytes, complete| {
            let alone = &decode_each_read_alone(charset, bytes);
            observe(Event::Read { peer, bytes, alone, complete });
        })?;
    observe(Event::Heard { peer, text: &text, malformed });

    // Not the bytes that came: the text that we took them for.
    stream.write_all(&encode_lossy(charset, &text))
}

/// Text to bytes, with `?` for what the charset lacks: � itself, most often.
fn encode_lossy(charset: Charset, text: &str) -> Vec<u8> {
    let encode = |c: char| charset.encode(&c.to_string());
    text.chars().flat_map(|c| encode(c).unwrap_or(b"?".to_vec())).collect()
}

/// Sends a text, says that it was all, and appends the reply to `reply`.
///
/// # Errors
/// As [`step02_client::call`](crate::step02_client::call).
pub fn call(
    server: SocketAddr,
    text: &[u8],
    reply: &mut Vec<u8>,
) -> io::Result<()> {
    let mut stream = TcpStream::connect(server)?;
    stream.write_all(text)?;
    // Ends our direction alone (a FIN), so that the server's next `recv` gives
    // 0 and the reply can still come. Step 6 is about this call.
    stream.shutdown(Shutdown::Write)?;
    stream.read_to_end(reply).map(drop)
}

/// The most that one `recv` takes, tiny on purpose: no multiple of 2, 3 or 4, so
/// that it cuts characters in each charset.
const BUFFER: usize = 5;

/// The most that a client may say, in bytes of text.
const LARGEST: usize = 64 << 10;
