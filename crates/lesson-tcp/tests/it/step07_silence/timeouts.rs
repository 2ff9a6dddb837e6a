//! What a timeout is: its kinds of error, its zero, and whose it is.

use std::{
    io::{ErrorKind, Read},
    net::{TcpListener, TcpStream},
    time::Duration,
};

use lesson_tcp::step07_silence::{
    Deadline, call_by, call_with_timeout, is_timeout, read_by, write_all_by,
};
use socket2::SockRef;
use testkit::{DEADLINE, within};

use super::told;
use crate::conversations::{loopback, pair};

/// Long enough to be a wait, too short to be a nuisance.
const SHORT: Duration = Duration::from_millis(50);

#[test]
fn is_one_kind_on_unix_and_another_on_windows() {
    within(DEADLINE, || {
        let (mut stream, _peer) = pair();
        stream.set_read_timeout(Some(SHORT)).expect("more than zero");
        let error = stream.read(&mut [0; 9]).expect_err("nothing comes");
        let kind = if cfg!(windows) {
            ErrorKind::TimedOut
        } else {
            ErrorKind::WouldBlock
        };
        assert_eq!(error.kind(), kind);
        assert!(is_timeout(&error));
        // Not an end: the connection is as good as before.
        let error = stream.read(&mut [0; 9]).expect_err("nothing comes");
        assert!(is_timeout(&error));
        // Ours is one kind everywhere.
        let error = read_by(&stream, &mut [0; 9], Deadline::after(SHORT));
        assert_eq!(error.expect_err("time").kind(), ErrorKind::TimedOut);
    });
}

/// To the kernel, zero is no timeout at all, so std refuses it.
#[test]
fn may_not_be_zero() {
    within(DEADLINE, || {
        let (stream, _peer) = pair();
        let addr = stream.peer_addr().expect("it is connected");
        let zero = Some(Duration::ZERO);
        for error in [
            stream.set_read_timeout(zero).expect_err("zero"),
            stream.set_write_timeout(zero).expect_err("zero"),
            TcpStream::connect_timeout(&addr, Duration::ZERO)
                .expect_err("zero"),
        ] {
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
        }
        let error = stream.set_read_timeout(zero).expect_err("zero");
        assert_eq!(error.to_string(), "cannot set a 0 duration timeout");
        // So a deadline never gives one.
        let passed = Deadline::after(Duration::ZERO);
        let error = passed.remaining().expect_err("nothing is left");
        assert_eq!(error.kind(), ErrorKind::TimedOut);
    });
}

/// It is the socket's, and a clone is one more name for the same socket.
#[test]
fn is_shared_by_clones() {
    within(DEADLINE, || {
        let (stream, _peer) = pair();
        let mut clone = stream.try_clone().expect("room for one more");
        stream.set_read_timeout(Some(SHORT)).expect("more than zero");
        assert!(clone.read_timeout().expect("a socket").is_some());
        let error = clone.read(&mut [0; 9]).expect_err("nothing comes");
        assert!(is_timeout(&error));
    });
}

/// Off, like everything in this step, until somebody asks for it.
#[test]
fn is_not_there_by_default() {
    within(DEADLINE, || {
        let (stream, _peer) = pair();
        assert_eq!(stream.read_timeout().expect("a socket"), None);
        assert_eq!(stream.write_timeout().expect("a socket"), None);
        let socket = SockRef::from(&stream);
        assert!(!socket.keepalive().expect("a socket"));
        assert_eq!(socket.linger().expect("a socket"), None);
        #[cfg(target_os = "linux")]
        assert_eq!(socket.tcp_user_timeout().expect("a socket"), None);
    });
}

/// A request larger than all buffers on the way, to a server that reads nothing.
#[test]
fn is_kept_by_writes_too() {
    within(DEADLINE, || {
        let listener = TcpListener::bind(loopback()).expect("a free port");
        let addr = listener.local_addr().expect("it is bound");
        let request = vec![b'x'; 64 << 20];
        let deadline = Deadline::after(4 * SHORT);
        let result = call_by(addr, &request, deadline, &mut Vec::new());
        assert_eq!(result.expect_err("time").kind(), ErrorKind::TimedOut);
        let result = call_with_timeout(addr, &request, SHORT, &mut Vec::new());
        assert!(is_timeout(&result.expect_err("time")));
        // And one that has passed lets nothing begin.
        let (stream, mut peer) = pair();
        let passed = Deadline::after(Duration::ZERO);
        let result = write_all_by(&stream, b"late", passed);
        assert_eq!(told(result).as_deref(), Some("timed out"));
        drop(stream);
        assert_eq!(peer.read(&mut [0; 9]).expect("an end"), 0);
    });
}

/// A connect that nobody answers: `TimedOut` everywhere, WouldBlock nowhere.
#[test]
#[cfg(target_os = "linux")]
fn of_connect_is_an_error_of_its_own() {
    within(DEADLINE, || {
        let listener = lesson_tcp::step01_server::listen(loopback());
        let listener = listener.expect("a free port");
        let addr = listener.local_addr().expect("it is bound");
        let addr = addr.as_socket().expect("an IP address");
        // As many as the backlog has room for, and the next is not answered.
        let mut waiting = Vec::new();
        let error = loop {
            match TcpStream::connect_timeout(&addr, SHORT) {
                Ok(stream) => waiting.push(stream),
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        assert_eq!(error.raw_os_error(), None, "std says so, not the kernel");
    });
}

/// SO_RCVTIMEO on a listener, which std does not offer.
#[test]
#[cfg(target_os = "linux")]
fn is_kept_by_accept_too() {
    within(DEADLINE, || {
        let listener = TcpListener::bind(loopback()).expect("a free port");
        let socket = SockRef::from(&listener);
        socket.set_read_timeout(Some(SHORT)).expect("more than zero");
        let error = listener.accept().expect_err("nobody comes");
        assert_eq!(error.kind(), ErrorKind::WouldBlock);
        // The next client finds it as it was, and gets the timeout with it:
        // on Linux, `accept` copies the listener's options.
        let addr = listener.local_addr().expect("it is bound");
        let _client = TcpStream::connect(addr).expect("it listens");
        let (stream, _) = listener.accept().expect("a client");
        assert!(stream.read_timeout().expect("a socket").is_some());
    });
}

/// The other way to end a wait: from another thread.
#[test]
#[cfg(unix)]
fn is_not_needed_to_wake_a_reader() {
    use std::{
        net::Shutdown,
        sync::mpsc::{RecvTimeoutError, channel},
    };

    within(DEADLINE, || {
        let (stream, _peer) = pair();
        let mut reader = stream.try_clone().expect("room for one more");
        let (send, ended) = channel();
        let reading = std::thread::spawn(move || {
            send.send(reader.read(&mut [0; 9])).expect("the test waits");
        });
        let waits = ended.recv_timeout(2 * SHORT).expect_err("nothing comes");
        assert_eq!(waits, RecvTimeoutError::Timeout);
        stream.shutdown(Shutdown::Both).expect("it is connected");
        let read = ended.recv().expect("it ends").expect("an end");
        assert_eq!(read, 0);
        reading.join().expect("no panic");
        // Once is enough, and a second time depends on the system.
        let again = stream.shutdown(Shutdown::Both);
        if cfg!(target_os = "linux") {
            again.expect("Linux does not mind");
        }
    });
}
