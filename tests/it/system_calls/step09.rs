//! Step 9, thread by thread: who of them makes which call.

use std::{
    fs,
    io::Read,
    process::{Child, Command, Stdio},
};

use common::Charset;
use testkit::{DEADLINE, Peer, assert_transcript, skip, within};

use super::{REQUEST, trace::same_numbers};
use crate::programs::program;

/// What is shown: the network, epoll, and the stack of a new thread.
const CALLS: &str = "trace=%network,close,mmap,epoll_create1,epoll_ctl,\
                     epoll_wait,eventfd2";

#[test]
fn of_a_server_with_threads() {
    program("server");
    within(DEADLINE, || {
        let Some(calls) = traced("threads") else { return };
        assert_transcript!("calls_tcp_step09_threads", calls);
    });
}

#[test]
fn of_a_server_that_asks_who_is_ready() {
    program("server");
    within(DEADLINE, || {
        let Some(calls) = traced("readiness") else { return };
        assert_transcript!("calls_tcp_step09_readiness", calls);
    });
}

/// The calls of the thread that accepts, and below them those of the client's
/// own, if it has one; `None` where there is no strace.
fn traced(kind: &str) -> Option<String> {
    let strace = Command::new("strace").args(["-qq", "true"]).output();
    if !strace.is_ok_and(|output| output.status.success()) {
        skip("strace is not there, or may not trace");
        return None;
    }
    // A file for each thread: in one, their lines would be mixed.
    let dir = format!("{}/step09_{kind}", env!("CARGO_TARGET_TMPDIR"));
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(&dir).expect("it is ours");
    let mut strace = Command::new("strace");
    strace.args(["-D", "-qq", "-ff", "-o", &format!("{dir}/of"), "-e", CALLS]);
    strace.args(["--strings-in-hex=non-ascii-chars", "-e", "signal=none"]);
    strace.arg(program("server")).args(["--addr", "127.0.0.1:0"]);
    strace.args(["--step", "9", "--kind", kind]);
    strace.stdout(Stdio::piped()).stderr(Stdio::piped());
    let port = converse(strace.spawn().expect("strace is there"));

    let mut files: Vec<_> = fs::read_dir(&dir)
        .expect("it is there")
        .map(|file| fs::read_to_string(file.expect("a file").path()))
        .map(|text| readable(&text.expect("text"), port))
        .filter(|text| !text.is_empty())
        .collect();
    files.sort_by_key(|text| !text.contains("bind("));
    Some(files.join("---\n"))
}

/// One client asks twice and ends its side; then the server is stopped. Gives
/// the server's port.
fn converse(mut child: Child) -> u16 {
    let mut line = String::new();
    let mut stdout = child.stdout.take().expect("it is piped");
    while !line.ends_with('\n') {
        let mut byte = [0];
        stdout.read_exact(&mut byte).expect("it prints its address");
        line.push(byte[0].into());
    }
    let addr = line.trim_end().rsplit(' ').next().expect("a word");
    let addr: std::net::SocketAddr = addr.parse().expect("an address");
    let mut client = Peer::connect(addr, Charset::Gb2312);
    for _ in 0..2 {
        client.send(REQUEST);
        client.receive(REQUEST.len());
    }
    client.half_close();
    client.receive_to_end();
    let id = child.id().to_string();
    let sent = Command::new("kill").args(["-INT", &id]).status();
    assert!(sent.expect("kill is there").success());
    // The pipe is strace's as well: it ends when all has been written.
    let mut stderr = child.stderr.take().expect("it is piped");
    stderr.read_to_string(&mut String::new()).expect("text");
    child.wait().expect("it is our child");
    addr.port()
}

/// From the first socket to the end of the client's connection, or to the stack
/// of its thread.
fn readable(trace: &str, port: u16) -> String {
    let mut text = String::new();
    let calls = ["socket(", "setsockopt("];
    let is_first = |line: &str| calls.iter().any(|c| line.starts_with(c));
    for line in trace.lines().skip_while(|line| !is_first(line)) {
        let is_stack = line.contains("MAP_STACK");
        // Two threads are made before: for Ctrl-C, and for the grace.
        let is_clients = is_stack && text.contains("accept4(");
        // Other memory, and a look at the clock that found nobody idle.
        let is_idle = line.starts_with("epoll_wait(") && line.ends_with(" = 0");
        if is_idle || (line.starts_with("mmap(") && !is_clients) {
            continue;
        }
        text += &same_numbers(&without_addresses(line), port);
        text += "\n";
        if is_clients
            || line.starts_with("close(") && text.contains("recvfrom(")
        {
            break;
        }
    }
    text
}

/// Memory is somewhere else each time.
fn without_addresses(line: &str) -> String {
    let mut pieces = line.split("0x");
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        text += "…";
        text += piece.trim_start_matches(|c: char| c.is_ascii_hexdigit());
    }
    text
}
