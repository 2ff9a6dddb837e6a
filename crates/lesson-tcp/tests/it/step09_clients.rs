//! Step 9: many clients. All kinds of server give the same bytes; they differ in
//! who has to wait.

mod exhausted;
mod limits;
mod programs;
mod queue;
mod ready;
mod stopping;

use std::{
    collections::HashSet,
    io,
    net::{SocketAddr, TcpListener},
    sync::mpsc,
    thread::{self, JoinHandle},
    time::Duration,
};

use lesson_tcp::step09_clients::{
    self, Limits, Stop, echo, elastic, iterative, pool, readiness, threads,
};
use testkit::{DEADLINE, Peer, assert_transcript, within};

use crate::conversations::{CHARSET, REQUEST, loopback};

#[derive(Clone, Copy, Debug)]
enum Kind {
    Iterative,
    Threads,
    Pool,
    Elastic,
    Readiness,
}

const ALL: [Kind; 5] = [
    Kind::Iterative,
    Kind::Threads,
    Kind::Pool,
    Kind::Elastic,
    Kind::Readiness,
];

/// Those that serve more than a fixed number at a time, up to their limit.
const OPEN: [Kind; 3] = [Kind::Threads, Kind::Elastic, Kind::Readiness];

/// The same with each kind, at the same time: most of it is waiting.
fn each(kinds: &[Kind], test: impl Fn(Kind) + Sync) {
    let test = &test;
    thread::scope(|scope| {
        for &kind in kinds {
            scope.spawn(move || test(kind));
        }
    });
}

/// Limits that no conversation in these tests comes near.
const ROOMY: Limits = Limits {
    clients: 50,
    patience: Duration::from_secs(3600),
    grace: Duration::MAX,
};

/// A server in a thread.
struct Serving {
    addr: SocketAddr,
    stop: Stop,
    ended: JoinHandle<io::Result<()>>,
}

impl Serving {
    fn start(kind: Kind, limits: Limits) -> Self {
        Self::start_at(kind, limits, loopback())
    }

    fn start_at(kind: Kind, limits: Limits, addr: SocketAddr) -> Self {
        let listener = step09_clients::listen(addr).expect("a free port");
        Self::start_with(kind, limits, listener)
    }

    fn start_with(kind: Kind, limits: Limits, listener: TcpListener) -> Self {
        let addr = listener.local_addr().expect("it is bound");
        let stop = Stop::new(&listener).expect("descriptors are left");
        let its = stop.clone();
        let ended = thread::spawn(move || serve(kind, listener, &limits, &its));
        Self { addr, stop, ended }
    }

    fn connect(&self) -> Peer {
        Peer::connect(self.addr, CHARSET)
    }

    fn served(&self) -> Peer {
        served(self.addr)
    }

    /// Stops the server and waits for its end.
    fn stop(self) {
        self.stop.stop();
        self.ended.join().expect("no panic").expect("accept works");
    }
}

/// A client that has been served, and so is known to be in.
fn served(addr: SocketAddr) -> Peer {
    let mut client = Peer::connect(addr, CHARSET);
    client.send(REQUEST);
    assert_eq!(client.receive(REQUEST.len()), REQUEST);
    client
}

fn serve(
    kind: Kind,
    listener: TcpListener,
    limits: &Limits,
    stop: &Stop,
) -> io::Result<()> {
    let patience = limits.patience;
    let echo = |stream: &_, _| drop(echo(stream, patience));
    match kind {
        Kind::Iterative => iterative::serve(&listener, limits, stop, echo),
        Kind::Threads => threads::serve(&listener, limits, stop, echo),
        Kind::Pool => pool::serve(&listener, limits, stop, echo),
        Kind::Elastic => elastic::serve(&listener, limits, stop, echo),
        Kind::Readiness => readiness::serve(listener, limits, stop),
    }
}

#[test]
fn all_send_back_what_comes() {
    within(DEADLINE, || {
        for kind in ALL {
            let server = Serving::start(kind, ROOMY);
            let mut client = server.served();
            client.send(REQUEST);
            client.half_close();
            client.receive_to_end();
            assert_transcript!("step09_clients", client.close());
            server.stop();
        }
    });
}

