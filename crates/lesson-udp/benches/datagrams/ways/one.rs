//! One datagram in one call, as in steps 1 and 7, and after `connect`.

use std::{
    io,
    mem::MaybeUninit,
    net::{SocketAddr, UdpSocket},
};

use lesson_udp::LARGEST;
use socket2::Socket;

use super::{Receiver, Sender, Taken, Way};

pub(super) fn sender(
    way: Way,
    socket: UdpSocket,
    to: SocketAddr,
    size: usize,
) -> Box<dyn Sender> {
    let datagram = vec![0x55; size];
    match way {
        Way::Step1 => Box::new(Raw { socket: socket.into(), to, datagram }),
        Way::Connected => Box::new(Connected { socket, datagram }),
        _ => Box::new(Std { socket, to, datagram }),
    }
}

pub(super) fn receiver(
    way: Way,
    socket: UdpSocket,
    size: usize,
) -> Box<dyn Receiver> {
    let buffer = vec![0; LARGEST];
    match way {
        Way::Step1 => {
            let buffer = vec![MaybeUninit::uninit(); LARGEST];
            Box::new(RawReceiver { socket: socket.into(), buffer, size })
        }
        Way::Connected => Box::new(ConnectedReceiver { socket, buffer, size }),
        _ => Box::new(StdReceiver { socket, buffer, size }),
    }
}

struct Raw {
    socket: Socket,
    to: SocketAddr,
    datagram: Vec<u8>,
}

impl Sender for Raw {
    fn send(&mut self) -> io::Result<usize> {
        self.socket.send_to(&self.datagram, &self.to.into())?;
        Ok(1)
    }
}

struct RawReceiver {
    socket: Socket,
    buffer: Vec<MaybeUninit<u8>>,
    size: usize,
}

impl Receiver for RawReceiver {
    fn receive(&mut self) -> io::Result<Taken> {
        let (length, peer) = self.socket.recv_from(&mut self.buffer)?;
        let _: Option<SocketAddr> = peer.as_socket();
        one(length, self.size)
    }
}

struct Std {
    socket: UdpSocket,
    to: SocketAddr,
    datagram: Vec<u8>,
}

impl Sender for Std {
    fn send(&mut self) -> io::Result<usize> {
        self.socket.send_to(&self.datagram, self.to)?;
        Ok(1)
    }
}

struct StdReceiver {
    socket: UdpSocket,
    buffer: Vec<u8>,
    size: usize,
}

impl Receiver for StdReceiver {
    fn receive(&mut self) -> io::Result<Taken> {
        one(self.socket.recv_from(&mut self.buffer)?.0, self.size)
    }
}

struct Connected {
    socket: UdpSocket,
    datagram: Vec<u8>,
}

impl Sender for Connected {
    fn send(&mut self) -> io::Result<usize> {
        self.socket.send(&self.datagram)?;
        Ok(1)
    }
}

struct ConnectedReceiver {
    socket: UdpSocket,
    buffer: Vec<u8>,
    size: usize,
}

impl Receiver for ConnectedReceiver {
    fn receive(&mut self) -> io::Result<Taken> {
        one(self.socket.recv(&mut self.buffer)?, self.size)
    }
}

fn one(length: usize, size: usize) -> io::Result<Taken> {
    let mut taken = Taken::default();
    taken.add(length, size)?;
    Ok(taken)
}
