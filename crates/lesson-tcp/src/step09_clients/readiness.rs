//! One thread for all: it asks the kernel who is ready, and waits for that alone.
//!
//! ```text
//! poll ─┬─ listener is ready:   accept, accept, … WouldBlock
//!       ├─ client is ready:     read ─ write … WouldBlock
//!       ├─ somebody stops us
//!       └─ time has passed:     close who was idle
//! ```
//!
//! *Level-triggered* polling reports a socket as long as there is something to
//! read, *edge-triggered* polling, as mio's, when something new has come. Forget
//! to read until WouldBlock, and no event will tell of the rest.
//!
//! Sources: epoll(7), "Level-triggered and edge-triggered"; `mio::Poll`.

use std::{
    collections::BTreeMap,
    io::{self, ErrorKind},
    net,
    time::{Duration, Instant},
};

use common::client_has_gone;
use mio::{
    Events, Interest, Poll, Token, Waker,
    event::Event,
    net::{TcpListener, TcpStream},
};

use super::{BUFFER, Limits, PAUSE, Stop, connection::Connection, has_no_room};

/// Echoes to all clients, until somebody stops it.
///
/// # Errors
/// What `accept` and `poll` say. What goes wrong with one client costs that
/// client alone.
pub fn serve(
    listener: net::TcpListener,
    limits: &Limits,
    stop: &Stop,
) -> io::Result<()> {
    // "Ready" is a hint: a client may go between poll and accept, and a listener
    // that blocks would then keep everybody waiting for the next one.
    listener.set_nonblocking(true)?;
    let mut listener = TcpListener::from_std(listener);
    let poll = Poll::new()?;
    let registry = poll.registry();
    registry.register(&mut listener, LISTENER, Interest::READABLE)?;
    stop.wake_with(Waker::new(registry, WAKER)?);

    let (clients, look_at) = (BTreeMap::new(), Instant::now());
    let (next, buffer, accept_in) = (FIRST, Box::new([0; BUFFER]), None);
    let mut server =
        Server { poll, limits, clients, next, buffer, accept_in, look_at };
    let mut events = Events::with_capacity(1024);
    while !stop.is_stopped() {
        server.turn(&mut events, Some(&listener), Duration::MAX)?;
    }
    // Whoever comes from here on is refused; who is here may finish.
    drop(listener);
    let stopped = Instant::now();
    let left = || limits.grace.checked_sub(stopped.elapsed());
    while let (Some(left), false) = (left(), server.clients.is_empty()) {
        server.turn(&mut events, None, left)?;
    }
    Ok(())
}

struct Server<'a> {
    poll: Poll,
    limits: &'a Limits,
    /// Who comes later has a greater number: the first is the oldest. No number
    /// is given twice, so no event reaches somebody else's connection.
    clients: BTreeMap<usize, Connection>,
    next: usize,
    /// What a read fills: one client's at a time, so one is enough.
    buffer: Box<[u8; BUFFER]>,
    /// When to try `accept` untold, if somebody may be waiting there.
    accept_in: Option<Duration>,
    /// When to look for idle ones.
    look_at: Instant,
}

impl Server<'_> {
    /// Waits until somebody is ready, at most so long, and sees to all who are.
    fn turn(
        &mut self,
        events: &mut Events,
        listener: Option<&TcpListener>,
        at_most: Duration,
    ) -> io::Result<()> {
        // With nobody there nothing can be late, and we may sleep for ever.
        let tick = self.limits.patience / TICKS;
        let look_in = (!self.clients.is_empty()).then_some(tick.min(at_most));
        let accept_in = self.accept_in.take();
        let mut is_accepting = accept_in.is_some();
        let timeout = [accept_in, look_in].into_iter().flatten().min();
        match self.poll.poll(events, timeout) {
            // By a signal, such as that of Ctrl-Z and `fg`.
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            result => result?,
        }
        // One look at the clock serves all the events.
        let now = Instant::now();
        for event in &*events {
            match event.token() {
                LISTENER => is_accepting = true,
                WAKER => {}
                Token(number) => self.go_on(number, event, now),
            }
        }
        if let (true, Some(listener)) = (is_accepting, listener) {
            self.accept(listener, now)?;
        }
        if now >= self.look_at {
            self.look_at = now + tick;
            let patience = self.limits.patience;
            self.clients.retain(|_, c| now - c.progress < patience);
        }
        Ok(())
    }

    /// Takes those who wait at the listener.
    fn accept(&mut self, from: &TcpListener, now: Instant) -> io::Result<()> {
        for _ in 0..ROUNDS {
            match from.accept() {
                Ok((stream, _)) => self.enter(stream, now),
                // Nobody is there any more: poll will tell of the next.
                Err(e) if e.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(e) if client_has_gone(&e) => {}
                // The client is still in the queue, and poll will not tell of it
                // again. The oldest goes; where there is none, we wait a little.
                Err(e) if has_no_room(&e) => {
                    if self.clients.pop_first().is_none() {
                        self.accept_in = Some(PAUSE);
                        return Ok(());
                    }
                }
                Err(e) => return Err(e),
            }
        }
        self.accept_in = Some(Duration::ZERO);
        Ok(())
    }

    /// Makes room for a client, and lets it in.
    fn enter(&mut self, stream: TcpStream, now: Instant) {
        while self.clients.len() >= self.limits.clients.max(1) {
            self.clients.pop_first();
        }
        let (registry, token) = (self.poll.registry(), Token(self.next));
        // Where it fails, that costs this client, which is closed, and no other.
        if let Ok(client) = Connection::new(stream, registry, token, now) {
            self.clients.insert(self.next, client);
            self.next += 1;
        }
    }

    /// Goes on with the client of that number, if it is still here.
    fn go_on(&mut self, number: usize, event: &Event, now: Instant) {
        let registry = self.poll.registry();
        let buffer = &mut self.buffer[..];
        let client = self.clients.get_mut(&number);
        if !client.is_some_and(|c| c.go_on(registry, event, buffer, now)) {
            // Dropping the stream closes it, and that ends the reports too.
            self.clients.remove(&number);
        }
    }
}

/// The names in events: of the listener, of the waker, and of the first client.
const LISTENER: Token = Token(0);
const WAKER: Token = Token(1);
const FIRST: usize = 2;

/// How many clients are accepted before the others have their turn.
const ROUNDS: usize = 64;

/// An idle client is closed after its time, or a tick later: so many are in it.
const TICKS: u32 = 8;
