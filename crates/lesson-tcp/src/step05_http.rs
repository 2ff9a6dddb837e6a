//! Step 5: a browser is a client, and HTTP is bytes on a stream.
//!
//! ```text
//! bind ─ accept ─┬─ read … a whole request ─ write_all ─┬─ shutdown ─ read … 0
//!        accept ─┤  └─────────── the next one ──────────┘
//!        accept ─┘  a thread for each connection
//! ```
//!
//! Forget the length of a reply, and the client waits until you close. Forget the
//! charset, and the browser guesses. Answer a request of which you have read a
//! part, and your close takes the reply with it. Serve one connection at a time,
//! and a browser's spare one, opened for later, keeps everybody waiting.
//!
//! Sources: RFC 9112 (HTTP/1.1 on the wire), above all §6.3 (how long a body is)
//! and §9 (connections); RFC 9110 §8.3 (Content-Type), §15 (statuses).

mod goodbye;
pub mod reader;
mod reply;
pub mod request;

use std::{
    io::{self, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    time::Duration,
};

use common::Charset;

pub use self::goodbye::hear_out;
use self::{
    reader::Reader,
    reply::Reply,
    request::{BadRequest, Request},
};
use crate::{
    step07_silence::{Deadline, is_timeout, read_by},
    step09_clients::{Limits, Stop, threads},
};

/// What a server tells its caller while it serves.
#[derive(Debug)]
pub enum Event<'a> {
    /// A request was answered with a status such as 200 or 404.
    Answered(SocketAddr, &'a Request, u16),
    /// What came was no request, and the client has been told.
    Refused(SocketAddr, BadRequest),
    /// A connection ended, or nobody spoke in time, and nothing was asked.
    Silent(SocketAddr),
    /// A connection ended before its time; the server goes on.
    Failed(SocketAddr, io::Error),
}

/// Serves each connection in a thread of its own, until somebody stops it. How
/// many there may be, and who goes when there are more, is step 9's affair.
///
/// # Errors
/// What `accept` says about the listener.
pub fn serve(
    listener: &TcpListener,
    charset: Charset,
    limits: &Limits,
    stop: &Stop,
    observe: &(dyn Fn(Event) + Sync),
) -> io::Result<()> {
    threads::serve(listener, limits, stop, |stream, peer| {
        converse(stream, peer, charset, limits.patience, observe);
    })
}

/// Answers the requests of one connection in order, until one of the two has
/// had enough: each request may take as long as `patience`.
pub fn converse(
    stream: &TcpStream,
    peer: SocketAddr,
    charset: Charset,
    patience: Duration,
    observe: &(dyn Fn(Event) + Sync),
) {
    if let Err(e) = answer_all(stream, peer, charset, patience, observe) {
        observe(Event::Failed(peer, e));
    }
}

fn answer_all(
    mut stream: &TcpStream,
    peer: SocketAddr,
    charset: Charset,
    patience: Duration,
    observe: &(dyn Fn(Event) + Sync),
) -> io::Result<()> {
    stream.set_write_timeout(Some(patience))?;
    let mut reader = Reader::default();
    for number in 1..=MOST_REQUESTS {
        let deadline = Deadline::after(patience);
        let Some(next) = receive(stream, &mut reader, deadline)? else {
            // The client has ended, or kept quiet, where a request would begin:
            // there is nothing unread, and closing does no harm.
            if number == 1 {
                observe(Event::Silent(peer));
            }
            return Ok(());
        };
        let stays = match next {
            Ok(request) => {
                let stays = request.stays && number < MOST_REQUESTS;
                let reply = Reply::to(&request, charset);
                stream.write_all(&reply.bytes(charset, stays))?;
                observe(Event::Answered(peer, &request, reply.status));
                stays
            }
            Err(bad) => {
                let reply = Reply::refusing(bad);
                stream.write_all(&reply.bytes(charset, false))?;
                observe(Event::Refused(peer, bad));
                false
            }
        };
        if !stays {
            break;
        }
    }
    // There may be more bytes, which nobody will read: another request, or the
    // rest of a bad one. A close now would be an RST and could take the reply.
    hear_out(stream, Deadline::after(patience));
    Ok(())
}

/// The next request, or why what came is none. `None`: not a byte of one has
/// come, and none will, or not by the deadline.
fn receive(
    stream: &TcpStream,
    reader: &mut Reader,
    deadline: Deadline,
) -> io::Result<Option<Result<Request, BadRequest>>> {
    let mut buffer = [0; BUFFER];
    loop {
        // What a read gives is a piece of a request, or one, or several.
        if let Some(next) = reader.next_request().transpose() {
            return Ok(Some(next));
        }
        let ended = match read_by(stream, &mut buffer, deadline) {
            Ok(0) => BadRequest::new(400, "it ends too early"),
            Ok(length) => {
                reader.feed(&buffer[..length]);
                continue;
            }
            Err(e) if is_timeout(&e) => {
                BadRequest::new(408, "it took too long")
            }
            Err(e) => return Err(e),
        };
        return Ok(reader.is_inside().then_some(Err(ended)));
    }
}

/// The most that one `read` takes. Any size will do: a request is whole when the
/// reader says so, and not when a read was short.
const BUFFER: usize = 4096;

/// So that nobody stays for ever.
const MOST_REQUESTS: usize = 100;
