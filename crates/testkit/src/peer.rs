//! The other end of a TCP connection: does what the script says, writes down
//! what it sees.

use std::{
    borrow::Cow,
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    time::Duration,
};

use common::{Charset, Entry, Event, Transcript, tap};

/// One end of a TCP connection, in the hands of a test.
///
/// Each method is a line of the script and panics where the connection does not
/// follow it. What this end sends is written down when it is sent, whether or
/// not the other end is still there.
pub struct Peer {
    stream: TcpStream,
    me: Cow<'static, str>,
    other: Cow<'static, str>,
    transcript: Transcript,
}

impl Peer {
    /// Connects as `client` to a `server`.
    pub fn connect(server: SocketAddr, charset: Charset) -> Self {
        let stream = TcpStream::connect(server).expect("the server listens");
        Self::new(stream, "client", "server", charset)
    }

    /// Takes the next connection as `server` of a `client`.
    pub fn accept(listener: &TcpListener, charset: Charset) -> Self {
        let (stream, _) = listener.accept().expect("a client connects");
        Self::new(stream, "server", "client", charset)
    }

    fn new(
        stream: TcpStream,
        me: &'static str,
        other: &'static str,
        charset: Charset,
    ) -> Self {
        let transcript = Transcript::of_stream(charset);
        Self { stream, me: me.into(), other: other.into(), transcript }
    }

    /// Sends all of `bytes`.
    pub fn send(&mut self, bytes: &[u8]) {
        self.said(Event::Bytes(bytes.to_vec()));
        self.stream.write_all(bytes).expect("the connection takes the bytes");
    }

    /// Waits for exactly `length` bytes.
    pub fn receive(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        self.stream.read_exact(&mut bytes).expect("that many bytes come");
        self.heard(Event::Bytes(bytes.clone()));
        bytes
    }

    /// Waits for the end of the other direction, by FIN or by RST.
    pub fn receive_to_end(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let end = match self.stream.read_to_end(&mut bytes) {
            Ok(_) => Event::Eof,
            Err(error) => Event::from(&error),
        };
        self.heard(Event::Bytes(bytes.clone()));
        self.heard(end);
        bytes
    }

    /// Finds that nothing comes for that long.
    pub fn receive_nothing_for(&mut self, time: Duration) {
        self.stream.set_read_timeout(Some(time)).expect("more than zero");
        let error = self.stream.peek(&mut [0]).expect_err("nothing comes");
        self.heard(Event::from(&error));
        self.stream.set_read_timeout(None).expect("no timeout");
    }

    /// Ends this direction (FIN); the other stays open.
    pub fn half_close(&mut self) {
        self.said(Event::Eof);
        self.stream.shutdown(Shutdown::Write).expect("it is connected");
    }

    /// Closes both directions and gives the transcript.
    pub fn close(mut self) -> Transcript {
        // A dead connection, or one whose end has been said, has no other.
        if !self.is_over() {
            self.said(Event::Eof);
        }
        self.transcript
    }

    /// Aborts the connection (RST) and gives the transcript.
    pub fn reset(mut self) -> Transcript {
        self.said(Event::Reset);
        tap::tcp::reset(self.stream);
        self.transcript
    }

    /// The address of this end.
    pub fn addr(&self) -> SocketAddr {
        self.stream.local_addr().expect("it is connected")
    }

    fn is_over(&self) -> bool {
        self.transcript.entries().iter().any(|entry| {
            entry.event == Event::Reset
                || (entry.event == Event::Eof && entry.from == self.me)
        })
    }

    fn said(&mut self, event: Event) {
        let (from, to) = (self.me.clone(), self.other.clone());
        self.transcript.push(Entry { from, to, event });
    }

    fn heard(&mut self, event: Event) {
        let (from, to) = (self.other.clone(), self.me.clone());
        self.transcript.push(Entry { from, to, event });
    }
}
