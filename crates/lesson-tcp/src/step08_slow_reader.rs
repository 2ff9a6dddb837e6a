//! Step 8: what happens to a writer whose reader is slow.
//!
//! ```text
//! write ─► send buffer ═══ the network ═══► receive buffer ─► read
//!   ▲         full                              full           │
//!   └─ waits ◄── keeps it ◄── "my window is zero" ◄── full ◄───┘ later
//! ```
//!
//! `write` does not send: it copies into the send buffer. When the reader does
//! not read, its buffer fills, its kernel says so (the window), ours keeps what
//! it has, and at last `write` waits. Nothing is lost, and nobody needs more
//! memory than the buffers have. Forget it and two programs wait for each other
//! for ever: see [`exchange`].
//!
//! Sources: socket(7) and tcp(7); RFC 9293 §3.8.6 (the window, and how a zero
//! window is probed).

use std::{
    io::{self, ErrorKind, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
};

use socket2::{Domain, Protocol, SockRef, Socket, Type};

pub mod exchange;
pub mod info;

/// The sizes of a socket's two buffers, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Buffers {
    /// What `write` fills and the network empties (SO_SNDBUF).
    pub send: usize,
    /// What the network fills and `read` empties (SO_RCVBUF).
    pub receive: usize,
}

impl Buffers {
    /// The sizes that a connection has: on Linux twice what was asked for, for
    /// the kernel counts its own notes on each packet as well.
    ///
    /// # Errors
    /// What `getsockopt` says.
    pub fn of(stream: &TcpStream) -> io::Result<Self> {
        let socket = SockRef::from(stream);
        let [send, receive] =
            [socket.send_buffer_size()?, socket.recv_buffer_size()?];
        Ok(Self { send, receive })
    }

    /// Asks for these sizes. More than the system allows is cut to that, less
    /// than it can work with is raised, and neither is an error: read them back.
    fn ask(self, socket: &Socket) -> io::Result<()> {
        socket.set_send_buffer_size(self.send)?;
        socket.set_recv_buffer_size(self.receive)
    }
}

/// A listener. The sockets that it accepts have `buffers`; with `None` the
/// kernel chooses, and lets them grow with the traffic.
///
/// # Errors
/// As [`step01_server::listen`](crate::step01_server::listen).
pub fn listen(
    addr: SocketAddr,
    buffers: Option<Buffers>,
) -> io::Result<TcpListener> {
    let domain = Domain::for_address(addr);
    let listener = Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;
    // Before `listen`: the kernel answers the handshake by itself, and in the
    // handshake it says in what unit the window will be counted (RFC 7323). A
    // buffer that becomes larger afterwards keeps the old unit.
    if let Some(buffers) = buffers {
        buffers.ask(&listener)?;
    }
    listener.bind(&addr.into())?;
    listener.listen(BACKLOG)?;
    Ok(listener.into())
}

/// A connection with `buffers` of its own.
///
/// # Errors
/// As [`step02_client::call`](crate::step02_client::call).
pub fn connect(
    server: SocketAddr,
    buffers: Option<Buffers>,
) -> io::Result<TcpStream> {
    let domain = Domain::for_address(server);
    let stream = Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;
    // Before `connect`, for the same reason.
    if let Some(buffers) = buffers {
        buffers.ask(&stream)?;
    }
    stream.connect(&server.into())?;
    Ok(stream.into())
}

/// Writes until the kernel takes no more, and gives how many bytes it took.
///
/// They are in the send buffer, on the way, or in the peer's receive buffer.
/// That the peer's program has read one of them nobody has said.
///
/// # Errors
/// What `send` says.
pub fn fill(mut stream: &TcpStream, bytes: &[u8]) -> io::Result<usize> {
    // From here on a call that would have to wait fails with WouldBlock (EAGAIN).
    stream.set_nonblocking(true)?;
    let mut taken = 0;
    let result = loop {
        // Windows takes a piece whole, whatever its size, where it has room for
        // a byte: small pieces make it show its limits too.
        let end = bytes.len().min(taken + PIECE);
        if taken == end {
            break Ok(taken);
        }
        // Takes as much as there is room for, perhaps not all of the piece.
        match stream.write(&bytes[taken..end]) {
            Ok(length) => taken += length,
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                break Ok(taken);
            }
            Err(error) => break Err(error),
        }
    };
    stream.set_nonblocking(false)?;
    result
}

/// Sends all of `bytes`, and tells `blocked`, before each wait, how many the
/// kernel has taken so far.
///
/// # Errors
/// What `send` says.
pub fn send(
    mut stream: &TcpStream,
    bytes: &[u8],
    blocked: &mut dyn FnMut(usize),
) -> io::Result<()> {
    let mut taken = 0;
    loop {
        taken += fill(stream, &bytes[taken..])?;
        if taken == bytes.len() {
            return Ok(());
        }
        blocked(taken);
        // The wait: the kernel lets this thread sleep until there is room.
        stream.write_all(&bytes[taken..=taken])?;
        taken += 1;
    }
}

/// Reads to the end, calling `before` with the number of bytes so far before
/// each `read`, and gives how many there were.
///
/// # Errors
/// What `recv` says.
pub fn read_slowly(
    mut stream: &TcpStream,
    before: &mut dyn FnMut(usize),
) -> io::Result<usize> {
    let mut total = 0;
    let mut buffer = vec![0; PIECE];
    loop {
        before(total);
        match stream.read(&mut buffer)? {
            0 => return Ok(total),
            length => total += length,
        }
    }
}

/// As in std's `listen`.
const BACKLOG: i32 = 128;

/// The most that one call of `send` or `recv` is given, in bytes.
const PIECE: usize = 65_536;
