//! A program is killed: it says nothing more, but its kernel does.

use std::{
    env,
    io::{self, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Command, Stdio},
};

use testkit::{DEADLINE, assert_transcript, within};

use super::{address, seen};
use crate::conversations::loopback;

/// Where the program to be killed finds us: set in that program alone.
const CONNECT_TO: &str = "STEP06_CONNECT_TO";

#[test]
fn kill_9_says_goodbye() {
    if let Ok(addr) = env::var(CONNECT_TO) {
        be_killed(addr.parse().expect("an address"));
    }
    within(DEADLINE, || {
        let text = format!(
            "kill -9 of a program that has read all:\n\
             \x20 read      {}\n\
             kill -9 of a program that has bytes unread:\n\
             \x20 read      {}\n",
            after_kill(b""),
            after_kill(b"unread"),
        );
        assert_transcript!("step06_goodbye_kills", text);
    });
}

/// Sends `bytes` to a program that does not read them, kills it, and gives what
/// is seen here.
fn after_kill(bytes: &[u8]) -> String {
    let listener = TcpListener::bind(loopback()).expect("a free port");
    let mut program = Command::new(env::current_exe().expect("it runs"))
        .args(["--exact", "step06_goodbye::kills::kill_9_says_goodbye"])
        .env(CONNECT_TO, address(&listener).to_string())
        // It lives until it is killed, or we end.
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("it starts");
    let (mut stream, _) = listener.accept().expect("it connects");
    let length = u8::try_from(bytes.len()).expect("a few");
    stream.write_all(&[length]).expect("sent");
    stream.write_all(bytes).expect("sent");
    stream.read_exact(&mut [0]).expect("it has come that far");
    // On Unix this is SIGKILL.
    program.kill().expect("it is our child");
    program.wait().expect("it ends");
    seen(stream.read(&mut [0; 9]))
}

/// The program: reads a length, waits until so many bytes have come, says so,
/// and reads no more.
fn be_killed(addr: SocketAddr) -> ! {
    let mut stream = TcpStream::connect(addr).expect("the test listens");
    let mut length = [0];
    stream.read_exact(&mut length).expect("a length");
    let mut there = vec![0; length[0].into()];
    while !there.is_empty()
        && stream.peek(&mut there).expect("they come") < there.len()
    {}
    stream.write_all(b"x").expect("sent");
    io::stdin().read_to_end(&mut Vec::new()).expect("an end");
    panic!("not killed");
}
