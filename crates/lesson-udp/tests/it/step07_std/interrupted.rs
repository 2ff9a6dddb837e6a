//! A signal in the middle of a wait that has a timeout: EINTR.

use std::{
    env,
    net::{SocketAddr, UdpSocket},
    process::Command,
};

use lesson_udp::{step01_datagrams, step07_std};
use testkit::{DEADLINE, Program, within};

use crate::conversations::loopback;

/// Set in the process that is stopped: the address of the other.
const INSIDE: &str = "STEP07_STOPPED";
const NAME: &str = "step07_std::interrupted::recv_from_ends_and_ask_goes_on";

/// A signal stops all threads of a process, so that has to be another one.
#[test]
fn recv_from_ends_and_ask_goes_on() {
    if let Ok(addr) = env::var(INSIDE) {
        return stopped(addr.parse().expect("an address"));
    }
    within(DEADLINE, || {
        let socket = UdpSocket::bind(loopback()).expect("a free port");
        let addr = socket.local_addr().expect("it is bound");
        let own = env::current_exe().expect("it runs");
        let mut child = Command::new(own);
        child.args(["--exact", NAME]).env(INSIDE, addr.to_string());
        let child = Program::start(&mut child);
        let mut buffer = [0; 99];

        socket.recv_from(&mut buffer).expect("it is there");
        socket.set_nonblocking(true).expect("it can be");
        // Several times: the first may come before it waits.
        let length = loop {
            child.stop_and_continue();
            if let Ok((length, _)) = socket.recv_from(&mut buffer) {
                break length;
            }
        };
        let said = buffer[..length].escape_ascii().to_string();
        assert_eq!(said, "operation interrupted");

        // `ask` of both steps waits on, and gets its answer.
        socket.set_nonblocking(false).expect("it can be");
        for _ in 0..2 {
            let (length, peer) =
                socket.recv_from(&mut buffer).expect("it asks");
            assert_eq!(&buffer[..length], b"hello");
            for _ in 0..5 {
                child.stop_and_continue();
            }
            socket.send_to(b"ok", peer).expect("sent");
        }
        let (length, _) = socket.recv_from(&mut buffer).expect("two answers");
        assert_eq!(&buffer[..length], b"okok");
    });
}

/// What the process does that is stopped again and again.
fn stopped(addr: SocketAddr) {
    let socket = step07_std::bind_client(addr).expect("a free port");
    socket.set_read_timeout(Some(DEADLINE)).expect("more than zero");
    socket.send_to(b"here", addr).expect("sent");
    let error = socket.recv_from(&mut [0; 9]).expect_err("a signal comes");
    let kind = error.kind().to_string();
    socket.send_to(kind.as_bytes(), addr).expect("sent");

    let raw = step01_datagrams::bind_client(addr).expect("a free port");
    let first = step01_datagrams::ask(&raw, addr, b"hello", DEADLINE);
    let second = step07_std::ask(&socket, addr, b"hello", DEADLINE);
    let answers = [first, second].map(|answer| {
        answer.expect("signals do not matter").expect("there is time")
    });
    socket.send_to(&answers.concat(), addr).expect("sent");
}
