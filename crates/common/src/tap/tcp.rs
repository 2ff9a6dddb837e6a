//! A tap for TCP: one thread for each direction of each connection.
//!
//! Three things have to cross faithfully: the bytes, the end of one direction
//! (FIN: the other direction goes on), and an abort (RST: both directions are
//! over at once). An end that aborts *after* its own FIN tells the tap only when
//! the tap writes to it the next time.

use std::{
    borrow::Cow,
    io::{self, ErrorKind, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex, MutexGuard},
    thread,
    time::Duration,
};

use socket2::SockRef;

use super::{CLIENTS, SERVER, client};
use crate::{
    client_has_gone,
    transcript::{Entry, Event},
};

/// Relays each connection to `server`, until accepting fails for good.
pub fn serve(
    listener: &TcpListener,
    server: SocketAddr,
    observe: impl Fn(Entry) + Send + Sync + 'static,
) -> io::Error {
    // Each connection holds one.
    let observe = Arc::new(observe);
    for number in 1.. {
        let stream = match listener.accept() {
            Ok((stream, _)) => stream,
            Err(e) if client_has_gone(&e) => continue,
            Err(e) => return e,
        };
        if Arc::strong_count(&observe) > CLIENTS {
            observe(Entry::new(SERVER, client(number), Event::Refused));
            reset(stream);
            continue;
        }
        let observe = Arc::clone(&observe);
        thread::spawn(move || {
            relay(stream, client(number), server, &*observe);
        });
    }
    unreachable!("nobody makes that many connections")
}

/// Relays one connection until both directions have ended.
pub fn relay(
    client: TcpStream,
    name: Cow<'static, str>,
    server: SocketAddr,
    observe: &(dyn Fn(Entry) + Sync),
) {
    let upstream = match TcpStream::connect(server) {
        Ok(upstream) => upstream,
        Err(error) => {
            // The client is connected already: an RST is the nearest thing to
            // the refusal that it would have met without us.
            observe(Entry::new(SERVER, name, Event::from(&error)));
            return reset(client);
        }
    };
    let client_end = End { stream: &client, role: name };
    let server_end = End { stream: &upstream, role: SERVER.into() };
    let state = Mutex::new(State::default());
    thread::scope(|scope| {
        scope.spawn(|| pump(&client_end, &server_end, observe, &state));
        pump(&server_end, &client_end, observe, &state);
    });
    if state.into_inner().is_ok_and(|state| state.aborted) {
        reset(client);
        reset(upstream);
    }
}

/// Closes a connection by RST instead of FIN (RFC 9293 §3.10.5, ABORT): what is
/// still to be sent is thrown away and the other end sees `ConnectionReset`.
pub fn reset(stream: TcpStream) {
    // With a linger time of zero, close() aborts: socket(7), SO_LINGER. Where
    // the connection is dead already this fails, and there is nothing to abort.
    let _ = SockRef::from(&stream).set_linger(Some(Duration::ZERO));
    drop(stream);
}

struct End<'a> {
    stream: &'a TcpStream,
    role: Cow<'static, str>,
}

/// What both pumps of a connection know, and change one at a time.
#[derive(Default)]
struct State {
    /// One end has sent its FIN, and we have passed it on.
    half_closed: bool,
    /// One end has aborted: there is nothing more to pass on.
    aborted: bool,
}

/// Carries one direction until it ends.
fn pump(
    from: &End,
    to: &End,
    observe: &(dyn Fn(Entry) + Sync),
    state: &Mutex<State>,
) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let length = match (&*from.stream).read(&mut buffer) {
            Ok(0) => return end(from, to, observe, state),
            Ok(length) => length,
            Err(e) if e.kind() == ErrorKind::Interrupted => continue,
            Err(e) => return abort(from, to, &e, observe, state),
        };
        let locked = lock(state);
        if locked.aborted {
            // What was still on its way in a dead connection ends here.
            return;
        }
        let event = Event::Bytes(buffer[..length].to_vec());
        observe(Entry::new(from.role.clone(), to.role.clone(), event));
        drop(locked);
        if let Err(e) = (&*to.stream).write_all(&buffer[..length]) {
            return abort(to, from, &e, observe, state);
        }
    }
}

/// Passes on that `from` has ended its direction.
fn end(
    from: &End,
    to: &End,
    observe: &(dyn Fn(Entry) + Sync),
    state: &Mutex<State>,
) {
    let mut locked = lock(state);
    if locked.aborted {
        return;
    }
    // The pump of the other direction may have been told of an RST before us,
    // and then a read gives 0 as after a FIN. But an end that has sent a FIN
    // still has an address (on other systems than Linux nobody has tried).
    let is_dead = cfg!(target_os = "linux")
        && !locked.half_closed
        && from.stream.peer_addr().is_err();
    if is_dead {
        drop(locked);
        let error = ErrorKind::ConnectionReset.into();
        return abort(from, to, &error, observe, state);
    }
    locked.half_closed = true;
    observe(Entry::new(from.role.clone(), to.role.clone(), Event::Eof));
    // Fails where the other end has gone too: nobody is left to tell.
    let _ = to.stream.shutdown(Shutdown::Write);
}

/// Notes that `by` has aborted the connection, and how we know.
fn abort(
    by: &End,
    seen_by: &End,
    error: &io::Error,
    observe: &(dyn Fn(Entry) + Sync),
    state: &Mutex<State>,
) {
    let mut locked = lock(state);
    if !locked.aborted {
        locked.aborted = true;
        let (role, other) = (by.role.clone(), seen_by.role.clone());
        observe(Entry::new(role, other, Event::from(error)));
    }
    // Wakes the pump of the other direction and sends nothing.
    let _ = seen_by.stream.shutdown(Shutdown::Read);
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().expect("no observer panics")
}
