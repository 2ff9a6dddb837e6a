//! Several datagrams in one call: sendmmsg and recvmmsg (nix), and GSO and GRO
//! (quinn-udp), which are one datagram to most of the kernel.

use std::{
    io::{self, IoSlice, IoSliceMut},
    net::{SocketAddr, UdpSocket},
    os::fd::AsRawFd,
};

use lesson_udp::LARGEST;
use nix::sys::socket::{
    MsgFlags, MultiHeaders, SockaddrStorage, recvmmsg, sendmmsg,
};
use quinn_udp::{RecvMeta, Transmit, UdpSockRef, UdpSocketState};

use super::{MOST, Receiver, Sender, Taken, Way};

pub(super) fn sender(
    way: Way,
    socket: UdpSocket,
    to: SocketAddr,
    size: usize,
) -> io::Result<Box<dyn Sender>> {
    let datagrams = way.at_a_time(size);
    let bytes = vec![0x55; size * datagrams];
    if way == Way::Segments {
        let state = segments(&socket)?;
        return Ok(Box::new(Segments { socket, state, to, size, bytes }));
    }
    let to = (!way.is_connected()).then(|| to.into());
    let headers = MultiHeaders::preallocate(datagrams, None);
    let to = vec![to; datagrams];
    Ok(Box::new(Batch { socket, headers, to, size, bytes }))
}

pub(super) fn receiver(
    way: Way,
    socket: UdpSocket,
    size: usize,
) -> io::Result<Box<dyn Receiver>> {
    if way == Way::Segments {
        let state = segments(&socket)?;
        let buffer = vec![0; LARGEST];
        return Ok(Box::new(SegmentsReceiver { socket, state, buffer, size }));
    }
    let datagrams = way.at_a_time(size);
    let headers = MultiHeaders::preallocate(datagrams, None);
    // One byte more than is right, to notice what is too long.
    let buffers = vec![vec![0; size + 1]; datagrams];
    Ok(Box::new(BatchReceiver { socket, headers, buffers, size }))
}

struct Batch {
    socket: UdpSocket,
    headers: MultiHeaders<SockaddrStorage>,
    /// One for each datagram; `None` where the socket knows.
    to: Vec<Option<SockaddrStorage>>,
    size: usize,
    bytes: Vec<u8>,
}

impl Sender for Batch {
    fn send(&mut self) -> io::Result<usize> {
        let datagrams = self.bytes.chunks_exact(self.size);
        let slices: Vec<_> =
            datagrams.map(|datagram| [IoSlice::new(datagram)]).collect();
        let sent = sendmmsg(
            self.socket.as_raw_fd(),
            &mut self.headers,
            &slices,
            &self.to,
            [],
            MsgFlags::empty(),
        )?;
        Ok(sent.count())
    }
}

struct BatchReceiver {
    socket: UdpSocket,
    headers: MultiHeaders<SockaddrStorage>,
    buffers: Vec<Vec<u8>>,
    size: usize,
}

impl Receiver for BatchReceiver {
    fn receive(&mut self) -> io::Result<Taken> {
        let buffers = self.buffers.iter_mut();
        let mut slices: Vec<_> =
            buffers.map(|buffer| [IoSliceMut::new(buffer)]).collect();
        // Waits for the first, then takes those that are there.
        let received = recvmmsg(
            self.socket.as_raw_fd(),
            &mut self.headers,
            &mut slices,
            MsgFlags::MSG_WAITFORONE,
            None,
        )?;
        let mut taken = Taken::default();
        for message in received {
            taken.add(message.bytes, self.size)?;
        }
        Ok(taken)
    }
}

struct Segments {
    socket: UdpSocket,
    state: UdpSocketState,
    to: SocketAddr,
    size: usize,
    bytes: Vec<u8>,
}

impl Sender for Segments {
    fn send(&mut self) -> io::Result<usize> {
        let transmit = Transmit {
            destination: self.to,
            ecn: None,
            contents: &self.bytes,
            segment_size: Some(self.size),
            src_ip: None,
        };
        self.state.try_send(UdpSockRef::from(&self.socket), &transmit)?;
        Ok(self.bytes.len() / self.size)
    }
}

struct SegmentsReceiver {
    socket: UdpSocket,
    state: UdpSocketState,
    buffer: Vec<u8>,
    size: usize,
}

impl Receiver for SegmentsReceiver {
    fn receive(&mut self) -> io::Result<Taken> {
        let mut meta = [RecvMeta::default()];
        let mut buffers = [IoSliceMut::new(&mut self.buffer)];
        let socket = UdpSockRef::from(&self.socket);
        self.state.recv(socket, &mut buffers, &mut meta)?;
        let [RecvMeta { len, stride, .. }] = meta;
        let mut taken = Taken::default();
        let mut left = len;
        loop {
            let length = left.min(stride);
            taken.add(length, self.size)?;
            left -= length;
            if left == 0 {
                return Ok(taken);
            }
        }
    }
}

/// What a socket needs for GSO and GRO.
fn segments(socket: &UdpSocket) -> io::Result<UdpSocketState> {
    let state = UdpSocketState::new(UdpSockRef::from(socket))?;
    // It is made for those who ask who is ready; we wait.
    socket.set_nonblocking(false)?;
    if state.max_gso_segments() < MOST || state.gro_segments() < MOST {
        return Err(io::Error::other("this kernel has no GSO, or no GRO"));
    }
    Ok(state)
}
