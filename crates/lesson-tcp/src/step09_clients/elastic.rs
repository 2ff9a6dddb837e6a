//! A pool that grows: nobody waits while all threads are busy, and no thread is
//! made while one is free.
//!
//! ```text
//! accept ─┬─ one is free:  hand over ─┬─▶ converse ─ close ─ free ─┐
//!         └─ none is:      spawn ─────┘        ▲                   │
//!                                              └──── handed over ──┴─ gone
//! ```
//!
//! As many threads as clients, like `threads`, and most clients cost no new one,
//! like `pool`. Who has been free for a while goes, so that a storm leaves
//! nothing behind.

use std::{
    collections::VecDeque,
    io,
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Condvar, Mutex, MutexGuard},
    thread::{self, Builder},
    time::Duration,
};

use super::{Limits, Stop, guest::Guest, open::Open};

/// As [`threads::serve`](super::threads::serve), and a thread may serve several
/// clients in its life.
///
/// # Errors
/// What `accept` says about the listener. What goes wrong with one client, even
/// a panic, costs that client alone.
pub fn serve<C>(
    listener: &TcpListener,
    limits: &Limits,
    stop: &Stop,
    converse: C,
) -> io::Result<()>
where
    C: Fn(&TcpStream, SocketAddr) + Sync,
{
    let open = Open::new(limits.clients);
    let desk = &Desk::default();
    let converse = &converse;
    thread::scope(|scope| {
        let ended = open.serve(listener, limits.grace, stop, |guest| {
            let Some(guest) = desk.hand_over(guest) else { return };
            let work = || {
                guest.converse(converse);
                while let Some(guest) = desk.next() {
                    guest.converse(converse);
                }
            };
            if Builder::new().spawn_scoped(scope, work).is_err() {
                open.make_room();
            }
        });
        desk.close();
        ended
    })
}

/// Where clients are handed over to threads that are free.
#[derive(Default)]
struct Desk<'a> {
    state: Mutex<State<'a>>,
    changed: Condvar,
}

#[derive(Default)]
struct State<'a> {
    /// Never more than there are threads free: each of them finds one.
    guests: VecDeque<Guest<'a>>,
    free: usize,
    is_closed: bool,
}

impl<'a> Desk<'a> {
    /// Gives the client back if no thread is free.
    fn hand_over(&self, guest: Guest<'a>) -> Option<Guest<'a>> {
        let mut state = self.state();
        if state.free == state.guests.len() {
            return Some(guest);
        }
        state.guests.push_back(guest);
        // First the lock, then the call: who is woken wants the lock.
        drop(state);
        self.changed.notify_one();
        None
    }

    /// The next client, or `None` if there is none for a while, or at the end.
    fn next(&self) -> Option<Guest<'a>> {
        let mut state = self.state();
        state.free += 1;
        let is_waiting =
            |state: &mut State| state.guests.is_empty() && !state.is_closed;
        let waited = self.changed.wait_timeout_while(state, KEPT, is_waiting);
        let (mut state, _) = waited.expect("no panic");
        state.free -= 1;
        state.guests.pop_front()
    }

    fn close(&self) {
        self.state().is_closed = true;
        self.changed.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State<'a>> {
        self.state.lock().expect("no panic")
    }
}

/// How long a thread is kept that has nothing to do.
const KEPT: Duration = Duration::from_millis(500);
