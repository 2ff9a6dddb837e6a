//! Step 11: the server and the client in `std::net`, held to the snapshots of
//! steps 1 and 2.

use std::{io::Write, net::TcpStream, sync::mpsc, time::Duration};

use lesson_tcp::{step09_clients::Limits, step11_std};
use testkit::{DEADLINE, Peer, assert_transcript, within};

use crate::conversations::{
    CHARSET, LIMITS, REQUEST, Serving, abort_then_ask, answer, answer_half,
    ask, loopback, say_nothing, step11, step11_call, step11_within,
};

#[test]
fn server_says_what_step_1_says() {
    within(DEADLINE, || {
        assert_transcript!("step01_server", ask(step11, REQUEST));
        let request = b"GET / HTTP/1.1\r\nHost: 127.0.0.1:8888\r\n\r\n";
        assert_transcript!("step01_server_http", ask(step11, request));
        let request = "加油".as_bytes();
        assert_transcript!("step01_server_not_gb2312", ask(step11, request));
        assert_transcript!("step01_server_silent", say_nothing(step11));
        assert_transcript!("step01_server", abort_then_ask(step11));
    });
}

#[test]
fn client_says_what_step_2_says() {
    within(DEADLINE, || {
        assert_transcript!("step02_client", answer(step11_call));
        answer_half(|server, reply| {
            let second = Duration::from_secs(30);
            let result = step11_std::call(server, REQUEST, second, reply);
            common::cli::plain(&result.expect_err("the server aborts"))
        });
    });
}

/// A request of a megabyte, a thousand times the buffer: reply and end, where
/// step 1 aborts.
#[test]
fn hears_a_client_out() {
    within(DEADLINE, || {
        let megabyte = vec![b'x'; 1 << 20];
        assert_transcript!("step11_std", ask(step11, &megabyte));
    });
}

/// A client that says nothing and does not go either.
#[test]
fn has_patience_with_bounds() {
    within(DEADLINE, || {
        let server = impatient(Duration::from_millis(50));
        let mut client = Peer::connect(server.addr, CHARSET);
        assert_eq!(client.receive_to_end(), b"");
        assert_transcript!("step11_std_patience", client.close());
        assert_eq!(server.finish(), ["timed out"]);
    });
}

/// It keeps nobody waiting meanwhile.
#[test]
fn a_silent_client_keeps_nobody_waiting() {
    within(DEADLINE, || {
        let server = step11_within(LIMITS);
        let mut silent = Peer::connect(server.addr, CHARSET);
        let mut client = Peer::connect(server.addr, CHARSET);
        client.send(REQUEST);
        client.receive_to_end();
        assert_transcript!("step01_server", client.close());
        silent.half_close();
        silent.receive_to_end();
        server.finish();
    });
}

/// A client that has its reply and goes on talking for ever.
#[test]
fn hears_nobody_out_for_ever() {
    within(DEADLINE, || {
        let server = step11_within(LIMITS);
        let mut stream = TcpStream::connect(server.addr).expect("it listens");
        let mut sent = 0_usize;
        while stream.write_all(&[b'x'; 1024]).is_ok() {
            sent += 1024;
        }
        // What the buffers on the way hold comes on top.
        let bounds = 16 << 20..64 << 20;
        assert!(bounds.contains(&sent), "cut off after {sent} bytes");
        server.finish();
    });
}

/// A client that has its reply and says a byte now and then: each is in time,
/// and all together they are not. Were it 100 ms for each byte, this would last
/// for hours.
#[test]
fn hears_a_dripping_client_out_until_the_deadline() {
    within(DEADLINE, || {
        let server = impatient(Duration::from_millis(100));
        let mut stream = TcpStream::connect(server.addr).expect("it listens");
        let (_stop, stopped) = mpsc::channel::<()>();
        let drop_after = Duration::from_millis(1);
        // Fails when the server has closed, which is what we wait for.
        while stream.write_all(b"x").is_ok() {
            let _ = stopped.recv_timeout(drop_after);
        }
        server.finish();
    });
}

fn impatient(patience: Duration) -> Serving {
    step11_within(Limits { patience, ..LIMITS })
}

/// As long as a reply may be, and not a byte longer.
#[test]
fn client_takes_16_mib() {
    within(DEADLINE, || {
        let listener = step11_std::listen(loopback()).expect("a free port");
        let addr = listener.local_addr().expect("it is bound");
        let sending = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a client");
            stream.write_all(&vec![b'x'; 16 << 20]).expect("it reads");
            // Reads the request: closing with it unread would be an RST.
            std::io::Read::read(&mut stream, &mut [0; 9]).expect("a request");
        });
        let mut reply = b"before".to_vec();
        let patience = Duration::from_secs(30);
        step11_std::call(addr, REQUEST, patience, &mut reply).expect("all");
        assert_eq!(reply.len(), 6 + (16 << 20));
        sending.join().expect("no panic");
    });
}

/// More than all buffers on the way hold, to a server that reads nothing.
#[test]
fn client_does_not_send_for_ever() {
    within(DEADLINE, || {
        let listener = step11_std::listen(loopback()).expect("a free port");
        let addr = listener.local_addr().expect("it is bound");
        let patience = Duration::from_millis(100);
        let request = vec![b'x'; 64 << 20];
        let error = step11_std::call(addr, &request, patience, &mut Vec::new())
            .expect_err("nobody reads");
        assert_eq!(common::cli::plain(&error), "timed out");
    });
}

/// A server without end: the client stops, and keeps what it has.
#[test]
fn client_stops_at_16_mib() {
    within(DEADLINE, || {
        let listener = step11_std::listen(loopback()).expect("a free port");
        let addr = listener.local_addr().expect("it is bound");
        let sending = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a client");
            while stream.write_all(&[b'x'; 1 << 14]).is_ok() {}
        });
        let mut reply = Vec::new();
        let patience = Duration::from_secs(30);
        let error = step11_std::call(addr, REQUEST, patience, &mut reply)
            .expect_err("it has no end");
        assert_eq!(error.to_string(), "the reply is longer than 16 MiB");
        assert_eq!(reply.len(), 16 << 20);
        sending.join().expect("no panic");
    });
}

/// SO_REUSEADDR, which `TcpListener::bind` sets: the same as step 1's
/// `cannot_have_its_port_back_at_once`, with the other end.
#[test]
#[cfg(target_os = "linux")]
fn has_its_port_back_at_once() {
    within(DEADLINE, || {
        // An address that no other test uses, so that nobody takes the port.
        let any = "127.0.11.1:0".parse().expect("an address");
        let listener = step11_std::listen(any).expect("a free port");
        let addr = listener.local_addr().expect("it is bound");
        let mut client = TcpStream::connect(addr).expect("it listens");
        drop(listener.accept().expect("a client"));
        assert_eq!(
            std::io::Read::read(&mut client, &mut [0]).expect("an end"),
            0
        );
        drop((client, listener));
        // A program that another test starts at this moment holds our sockets
        // until it is running. TIME_WAIT would hold the port for a minute.
        let start = std::time::Instant::now();
        while let Err(error) = step11_std::listen(addr) {
            assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
            assert!(start.elapsed() < Duration::from_secs(20), "{error}");
        }
    });
}
