//! The load: one thread that plays many clients at a time, in a closed loop.
//! Each of them asks again as soon as it has its whole reply, so a server that
//! is slower is asked less. Nothing is allocated for a request.

mod client;

use std::{
    collections::BTreeMap,
    io::{self, ErrorKind},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use common::cli;
use mio::{Events, Poll};

use client::{Client, Talk};
pub(crate) use client::{Dialogue, WRONG};

/// How many clients there are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Crowd {
    /// Those that ask, all at a time.
    pub(crate) asking: usize,
    /// Those that came before them, and say nothing.
    pub(crate) stalled: usize,
}

/// What came of it.
#[derive(Default)]
pub(crate) struct Outcome {
    /// Replies, or whole connections.
    pub(crate) done: u32,
    pub(crate) time: Duration,
    /// How many of those that asked had at least one.
    pub(crate) served: usize,
    pub(crate) errors: BTreeMap<String, u32>,
}

/// The clients of one server.
pub(crate) struct Load {
    talk: Talk,
    clients: Vec<Client>,
    /// Those that failed, and have to connect anew.
    failed: Vec<usize>,
    /// Whether each client rests after its first reply.
    is_ramp: bool,
    /// How many do.
    resting: usize,
    outcome: Outcome,
    _stalled: Vec<TcpStream>,
}

impl Load {
    /// Connects the clients that say nothing; the others come with `ramp`.
    pub(crate) fn new(
        server: SocketAddr,
        dialogue: Dialogue,
        crowd: Crowd,
    ) -> io::Result<Self> {
        let servers = addresses(server);
        let stalled = (0..crowd.stalled)
            .map(|_| TcpStream::connect_timeout(&servers[0], PATIENCE))
            .collect::<io::Result<_>>()?;
        Ok(Self {
            talk: Talk::new(servers, dialogue, Poll::new()?),
            clients: (0..crowd.asking).map(Client::new).collect(),
            failed: Vec::with_capacity(crowd.asking),
            is_ramp: false,
            resting: 0,
            outcome: Outcome::default(),
            _stalled: stalled,
        })
    }

    /// Brings the clients in, a few at a time: each is let in when one before it
    /// was served, so that no queue runs over for want of time. Once all have
    /// been served, or the server serves no more, all that can start together.
    /// Tells how many have been served.
    pub(crate) fn ramp(&mut self) -> io::Result<u32> {
        self.is_ramp = true;
        let mut events = Events::with_capacity(EVENTS);
        let mut begun = 0;
        while self.resting < self.clients.len() {
            while begun < self.clients.len().min(self.resting + WINDOW) {
                self.start(begun);
                begun += 1;
            }
            if self.wait(&mut events, PAUSE)? == 0 {
                break;
            }
        }
        self.is_ramp = false;
        for at in 0..self.clients.len() {
            if at >= begun || self.clients[at].is_resting() {
                self.start(at);
            }
        }
        Ok(self.outcome.done)
    }

    /// Goes on for so long, and tells what was done in that time.
    pub(crate) fn run(&mut self, time: Duration) -> io::Result<Outcome> {
        self.outcome.done = 0;
        for client in &mut self.clients {
            client.is_served = false;
        }
        let mut events = Events::with_capacity(EVENTS);
        let start = Instant::now();
        loop {
            let left = time.saturating_sub(start.elapsed());
            if left.is_zero() {
                break;
            }
            // Each once: a server that refuses all must not keep us here.
            for _ in 0..self.failed.len() {
                let at = self.failed.swap_remove(0);
                self.start(at);
            }
            // After a failure there is no event that would wake us.
            let most = if self.failed.is_empty() { left } else { RETRY };
            self.wait(&mut events, most)?;
        }
        self.outcome.time = start.elapsed();
        self.outcome.served =
            self.clients.iter().filter(|c| c.is_served).count();
        Ok(std::mem::take(&mut self.outcome))
    }

    /// Waits for events and handles them. Tells how many there were.
    fn wait(
        &mut self,
        events: &mut Events,
        most: Duration,
    ) -> io::Result<usize> {
        match self.talk.poll.poll(events, Some(most)) {
            Err(e) if e.kind() == ErrorKind::Interrupted => return Ok(1),
            result => result?,
        }
        for event in &*events {
            let at = event.token().0;
            match self.clients[at].go_on(&mut self.talk, event) {
                Ok(false) => {}
                Ok(true) => self.done(at),
                Err(error) => self.fail(at, &error),
            }
        }
        Ok(events.iter().count())
    }

    fn start(&mut self, at: usize) {
        if let Err(error) = self.clients[at].start(&mut self.talk) {
            self.fail(at, &error);
        }
    }

    fn done(&mut self, at: usize) {
        self.outcome.done += 1;
        if self.is_ramp {
            self.resting += 1;
        } else {
            self.start(at);
        }
    }

    fn fail(&mut self, at: usize, error: &io::Error) {
        *self.outcome.errors.entry(cli::plain(error)).or_default() += 1;
        self.clients[at].give_up();
        self.failed.push(at);
    }
}

/// Where to connect to, in turn. A connection that was closed keeps its pair of
/// addresses for a minute (TIME_WAIT), and one address has 28 000 ports; so
/// where the server listens at every address, we use some more of the loopback
/// interface's.
fn addresses(server: SocketAddr) -> Vec<SocketAddr> {
    if !server.ip().is_unspecified() {
        return vec![server];
    }
    (1..=ADDRESSES)
        .map(|last| (Ipv4Addr::new(127, 0, 0, last), server.port()).into())
        .collect()
}

/// Of 127.0.0.0/8. In a second, which is when Linux lets a pair be used again on
/// the loopback interface, they are good for 450 000 connections.
const ADDRESSES: u8 = 16;

/// The most events that one wait tells of.
const EVENTS: usize = 1024;

/// The most clients that come in and have not been served yet: less than the
/// shortest queue of a listener that is common, 128.
const WINDOW: usize = 64;

/// For so long nothing happens once a server has all the clients that it takes.
const PAUSE: Duration = Duration::from_millis(300);

/// Until a client that failed tries again.
const RETRY: Duration = Duration::from_millis(1);

/// The most that one connect may take.
const PATIENCE: Duration = Duration::from_secs(5);
