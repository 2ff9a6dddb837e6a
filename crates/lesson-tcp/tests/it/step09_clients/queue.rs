//! The queue before `accept`: who waits there, and for how long.
#![cfg(target_os = "linux")]

use std::{
    fs,
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    process::Command,
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use lesson_tcp::step09_clients;
use socket2::{Domain, Socket, Type};
use testkit::{
    DEADLINE, Peer, Program, assert_transcript, in_own_network, within,
};

use crate::conversations::{CHARSET, loopback};

/// A listener whose queue is that long, and its address.
fn listen(backlog: i32) -> (TcpListener, SocketAddr) {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None);
    let socket = socket.expect("descriptors are left");
    socket.bind(&loopback().into()).expect("a free port");
    socket.listen(backlog).expect("it is bound");
    let listener = TcpListener::from(socket);
    let addr = listener.local_addr().expect("it is bound");
    (listener, addr)
}

/// How many wait in the queue, and how many may: Recv-Q and Send-Q of `ss`.
fn queue(addr: SocketAddr) -> [String; 2] {
    let mut ss = Command::new("ss");
    ss.args(["-ltnH", "src", &addr.to_string()]);
    let line = Program::run(&mut ss, b"").stdout;
    let mut words = line.split_whitespace().skip(1).map(str::to_owned);
    [words.next().expect("Recv-Q"), words.next().expect("Send-Q")]
}

/// Nobody calls `accept`. What clients say before is kept for it.
#[test]
fn the_kernel_takes_clients_and_their_bytes() {
    within(DEADLINE, || {
        let (listener, addr) = listen(1);
        let mut clients = [(); 2].map(|()| Peer::connect(addr, CHARSET));
        for client in &mut clients {
            client.send(b"early");
        }
        if Command::new("ss").arg("-V").output().is_ok() {
            assert_eq!(queue(addr), ["2", "1"], "two wait, of one");
        } else {
            testkit::skip("ss is not there");
        }
        // No refusal: nobody answers.
        let time = Duration::from_millis(200);
        let error = TcpStream::connect_timeout(&addr, time);
        let error = error.expect_err("there is no room");
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        for client in clients {
            let (mut stream, peer) = listener.accept().expect("it waits");
            assert_eq!(peer, client.addr());
            let mut bytes = [0; 5];
            stream.read_exact(&mut bytes).expect("it is here");
            assert_eq!(&bytes, b"early");
        }
    });
}

/// As much as one likes, and the system has the last word.
#[test]
fn the_system_bounds_the_queue() {
    within(DEADLINE, || {
        if Command::new("ss").arg("-V").output().is_err() {
            return testkit::skip("ss is not there");
        }
        let most = fs::read_to_string("/proc/sys/net/core/somaxconn");
        let most = most.expect("Linux has it").trim().to_owned();
        let (_listener, addr) = listen(1_000_000);
        assert_eq!(queue(addr), ["0", &most]);
        let ours = step09_clients::listen(loopback()).expect("a free port");
        let addr = ours.local_addr().expect("it is bound");
        let most = most.parse::<u32>().expect("a number").min(1024);
        assert_eq!(queue(addr), ["0", &most.to_string()]);
    });
}

/// Where the queue is full the client's SYN is dropped, without a word. Its
/// kernel sends it again after a second, and finds room.
#[test]
fn a_full_queue_makes_clients_late() {
    let test = "step09_clients::queue::a_full_queue_makes_clients_late";
    let setup = "ip link set lo up";
    let found = in_own_network(test, setup, || within(DEADLINE, late));
    if let Some(text) = found {
        assert_transcript!("step09_clients_full_queue", text);
    }
}

fn late() -> String {
    let (listener, addr) = listen(1);
    let waiting = [(); 2].map(|()| TcpStream::connect(addr).expect("room"));
    let (tell, told) = mpsc::channel();
    let start = Instant::now();
    thread::spawn(move || tell.send(TcpStream::connect(addr)));
    let before = dropped();
    // The kernel counts it. (In a network of our own nobody else's do.)
    while dropped() == before {
        let early = told.recv_timeout(Duration::from_millis(1));
        early.expect_err("it has no room");
    }
    let (mut accepted, _) = listener.accept().expect("it waits");
    let mut third = told.recv().expect("it ends").expect("in the end");
    let waited = start.elapsed();
    assert!(waited >= Duration::from_secs(1), "{waited:?}");
    drop(accepted.write_all(b"served"));
    drop(waiting);
    drop(listener.accept().expect("the second"));
    let (mut accepted, _) = listener.accept().expect("the third");
    accepted.write_all(b"served").expect("it is here");
    let mut bytes = [0; 6];
    third.read_exact(&mut bytes).expect("it is served");
    "backlog 1, nobody calls accept\n\
     connect 1  ok, waits in the queue\n\
     connect 2  ok, waits in the queue\n\
     connect 3  SYN dropped, no answer\n\
     accept     takes the first, there is room\n\
     connect 3  ok, a second after it began, and served\n"
        .to_owned()
}

/// SYNs that found no room.
fn dropped() -> u64 {
    let text = fs::read_to_string("/proc/net/netstat").expect("Linux has it");
    let mut rows = text.lines().filter(|line| line.starts_with("TcpExt:"));
    let mut row = || rows.next().expect("names, then values").split(' ');
    let mut pairs = row().zip(row());
    let pair = pairs.find(|(name, _)| *name == "ListenOverflows");
    pair.expect("this name").1.parse().expect("a number")
}

/// Books say ECONNABORTED. Linux hands out the dead socket, and its first `read`
/// tells.
#[test]
fn accept_gives_a_client_that_has_aborted() {
    within(DEADLINE, || {
        let (listener, addr) = listen(5);
        Peer::connect(addr, CHARSET).reset();
        let (mut stream, _) = listener.accept().expect("not ECONNABORTED");
        let error = stream.read(&mut [0]).expect_err("it is dead");
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    });
}
