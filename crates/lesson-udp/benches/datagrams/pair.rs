//! Two processes: one sends, one receives. The first datagram is empty: it
//! introduces the sender, who waits for the answer. Then come those that count.
//! The last is empty again, and comes until the receiver has said what it got.
//!
//! With a window the receiver answers each half of it, and the sender is never
//! more than a whole one ahead: nothing is lost, as long as a window fits into
//! the receiver's buffer. Without one the sender waits for nothing.

use std::{
    io::{self, ErrorKind},
    net::{SocketAddr, UdpSocket},
    time::{Duration, Instant},
};

use common::cli;

use crate::{
    cpu,
    outcome::{End, Outcome},
    ways::{self, MOST, PATIENCE, Way, bind},
};

/// The most datagrams of that size that are under way: what a receiver has room
/// for where nobody has raised the limits of Linux.
pub(crate) fn window(size: usize) -> usize {
    if size > 256 { 128 } else { 256 }
}

/// The process that receives, until it is ended.
///
/// # Errors
/// What the kernel says, also that nobody sends any more.
pub(crate) fn receive(way: Way, size: usize, window: usize) -> io::Result<()> {
    let socket = bind()?;
    cli::say(format!("receiving on {}", socket.local_addr()?));
    let (_, peer) = socket.recv_from(&mut [0; 1])?;
    let back = Other::of(&socket, peer, way)?;
    let mut receiver = ways::receiver(way, socket, size)?;
    let mut arrived = End::default();
    let mut answered = 0;
    let watch = Watch::start();
    back.tell(b"")?;
    loop {
        let taken = receiver.receive()?;
        arrived.calls += 1;
        arrived.datagrams += taken.datagrams;
        while window > 0 && answered + window / 2 <= arrived.datagrams {
            back.tell(b"")?;
            answered += window / 2;
        }
        if taken.is_end {
            break;
        }
    }
    watch.stop(&mut arrived);
    loop {
        back.tell(arrived.to_string().as_bytes())?;
        receiver.receive()?;
    }
}

/// The process that sends, for so long.
///
/// # Errors
/// What the kernel says, also that the receiver does not answer.
pub(crate) fn send(
    way: Way,
    to: SocketAddr,
    size: usize,
    window: usize,
    time: Duration,
) -> io::Result<Outcome> {
    let socket = bind()?;
    let back = Other::of(&socket, to, way)?;
    back.tell(b"")?;
    back.hear()?;
    let mut sender = ways::sender(way, socket, to, size)?;
    let mut sent = End::default();
    let mut answered = 0;
    let watch = Watch::start();
    while watch.start.elapsed() < time {
        let next = sent.datagrams + MOST;
        while sent.datagrams < next {
            let ahead = sent.datagrams + way.at_a_time(size) - answered;
            if window > 0 && ahead > window {
                back.hear()?;
                answered += window / 2;
            }
            sent.datagrams += sender.send()?;
            sent.calls += 1;
        }
    }
    while window > 0 && answered + window / 2 <= sent.datagrams {
        back.hear()?;
        answered += window / 2;
    }
    watch.stop(&mut sent);
    let arrived = back.report()?.parse().map_err(io::Error::other)?;
    Ok(Outcome { sent, arrived })
}

/// The other end, for all but the datagrams that count.
struct Other {
    socket: UdpSocket,
    addr: SocketAddr,
    is_connected: bool,
}

impl Other {
    /// Connects, if that is the way.
    fn of(socket: &UdpSocket, addr: SocketAddr, way: Way) -> io::Result<Self> {
        let is_connected = way.is_connected();
        if is_connected {
            socket.connect(addr)?;
        }
        Ok(Self { socket: socket.try_clone()?, addr, is_connected })
    }

    fn tell(&self, what: &[u8]) -> io::Result<usize> {
        // Not all systems take an address for a socket that has one.
        if self.is_connected {
            self.socket.send(what)
        } else {
            self.socket.send_to(what, self.addr)
        }
    }

    fn hear(&self) -> io::Result<String> {
        let mut buffer = [0; 200];
        let length = self.socket.recv(&mut buffer)?;
        Ok(String::from_utf8_lossy(&buffer[..length]).into_owned())
    }

    /// Ends, as often as it takes: the receiver's buffer may be full.
    fn report(&self) -> io::Result<String> {
        self.socket.set_read_timeout(Some(PAUSE))?;
        let start = Instant::now();
        self.tell(b"")?;
        loop {
            match self.hear() {
                Ok(text) if text.is_empty() => {}
                Ok(text) => return Ok(text),
                Err(error) if start.elapsed() > PATIENCE => return Err(error),
                Err(e) if is_no_answer(e.kind()) => {
                    self.tell(b"")?;
                }
                Err(error) => return Err(error),
            }
        }
    }
}

/// A timeout is the first on Unix, the second on Windows.
fn is_no_answer(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

struct Watch {
    start: Instant,
    cpu: f64,
}

impl Watch {
    fn start() -> Self {
        Self { start: Instant::now(), cpu: used() }
    }

    fn stop(&self, end: &mut End) {
        end.time = self.start.elapsed().as_secs_f64();
        end.cpu = used() - self.cpu;
    }
}

fn used() -> f64 {
    cpu::seconds(None).unwrap_or(f64::NAN)
}

/// Until the receiver is told again that this was the end.
const PAUSE: Duration = Duration::from_millis(5);
