//! A tap for UDP: one socket towards the server for each client, so that the
//! server can tell them apart and its answers find their way back.
//!
//! Each datagram crosses whole, the empty one too. What cannot cross is an ICMP
//! error: it is written down, and the client hears nothing.

use std::{
    borrow::Cow,
    collections::HashMap,
    io::{self, ErrorKind},
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
    sync::Arc,
    thread,
};

use super::{CLIENTS, SERVER, client};
use crate::transcript::{Entry, Event};

/// Relays each datagram to `server` and its answers back, until receiving fails
/// for good.
pub fn serve(
    socket: UdpSocket,
    server: SocketAddr,
    observe: impl Fn(Entry) + Send + Sync + 'static,
) -> io::Error {
    let socket = Arc::new(socket);
    let observe: Arc<Observer> = Arc::new(observe);
    let mut clients = HashMap::new();
    let mut buffer = vec![0; LARGEST];
    loop {
        let (length, from) = match socket.recv_from(&mut buffer) {
            Ok(received) => received,
            // Windows: a datagram that we sent met a closed port.
            Err(e) if e.kind() == ErrorKind::ConnectionReset => continue,
            Err(e) => return e,
        };
        if !clients.contains_key(&from) {
            let name = client(clients.len() + 1);
            // Without a socket of its own there is no way to the server.
            let new = match clients.len() {
                0..CLIENTS => {
                    Client::new(name, from, &socket, server, &observe)
                }
                _ => Err(ErrorKind::ConnectionRefused.into()),
            };
            match new {
                Ok(client) => drop(clients.insert(from, client)),
                Err(e) => {
                    let name = format!("client at {from}");
                    observe(Entry::new(SERVER, name, Event::from(&e)));
                    continue;
                }
            }
        }
        let client = &clients[&from];
        let datagram = &buffer[..length];
        let event = Event::Bytes(datagram.to_vec());
        observe(Entry::new(client.name.clone(), SERVER, event));
        // The first error belongs to an earlier datagram (an ICMP message that
        // has come since), and then this one was not sent.
        let sent = client.upstream.send(datagram);
        if let Err(e) = sent.or_else(|_| client.upstream.send(datagram)) {
            observe(Entry::new(SERVER, client.name.clone(), Event::from(&e)));
        }
    }
}

type Observer = dyn Fn(Entry) + Send + Sync;

struct Client {
    name: Cow<'static, str>,
    upstream: Arc<UdpSocket>,
}

impl Client {
    fn new(
        name: Cow<'static, str>,
        addr: SocketAddr,
        socket: &Arc<UdpSocket>,
        server: SocketAddr,
        observe: &Arc<Observer>,
    ) -> io::Result<Self> {
        let any: SocketAddr = match server {
            SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
            SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
        };
        let upstream = Arc::new(UdpSocket::bind(any)?);
        // Nobody but the server can answer, and its ICMP errors come back.
        upstream.connect(server)?;
        let answers = Answers {
            name: name.clone(),
            addr,
            socket: Arc::clone(socket),
            upstream: Arc::clone(&upstream),
            observe: Arc::clone(observe),
        };
        thread::spawn(move || answers.relay());
        Ok(Self { name, upstream })
    }
}

/// The way back to one client.
struct Answers {
    name: Cow<'static, str>,
    addr: SocketAddr,
    socket: Arc<UdpSocket>,
    upstream: Arc<UdpSocket>,
    observe: Arc<Observer>,
}

impl Answers {
    fn relay(&self) {
        let mut buffer = vec![0; LARGEST];
        loop {
            let event = match self.upstream.recv(&mut buffer) {
                Ok(length) => Event::Bytes(buffer[..length].to_vec()),
                Err(e) => Event::from(&e),
            };
            let over = matches!(event, Event::Failed(_));
            let entry = Entry::new(SERVER, self.name.clone(), event.clone());
            (self.observe)(entry);
            if let Event::Bytes(datagram) = event {
                // A client that has gone is no reason to stop: UDP has no ends.
                let _ = self.socket.send_to(&datagram, self.addr);
            }
            if over {
                return;
            }
        }
    }
}

/// No datagram's payload is longer (RFC 768: a 16-bit length).
const LARGEST: usize = 65_535;
