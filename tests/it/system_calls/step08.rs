//! Step 8: the calls of a writer that is made to wait.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    process::Stdio,
    thread,
};

use common::Charset;
use testkit::{DEADLINE, Peer, assert_transcript, within};

use super::trace::{readable, strace, traced_server};
use crate::programs::program;

#[test]
fn of_a_server_with_small_buffers() {
    within(DEADLINE, || {
        let calls = traced_server("server", &["--step", "8"], |addr| {
            let mut client = Peer::connect(addr, Charset::Gb2312);
            client.send(b"12345");
            client.half_close();
            assert_eq!(client.receive_to_end(), b"5 bytes read");
            drop(client.close());
        });
        let Some(calls) = calls else { return };
        assert_transcript!("calls_tcp_step08_server", calls);
    });
}

#[test]
fn of_a_client_that_must_wait() {
    within(DEADLINE, || {
        let Some(mut strace) = strace() else { return };
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let addr = listener.local_addr().expect("it is bound");
        strace.arg(program("client")).args(["--step", "8"]);
        strace.args(["--addr", &addr.to_string(), "--bytes", "20000000"]);
        let mut client =
            strace.stdout(Stdio::piped()).spawn().expect("strace is there");
        let stdout = client.stdout.take().expect("it is piped");
        let serving = thread::spawn(move || {
            let (stream, _) = listener.accept().expect("a client");
            read_when_it_waits(&stream, &mut BufReader::new(stdout));
        });
        let output = client.wait_with_output().expect("it ends");
        serving.join().expect("no panic");
        let trace = String::from_utf8(output.stderr).expect("text");
        let calls = each_once(&readable(&trace, addr));
        assert_transcript!("calls_tcp_step08_client", calls);
    });
}

/// Reads nothing until the client says that it must wait, then everything.
fn read_when_it_waits(
    mut stream: &TcpStream,
    stdout: &mut (dyn BufRead + Send),
) {
    let mut line = String::new();
    while !line.ends_with("then write must wait\n") {
        line.clear();
        stdout.read_line(&mut line).expect("text");
    }
    thread::scope(|scope| {
        scope.spawn(|| io::copy(stdout, &mut io::sink()));
        let mut request = Vec::new();
        stream.read_to_end(&mut request).expect("all comes");
        assert_eq!(request.len(), 20_000_000);
        stream.write_all(b"20000000 bytes read").expect("it reads");
        stream.shutdown(Shutdown::Write).expect("it is connected");
    });
}

/// How often it must wait, and how much goes each time, is another matter in
/// each run: the calls between the first wait and the last bytes stand once.
fn each_once(calls: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in calls.lines() {
        let mut line = line.to_owned();
        if let Some((start, rest)) = line.split_once("xx\"...") {
            let (_, flags) = rest.split_once(", MSG").expect("flags");
            let (flags, result) = flags.rsplit_once(" = ").expect("a result");
            let start = start.trim_end_matches('x');
            let result = if result.starts_with('-') { result } else { "…" };
            line = format!("{start}xx\"..., …, MSG{flags} = {result}");
        }
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines.join("\n") + "\n"
}
