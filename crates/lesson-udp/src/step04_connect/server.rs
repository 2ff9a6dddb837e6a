//! The other end of step 4, and a stranger who answers in its place.
//!
//! The server is not connected to anybody, because it talks to everybody. The
//! stranger is, so that it is told when its datagram meets a filter.
//!
//! Sources: udp(7).

use std::{
    io::{self, ErrorKind},
    net::{SocketAddr, UdpSocket},
    time::Duration,
};

use super::{id::id_of, is_refused};
use crate::{ANSWER, Event, LARGEST};

/// Answers one datagram after the other, until receiving fails for good.
pub fn serve(socket: &UdpSocket, observe: &mut dyn FnMut(Event)) -> io::Error {
    loop {
        match serve_next(socket, observe) {
            // Windows: an answer that we sent met a closed port. There one hears
            // of it without `connect`, and a server can do nothing about it.
            Err(e) if e.kind() == ErrorKind::ConnectionReset => {}
            Err(e) => return e,
            Ok(()) => {}
        }
    }
}

/// Waits for the next datagram, from whomever, and answers it. If an id stands
/// in front of it, it stands in front of the answer, too.
///
/// # Errors
/// What `recv_from` says. An answer that cannot be sent is an [`Event`].
pub fn serve_next(
    socket: &UdpSocket,
    observe: &mut dyn FnMut(Event),
) -> io::Result<()> {
    let mut buffer = vec![0; LARGEST];
    let (length, peer) = socket.recv_from(&mut buffer)?;
    let bytes = &buffer[..length];
    observe(Event::Datagram { peer, bytes });

    let answer = [id_of(bytes), ANSWER].concat();
    if let Err(error) = socket.send_to(&answer, peer) {
        observe(Event::Failed { peer, error });
    }
    Ok(())
}

/// Sends `peer` an answer to its `question`, with the right id, from `stranger`:
/// a socket whose port nobody has asked. Says whether an error came back within
/// `wait`: whether to the peer's kernel nobody has that port.
///
/// # Errors
/// What `connect`, `send` and `recv` say.
pub fn interfere(
    stranger: &UdpSocket,
    peer: SocketAddr,
    question: &[u8],
    wait: Duration,
) -> io::Result<bool> {
    stranger.connect(peer)?;
    // An error may be left over from the peer before.
    stranger.take_error()?;
    stranger.send(&[id_of(question), LIE].concat())?;
    stranger.set_read_timeout(Some(wait))?;
    match stranger.recv(&mut [0; 1024]) {
        Err(e) if is_refused(&e) => Ok(true),
        Err(e) if !crate::is_no_answer(&e) => Err(e),
        _ => Ok(false),
    }
}

/// What the stranger answers.
const LIE: &[u8] = b"trust me";
