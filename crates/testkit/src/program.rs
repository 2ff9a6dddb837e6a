//! A program of the course, run as a learner runs it.

#[cfg(unix)]
use std::fs;
use std::{
    io::{self, BufRead, BufReader, Write},
    net::SocketAddr,
    process::{
        Child, ChildStdin, ChildStdout, Command, ExitStatus, Output, Stdio,
    },
    thread::{self, JoinHandle},
};

/// A program that is running; it is ended when this is dropped.
pub struct Program {
    child: Child,
    stdout: Option<BufReader<ChildStdout>>,
    /// Reads what it complains about, which would stand between the lines of
    /// all the tests otherwise.
    stderr: Option<JoinHandle<String>>,
}

/// How a program ended.
#[derive(Debug, PartialEq, Eq)]
pub struct Ended {
    /// Its exit code, if it was not ended by a signal.
    pub code: Option<i32>,
    /// What it printed.
    pub stdout: String,
    /// What it complained about.
    pub stderr: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("we print UTF-8");
        Self {
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}

impl Program {
    /// Starts a program whose output the test reads.
    pub fn start(command: &mut Command) -> Self {
        Self::spawn(command.stdin(Stdio::null()))
    }

    /// The same, with a person at the keyboard: dropping that is Ctrl-D.
    pub fn start_with_input(command: &mut Command) -> (Self, ChildStdin) {
        let mut program = Self::spawn(command.stdin(Stdio::piped()));
        let stdin = program.child.stdin.take().expect("it is piped");
        (program, stdin)
    }

    fn spawn(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let stdout = child.stdout.take().map(BufReader::new);
        let stderr = child.stderr.take().expect("it is piped");
        let stderr = thread::spawn(|| {
            io::read_to_string(stderr).expect("we print UTF-8")
        });
        Self { child, stdout, stderr: Some(stderr) }
    }

    /// Runs a program to its end, with `input` on its standard input.
    pub fn run(command: &mut Command, input: &[u8]) -> Ended {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        // A program that ends before it has read its input is no failure here.
        let _ = child.stdin.take().expect("it is piped").write_all(input);
        child.wait_with_output().expect("it ends").into()
    }

    /// Its process id, to send it a signal.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ctrl-Z, and `fg`.
    #[cfg(unix)]
    pub fn stop_and_continue(&self) {
        for signal in ["-STOP", "-CONT"] {
            let id = self.id().to_string();
            let sent = Command::new("kill").args([signal, &id]).status();
            assert!(sent.expect("kill is there").success());
        }
    }

    /// The next line that it prints, without the line end.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        let stdout = self.stdout.as_mut().expect("it is read");
        let length = stdout.read_line(&mut line).expect("we print UTF-8");
        assert_ne!(length, 0, "the program ended");
        line.trim_end().to_owned()
    }

    /// The address at the end of the next line: `listening on 127.0.0.1:8888`.
    pub fn addr(&mut self) -> SocketAddr {
        let line = self.line();
        let word = line.rsplit(' ').next().unwrap_or_default();
        word.parse().unwrap_or_else(|_| panic!("no address in {line:?}"))
    }

    /// Reads on and forgets what it prints, so that it never waits for that.
    pub fn ignore_output(&mut self) {
        if let Some(mut stdout) = self.stdout.take() {
            thread::spawn(move || io::copy(&mut stdout, &mut io::sink()));
        }
    }

    /// Waits for its end: its exit code, if it was not ended by a signal.
    pub fn wait(&mut self) -> Option<i32> {
        self.child.wait().expect("it is our child").code()
    }

    /// What it has complained about when it has ended; once.
    pub fn complaints(&mut self) -> String {
        let stderr = self.stderr.take().map(JoinHandle::join);
        stderr.and_then(Result::ok).unwrap_or_default()
    }

    /// Stops reading what it prints, and gives its exit status once it ends.
    pub fn ended_unread(&mut self) -> Option<ExitStatus> {
        self.stdout = None;
        self.child.try_wait().expect("it is our child")
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Killing what has ended already fails, and that is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            println!("{}", self.complaints());
        }
    }
}

/// The program without the right to bind low ports, or `None`, with a word on
/// why, where everybody has it.
#[cfg(unix)]
pub fn unprivileged(program: &str) -> Option<Command> {
    let first = "/proc/sys/net/ipv4/ip_unprivileged_port_start";
    if fs::read_to_string(first).is_ok_and(|port| port.trim() == "0") {
        crate::skip("every user of this machine may bind low ports");
        return None;
    }
    let id = Command::new("id").arg("-u").output().expect("id is there");
    if id.stdout != b"0\n" {
        return Some(Command::new(program));
    }
    // Root without the capability is refused like anybody else.
    let mut command = Command::new("setpriv");
    command.args(["--bounding-set", "-net_bind_service", program]);
    Some(command)
}
