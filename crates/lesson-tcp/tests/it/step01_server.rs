//! Step 1: the server in socket2.

use std::{io::Read, time::Duration};

use lesson_tcp::step01_server::listen;
use testkit::{DEADLINE, Peer, assert_transcript, within};

use crate::conversations::{
    CHARSET, REQUEST, abort_then_ask, ask, loopback, say_nothing, step01,
};

#[test]
fn answers_and_closes() {
    within(DEADLINE, || {
        assert_transcript!("step01_server", ask(step01, REQUEST));
    });
}

/// As curl and a browser ask: the request is not text in GB2312 on purpose, and
/// the reply is the same.
#[test]
fn answers_a_browser() {
    within(DEADLINE, || {
        let request = b"GET / HTTP/1.1\r\nHost: 127.0.0.1:8888\r\n\r\n";
        assert_transcript!("step01_server_http", ask(step01, request));
    });
}

/// 加油 in UTF-8: six bytes that are not GB2312.
#[test]
fn answers_what_it_cannot_decode() {
    within(DEADLINE, || {
        let request = "加油".as_bytes();
        assert_transcript!("step01_server_not_gb2312", ask(step01, request));
    });
}

#[test]
fn closes_when_the_client_says_nothing() {
    within(DEADLINE, || {
        assert_transcript!("step01_server_silent", say_nothing(step01));
    });
}

#[test]
fn goes_on_when_a_client_aborts() {
    within(DEADLINE, || {
        assert_transcript!("step01_server", abort_then_ask(step01));
    });
}

/// The kernel completes the second client's handshake and takes its request,
/// but the server sits in `recv` with the first.
#[test]
fn a_silent_client_keeps_the_next_one_waiting() {
    within(DEADLINE, || {
        let server = step01(2);
        let silent = Peer::connect(server.addr, CHARSET);
        let mut next = Peer::connect(server.addr, CHARSET);
        next.send(REQUEST);
        next.receive_nothing_for(Duration::from_millis(200));
        silent.close();
        next.receive_to_end();
        assert_transcript!("step01_server_waits", next.close());
    });
}

/// The handshake and the first bytes need nobody but the kernel.
#[test]
fn the_kernel_takes_clients_before_we_do() {
    within(DEADLINE, || {
        let listener = listen(loopback()).expect("a free port");
        let addr = listener.local_addr().expect("it is bound");
        let addr = addr.as_socket().expect("an IP address");
        let mut client = Peer::connect(addr, CHARSET);
        client.send(b"early");
        let (mut stream, _) = listener.accept().expect("it waits already");
        let mut buffer = [0; 5];
        stream.read_exact(&mut buffer).expect("five bytes");
        assert_eq!(&buffer, b"early");
    });
}

/// Two connections to one port, told apart by the client's.
#[test]
fn accept_opens_no_new_port() {
    within(DEADLINE, || {
        let listener = listen(loopback()).expect("a free port");
        let addr = listener.local_addr().expect("it is bound");
        let addr = addr.as_socket().expect("an IP address");
        let clients =
            [Peer::connect(addr, CHARSET), Peer::connect(addr, CHARSET)];
        for client in &clients {
            let (stream, peer) = listener.accept().expect("it waits");
            let ours = stream.local_addr().expect("it is connected");
            assert_eq!(ours.as_socket(), Some(addr));
            assert_eq!(peer.as_socket(), Some(client.addr()));
        }
        assert_ne!(clients[0].addr(), clients[1].addr());
    });
}

/// What other systems do otherwise, or in another way.
#[cfg(target_os = "linux")]
mod on_linux {
    use std::{
        io::{ErrorKind, Read},
        net::{TcpListener, TcpStream},
        time::Duration,
    };

    use lesson_tcp::step01_server::listen;
    use socket2::{Domain, Socket, Type};
    use testkit::{DEADLINE, Peer, assert_transcript, within};

    use crate::conversations::{CHARSET, ask, loopback, step01};

    /// The server closes with bytes unread, and that is an RST: the client has its
    /// reply here, and an error instead of an end. (On a slower road the RST may
    /// overtake the reply.)
    #[test]
    fn aborts_a_client_that_says_more_than_the_buffer_holds() {
        within(DEADLINE, || {
            let request = [b'x'; 4096];
            assert_transcript!("step01_server_resets", ask(step01, &request));
        });
    }

    /// The server closed first, so its port is in TIME_WAIT: a server that does not
    /// ask for SO_REUSEADDR cannot have it back for a minute.
    #[test]
    fn cannot_have_its_port_back_at_once() {
        within(DEADLINE, || {
            // An address that no other test uses, so that nobody takes the port.
            let any = "127.0.1.1:0".parse().expect("an address");
            let listener = listen(any).expect("a free port");
            let addr = listener.local_addr().expect("it is bound");
            let addr = addr.as_socket().expect("an IP address");
            let client = Peer::connect(addr, CHARSET);
            // Closes first, and leaves its port in TIME_WAIT.
            drop(listener.accept().expect("a client"));
            client.close();
            drop(listener);
            let error = listen(addr).expect_err("TIME_WAIT");
            assert_eq!(error.kind(), ErrorKind::AddrInUse);
            drop(
                TcpListener::bind(addr).expect_err("the first one did not ask"),
            );
        });
    }

    /// Six wait where we said five; to the seventh the kernel does not answer.
    #[test]
    fn the_backlog_is_how_many_may_wait() {
        within(DEADLINE, || {
            let listener = listen(loopback()).expect("a free port");
            let addr = listener.local_addr().expect("it is bound");
            let addr = addr.as_socket().expect("an IP address");
            let waiting: Vec<_> =
                (0..6).map(|_| Peer::connect(addr, CHARSET)).collect();
            let time = Duration::from_millis(200);
            let error = TcpStream::connect_timeout(&addr, time);
            let error = error.expect_err("no room");
            assert_eq!(error.kind(), ErrorKind::TimedOut);
            drop(waiting);
        });
    }

    /// Bind alone makes no server, and the listener is no connection.
    #[test]
    fn each_call_needs_the_one_before() {
        within(DEADLINE, || {
            let bound = Socket::new(Domain::IPV4, Type::STREAM, None);
            let bound = bound.expect("a socket");
            bound.bind(&loopback().into()).expect("a free port");
            let addr = bound.local_addr().expect("it is bound");
            let error = bound.accept().expect_err("listen is missing");
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            let addr = addr.as_socket().expect("an IP address");
            let error = TcpStream::connect(addr).expect_err("nobody listens");
            assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
            bound.listen(5).expect("it is bound");
            let error =
                (&bound).read(&mut [0]).expect_err("nobody is connected");
            assert_eq!(error.kind(), ErrorKind::NotConnected);
        });
    }
}
