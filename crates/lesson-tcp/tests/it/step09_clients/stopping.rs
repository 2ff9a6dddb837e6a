//! How a server ends that waits for clients.

use std::{
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream},
    time::{Duration, Instant},
};

use lesson_tcp::step09_clients::{Limits, Stop, threads};
use testkit::{DEADLINE, within};

use super::{ALL, ROOMY, Serving, each};
use crate::conversations::{REQUEST, loopback};

/// It waits for clients, and there are none: nothing but us can wake it.
#[test]
fn an_idle_server_stops() {
    within(DEADLINE, || {
        for kind in ALL {
            Serving::start(kind, ROOMY).stop();
            let server = Serving::start(kind, ROOMY);
            server.served().close();
            let again = server.stop.clone();
            let addr = server.addr;
            server.stop();
            // Too late, and no harm.
            again.stop();
            // A program that another test starts at this moment holds our
            // listener until it is running.
            while TcpStream::connect(addr).is_ok() {}
        }
    });
}

/// To everybody is an address to listen on, and none to connect to.
#[test]
fn one_that_listens_on_every_address_stops() {
    within(DEADLINE, || {
        let v4 = (Ipv4Addr::UNSPECIFIED, 0).into();
        let v6 = (Ipv6Addr::UNSPECIFIED, 0).into();
        for any in [v4, v6] {
            let Ok(listener) = TcpListener::bind::<SocketAddr>(any) else {
                testkit::skip("there is no IPv6 here");
                continue;
            };
            drop(listener);
            for kind in ALL {
                Serving::start_at(kind, ROOMY, any).stop();
            }
        }
    });
}

/// Who is there when it is stopped may finish: the grace is without end, and it
/// ends when they have.
#[test]
fn those_who_are_here_may_finish() {
    within(DEADLINE, || {
        for kind in ALL {
            let server = Serving::start(kind, ROOMY);
            let mut client = server.served();
            server.stop.stop();
            client.send(REQUEST);
            client.half_close();
            assert_eq!(client.receive_to_end(), REQUEST);
            server.stop();
        }
    });
}

/// They neither speak nor go. They have their grace, and then it ends.
#[test]
fn silent_ones_are_cut_off() {
    within(DEADLINE, || {
        each(&ALL, |kind| {
            let grace = Duration::from_millis(300);
            let server = Serving::start(kind, Limits { grace, ..ROOMY });
            let mut client = server.served();
            let start = Instant::now();
            server.stop();
            assert!(start.elapsed() >= grace);
            assert_eq!(client.receive_to_end(), b"");
        });
    });
}

/// Somebody is faster than the server: it does not even begin.
#[test]
fn one_that_was_stopped_before_does_not_serve() {
    within(DEADLINE, || {
        let listener = TcpListener::bind(loopback()).expect("a free port");
        let stop = Stop::new(&listener).expect("descriptors are left");
        stop.stop();
        let converse = |_: &TcpStream, _| panic!("it serves somebody");
        threads::serve(&listener, &ROOMY, &stop, converse).expect("no error");
    });
}

/// What people try first.
#[cfg(target_os = "linux")]
mod on_linux {
    use std::{
        io::ErrorKind,
        net::{Shutdown, TcpListener, TcpStream},
        sync::mpsc::{self, RecvTimeoutError},
        thread,
        time::Duration,
    };

    use socket2::SockRef;
    use testkit::{DEADLINE, within};

    use crate::conversations::loopback;

    /// `incoming` goes on, and so does `accept`, whatever becomes of another
    /// handle of the same listener.
    #[test]
    fn dropping_a_handle_stops_nothing() {
        within(DEADLINE, || {
            let listener = TcpListener::bind(loopback()).expect("a free port");
            let addr = listener.local_addr().expect("it is bound");
            let handle = listener.try_clone().expect("a second descriptor");
            let (tell, told) = mpsc::channel();
            thread::spawn(move || {
                for client in listener.incoming() {
                    tell.send(client.map(drop)).expect("the test waits");
                }
            });
            drop(handle);
            let waited = told.recv_timeout(Duration::from_millis(200));
            let error = waited.expect_err("it waits");
            assert_eq!(error, RecvTimeoutError::Timeout);
            drop(TcpStream::connect(addr).expect("it listens"));
            told.recv().expect("it serves").expect("accept works");
        });
    }

    /// std has no timeout for `accept`, and Linux heeds the one for `read`.
    #[test]
    fn a_read_timeout_counts_for_accept() {
        within(DEADLINE, || {
            let listener = TcpListener::bind(loopback()).expect("a free port");
            let timeout = Some(Duration::from_millis(50));
            let socket = SockRef::from(&listener);
            socket.set_read_timeout(timeout).expect("more than zero");
            let error = listener.accept().expect_err("nobody has come");
            assert_eq!(error.kind(), ErrorKind::WouldBlock);
        });
    }

    /// Linux wakes `accept` with EINVAL. Elsewhere this does not work, so it is
    /// no way for a program that is to run there.
    #[test]
    fn shutdown_wakes_accept() {
        within(DEADLINE, || {
            let listener = TcpListener::bind(loopback()).expect("a free port");
            thread::scope(|scope| {
                let waiting = scope.spawn(|| listener.accept());
                let socket = SockRef::from(&listener);
                socket.shutdown(Shutdown::Both).expect("Linux can");
                let error = waiting.join().expect("no panic");
                let error = error.expect_err("nobody has come");
                assert_eq!(error.kind(), ErrorKind::InvalidInput);
            });
        });
    }
}
