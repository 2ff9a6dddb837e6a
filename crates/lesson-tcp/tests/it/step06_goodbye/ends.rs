//! The end of one direction: what a read gives, and who ends it.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream, UdpSocket},
    panic, thread,
    time::Duration,
};

use lesson_tcp::step06_goodbye::listen;
use socket2::SockRef;
use testkit::{DEADLINE, Peer, assert_transcript, within};

use super::{address, seen};
use crate::conversations::{CHARSET, loopback, pair};

/// What had come first, then 0, and 0 again.
#[test]
fn the_end_comes_after_the_bytes_and_stays() {
    within(DEADLINE, || {
        let (mut client, mut server) = pair();
        server.write_all(b"bye").expect("sent");
        drop(server);
        let mut read = || seen(client.read(&mut [0; 99]));
        let text = format!(
            "The other side sends \"bye\" and closes:\n\
             \x20 read   {}\n\
             \x20 read   {}\n\
             \x20 read   {}\n",
            read(),
            read(),
            read(),
        );
        assert_transcript!("step06_goodbye_end", text);
    });
}

/// A buffer without room gives 0 as well, and nothing has ended.
#[test]
fn no_room_is_no_end() {
    within(DEADLINE, || {
        let (mut client, mut server) = pair();
        server.write_all(b"x").expect("sent");
        assert_eq!(client.peek(&mut [0; 9]).expect("it comes"), 1);
        let mut buffer = Vec::with_capacity(1024);
        assert_eq!(client.read(&mut buffer).expect("no room"), 0);
        buffer.resize(1024, 0);
        assert_eq!(client.read(&mut buffer).expect("it was there"), 1);
    });
}

/// The peer has ended its side, and nothing but a read knows.
#[test]
fn there_is_no_is_connected() {
    within(DEADLINE, || {
        let (client, server) = pair();
        let addr = server.local_addr().expect("it is connected");
        drop(server);
        // Waits for the end, and leaves it where it is.
        assert_eq!(client.peek(&mut [0; 9]).expect("an end"), 0);
        assert_eq!(client.peer_addr().expect("still known"), addr);
        assert!(client.take_error().expect("asked").is_none());
        assert_eq!((&client).write(b"x").expect("taken"), 1);
    });
}

/// Both directions of half-close: the one that is closed, and the other.
#[test]
fn half_a_connection_is_left() {
    within(DEADLINE, || {
        let (mut client, server) = pair();
        client.write_all(b"request").expect("sent");
        client.shutdown(Shutdown::Write).expect("it is connected");
        let refused = seen(client.write(b"more"));
        if cfg!(unix) {
            assert_eq!(refused, "Err(BrokenPipe)");
        }
        let mut request = Vec::new();
        (&server).read_to_end(&mut request).expect("to the end");
        assert_eq!(request, b"request");
        (&server).write_all(b"response").expect("sent after the end");
        drop(server);
        let mut reply = Vec::new();
        client.read_to_end(&mut reply).expect("to the end");
        assert_eq!(reply, b"response");
        // `shutdown` gives nothing back: the socket is there until it is closed.
        client.local_addr().expect("it is open");
    });
}

/// What macOS answers with NotConnected.
#[test]
#[cfg(target_os = "linux")]
fn a_second_shutdown_does_nothing() {
    within(DEADLINE, || {
        let (client, _server) = pair();
        client.shutdown(Shutdown::Write).expect("it is connected");
        client.shutdown(Shutdown::Write).expect("it is connected still");
    });
}

/// Two handles, one connection: its end comes with the last.
#[test]
fn the_last_handle_says_goodbye() {
    within(DEADLINE, || {
        let listener = TcpListener::bind(loopback()).expect("a free port");
        let mut client = Peer::connect(address(&listener), CHARSET);
        let (server, _) = listener.accept().expect("a client");
        let clone = server.try_clone().expect("one more number");
        drop(server);
        client.receive_nothing_for(Duration::from_millis(200));
        drop(clone);
        client.receive_to_end();
        assert_transcript!("step06_goodbye_clone", client.close());
    });
}

/// `shutdown` is said to the connection, and not to the handle.
#[test]
fn shutdown_acts_on_every_handle() {
    within(DEADLINE, || {
        let (mut client, mut server) = pair();
        let clone = server.try_clone().expect("one more number");
        clone.shutdown(Shutdown::Write).expect("it is connected");
        assert_eq!(client.read(&mut [0; 9]).expect("an end"), 0);
        server.write_all(b"x").expect_err("it is shut down");
    });
}

/// Timeouts and the non-blocking mode are the connection's as well.
#[test]
#[cfg(unix)]
fn clones_share_their_settings() {
    within(DEADLINE, || {
        let (mut client, _server) = pair();
        let clone = client.try_clone().expect("one more number");
        let second = Some(Duration::from_secs(1));
        clone.set_read_timeout(second).expect("more than zero");
        assert_eq!(client.read_timeout().expect("asked"), second);
        clone.set_read_timeout(None).expect("no timeout");
        clone.set_nonblocking(true).expect("it can be");
        // Would wait for ever otherwise.
        assert_eq!(seen(client.read(&mut [0; 9])), "Err(WouldBlock)");
    });
}

/// The handler's thread dies, its stream is dropped on the way, and the peer
/// sees an end: it cannot tell this from a reply that was complete.
#[test]
fn a_panic_looks_like_an_end() {
    within(DEADLINE, || {
        let listener = TcpListener::bind(loopback()).expect("a free port");
        let mut client =
            TcpStream::connect(address(&listener)).expect("it listens");
        client.write_all(b"request").expect("sent");
        let handler = thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a client");
            stream.read_exact(&mut [0; 7]).expect("the request");
            stream.write_all(b"half a re").expect("sent");
            // As `panic!`, without a word on standard error.
            panic::resume_unwind(Box::new("a bug"));
        });
        let mut reply = Vec::new();
        client.read_to_end(&mut reply).expect("an end, and no error");
        assert_eq!(reply, b"half a re");
        handler.join().expect_err("it panicked");
    });
}

/// Who asks for SO_REUSEADDR, and who has to be told. On Windows nobody asks.
#[test]
fn std_asks_for_its_port_back() {
    let reuses = |socket: SockRef| socket.reuse_address().expect("asked");
    let listener = TcpListener::bind(loopback()).expect("a free port");
    assert_eq!(reuses(SockRef::from(&listener)), !cfg!(windows));
    let socket = UdpSocket::bind(loopback()).expect("a free port");
    assert!(!reuses(SockRef::from(&socket)));
    for reuse in [false, true] {
        let listener = listen(loopback(), reuse).expect("a free port");
        assert_eq!(reuses(SockRef::from(&listener)), reuse && !cfg!(windows));
    }
}
