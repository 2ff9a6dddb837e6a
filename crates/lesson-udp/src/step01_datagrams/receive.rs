//! Receiving into plain bytes.
//!
//! The kernel fills a buffer without looking at what is in it, so socket2 takes
//! one that was never written to, and what came can then be read by unsafe code
//! only. Our buffers are written to before, and this file is the only one that
//! has to know.
//!
//! Sources: recvfrom(2), recvmsg(2); `socket2::Socket::recv`, under "Safety".

use std::{io, mem::MaybeUninit, net::SocketAddr, ptr};

use socket2::{MaybeUninitSlice, RecvFlags, SockAddr, Socket};

/// `recvfrom`: how many bytes came, and who sent them.
pub(crate) fn recv_from(
    socket: &Socket,
    buffer: &mut [u8],
) -> io::Result<(usize, SocketAddr)> {
    let (length, peer) = socket.recv_from(uninit(buffer))?;
    Ok((length, ip(&peer)))
}

/// `recvmsg`: the same, and whether there was room for all of it.
pub(crate) fn recvmsg(
    socket: &Socket,
    buffer: &mut [u8],
) -> io::Result<(usize, RecvFlags, SocketAddr)> {
    let mut buffers = [MaybeUninitSlice::new(uninit(buffer))];
    let (length, flags, peer) = socket.recv_from_vectored(&mut buffers)?;
    Ok((length, flags, ip(&peer)))
}

/// The buffer as socket2 takes it.
fn uninit(buffer: &mut [u8]) -> &mut [MaybeUninit<u8>] {
    let buffer = ptr::from_mut(buffer) as *mut [MaybeUninit<u8>];
    #[expect(unsafe_code, reason = "socket2 receives into MaybeUninit only")]
    // SAFETY: the same bytes under a type with the same layout, borrowed for as
    // long. They go to socket2's receiving calls alone (this function is private
    // for that reason), which promise to write no uninitialised bytes into them.
    unsafe {
        &mut *buffer
    }
}

fn ip(peer: &SockAddr) -> SocketAddr {
    peer.as_socket().expect("a UDP peer has an IP address")
}
