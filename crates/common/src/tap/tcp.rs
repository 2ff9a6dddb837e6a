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
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use socket2::SockRef;

use super::{SERVER, client};
use crate::transcript::{Entry, Event};

/// Relays each connection to `server`, until accepting fails for good.
pub fn serve(
    listener: &TcpListener,
    server: SocketAddr,
    observe: impl Fn(Entry) + Send + Sync + 'static,
) -> io::Error {
    let observe = Arc::new(observe);
    for number in 1.. {
        let stream = match listener.accept() {
            Ok((stream, _)) => stream,
            // This one client has gone before we came to it.
            Err(e) if e.kind() == ErrorKind::ConnectionAborted => continue,
            Err(e) => return e,
        };
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
    let aborted = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| pump(&client_end, &server_end, observe, &aborted));
        pump(&server_end, &client_end, observe, &aborted);
    });
    if aborted.into_inner() {
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

/// Carries one direction until it ends.
fn pump(
    from: &End,
    to: &End,
    observe: &(dyn Fn(Entry) + Sync),
    aborted: &AtomicBool,
) {
    // The end that aborted, and how we know.
    let abort = |by: &End, seen_by: &End, error: &io::Error| {
        if !aborted.swap(true, Ordering::SeqCst) {
            let (role, other) = (by.role.clone(), seen_by.role.clone());
            observe(Entry::new(role, other, Event::from(error)));
        }
        // Wakes the pump of the other direction and sends nothing.
        let _ = seen_by.stream.shutdown(Shutdown::Read);
    };
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let event = match (&*from.stream).read(&mut buffer) {
            Ok(_) if aborted.load(Ordering::SeqCst) => return,
            Ok(0) => Event::Eof,
            Ok(n) => Event::Bytes(buffer[..n].to_vec()),
            Err(e) if e.kind() == ErrorKind::Interrupted => continue,
            Err(e) => return abort(from, to, &e),
        };
        observe(Entry::new(from.role.clone(), to.role.clone(), event.clone()));
        let passed_on = match event {
            Event::Bytes(bytes) => (&*to.stream).write_all(&bytes),
            _ => return drop(to.stream.shutdown(Shutdown::Write)),
        };
        if let Err(e) = passed_on {
            return abort(to, from, &e);
        }
    }
}
