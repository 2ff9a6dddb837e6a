//! One client: connects, asks, checks each byte of the reply, ends.

use std::{
    io::{self, ErrorKind, Read, Write},
    net::{Shutdown, SocketAddr},
};

use common::Charset;
use lesson_tcp::{STATUS_LINE, body};
use mio::{Interest, Poll, Token, event::Event, net::TcpStream};

/// What client and server do with a connection.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialogue {
    /// Ask, get the echo, ask again, and so on.
    Kept,
    /// Connect, ask, get the echo, close; then the server closes.
    Whole,
    /// Connect, ask, get a page; then the server closes.
    Page,
}

/// What all the clients share.
pub(super) struct Talk {
    servers: Vec<SocketAddr>,
    next: usize,
    dialogue: Dialogue,
    page: Vec<u8>,
    pub(super) poll: Poll,
}

impl Talk {
    pub(super) fn new(
        servers: Vec<SocketAddr>,
        dialogue: Dialogue,
        poll: Poll,
    ) -> Self {
        let page = [STATUS_LINE, &body(Charset::Gb2312)].concat();
        Self { servers, next: 0, dialogue, page, poll }
    }

    fn connect(&mut self) -> io::Result<TcpStream> {
        self.next = (self.next + 1) % self.servers.len();
        TcpStream::connect(self.servers[self.next])
    }
}

pub(super) struct Client {
    at: usize,
    stream: Option<TcpStream>,
    is_registered: bool,
    state: State,
    /// How many replies it had: no two requests are the same.
    turn: u64,
    /// How many bytes of this reply it has.
    got: usize,
    pub(super) is_served: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Away,
    Connecting,
    Asked,
    /// Has the reply and waits for the server to close.
    Ending,
    /// Has what it wanted, and may start again.
    Resting,
}

impl Client {
    pub(super) fn new(at: usize) -> Self {
        Self {
            at,
            stream: None,
            is_registered: false,
            state: State::Away,
            turn: 0,
            got: 0,
            is_served: false,
        }
    }

    pub(super) fn is_resting(&self) -> bool {
        self.state == State::Resting
    }

    /// Closes the connection, whatever its state.
    pub(super) fn give_up(&mut self) {
        self.stream = None;
        self.state = State::Away;
    }

    /// Asks, on a new connection if there is none.
    pub(super) fn start(&mut self, talk: &mut Talk) -> io::Result<()> {
        if self.stream.is_none() {
            self.stream = Some(talk.connect()?);
            self.is_registered = false;
        }
        // On the loopback interface the handshake is over when connect returns,
        // so that most often we can ask at once.
        self.ask(talk)
    }

    /// Does what can be done now. Tells whether the dialogue is over.
    pub(super) fn go_on(
        &mut self,
        talk: &mut Talk,
        event: &Event,
    ) -> io::Result<bool> {
        match self.state {
            State::Connecting => self.ask(talk).map(|()| false),
            State::Asked => self.hear(talk, event.is_read_closed()),
            State::Ending => self.end(),
            State::Away | State::Resting => Ok(false),
        }
    }

    fn ask(&mut self, talk: &Talk) -> io::Result<()> {
        let request = self.request();
        let Some(stream) = &mut self.stream else { return Ok(()) };
        let mut interest = Interest::READABLE;
        self.state = State::Asked;
        self.got = 0;
        match stream.write(&request) {
            Ok(length) if length == request.len() => {}
            Ok(_) => return odd("a request of 64 bytes did not go out whole"),
            Err(e) if is_early(&e) => {
                self.state = State::Connecting;
                interest |= Interest::WRITABLE;
            }
            Err(error) => return Err(error),
        }
        if self.is_registered {
            return Ok(());
        }
        self.is_registered = true;
        talk.poll.registry().register(stream, Token(self.at), interest)
    }

    fn hear(&mut self, talk: &Talk, is_closed: bool) -> io::Result<bool> {
        let echo = self.request();
        let expected = if talk.dialogue == Dialogue::Page {
            &talk.page
        } else {
            &echo[..]
        };
        let Some(stream) = &mut self.stream else { return Ok(false) };
        let mut buffer = [0; BUFFER];
        while self.got < expected.len() {
            let length = match stream.read(&mut buffer) {
                Ok(0) => return odd("closed before the end of the reply"),
                Ok(length) => length,
                Err(e) if e.kind() == ErrorKind::WouldBlock => {
                    return Ok(false);
                }
                Err(error) => return Err(error),
            };
            if !expected[self.got..].starts_with(&buffer[..length]) {
                return odd(WRONG);
            }
            self.got += length;
        }
        self.turn += 1;
        match talk.dialogue {
            Dialogue::Kept => return Ok(self.rest()),
            Dialogue::Whole => stream.shutdown(Shutdown::Write)?,
            Dialogue::Page => {}
        }
        self.state = State::Ending;
        // An end that came with the reply has no event of its own.
        if is_closed { self.end() } else { Ok(false) }
    }

    fn end(&mut self) -> io::Result<bool> {
        let Some(stream) = &mut self.stream else { return Ok(false) };
        match stream.read(&mut [0; BUFFER]) {
            Ok(0) => {
                self.stream = None;
                Ok(self.rest())
            }
            Ok(_) => odd(WRONG),
            Err(e) if e.kind() == ErrorKind::WouldBlock => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn rest(&mut self) -> bool {
        self.is_served = true;
        self.state = State::Resting;
        true
    }

    /// 64 bytes that no other client sends, and this one not twice: an echo that
    /// belongs to somebody else, or is late, is found out.
    fn request(&self) -> [u8; 64] {
        let mut request = [0; 64];
        for (word, number) in request.chunks_exact_mut(8).zip(0u64..) {
            let number = (number << 56) | ((self.at as u64) << 40) | self.turn;
            word.copy_from_slice(&number.to_le_bytes());
        }
        request
    }
}

/// Whether a write was too early: the handshake is not over.
fn is_early(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::NotConnected)
}

fn odd<T>(what: &'static str) -> io::Result<T> {
    Err(io::Error::other(what))
}

/// The worst that can be said of a server.
pub(crate) const WRONG: &str = "wrong bytes";

/// More than a reply: one read takes all of it, and shows what is too much.
const BUFFER: usize = 256;
