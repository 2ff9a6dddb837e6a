//! A server under attack: the process, what it costs, and its normal clients.

use std::{
    fs,
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
    process::Command,
    thread,
    time::Duration,
};

use testkit::Program;

use crate::conversations::{CHARSET, REQUEST};

/// A running server, with a limit to its descriptors.
pub(super) struct Victim {
    program: Program,
    pub(super) addr: SocketAddr,
}

/// What a process holds.
pub(super) struct Held {
    pub(super) descriptors: usize,
    pub(super) threads: u64,
}

impl Victim {
    /// Starts the server with these arguments.
    pub(super) fn start(args: &[&str], descriptors: u32) -> Self {
        let script = format!("ulimit -n {descriptors}\nexec \"$@\"");
        let mut command = Command::new("sh");
        command.args(["-c", &script, "sh", env!("CARGO_BIN_EXE_server")]);
        command.args(["--addr", "127.0.0.1:0", "--timeout", PATIENCE]);
        let mut program = Program::start(command.args(args));
        let addr = program.addr();
        program.ignore_output();
        Self { program, addr }
    }

    /// What it holds now.
    pub(super) fn held(&self) -> Held {
        let descriptors = format!("/proc/{}/fd", self.program.id());
        let descriptors = fs::read_dir(descriptors).expect("it runs").count();
        Held { descriptors, threads: self.status("Threads:") }
    }

    /// The most memory that it has had, in KiB.
    pub(super) fn peak(&self) -> u64 {
        self.status("VmHWM:")
    }

    /// Waits until it holds no more than it held: the kernel tells nobody when a thread
    /// has gone. The test's deadline is the bound.
    pub(super) fn settle(&self, before: &Held) {
        loop {
            let now = self.held();
            let is_less = now.descriptors <= before.descriptors;
            if is_less && now.threads <= before.threads {
                return;
            }
            thread::park_timeout(Duration::from_millis(5));
        }
    }

    /// Ends it by Ctrl-C, and holds it to a good end without a panic.
    pub(super) fn stop(mut self) {
        let id = self.program.id().to_string();
        let sent = Command::new("kill").args(["-INT", &id]).status();
        assert!(sent.expect("kill is there").success());
        let code = self.program.wait();
        let complaints = self.program.complaints();
        assert_eq!(code, Some(0), "{complaints}");
        assert!(!complaints.contains("panicked"), "{complaints}");
    }

    /// A number of /proc/PID/status.
    fn status(&self, name: &str) -> u64 {
        let path = format!("/proc/{}/status", self.program.id());
        let text = fs::read_to_string(path).expect("it runs");
        let line = text.lines().find(|line| line.starts_with(name));
        let number = line.and_then(|line| line.split_whitespace().nth(1));
        number.expect("this name").parse().expect("a number")
    }
}

/// A browser's request, on a connection of its own.
pub(super) fn ask_http(server: SocketAddr) {
    let request = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let reply = ask(server, request, false);
    let text = CHARSET.show(&reply);
    assert!(text.starts_with("HTTP/1.1 200"), "{text}");
    assert!(text.ends_with("<h1> 一起加油 !!!</h1>"), "{text}");
}

/// An echo, RFC 862.
pub(super) fn ask_echo(server: SocketAddr) {
    assert_eq!(ask(server, REQUEST, true), REQUEST);
}

/// The original's request and reply.
pub(super) fn ask_default(server: SocketAddr) {
    let reply = ask(server, REQUEST, false);
    assert!(CHARSET.show(&reply).ends_with("<h1> 一起加油 !!!</h1>"));
}

/// Who is cut off before a byte of the reply has come, because others have come
/// in a crowd since, comes again, as a browser does.
fn ask(server: SocketAddr, request: &[u8], half_close: bool) -> Vec<u8> {
    loop {
        match ask_once(server, request, half_close) {
            Ok(reply) if !reply.is_empty() => return reply,
            Ok(_) => println!("a normal client was cut off, and comes again"),
            Err(error) => println!("a normal client comes again: {error}"),
        }
    }
}

fn ask_once(
    server: SocketAddr,
    request: &[u8],
    half_close: bool,
) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(server)?;
    stream.write_all(request)?;
    if half_close {
        stream.shutdown(Shutdown::Write)?;
    }
    let mut reply = Vec::new();
    match stream.read_to_end(&mut reply) {
        // What has come is no reply, and the caller is to see it.
        Err(_) if !reply.is_empty() => {}
        result => drop(result?),
    }
    Ok(reply)
}

/// How long a server waits for a client, in seconds: short, since what a storm
/// leaves behind has to be over before the test goes on.
const PATIENCE: &str = "0.5";
