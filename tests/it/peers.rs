//! Real peers: the Python programs that the course started from, curl, a
//! browser, the tap, a terminal. Our programs talk to them as to each other.

mod http;
mod lossy;
mod many;
mod tapped;
mod tcp;
#[cfg(unix)]
mod terminal;
#[cfg(target_os = "linux")]
mod text;
mod udp;
#[cfg(target_os = "linux")]
mod voice;

use std::{
    ffi::OsString,
    io::{Read, Write},
    process::{Command, Stdio},
    sync::{OnceLock, mpsc},
    thread,
    time::Duration,
};

use testkit::{DEADLINE, Program, within};

use crate::{programs::program, tree::root};

/// What all the servers reply, as a client prints it: the first send.
const STATUS_LINE: &str = "HTTP/1.1 200 OK \r\n\r\n";

/// The second send.
const BODY: &str = "<h1> 一起加油 !!!</h1>";

/// Conversations in a row: enough for what happens now and then to happen.
const TIMES: usize = 50;

/// The most that a peer may take, well before the test's own deadline.
const PATIENCE: Duration = Duration::from_secs(40);

/// Runs a test within its deadline, which starts when the programs are built.
fn with_programs(test: impl FnOnce() + Send + 'static) {
    program("server");
    within(DEADLINE, test);
}

/// One of our programs.
fn ours(name: &str, args: &[&str]) -> Command {
    let mut command = Command::new(program(name));
    command.args(args);
    command
}

/// One of our servers, on a port that is free.
fn our_server(name: &str, step: &[&str]) -> Program {
    Program::start(ours(name, &["--addr", "127.0.0.1:0"]).args(step))
}

/// A script of `tests/peers`, or `None`, with a word on why.
fn script(name: &str, args: &[&str]) -> Option<Command> {
    static PYTHON: OnceLock<Option<OsString>> = OnceLock::new();
    let find = || Some(testkit::python()?.get_program().to_owned());
    let Some(python) = PYTHON.get_or_init(find) else {
        testkit::skip("no Python 3");
        return None;
    };
    let mut command = Command::new(python);
    command.arg(root().join("tests/peers").join(name)).args(args);
    // Into a pipe Python would keep its lines back until there are many, and
    // on Windows it would not print UTF-8.
    command.env("PYTHONUNBUFFERED", "1").env("PYTHONUTF8", "1");
    Some(command)
}

/// What a peer prints, with `\n` for any line end.
fn printed(command: &mut Command, input: &str) -> String {
    let bytes = run(command, input.as_bytes());
    String::from_utf8(bytes).expect("it prints UTF-8").replace('\r', "")
}

/// Runs a peer to its end, which must be a good one. Unlike our programs it may
/// wait for ever: then it is ended, and the test fails.
fn run(command: &mut Command, input: &[u8]) -> Vec<u8> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    // A peer that ends before it has read it all has a reason; see below.
    let _ = child.stdin.take().expect("it is piped").write_all(input);
    let mut stdout = child.stdout.take().expect("it is piped");
    let (done, printed) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // Nobody listens only where the time is over.
        let _ = done.send(stdout.read_to_end(&mut bytes).map(|_| bytes));
    });
    let printed = printed.recv_timeout(PATIENCE);
    if printed.is_err() {
        child.kill().expect("it is our child");
    }
    let status = child.wait().expect("it is our child");
    let bytes = printed.expect("it ends in time").expect("a pipe can be read");
    let text = String::from_utf8_lossy(&bytes);
    assert!(status.success(), "{command:?}: {status}, printed {text}");
    bytes
}
