//! What is between one client and the server: a socket, a thread that receives
//! at it, and for each direction a thread with a link.

use std::{
    borrow::Cow,
    io::{self, ErrorKind},
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError, SyncSender},
    },
    thread,
    time::{Duration, Instant},
};

use super::{LARGEST, Observer, SERVER};
use crate::{
    link::{Fate, Link},
    transcript::{Entry, Event},
};

/// A client as the tap knows it when its first datagram comes.
pub(super) struct Client {
    pub(super) name: Cow<'static, str>,
    pub(super) addr: SocketAddr,
    /// Towards the clients, all of them.
    pub(super) socket: Arc<UdpSocket>,
    pub(super) server: SocketAddr,
    /// When time began for the links.
    pub(super) start: Instant,
    pub(super) observe: Arc<Observer>,
}

/// One that is served.
struct Served {
    client: Client,
    /// Towards the server, this client's own.
    upstream: UdpSocket,
    /// The tap has forgotten it.
    is_gone: AtomicBool,
}

impl Client {
    /// Starts both directions; what the client sends goes into the channel.
    pub(super) fn start(
        self,
        [to_server, to_client]: [Link; 2],
    ) -> io::Result<SyncSender<Vec<u8>>> {
        let upstream = connect(self.server)?;
        // So that it looks up now and then whether the client is still known.
        upstream.set_read_timeout(Some(PATIENCE))?;
        let is_gone = AtomicBool::new(false);
        let served = Arc::new(Served { client: self, upstream, is_gone });
        let (questions, asked) = mpsc::sync_channel(WAITING);
        let (answers, answered) = mpsc::sync_channel(WAITING);
        let spawn = |work: Box<dyn FnOnce(&Served) + Send>| {
            let served = Arc::clone(&served);
            thread::Builder::new().spawn(move || work(&served))
        };
        spawn(Box::new(move |served| served.receive(&answers)))
            .and_then(|_| {
                let work = move |served: &Served| {
                    served.answers(to_client, &answered);
                };
                spawn(Box::new(work))
            })
            .and_then(|_| {
                let work = move |served: &Served| {
                    served.questions(to_server, &asked);
                };
                spawn(Box::new(work))
            })
            // Those that run already are to end.
            .inspect_err(|_| served.is_gone.store(true, Ordering::Relaxed))?;
        Ok(questions)
    }
}

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

impl Served {
    /// Carries what the client asks, until the tap forgets it.
    fn questions(&self, link: Link, asked: &Receiver<Vec<u8>>) {
        self.carry(link, asked, [&self.client.name, SERVER], |datagram| {
            // An error belongs to an earlier datagram (an ICMP message that has
            // come since), and then this one was not sent.
            if let Err(e) = self.upstream.send(datagram) {
                self.failed(&e);
                if let Err(e) = self.upstream.send(datagram) {
                    self.failed(&e);
                }
            }
        });
        self.is_gone.store(true, Ordering::Relaxed);
    }

    /// Carries what the server answers.
    fn answers(&self, link: Link, answered: &Receiver<Vec<u8>>) {
        self.carry(link, answered, [SERVER, &self.client.name], |datagram| {
            // A client that has gone is no reason to stop: UDP has no ends.
            let _ = self.client.socket.send_to(datagram, self.client.addr);
        });
    }

    /// Takes what the server sends, until the tap forgets the client.
    fn receive(&self, answers: &SyncSender<Vec<u8>>) {
        let mut buffer = vec![0; LARGEST];
        while !self.is_gone.load(Ordering::Relaxed) {
            match self.upstream.recv(&mut buffer) {
                Ok(length) => drop(answers.send(buffer[..length].to_vec())),
                Err(e) if is_pause(&e) => {}
                Err(e) => self.failed(&e),
            }
        }
    }

    /// One direction: reports each datagram with its fate, and delivers it when
    /// the link gives it back, until nobody sends any more.
    fn carry(
        &self,
        mut link: Link,
        sent: &Receiver<Vec<u8>>,
        [from, to]: [&str; 2],
        deliver: impl Fn(&[u8]),
    ) {
        let now = || self.client.start.elapsed();
        loop {
            while let Some(datagram) = link.receive(now()) {
                deliver(&datagram);
            }
            let next = match link.next_at() {
                Some(at) => sent.recv_timeout(at.saturating_sub(now())),
                None => sent.recv().map_err(RecvTimeoutError::from),
            };
            match next {
                Ok(datagram) => {
                    let fate = link.send(now(), &datagram);
                    self.report(from, to, Event::Bytes(datagram), Some(fate));
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn failed(&self, error: &io::Error) {
        self.report(SERVER, &self.client.name, Event::from(error), None);
    }

    fn report(&self, from: &str, to: &str, event: Event, fate: Option<Fate>) {
        let entry = Entry::new(from.to_owned(), to.to_owned(), event);
        (self.client.observe)(entry, fate);
    }
}

/// Whether a receiving call failed for want of a datagram, or for a signal.
fn is_pause(error: &io::Error) -> bool {
    let kind = error.kind();
    matches!(
        kind,
        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
    )
}

/// So many datagrams may wait for the thread that carries them; with more, they
/// are lost.
const WAITING: usize = 256;

/// How long it may take until a forgotten client's socket is closed.
const PATIENCE: Duration = Duration::from_secs(1);
