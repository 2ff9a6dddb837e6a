//! A `recv_from` that ends.

use std::{
    io,
    net::{SocketAddr, UdpSocket},
    time::Duration,
};

use crate::is_no_answer;

/// `recv_from` for so long at most; for no time at all it takes what is there.
pub(super) fn receive_within(
    socket: &UdpSocket,
    wait: Duration,
    buffer: &mut [u8],
) -> io::Result<Option<(usize, SocketAddr)>> {
    let received = if wait.is_zero() {
        // As a timeout, zero would mean to wait for ever.
        socket.set_nonblocking(true)?;
        let received = socket.recv_from(buffer);
        socket.set_nonblocking(false)?;
        received
    } else {
        socket.set_read_timeout(Some(wait.max(SHORTEST)))?;
        socket.recv_from(buffer)
    };
    match received {
        Err(e) if is_no_answer(&e) => Ok(None),
        received => received.map(Some),
    }
}

/// The smallest unit of SO_RCVTIMEO.
const SHORTEST: Duration = Duration::from_micros(1);
