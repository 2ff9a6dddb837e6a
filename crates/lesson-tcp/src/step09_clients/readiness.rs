//! One thread for all: it asks the kernel which sockets are ready, and waits for
//! nothing else.
//!
//! ```text
//! poll ─┬─ listener is ready:   accept, accept, … WouldBlock
//!       ├─ client is ready:     read ─ write … WouldBlock
//!       ├─ somebody stops us
//!       └─ time has passed:     close who was idle
//! ```
//!
//! *Level-triggered* polling reports a socket as long as there is something to
//! read, *edge-triggered* polling when something new has come. mio asks Linux for
//! the second (EPOLLET). Forget to read until WouldBlock, and the rest stays
//! where it is: no event will tell of it.
//!
//! Sources: epoll(7), "Level-triggered and edge-triggered"; the documentation of
//! `mio::Poll`.

use std::{
    collections::BTreeMap,
    io::{self, ErrorKind},
    net,
    time::{Duration, Instant},
};

use common::client_has_gone;
use mio::{
    Events, Interest, Poll, Token, Waker,
    net::{TcpListener, TcpStream},
};

use super::{
    Limits, PAUSE, Stop,
    connection::{Connection, Next},
    is_out_of_descriptors,
};

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

    let mut server = Server::new(poll, limits);
    let mut events = Events::with_capacity(EVENTS);
    while !stop.is_stopped() {
        server.turn(&mut events, Some(&listener), Duration::MAX)?;
    }
    // Whoever comes from here on is refused; who is here may finish.
    drop(listener);
    let end = Instant::now() + limits.grace;
    while !server.connections.is_empty() && Instant::now() < end {
        let left = end.saturating_duration_since(Instant::now());
        server.turn(&mut events, None, left)?;
    }
    Ok(())
}

struct Server<'a> {
    poll: Poll,
    limits: &'a Limits,
    /// Who comes later has a greater number: the first is the oldest. No number
    /// is given twice, so no event reaches somebody else's connection.
    connections: BTreeMap<usize, Connection>,
    next: usize,
    /// When to try `accept` untold, if somebody may be waiting there.
    accept_in: Option<Duration>,
    /// When to look for idle ones.
    look_at: Instant,
}

impl<'a> Server<'a> {
    fn new(poll: Poll, limits: &'a Limits) -> Self {
        let (connections, look_at) = (BTreeMap::new(), Instant::now());
        Self { poll, limits, connections, next: 0, accept_in: None, look_at }
    }

    /// Waits until somebody is ready, at most so long, and sees to all who are.
    fn turn(
        &mut self,
        events: &mut Events,
        listener: Option<&TcpListener>,
        at_most: Duration,
    ) -> io::Result<()> {
        // With nobody there nothing can be late, and we may sleep for ever.
        let tick = self.limits.idle / TICKS;
        let look_in =
            (!self.connections.is_empty()).then_some(tick.min(at_most));
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
                Token(number) => {
                    self.advance(number, event.is_read_closed(), now);
                }
            }
        }
        match listener {
            Some(listener) if is_accepting => self.accept_all(listener, now)?,
            _ => {}
        }
        if now >= self.look_at {
            self.look_at = now + tick;
            let idle = self.limits.idle;
            self.connections.retain(|_, c| now - c.progress < idle);
        }
        Ok(())
    }

    /// Takes those who wait at the listener.
    fn accept_all(
        &mut self,
        listener: &TcpListener,
        now: Instant,
    ) -> io::Result<()> {
        for _ in 0..ROUNDS {
            match listener.accept() {
                Ok((stream, _)) => self.enter(stream, now),
                // Nobody is there any more: poll will tell of the next.
                Err(e) if e.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(e) if client_has_gone(&e) => {}
                // The client is still in the queue, and poll will not tell of it
                // again. The oldest goes; where there is none, we wait a little.
                Err(e) if is_out_of_descriptors(&e) => {
                    if self.connections.pop_first().is_none() {
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
    fn enter(&mut self, mut stream: TcpStream, now: Instant) {
        while self.connections.len() >= self.limits.clients.max(1) {
            self.connections.pop_first();
        }
        let token = Token(self.next);
        let registry = self.poll.registry();
        // Either fails for a client that has gone, or where the system is at its
        // limits. That costs this client, which is closed here, and nobody else.
        let ready = stream.set_nodelay(true).and_then(|()| {
            registry.register(&mut stream, token, Interest::READABLE)
        });
        if ready.is_ok() {
            self.connections.insert(self.next, Connection::new(stream, now));
            self.next += 1;
        }
    }

    /// Goes on with the client that has this number, if it is still here.
    fn advance(&mut self, number: usize, is_ended: bool, now: Instant) {
        let Some(connection) = self.connections.get_mut(&number) else {
            return;
        };
        // What `poll` is to tell about it next. Where that is what it tells
        // already, no call is needed.
        let again = match connection.advance(is_ended, now) {
            Ok(Next::Event(interest)) if interest == connection.interest => {
                return;
            }
            Ok(Next::Event(interest)) => interest,
            // To ask again for the same makes it report at once what is there.
            Ok(Next::Turn) => connection.interest,
            Ok(Next::Close) | Err(_) => {
                // Dropping the stream closes it, and that ends the reports too.
                self.connections.remove(&number);
                return;
            }
        };
        let registry = self.poll.registry();
        let token = Token(number);
        connection.interest = again;
        if registry.reregister(&mut connection.stream, token, again).is_err() {
            self.connections.remove(&number);
        }
    }
}

const LISTENER: Token = Token(usize::MAX);
const WAKER: Token = Token(usize::MAX - 1);

/// The most that one `poll` reports.
const EVENTS: usize = 1024;

/// How many clients are accepted before the others have their turn.
const ROUNDS: usize = 64;

/// An idle client is closed after its time, or a tick later: so many are in it.
const TICKS: u32 = 8;
