//! A full house, silent clients, and those that never read.

use std::{
    io::{self, Error, ErrorKind, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    panic::resume_unwind,
    thread,
    time::{Duration, Instant},
};

use common::{cli, client_has_gone};
use lesson_tcp::step09_clients::{
    self, Limits, Stop, echo, elastic, has_no_room, threads,
};
use testkit::{DEADLINE, Peer, assert_transcript, within};

use super::{ALL, Kind, OPEN, ROOMY, Serving, each, served};
use crate::conversations::{CHARSET, REQUEST, loopback};

const TWO: Limits = Limits { clients: 2, ..ROOMY };

/// Who has been connected longest has to go when there is no room.
#[test]
fn the_oldest_makes_room() {
    within(DEADLINE, || {
        for kind in OPEN {
            let server = Serving::start(kind, TWO);
            let mut oldest = server.served();
            let mut second = server.served();
            let third = server.served();
            oldest.receive_to_end();
            assert_transcript!("step09_clients_cut_off", oldest.close());
            second.send(REQUEST);
            assert_eq!(second.receive(REQUEST.len()), REQUEST);
            third.close();
            second.close();
            server.stop();
        }
    });
}

/// Thirty times as many as there is room for, and they stay.
#[test]
fn silent_clients_do_not_shut_out_one_that_speaks() {
    within(DEADLINE, || {
        for kind in OPEN {
            let server = Serving::start(kind, TWO);
            let silent: Vec<_> = (0..60).map(|_| server.connect()).collect();
            server.served().close();
            drop(silent);
            server.stop();
        }
    });
}

/// Two workers with two clients that say nothing: the third has its place in
/// the queue, and no answer until one of them leaves.
#[test]
fn a_pool_is_full_of_silent_clients() {
    within(DEADLINE, || {
        let server = Serving::start(Kind::Pool, TWO);
        let silent = [server.served(), server.served()];
        let mut third = server.connect();
        third.send(REQUEST);
        third.receive_nothing_for(Duration::from_millis(200));
        let [one, other] = silent;
        one.close();
        third.receive(REQUEST.len());
        assert_transcript!("step09_clients_pool", third.close());
        other.close();
        server.stop();
    });
}

/// The mend for the pool, and for the iterative server.
#[test]
fn an_idle_client_leaves_when_its_time_is_over() {
    within(DEADLINE, || {
        each(&ALL, |kind| {
            let patience = Duration::from_millis(500);
            let server = Serving::start(kind, Limits { patience, ..TWO });
            let start = Instant::now();
            let mut silent = [server.connect(), server.connect()];
            if matches!(kind, Kind::Iterative | Kind::Pool) {
                server.served().close();
            }
            for client in &mut silent {
                assert_eq!(client.receive_to_end(), b"");
            }
            assert!(start.elapsed() >= patience);
            server.stop();
        });
    });
}

/// It sends and takes nothing back: the buffers between the two fill up, the
/// server cannot write, does not read either, and in the end gives it up.
#[test]
fn one_that_never_reads_is_given_up() {
    within(DEADLINE, || {
        each(&ALL, |kind| {
            let patience = Duration::from_millis(300);
            let server = Serving::start(kind, Limits { patience, ..ROOMY });
            let mut client = TcpStream::connect(server.addr).expect("room");
            let piece = [b'x'; 1 << 14];
            let error = loop {
                if let Err(error) = client.write_all(&piece) {
                    break error.kind();
                }
            };
            assert!(
                matches!(
                    error,
                    ErrorKind::ConnectionReset
                        | ErrorKind::BrokenPipe
                        | ErrorKind::ConnectionAborted
                ),
                "{error}"
            );
            server.stop();
        });
    });
}

/// The same for a while: meanwhile the others are served, also by the one thread
/// that does everything, and then all comes back in order.
#[test]
fn a_slow_reader_slows_nobody_else() {
    within(DEADLINE, || {
        each(&OPEN, |kind| {
            let server = Serving::start(kind, ROOMY);
            let mut slow = TcpStream::connect(server.addr).expect("room");
            let timeout = Some(Duration::from_millis(200));
            slow.set_write_timeout(timeout).expect("more than zero");
            // Until nobody has room for more: the server does not read on.
            let mut sent = Vec::new();
            let error = loop {
                let piece = numbers(sent.len());
                match slow.write(&piece) {
                    Ok(length) => sent.extend(&piece[..length]),
                    Err(error) => break error,
                }
            };
            assert_eq!(cli::plain(&error), "timed out");
            server.served().close();
            let mut back = vec![0; sent.len()];
            slow.read_exact(&mut back).expect("all of it");
            assert!(back == sent, "in order");
            drop(slow);
            server.stop();
        });
    });
}

/// One that both reads and writes for all it can: the one thread lets others in
/// between.
#[test]
fn a_fast_talker_leaves_others_their_turn() {
    within(DEADLINE, || {
        each(&OPEN, |kind| {
            let server = Serving::start(kind, ROOMY);
            let fast = TcpStream::connect(server.addr).expect("room");
            let total = 8 << 20;
            thread::scope(|scope| {
                scope.spawn(|| {
                    let mut sent = 0;
                    while sent < total {
                        let piece = numbers(sent);
                        (&fast).write_all(&piece).expect("it is taken");
                        sent += piece.len();
                    }
                });
                scope.spawn(|| {
                    let mut at = 0;
                    while at < total {
                        let want = numbers(at);
                        let mut piece = vec![0; want.len()];
                        (&fast).read_exact(&mut piece).expect("it comes");
                        assert!(piece == want, "in order");
                        at += piece.len();
                    }
                });
                for _ in 0..20 {
                    server.served().close();
                }
            });
            drop(fast);
            server.stop();
        });
    });
}

/// 64 KiB of a row that tells where it is.
fn numbers(from: usize) -> Vec<u8> {
    let byte = |at: usize| at.to_le_bytes()[at % 3];
    (from..from + (1 << 16)).map(byte).collect()
}

/// Errors that the tests of programs cannot bring about everywhere.
#[test]
fn errors_of_accept_are_of_three_kinds() {
    let no_room = if cfg!(windows) { [10024, 10055] } else { [23, 24] };
    for code in no_room {
        let error = Error::from_raw_os_error(code);
        assert!(has_no_room(&error) && !client_has_gone(&error), "{error}");
    }
    for kind in [ErrorKind::ConnectionAborted, ErrorKind::HostUnreachable] {
        let error = Error::from(kind);
        assert!(client_has_gone(&error) && !has_no_room(&error), "{error}");
    }
    let error = Error::from(ErrorKind::PermissionDenied);
    assert!(!client_has_gone(&error) && !has_no_room(&error), "{error}");
}

/// A bug in the conversation with one client costs that client.
#[test]
fn a_panic_costs_one_client() {
    fn converse(mut stream: &TcpStream, _: SocketAddr) {
        let mut byte = [0];
        stream.read_exact(&mut byte).expect("a byte");
        if byte == *b"p" {
            // As `panic!`, without the message.
            resume_unwind(Box::new("a bug"));
        }
        stream.write_all(&byte).expect("it is taken");
    }
    within(DEADLINE, || {
        with_room_for_two(converse, |addr| {
            for (said, heard) in [(b"p", &b""[..]), (b"x", b"x")].repeat(5) {
                let mut client = Peer::connect(addr, CHARSET);
                client.send(said);
                assert_eq!(client.receive_to_end(), heard);
            }
        });
    });
}

/// Who has to go may need some time for it. That costs nobody else a place.
#[test]
fn one_that_is_slow_to_leave_goes_alone() {
    fn converse(stream: &TcpStream, _: SocketAddr) {
        drop(echo(stream, ROOMY.patience));
        thread::park_timeout(Duration::from_millis(300));
    }
    within(DEADLINE, || {
        with_room_for_two(converse, |addr| {
            let mut clients = [(); 3].map(|()| served(addr));
            assert_eq!(clients[0].receive_to_end(), b"");
            clients[1].send(REQUEST);
            assert_eq!(clients[1].receive(REQUEST.len()), REQUEST);
        });
    });
}

/// Tries the kinds with threads that let a new client in when they are full.
fn with_room_for_two(converse: Talk, test: impl Fn(SocketAddr)) {
    for serve in [threads::serve as Serve, elastic::serve] {
        let listener = step09_clients::listen(loopback()).expect("a free port");
        let addr = listener.local_addr().expect("it is bound");
        let stop = Stop::new(&listener).expect("descriptors are left");
        let its = stop.clone();
        let serving =
            thread::spawn(move || serve(&listener, &TWO, &its, converse));
        test(addr);
        stop.stop();
        serving.join().expect("no panic").expect("accept works");
    }
}

type Talk = fn(&TcpStream, SocketAddr);
type Serve = fn(&TcpListener, &Limits, &Stop, Talk) -> io::Result<()>;
