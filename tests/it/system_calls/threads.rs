//! What strace prints about a server with threads: who of them makes which call.

use std::{fs, io::Read, net::SocketAddr, path::Path, process::Command};

use super::trace::{same_numbers, started, strace};
use crate::programs::program;

/// What is shown: the network, epoll, and the stack of a new thread.
const CALLS: &str = "trace=%network,close,mmap,epoll_create1,epoll_ctl,\
                     epoll_wait,eventfd2";

/// The calls of the thread that accepts, and below them those of the client's
/// own, if it has one; `None` where there is no strace.
pub(super) fn traced_threads(
    name: &str,
    args: &[&str],
    converse: impl Fn(SocketAddr),
) -> Option<String> {
    let mut strace = strace()?;
    // A file for each thread, or their lines would cut each other in two.
    let dir = format!("threads-{name}-{}", std::process::id());
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(dir);
    fs::create_dir_all(&dir).expect("it is ours");
    strace.args(["-ff", "-s", "150", "-e", CALLS, "-o"]).arg(dir.join("of"));
    strace.arg(program("server")).args(["--addr", "127.0.0.1:0"]).args(args);
    let (mut guard, addr) = started(&mut strace);
    let child = &mut guard.0;
    converse(addr);
    // Stopped, and not ended by us: then strace misses nothing.
    let id = child.id().to_string();
    let sent = Command::new("kill").args(["-INT", &id]).status();
    assert!(sent.expect("kill is there").success());
    // The pipe is strace's as well: it ends when all has been written.
    let mut stderr = child.stderr.take().expect("it is piped");
    stderr.read_to_string(&mut String::new()).expect("text");

    let mut texts: Vec<_> = fs::read_dir(&dir)
        .expect("it is ours")
        .map(|file| fs::read_to_string(file.expect("a file").path()))
        .map(|text| readable(&text.expect("text"), addr.port()))
        .filter(|text| !text.is_empty())
        .collect();
    fs::remove_dir_all(&dir).expect("it is ours");
    texts.sort_by_key(|text| !text.contains("bind("));
    Some(texts.join("\nin the client's thread:\n\n"))
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
