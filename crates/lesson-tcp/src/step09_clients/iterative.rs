//! One client after the other: who comes second waits until the first has gone.

use std::{
    io,
    net::{SocketAddr, TcpListener, TcpStream},
};

use super::{Limits, Stop, open::Open};

/// Holds a `converse` with each client, one after the other, until somebody
/// stops it.
///
/// # Errors
/// What `accept` says about the listener. What goes wrong with one client, even
/// a panic, costs that client alone.
pub fn serve(
    listener: &TcpListener,
    limits: &Limits,
    stop: &Stop,
    converse: impl Fn(&TcpStream, SocketAddr),
) -> io::Result<()> {
    let open = Open::new(1);
    open.serve(listener, limits.grace, stop, |guest| {
        // Nobody calls `accept` before this one has gone. The kernel completes
        // the next one's handshake meanwhile and keeps what it says: it looks
        // connected, and nobody answers.
        guest.converse(&converse);
    })
}
