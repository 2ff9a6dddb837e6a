//! The connections that a server with threads has open, so that it can end them
//! from outside: the oldest when there is no room, all when it stops.

use std::{
    collections::BTreeMap,
    io,
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex, MutexGuard, Weak},
    thread,
    time::Duration,
};

use common::client_has_gone;

use super::{LEAVING, PAUSE, Stop, guest::Guest, has_no_room};

/// The open connections, at most so many.
pub(super) struct Open {
    most: usize,
    guests: Mutex<Guests>,
    left: Condvar,
}

#[derive(Default)]
struct Guests {
    /// Who comes later has a greater number: the first is the oldest. Weak,
    /// because this list looks on and keeps no connection open; `None` for one
    /// that has been cut off and has not left yet.
    by_number: BTreeMap<u64, Option<Weak<TcpStream>>>,
    next: u64,
    /// How many wait until somebody leaves.
    awaited: usize,
}

impl Open {
    pub(super) fn new(most: usize) -> Self {
        let most = most.max(1);
        Self { most, guests: Mutex::default(), left: Condvar::new() }
    }

    /// Hands each client to `welcome`, until `accept` fails for good or somebody
    /// stops us. Then those that are open may finish within `grace`.
    pub(super) fn serve<'a>(
        &'a self,
        listener: &TcpListener,
        grace: Duration,
        stop: &Stop,
        mut welcome: impl FnMut(Guest<'a>),
    ) -> io::Result<()> {
        thread::scope(|scope| {
            // `welcome` may be busy when we are stopped, so another one looks.
            thread::Builder::new().spawn_scoped(scope, || {
                stop.wait();
                self.finish_within(grace);
            })?;
            let ended = loop {
                match self.next(listener, stop) {
                    Ok(Some(guest)) => welcome(guest),
                    Ok(None) => break Ok(()),
                    Err(error) => break Err(error),
                }
            };
            stop.stop();
            ended
        })
    }

    /// The next client, or `None` once somebody has stopped us.
    fn next(
        &self,
        listener: &TcpListener,
        stop: &Stop,
    ) -> io::Result<Option<Guest<'_>>> {
        loop {
            let accepted = listener.accept();
            let mut guests = self.guests();
            // The new one may speak at once; the oldest has had its time.
            let is_full = |guests: &Guests| guests.by_number.len() >= self.most;
            while accepted.is_ok() && is_full(&guests) && !stop.is_stopped() {
                guests = self.cut_one_off(guests);
            }
            if stop.is_stopped() {
                return Ok(None);
            }
            match accepted {
                Ok(new) => return Ok(Some(self.enter(guests, new))),
                Err(e) if client_has_gone(&e) => {}
                // The client is still in the queue, so `accept` would fail
                // again at once, and for ever: make room first.
                Err(e) if has_no_room(&e) => {
                    drop(self.cut_one_off(guests));
                }
                Err(e) => return Err(e),
            }
        }
    }

    fn enter(
        &self,
        mut guests: MutexGuard<'_, Guests>,
        (stream, peer): (TcpStream, SocketAddr),
    ) -> Guest<'_> {
        let (number, stream) = (guests.next, Arc::new(stream));
        guests.next += 1;
        guests.by_number.insert(number, Some(Arc::downgrade(&stream)));
        Guest::new(stream, peer, self, number)
    }

    /// Takes a client off the list, whose descriptor is free by now.
    pub(super) fn leave(&self, number: u64) {
        let mut guests = self.guests();
        guests.by_number.remove(&number);
        // To notify is a system call, whether or not anybody waits.
        if guests.awaited > 0 {
            drop(guests);
            self.left.notify_all();
        }
    }

    /// Ends the oldest connection, for somebody else to find room.
    pub(super) fn make_room(&self) {
        drop(self.cut_one_off(self.guests()));
    }

    /// Ends the oldest connection that has not been ended yet, and waits until
    /// one leaves. Not for ever: it may be busy with something else.
    fn cut_one_off<'g>(
        &self,
        mut guests: MutexGuard<'g, Guests>,
    ) -> MutexGuard<'g, Guests> {
        let mut by_age = guests.by_number.values_mut();
        let cut = by_age.find(|connection| connection.is_some()).map(cut_off);
        let patience = if cut.is_some() { LEAVING } else { PAUSE };
        let before = guests.by_number.len();
        self.wait(guests, patience, |guests| guests.by_number.len() == before)
    }

    /// Waits until all have left, and cuts off who is here after `grace`.
    fn finish_within(&self, grace: Duration) {
        let are_here = |guests: &mut Guests| !guests.by_number.is_empty();
        let mut guests = self.wait(self.guests(), grace, are_here);
        guests.by_number.values_mut().for_each(cut_off);
    }

    fn wait<'g>(
        &self,
        mut guests: MutexGuard<'g, Guests>,
        most: Duration,
        are_here: impl Fn(&mut Guests) -> bool,
    ) -> MutexGuard<'g, Guests> {
        guests.awaited += 1;
        let waited = self.left.wait_timeout_while(guests, most, are_here);
        guests = waited.expect("no panic").0;
        guests.awaited -= 1;
        guests
    }

    fn guests(&self) -> MutexGuard<'_, Guests> {
        self.guests.lock().expect("no panic")
    }
}

fn cut_off(connection: &mut Option<Weak<TcpStream>>) {
    // Wakes the thread that sits in `read` or `write` with it: nothing more will
    // come. (Closing would not wake it, and the number of a closed descriptor
    // may be somebody else's by now.) Where the client has gone it fails.
    if let Some(stream) = connection.take().and_then(|weak| weak.upgrade()) {
        let _ = stream.shutdown(Shutdown::Both);
    }
}
