//! The other end of a UDP conversation: does what the script says, writes down
//! what it sees.

use std::{
    borrow::Cow,
    net::{SocketAddr, UdpSocket},
    sync::{Arc, Mutex},
};

use common::{Entry, Event, Transcript};

/// A UDP socket in the hands of a test. Several may write one transcript.
pub struct Datagrams {
    socket: UdpSocket,
    me: Cow<'static, str>,
    transcript: Arc<Mutex<Transcript>>,
}

impl Datagrams {
    /// Binds a loopback port as `me`, writing down what happens in `transcript`.
    pub fn bind(me: &'static str, transcript: &Arc<Mutex<Transcript>>) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        Self { socket, me: me.into(), transcript: Arc::clone(transcript) }
    }

    /// Sends one datagram to `other`.
    pub fn send(&self, bytes: &[u8], other: &'static str, to: SocketAddr) {
        let event = Event::Bytes(bytes.to_vec());
        self.push(Entry::new(self.me.clone(), other, event));
        let sent = self.socket.send_to(bytes, to).expect("it can be sent");
        assert_eq!(sent, bytes.len(), "a datagram is sent whole");
    }

    /// Waits for one datagram from `other`, and gives it with its sender.
    pub fn receive(&self, other: &'static str) -> (Vec<u8>, SocketAddr) {
        let mut buffer = vec![0; 65_535];
        let (length, from) =
            self.socket.recv_from(&mut buffer).expect("a datagram comes");
        buffer.truncate(length);
        let event = Event::Bytes(buffer.clone());
        self.push(Entry::new(other, self.me.clone(), event));
        (buffer, from)
    }

    /// The address of this end.
    pub fn addr(&self) -> SocketAddr {
        self.socket.local_addr().expect("it is bound")
    }

    fn push(&self, entry: Entry) {
        self.transcript.lock().expect("no test panicked").push(entry);
    }
}
