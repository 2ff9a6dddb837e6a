//! A pool: so many threads and no more, and a queue before them.
//!
//! ```text
//! accept ─ queue ─┬─ worker: converse ─ close ─┐
//!                 ├─ worker: …                 │
//!                 └────────────────────────────┘
//! ```
//!
//! It saves the making of threads. It is no help against clients that stay: a
//! pool of N is full with N of them, even if they say nothing.

use std::{
    io,
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Mutex, mpsc},
    thread::{self, Builder},
};

use super::{Limits, Stop, guest::Guest, open::Open};

/// Holds a `converse` with each client, `limits.clients` at a time, until
/// somebody stops it. Nobody is cut off for those that wait, unless there is no
/// descriptor left: `converse` has to end by itself.
///
/// # Errors
/// Where the threads cannot be made, and what `accept` says about the listener.
pub fn serve<C>(
    listener: &TcpListener,
    limits: &Limits,
    stop: &Stop,
    converse: C,
) -> io::Result<()>
where
    C: Fn(&TcpStream, SocketAddr) + Sync,
{
    // All that can be here: one with each worker, the queue, and one at its
    // door.
    let workers = limits.clients.max(1);
    let open = Open::new(workers + QUEUE + 1);
    // Bounded: when it is full `send` waits, and so do the clients, in the
    // kernel's queue, and not in our memory.
    let (queue, waiting) = mpsc::sync_channel::<Guest>(QUEUE);
    let waiting = Mutex::new(waiting);
    let work = || {
        loop {
            // One worker waits for the next client, the others for the lock.
            let guest = waiting.lock().expect("no panic").recv();
            let Ok(guest) = guest else { return };
            guest.converse(&converse);
        }
    };
    // The queue is the scope's own: when the server has stopped, the workers find
    // its end, after all that is still in it.
    let open = &open;
    thread::scope(move |scope| {
        for _ in 0..workers {
            Builder::new().spawn_scoped(scope, work)?;
        }
        open.serve(listener, limits.grace, stop, |guest| {
            let _ = queue.send(guest);
        })
    })
}

/// Clients that have been accepted and wait for a worker.
const QUEUE: usize = 64;
