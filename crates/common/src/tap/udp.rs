//! A tap for UDP: one socket towards the server for each client, so that the
//! server can tell them apart and its answers find their way back.
//!
//! Each datagram crosses whole, the empty one too. What cannot cross is an ICMP
//! error: it is written down, and the client hears nothing.
//!
//! In between, in each direction, is a [`Link`]: one without faults passes on
//! what it gets at once.

use std::{
    borrow::Cow,
    collections::HashMap,
    io::{self, ErrorKind},
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
    sync::{
        Arc,
        mpsc::{self, Receiver, RecvTimeoutError, SyncSender},
    },
    thread,
    time::Instant,
};

use super::{CLIENTS, SERVER, client};
use crate::{
    link::{Fate, Link},
    transcript::{Entry, Event},
};

/// Relays each datagram to `server` and its answers back, until receiving fails
/// for good.
pub fn serve(
    socket: UdpSocket,
    server: SocketAddr,
    observe: impl Fn(Entry) + Send + Sync + 'static,
) -> io::Error {
    serve_through(socket, server, Link::new, move |entry, _| observe(entry))
}

/// The same through links: `link` makes the first client's to the server (0) and
/// back (1), the second client's (2 and 3), and so on.
///
/// Reports each datagram that is sent, with what becomes of it, and each error,
/// which has no such fate.
pub fn serve_through(
    socket: UdpSocket,
    server: SocketAddr,
    link: impl Fn(u64) -> Link,
    observe: impl Fn(Entry, Option<Fate>) + Send + Sync + 'static,
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
            let number = clients.len();
            // Without a socket of its own there is no way to the server.
            let upstream = match number {
                0..CLIENTS => connect(server),
                _ => Err(ErrorKind::ConnectionRefused.into()),
            };
            match upstream {
                Ok(upstream) => {
                    let links = [0, 1].map(|way| link(2 * number as u64 + way));
                    let client = Client {
                        name: client(number + 1),
                        addr: from,
                        socket: Arc::clone(&socket),
                        upstream,
                        observe: Arc::clone(&observe),
                    };
                    clients.insert(from, client.start(links));
                }
                Err(e) => {
                    let name = format!("client at {from}");
                    observe(Entry::new(SERVER, name, Event::from(&e)), None);
                    continue;
                }
            }
        }
        // Its thread ends with us only.
        let _ = clients[&from].send(buffer[..length].to_vec());
    }
}

type Observer = dyn Fn(Entry, Option<Fate>) + Send + Sync;

/// A socket that nobody but the server can answer, and that gets its ICMP errors.
fn connect(server: SocketAddr) -> io::Result<UdpSocket> {
    let any: SocketAddr = match server {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    let upstream = UdpSocket::bind(any)?;
    upstream.connect(server)?;
    Ok(upstream)
}

/// What is between one client and the server.
struct Client {
    name: Cow<'static, str>,
    addr: SocketAddr,
    /// Towards the clients, all of them.
    socket: Arc<UdpSocket>,
    /// Towards the server, this client's own.
    upstream: UdpSocket,
    observe: Arc<Observer>,
}

impl Client {
    /// Starts both directions; what the client sends goes into the channel.
    fn start(self, [to_server, to_client]: [Link; 2]) -> SyncSender<Vec<u8>> {
        let (questions, asked) = mpsc::sync_channel(WAITING);
        let (answers, answered) = mpsc::sync_channel(WAITING);
        let this = Arc::new(self);
        let there = Arc::clone(&this);
        thread::spawn(move || there.questions(to_server, &asked));
        let back = Arc::clone(&this);
        thread::spawn(move || back.answers(to_client, &answered));
        thread::spawn(move || this.receive(&answers));
        questions
    }

    fn questions(&self, link: Link, asked: &Receiver<Vec<u8>>) {
        let report = |datagram: &[u8], fate| {
            let event = Event::Bytes(datagram.to_vec());
            let entry = Entry::new(self.name.clone(), SERVER, event);
            (self.observe)(entry, Some(fate));
        };
        carry(link, asked, report, |datagram| {
            // The first error belongs to an earlier datagram (an ICMP message
            // that has come since), and then this one was not sent.
            let sent = self.upstream.send(datagram);
            if let Err(e) = sent.or_else(|_| self.upstream.send(datagram)) {
                self.failed(&e);
            }
        });
    }

    fn answers(&self, link: Link, answered: &Receiver<Vec<u8>>) {
        let report = |datagram: &[u8], fate| {
            let event = Event::Bytes(datagram.to_vec());
            let entry = Entry::new(SERVER, self.name.clone(), event);
            (self.observe)(entry, Some(fate));
        };
        carry(link, answered, report, |datagram| {
            // A client that has gone is no reason to stop: UDP has no ends.
            let _ = self.socket.send_to(datagram, self.addr);
        });
    }

    /// Takes what the server sends, until its socket fails for good.
    fn receive(&self, answers: &SyncSender<Vec<u8>>) {
        let mut buffer = vec![0; LARGEST];
        loop {
            match self.upstream.recv(&mut buffer) {
                Ok(length) => drop(answers.send(buffer[..length].to_vec())),
                Err(e) => {
                    self.failed(&e);
                    if matches!(Event::from(&e), Event::Failed(_)) {
                        return;
                    }
                }
            }
        }
    }

    fn failed(&self, error: &io::Error) {
        let event = Event::from(error);
        (self.observe)(Entry::new(SERVER, self.name.clone(), event), None);
    }
}

/// One direction: reports each datagram with its fate, and delivers it when the
/// link gives it back, until nobody sends any more.
fn carry(
    mut link: Link,
    sent: &Receiver<Vec<u8>>,
    report: impl Fn(&[u8], Fate),
    deliver: impl Fn(&[u8]),
) {
    let start = Instant::now();
    loop {
        while let Some(datagram) = link.receive(start.elapsed()) {
            deliver(&datagram);
        }
        let next = match link.next_at() {
            Some(at) => sent.recv_timeout(at.saturating_sub(start.elapsed())),
            None => sent.recv().map_err(RecvTimeoutError::from),
        };
        match next {
            Ok(datagram) => {
                let fate = link.send(start.elapsed(), &datagram);
                report(&datagram, fate);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// No datagram's payload is longer (RFC 768: a 16-bit length).
const LARGEST: usize = 65_535;

/// So many datagrams may wait for the thread that carries them. With more, the
/// socket is not read, and its buffer is where they are lost.
const WAITING: usize = 64;
