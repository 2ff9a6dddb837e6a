//! A signal in the middle of a wait: EINTR. The programs go on, and so does a
//! wait that has no timeout: `signals.rs` shows both.

use std::{
    env,
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    process::Command,
    time::Duration,
};

use lesson_tcp::step07_silence::{Deadline, is_timeout, read_by};
use testkit::{DEADLINE, Program, within};

use crate::conversations::loopback;

/// Set in the process that is stopped: the address of the other.
const INSIDE: &str = "STEP07_STOPPED";
const NAME: &str = "step07_silence::interrupted::read_ends_and_others_go_on";

/// A signal stops all threads of a process, so that has to be another one.
#[test]
fn read_ends_and_others_go_on() {
    if let Ok(addr) = env::var(INSIDE) {
        return stopped(addr.parse().expect("an address"));
    }
    within(DEADLINE, || {
        let listener = TcpListener::bind(loopback()).expect("a free port");
        let addr = listener.local_addr().expect("it is bound");
        let own = env::current_exe().expect("it runs");
        let mut child = Command::new(own);
        child.args(["--exact", NAME]).env(INSIDE, addr.to_string());
        let child = Program::start(&mut child);
        let (mut stream, _) = listener.accept().expect("it connects");
        let short = Duration::from_millis(20);
        stream.set_read_timeout(Some(short)).expect("more than zero");

        // Several times: the first may come before it waits.
        let mut kind = [0; 21];
        let length = loop {
            child.stop_and_continue();
            match stream.read(&mut kind) {
                Err(e) if is_timeout(&e) => {}
                result => break result.expect("what `read` said"),
            }
        };
        assert_eq!(
            kind[..length].escape_ascii().to_string(),
            "operation interrupted"
        );

        // `read_exact` and `read_by` get three bytes, signals, and the others.
        for _ in 0..2 {
            for three in [b"abc", b"def"] {
                stream.write_all(three).expect("it is there");
                for _ in 0..5 {
                    child.stop_and_continue();
                }
            }
            stream.set_read_timeout(None).expect("no timeout");
            let mut echo = [0; 6];
            stream.read_exact(&mut echo).expect("six bytes");
            assert_eq!(&echo, b"abcdef");
        }
    });
}

/// What the process does that is stopped again and again.
fn stopped(addr: SocketAddr) {
    let mut stream = TcpStream::connect(addr).expect("the test listens");
    stream.set_read_timeout(Some(DEADLINE)).expect("more than zero");
    let error = stream.read(&mut [0; 9]).expect_err("a signal comes first");
    let kind = error.kind().to_string();
    stream.write_all(kind.as_bytes()).expect("the test reads");

    let mut six = [0; 6];
    stream.read_exact(&mut six).expect("signals do not matter");
    stream.write_all(&six).expect("the test reads");

    let deadline = Deadline::after(DEADLINE);
    let mut length = 0;
    while length < six.len() {
        let read = read_by(&stream, &mut six[length..], deadline);
        length += read.expect("signals do not matter");
    }
    stream.write_all(&six).expect("the test reads");
}
