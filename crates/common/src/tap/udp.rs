//! A tap for UDP: one socket towards the server for each client, so that the
//! server can tell them apart and its answers find their way back.
//!
//! Each datagram crosses whole, the empty one too. What cannot cross is an ICMP
//! error: it is written down, and the client hears nothing.
//!
//! In between, in each direction, is a [`Link`]: one without faults passes on
//! what it gets at once.

mod client;

use std::{
    collections::HashMap,
    io::{self, ErrorKind},
    net::{SocketAddr, UdpSocket},
    sync::{
        Arc,
        mpsc::{SyncSender, TrySendError},
    },
    time::Instant,
};

use self::client::Client;
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
/// back (1), the second client's (2 and 3), and so on. To all of them, time
/// begins now.
///
/// Reports each datagram that is sent, with what becomes of it, and each error,
/// which has no such fate. With too many clients, the one that has said nothing
/// for longest is forgotten.
pub fn serve_through(
    socket: UdpSocket,
    server: SocketAddr,
    link: impl Fn(u64) -> Link,
    observe: impl Fn(Entry, Option<Fate>) + Send + Sync + 'static,
) -> io::Error {
    let start = Instant::now();
    let socket = Arc::new(socket);
    let observe: Arc<Observer> = Arc::new(observe);
    let mut clients = HashMap::new();
    let mut seen = 0;
    let mut buffer = vec![0; LARGEST];
    loop {
        let (length, from) = match socket.recv_from(&mut buffer) {
            Ok(received) => received,
            // Windows: a datagram that we sent met a closed port.
            Err(e) if e.kind() == ErrorKind::ConnectionReset => continue,
            Err(e) => return e,
        };
        if !clients.contains_key(&from) {
            if clients.len() == CLIENTS {
                forget_the_idlest(&mut clients);
            }
            let links = [0, 1].map(|way| link(2 * seen as u64 + way));
            let client = Client {
                name: client(seen + 1),
                addr: from,
                socket: Arc::clone(&socket),
                server,
                start,
                observe: Arc::clone(&observe),
            };
            match client.start(links) {
                Ok(questions) => {
                    clients.insert(from, Known { questions, last: start });
                    seen += 1;
                }
                // No socket or no thread to be had: no way to the server.
                Err(e) => {
                    let name = format!("client at {from}");
                    observe(Entry::new(SERVER, name, Event::from(&e)), None);
                    continue;
                }
            }
        }
        let known = clients.get_mut(&from).expect("it was put there");
        known.last = Instant::now();
        // To wait for this client's thread would be to wait for it with all
        // others.
        let question = buffer[..length].to_vec();
        if let Err(TrySendError::Full(question)) =
            known.questions.try_send(question)
        {
            let name = format!("client at {from}");
            let entry = Entry::new(name, SERVER, Event::Bytes(question));
            observe(entry, Some(Fate::QueueFull));
        }
    }
}

type Observer = dyn Fn(Entry, Option<Fate>) + Send + Sync;

/// A client that has been here.
struct Known {
    /// To its thread, which ends when this is gone.
    questions: SyncSender<Vec<u8>>,
    /// When it last said something.
    last: Instant,
}

fn forget_the_idlest(clients: &mut HashMap<SocketAddr, Known>) {
    let idlest = clients.iter().min_by_key(|(_, known)| known.last);
    if let Some(addr) = idlest.map(|(&addr, _)| addr) {
        clients.remove(&addr);
    }
}

/// No datagram's payload is longer (RFC 768: a 16-bit length).
const LARGEST: usize = 65_535;
