//! Two programs that both write: how they stop each other, and how they do not.
//!
//! ```text
//! in turn:  write all ─ read all         waits in `write` for a server that
//! server:   read ─ write ─ read ─ …      waits in `write` for this client
//! mended:   write all │ read all         at the same time, two threads
//! ```
//!
//! Each direction has two buffers. As long as both together hold what is on its
//! way nobody notices: the bug needs a request that is large enough.
//!
//! Sources: RFC 9293 §3.8.6 (the window of each direction).

use std::{
    io::{self, Read, Write},
    net::{Shutdown, TcpStream},
    sync::mpsc,
    thread,
};

/// Sends back what comes, piece by piece, to the end.
///
/// # Errors
/// What `recv` or `send` says.
pub fn echo(mut stream: &TcpStream) -> io::Result<()> {
    let mut buffer = vec![0; PIECE];
    loop {
        let length = stream.read(&mut buffer)?;
        if length == 0 {
            return stream.shutdown(Shutdown::Write);
        }
        // Waits where the client does not read. While it waits it reads nothing
        // either: the server has become a slow reader itself.
        stream.write_all(&buffer[..length])?;
    }
}

/// The bug: sends the whole request to an echo server, then reads the reply.
///
/// Comes back only where the buffers hold what is not read yet.
///
/// # Errors
/// What `send` or `recv` says. What came before the error stays in `reply`.
pub fn exchange_in_turn(
    mut stream: &TcpStream,
    request: &[u8],
    reply: &mut Vec<u8>,
) -> io::Result<()> {
    stream.write_all(request)?;
    stream.shutdown(Shutdown::Write)?;
    let most = request.len() as u64;
    stream.take(most).read_to_end(reply)?;
    Ok(())
}

/// Mended: one thread writes while this one reads.
///
/// # Errors
/// As [`exchange_in_turn`].
pub fn exchange(
    stream: &TcpStream,
    request: &[u8],
    reply: &mut Vec<u8>,
) -> io::Result<()> {
    thread::scope(|scope| {
        // Both directions are independent: one socket can be written to and
        // read from at the same time, and std lets us share it by `&`.
        let writing = scope.spawn(|| {
            let mut stream = stream;
            stream.write_all(request)?;
            stream.shutdown(Shutdown::Write)
        });
        let most = request.len() as u64;
        let read = stream.take(most).read_to_end(reply);
        // Who does not read on must not leave the other thread in its `write`.
        if !read.as_ref().is_ok_and(|&length| length == request.len()) {
            // Fails where the connection is gone, and then so is the writer.
            let _ = stream.shutdown(Shutdown::Both);
        }
        let written = writing.join().expect("it does not panic");
        read.and(written)
    })
}

/// Passes everything from one connection on to another, through a queue of at
/// most `pieces` pieces, and gives how many bytes there were.
///
/// A full queue makes the reading thread wait, so the first connection's window
/// closes, so its sender waits: the slow reader is felt at the far end. With a
/// queue that has no limit nobody would wait, and this process would keep all
/// that the slow one has not taken.
///
/// # Errors
/// What `recv` or `send` says.
pub fn relay(
    mut from: &TcpStream,
    mut to: &TcpStream,
    pieces: usize,
) -> io::Result<usize> {
    let (queue, queued) = mpsc::sync_channel::<Vec<u8>>(pieces);
    thread::scope(|scope| {
        let writing = scope.spawn(move || {
            let mut total = 0;
            for piece in queued {
                to.write_all(&piece)?;
                total += piece.len();
            }
            Ok(total)
        });
        let mut buffer = vec![0; PIECE];
        let read = loop {
            match from.read(&mut buffer) {
                Ok(0) => break Ok(()),
                // Waits while the queue is full. Fails when the writer is gone,
                // and that has the better error.
                Ok(length) => {
                    if queue.send(buffer[..length].to_vec()).is_err() {
                        break Ok(());
                    }
                }
                Err(error) => break Err(error),
            }
        };
        drop(queue);
        let written = writing.join().expect("it does not panic");
        let total = read.and(written)?;
        // An end is passed on. An error is the caller's, and no end.
        to.shutdown(Shutdown::Write)?;
        Ok(total)
    })
}

/// The most that one `read` takes, in bytes.
const PIECE: usize = 16_384;
