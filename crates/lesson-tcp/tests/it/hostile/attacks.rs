//! The attacks: each starts, and goes on until what it gives is dropped.

use std::{
    any::Any,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::{
        Mutex,
        mpsc::{self, RecvTimeoutError, Sender},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use common::tap;
use socket2::{Domain, Socket, Type};

/// Attacks an address. Ends when the box is dropped.
pub(super) type Attack = fn(SocketAddr) -> Box<dyn Any>;

/// Connects and says nothing.
pub(super) fn idle(server: SocketAddr) -> Box<dyn Any> {
    let turn = ONE_CROWD.lock().expect("no panic");
    Box::new((connections(server, 2000), turn))
}

/// So many descriptors this process has once, and not for each server.
static ONE_CROWD: Mutex<()> = Mutex::new(());

/// More clients than the server has descriptors.
pub(super) fn too_many(server: SocketAddr) -> Box<dyn Any> {
    Box::new(connections(server, 200))
}

/// A byte, and before the server's patience is over another one.
pub(super) fn drip(server: SocketAddr) -> Box<dyn Any> {
    let mut streams = connections(server, 20);
    Background::start(Duration::from_millis(20), move || {
        for stream in &mut streams {
            // Fails once the server has had enough of it.
            let _ = stream.write(b"x");
        }
    })
}

/// One header after the other, as fast as the server takes them.
pub(super) fn endless_headers(server: SocketAddr) -> Box<dyn Any> {
    let mut streams = connections(server, 8);
    for stream in &mut streams {
        let _ = stream.write(b"GET / HTTP/1.1\r\n");
    }
    Background::start(Duration::from_millis(1), move || {
        for stream in &mut streams {
            let _ = stream.write(&b"x-y: z\r\n".repeat(512));
        }
    })
}

/// A megabyte without an end of line, by a client that reads nothing.
pub(super) fn megabyte_line(server: SocketAddr) -> Box<dyn Any> {
    let mut streams: Vec<_> = connections(server, 8)
        .into_iter()
        .map(|stream| (stream, 1_usize << 20))
        .collect();
    Background::start(Duration::from_millis(1), move || {
        for (stream, left) in &mut streams {
            let piece = vec![b'x'; 65_536.min(*left)];
            *left -= stream.write(&piece).unwrap_or_default();
        }
    })
}

/// Bytes that are no text in any charset, and no HTTP.
pub(super) fn invalid_bytes(server: SocketAddr) -> Box<dyn Any> {
    let mut streams = connections(server, 100);
    for (seed, stream) in (1_u8..).zip(&mut streams) {
        let next = |byte: &u8| Some(byte.wrapping_mul(77).wrapping_add(91));
        let noise = std::iter::successors(Some(seed | 0x80), next);
        let _ = stream.write(&noise.take(4096).collect::<Vec<_>>());
    }
    Box::new(streams)
}

/// Resets before, within and after the request, and within the reply.
pub(super) fn resets(server: SocketAddr) -> Box<dyn Any> {
    let request = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    for length in (0..=request.len()).chain([request.len(); 8]) {
        let Some(mut stream) = connect(server) else { continue };
        let _ = stream.write(&request[..length]);
        if length == request.len() {
            // A part of the reply, where there is one by now.
            let _ = stream.read(&mut [0; 5]);
        }
        tap::tcp::reset(stream);
    }
    Box::new(())
}

/// Connects and has gone.
pub(super) fn vanish(server: SocketAddr) -> Box<dyn Any> {
    for _ in 0..1000 {
        drop(connect(server));
    }
    Box::new(())
}

/// As many connections as the server's kernel takes.
fn connections(server: SocketAddr, count: usize) -> Vec<TcpStream> {
    (0..count).filter_map(|_| connect(server)).collect()
}

/// A connection that waits for nothing, not even for the handshake: where the
/// server's queue is full that would take seconds.
fn connect(server: SocketAddr) -> Option<TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).ok()?;
    socket.set_nonblocking(true).expect("it can be");
    // "In progress" is what a good beginning is called.
    let _ = socket.connect(&server.into());
    Some(socket.into())
}

/// A thread that does something again and again until this is dropped.
struct Background {
    stop: Option<Sender<()>>,
    running: Option<JoinHandle<()>>,
}

impl Background {
    fn start(
        pause: Duration,
        mut act: impl FnMut() + Send + 'static,
    ) -> Box<dyn Any> {
        let (stop, stopped) = mpsc::channel();
        let (acted, has_acted) = mpsc::channel();
        let running = thread::spawn(move || {
            let go_on = Err(RecvTimeoutError::Timeout);
            while stopped.recv_timeout(pause) == go_on {
                act();
                // Nobody counts any more when the attack is well on its way.
                let _ = acted.send(());
            }
        });
        has_acted.iter().take(ROUNDS).for_each(drop);
        Box::new(Self { stop: Some(stop), running: Some(running) })
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.stop = None;
        let ended = self.running.take().expect("dropped once").join();
        ended.expect("an attack does not panic");
    }
}

/// As often an attack has acted before the first normal client comes.
const ROUNDS: usize = 10;
