//! A thread for each client: each sits in its own `read`, and nobody waits for
//! anybody else.
//!
//! ```text
//! accept ─ spawn ─ accept ─ spawn ─ …
//!          └ converse ─ close
//!                           └ converse ─ close
//! ```
//!
//! Forget the limit and a program that connects in a loop and says nothing takes
//! a thread and a descriptor each time, until there are none. With a limit and no
//! rule for the full house, it keeps everybody else out instead. The rule here:
//! the client that has been connected longest goes, so a new one that speaks at
//! once is served.

use std::{
    io,
    net::{SocketAddr, TcpListener, TcpStream},
    thread::{self, Builder},
};

use super::{Limits, Stop, open::Open};

/// Holds a `converse` with each client, in a thread each, until somebody stops
/// it. Which clients are cut off, and when, is told by the [`Limits`]; `patience`
/// is for `converse` to keep, with timeouts.
///
/// Cutting off is `shutdown`: it ends what `converse` reads and fails what it
/// writes. A `converse` that does neither is waited for.
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
    let converse = &converse;
    // A scope ends when its threads have ended, so they may borrow `converse`,
    // and none is left behind when the server returns.
    thread::scope(|scope| {
        open.serve(listener, limits.grace, stop, |guest| {
            let talk = || guest.converse(converse);
            // `scope.spawn` panics where the system has no thread left. Here it
            // costs this client, which is closed with its closure, and the
            // oldest one: the next is to find room.
            if Builder::new().spawn_scoped(scope, talk).is_err() {
                open.make_room();
            }
        })
    })
}
