//! What "ready" means, and what it is easy to forget.

use std::{
    io::{ErrorKind, Read, Write},
    net::{TcpListener, TcpStream},
};

use testkit::{DEADLINE, within};

use crate::conversations::loopback;

/// Two ends of a connection: the client's, and the server's.
fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind(loopback()).expect("a free port");
    let addr = listener.local_addr().expect("it is bound");
    let client = TcpStream::connect(addr).expect("it listens");
    let (server, _) = listener.accept().expect("it waits already");
    (client, server)
}

/// "Nothing now" is an answer, and the connection is as good as before.
#[test]
fn would_block_is_no_failure() {
    within(DEADLINE, || {
        let listener = TcpListener::bind(loopback()).expect("a free port");
        listener.set_nonblocking(true).expect("every socket can");
        let error = listener.accept().expect_err("nobody is there");
        assert_eq!(error.kind(), ErrorKind::WouldBlock);

        let (mut client, mut server) = pair();
        server.set_nonblocking(true).expect("every socket can");
        let error = server.read(&mut [0; 9]).expect_err("nothing has come");
        assert_eq!(error.kind(), ErrorKind::WouldBlock);
        client.write_all(b"later").expect("it is taken");
        server.set_nonblocking(false).expect("every socket can");
        let mut bytes = [0; 5];
        server.read_exact(&mut bytes).expect("it comes");
        assert_eq!(&bytes, b"later");
    });
}

/// epoll through mio, which asks it for edges.
#[cfg(target_os = "linux")]
mod on_linux {
    use std::{
        io::{Read, Write},
        net::TcpStream,
        time::Duration,
    };

    use mio::{Events, Interest, Poll, Token, net};
    use testkit::{DEADLINE, assert_transcript, within};

    use super::pair;

    /// A server's end in `poll`, and what `poll` says about it.
    struct Watched {
        stream: net::TcpStream,
        poll: Poll,
        events: Events,
    }

    impl Watched {
        fn new(stream: TcpStream) -> Self {
            stream.set_nonblocking(true).expect("every socket can");
            let mut stream = net::TcpStream::from_std(stream);
            let poll = Poll::new().expect("descriptors are left");
            let (registry, events) =
                (poll.registry(), Events::with_capacity(8));
            registry
                .register(&mut stream, Token(0), Interest::READABLE)
                .expect("it can be watched");
            Self { stream, poll, events }
        }

        /// Whether there is an event within that time.
        fn is_told(&mut self, time: Duration) -> bool {
            self.poll.poll(&mut self.events, Some(time)).expect("no signal");
            !self.events.is_empty()
        }
    }

    const SOON: Duration = Duration::from_millis(200);

    /// Ten bytes, one event. Four are read, and nobody ever speaks of the other
    /// six again: the client has sent all, waits for its answer, and so do we.
    #[test]
    fn who_does_not_drain_hangs() {
        within(DEADLINE, || {
            let (mut client, server) = pair();
            client.write_all(b"0123456789").expect("it is taken");
            server.peek(&mut [0]).expect("it has come");
            let mut watched = Watched::new(server);
            let mut told =
                vec![("10 bytes have come", watched.is_told(DEADLINE))];
            told.push(("nothing is read", watched.is_told(SOON)));
            let mut four = [0; 4];
            watched.stream.read_exact(&mut four).expect("it is there");
            told.push(("4 bytes are read", watched.is_told(SOON)));
            client.write_all(b"x").expect("it is taken");
            told.push(("1 more byte comes", watched.is_told(DEADLINE)));
            let mut seven = [0; 7];
            watched.stream.read_exact(&mut seven).expect("it is there");
            assert_eq!(&seven, b"456789x", "nothing is lost");
            told.push(("all is read", watched.is_told(SOON)));
            let mut text = String::new();
            for (what, is_told) in told {
                let event = if is_told { "event" } else { "nothing" };
                text += &format!("{what:20}{event}\n");
            }
            assert_transcript!("step09_clients_edge", text);
        });
    }

    /// To ask again for the same thing is answered by what is there.
    #[test]
    fn reregister_tells_again() {
        within(DEADLINE, || {
            let (mut client, server) = pair();
            client.write_all(b"0123456789").expect("it is taken");
            let mut watched = Watched::new(server);
            assert!(watched.is_told(DEADLINE));
            assert!(!watched.is_told(SOON));
            let registry = watched.poll.registry();
            registry
                .reregister(&mut watched.stream, Token(0), Interest::READABLE)
                .expect("it is registered");
            assert!(watched.is_told(DEADLINE));
        });
    }
}
