//! What strace prints about a server with a thread for each connection.

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    path::Path,
    process::Stdio,
};

use super::trace::{Ended, readable, strace};
use crate::programs::program;

/// The calls of the server until its first connection, and those of the thread
/// that has this connection; `None` where there is no strace.
pub(super) fn traced_threads(
    args: &[&str],
    converse: impl Fn(SocketAddr),
) -> Option<String> {
    loop {
        let (main, threads, addr) = traced(args, &converse)?;
        let calls = main.match_indices("accept4(").nth(1);
        let main = &main[..calls.expect("it has accepted two").0];
        // Ended by us, strace may have missed the end of the last one.
        let is_whole = |text: &&String| {
            let last = text.lines().rfind(|line| line.starts_with("close(4)"));
            last.is_some_and(|line| line.ends_with(" = 0"))
        };
        let Some(thread) = threads.iter().find(is_whole) else { continue };
        let before = readable(main, addr);
        let all = readable(&format!("{main}{thread}"), addr);
        let after = &all[before.len()..];
        return Some(format!("{before}\nin the thread for 4:\n\n{after}"));
    }
}

/// Two conversations in a row: what strace prints about the main thread, and
/// about each other one, and the server's address.
fn traced(
    args: &[&str],
    converse: &impl Fn(SocketAddr),
) -> Option<(String, Vec<String>, SocketAddr)> {
    let mut strace = strace()?;
    // A file for each thread, or their lines would cut each other in two.
    let dir = format!("threads-{}", std::process::id());
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(dir);
    fs::create_dir_all(&dir).expect("it is ours");
    strace.args(["-ff", "-s", "150", "-o"]).arg(dir.join("calls"));
    strace.arg(program("server")).args(["--addr", "127.0.0.1:0"]).args(args);
    strace.stdout(Stdio::piped());
    let mut guard = Ended(strace.spawn().expect("strace is there"));
    let child = &mut guard.0;
    let main = dir.join(format!("calls.{}", child.id()));
    let mut stdout = BufReader::new(child.stdout.take().expect("it is piped"));
    let mut line = String::new();
    stdout.read_line(&mut line).expect("text");
    let word = line.trim_end().rsplit(' ').next().expect("a word");
    let addr = word.parse().expect("it prints its address");
    converse(addr);
    converse(addr);
    child.kill().expect("it is our child");
    // strace has this pipe too: at its end all is written.
    let mut stderr = child.stderr.take().expect("it is piped");
    stderr.read_to_string(&mut String::new()).expect("text");
    let text = |path: &Path| fs::read_to_string(path).expect("text");
    let files = fs::read_dir(&dir).expect("it is ours");
    let paths: Vec<_> =
        files.map(|file| file.expect("a file").path()).collect();
    let others = paths.iter().filter(|path| **path != main);
    let traces = (text(&main), others.map(|path| text(path)).collect(), addr);
    fs::remove_dir_all(&dir).expect("it is ours");
    Some(traces)
}