/// The client of the step, with each of the servers.
#[test]
fn the_client_gets_its_echo() {
    within(DEADLINE, || {
        for kind in ALL {
            let server = Serving::start(kind, ROOMY);
            for text in ["x", "加油", &"0123456789".repeat(10_000)] {
                let mut reply = b"kept ".to_vec();
                let patience = Duration::from_secs(30);
                let request = text.as_bytes();
                step09_clients::call(
                    server.addr,
                    request,
                    patience,
                    &mut reply,
                )
                .expect("an echo");
                assert_eq!(reply, [b"kept ", request].concat());
            }
            server.stop();
        }
    });
}

/// The first client says something and stays. The second one's connection is
/// made by the kernel, its bytes are taken, and nobody answers.
#[test]
fn the_iterative_server_starves_the_second() {
    within(DEADLINE, || {
        let server = Serving::start(Kind::Iterative, ROOMY);
        let first = server.served();
        let mut second = server.connect();
        second.send(REQUEST);
        second.receive_nothing_for(Duration::from_millis(200));
        first.close();
        second.receive(REQUEST.len());
        second.half_close();
        second.receive_to_end();
        assert_transcript!("step09_clients_starves", second.close());
        server.stop();
    });
}

/// Twenty at the same time, each in the middle of its conversation.
#[test]
fn the_others_serve_all_at_once() {
    within(DEADLINE, || {
        for &kind in &ALL[1..] {
            let server = Serving::start(kind, ROOMY);
            let clients: Vec<_> = (0..20).map(|_| server.served()).collect();
            for mut client in clients.into_iter().rev() {
                client.send(REQUEST);
                assert_eq!(client.receive(REQUEST.len()), REQUEST);
                client.half_close();
                assert_eq!(client.receive_to_end(), b"");
            }
            server.stop();
        }
    });
}

/// Each time one more than before, at the same moment: who hands them to threads
/// that are free must not count on one of them twice.
#[test]
fn one_more_than_last_time_is_served() {
    within(DEADLINE, || {
        each(&ALL[1..], |kind| {
            let server = Serving::start(kind, ROOMY);
            for count in 1..=20 {
                let mut clients: Vec<_> =
                    (0..count).map(|_| server.connect()).collect();
                for client in &mut clients {
                    client.send(REQUEST);
                }
                for client in &mut clients {
                    client.receive(REQUEST.len());
                }
            }
            server.stop();
        });
    });
}

/// A hundred have come before the server is there to accept them.
#[test]
fn those_who_came_early_are_served() {
    within(DEADLINE, || {
        for kind in OPEN {
            let listener =
                step09_clients::listen(loopback()).expect("a free port");
            let addr = listener.local_addr().expect("it is bound");
            let mut clients: Vec<_> =
                (0..100).map(|_| Peer::connect(addr, CHARSET)).collect();
            let limits = Limits { clients: 200, ..ROOMY };
            let server = Serving::start_with(kind, limits, listener);
            for client in &mut clients {
                client.send(REQUEST);
                client.receive(REQUEST.len());
            }
            drop(clients);
            server.stop();
        }
    });
}

/// One aborts before it has been accepted, one in the middle.
#[test]
fn one_that_aborts_costs_nobody_anything() {
    within(DEADLINE, || {
        for kind in ALL {
            let server = Serving::start(kind, ROOMY);
            server.connect().reset();
            let mut client = server.served();
            client.send(REQUEST);
            client.reset();
            server.served().close();
            server.stop();
        }
    });
}

/// With a pool that grows a thread may serve many clients, and so sooner or
/// later one does. With threads none ever does.
#[test]
fn a_thread_that_is_free_is_used_again() {
    within(DEADLINE, || {
        let listener = step09_clients::listen(loopback()).expect("a free port");
        let addr = listener.local_addr().expect("it is bound");
        let stop = Stop::new(&listener).expect("descriptors are left");
        let its = stop.clone();
        let (tell, told) = mpsc::channel();
        let serving = thread::spawn(move || {
            elastic::serve(&listener, &ROOMY, &its, move |_, _| {
                tell.send(thread::current().id()).expect("somebody listens");
            })
        });
        let mut seen = HashSet::new();
        loop {
            Peer::connect(addr, CHARSET).receive_to_end();
            if !seen.insert(told.recv().expect("it has been served")) {
                break;
            }
        }
        stop.stop();
        serving.join().expect("no panic").expect("accept works");
    });
}
