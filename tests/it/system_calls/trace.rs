//! What strace prints about a program, made the same in each run.

use std::{
    collections::BTreeSet,
    env,
    io::{BufRead, BufReader, Read, Write},
    net::SocketAddr,
    process::{Child, Command, Stdio},
};

use testkit::{Program, skip};

use crate::programs::program;

/// The calls of a server from its start to the end of its first conversation,
/// or `None` where there is no strace.
pub(super) fn traced_server(
    name: &str,
    args: &[&str],
    converse: impl Fn(SocketAddr),
) -> Option<String> {
    let mut strace = strace()?;
    strace.arg(program(name)).args(args);
    if !args.contains(&"--addr") {
        strace.args(["--addr", "127.0.0.1:0"]);
    }
    let (mut guard, addr) = started(&mut strace);
    let child = &mut guard.0;
    // When the second conversation has ended, every call of the first is over.
    converse(addr);
    converse(addr);
    child.kill().expect("it is our child");
    let mut trace = String::new();
    let mut stderr = child.stderr.take().expect("it is piped");
    stderr.read_to_string(&mut trace).expect("text");
    child.wait().expect("it ends");
    let calls = readable(&named_group(&trace, args), addr);
    // The second time that it waits for somebody new, it is somebody else's.
    let wait = match name {
        "server" => "accept4(",
        _ if calls.contains("recvmsg(") => "recvmsg(",
        _ => "recvfrom(",
    };
    let second = calls.match_indices(wait).nth(1).expect("it has served two").0;
    Some(calls[..second].to_owned())
}

/// The port of a group, where there is one among the arguments, has a name.
fn named_group(trace: &str, args: &[&str]) -> String {
    let addrs = args.iter().filter_map(|arg| arg.parse::<SocketAddr>().ok());
    let mut groups = addrs.filter(|addr| addr.ip().is_multicast());
    groups.next().map_or(trace.to_owned(), |group| {
        let port = format!("htons({})", group.port());
        trace.replace(&port, "htons(group)")
    })
}

/// A server, and the address that it prints.
pub(super) fn started(server: &mut Command) -> (Ended, SocketAddr) {
    let server = server.stdout(Stdio::piped()).spawn();
    let mut server = Ended(server.expect("strace is there"));
    // Read here and kept: without a reader the server would end.
    let stdout = server.0.stdout.as_mut().expect("it is piped");
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line).expect("text");
    let word = line.trim_end().rsplit(' ').next().expect("a word");
    (server, word.parse().expect("it prints its address"))
}

/// A program that ends with the test, also when that fails.
pub(super) struct Ended(pub(super) Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // Killing what has ended already fails, and that is as good.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// All calls of a client that says one thing, or `None` where there is no
/// strace.
pub(super) fn traced_client(
    name: &str,
    args: &[&str],
    addr: SocketAddr,
) -> Option<String> {
    let mut child = strace()?
        .arg(program(name))
        .args(["--addr", &addr.to_string()])
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("strace is there");
    let mut stdin = child.stdin.take().expect("it is piped");
    // The TCP client reads no input, and may have ended by now.
    let _ = stdin.write_all(b"hello\n");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    let trace = String::from_utf8(output.stderr).expect("text");
    Some(readable(&named_group(&trace, args), addr))
}

/// What a test of this binary asks of sockets and files from its first send to
/// its last, or `None` where there is no strace. The test's path is as `cargo
/// test` prints it.
pub(super) fn traced_sends(test: &str) -> Option<String> {
    let mut strace = strace()?;
    // A test runs in a thread (`-f`); the others are silent meanwhile.
    strace.args(["-f", "-e", "trace=%network,write,fsync,ioctl"]);
    strace.arg(env::current_exe().expect("it runs"));
    let ended = Program::run(strace.args(["--exact", test]), b"");
    assert!(ended.stdout.contains("1 passed"), "{}", ended.stderr);
    let pid = |c: char| "[pid ]".contains(c) || c.is_ascii_digit();
    let lines = ended.stderr.lines();
    let calls: Vec<_> =
        lines.map(|line| line.trim_start_matches(pid)).collect();
    let is_send = |call: &&str| call.starts_with("sendto(");
    let first = calls.iter().position(is_send).expect("it sends");
    let last = calls.iter().rposition(is_send).expect("it sends");
    let calls = calls[first..=last].iter().map(|call| {
        // The number that the socket got depends on who started the test.
        let (name, rest) = call.split_once('(').expect("a call");
        let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        same_numbers(&format!("{name}(3{rest}"), 0) + "\n"
    });
    Some(calls.collect())
}

/// strace as the *child* of what it traces (`-D`), so that the program is ours
/// to end; its lines come through standard error.
pub(super) fn strace() -> Option<Command> {
    let works = Command::new("strace").args(["-qq", "true"]).output();
    if !works.is_ok_and(|output| output.status.success()) {
        skip("strace is not there, or may not trace");
        return None;
    }
    let mut command = Command::new("strace");
    command
        .args(["-D", "-qq", "--strings-in-hex=non-ascii-chars", "-s", "99"])
        .args(["-e", "trace=%network,close,ioctl,poll", "-e", "signal=none"])
        .stdin(Stdio::null())
        .stderr(Stdio::piped());
    Some(command)
}

/// The calls on sockets, with the same numbers in each run.
pub(super) fn readable(trace: &str, addr: SocketAddr) -> String {
    let mut sockets = BTreeSet::new();
    let mut lines: Vec<String> = Vec::new();
    for line in trace.lines() {
        // `name(3, …) = 4`: the result of these two is a new socket.
        let Some((name, rest)) = line.split_once('(') else { continue };
        let result = line.rsplit(" = ").next().unwrap_or_default();
        if matches!(name, "socket" | "accept4") {
            sockets.insert(result.to_owned());
        } else {
            let first = rest.trim_start_matches("[{fd=");
            let end = first.find([',', ')']).unwrap_or_default();
            if !sockets.contains(&first[..end]) {
                continue;
            }
            if name == "close" {
                sockets.remove(&first[..end]);
            }
        }
        lines.push(same_numbers(line, addr.port()));
    }
    join_receives(&lines).join("\n") + "\n"
}

/// Ports by role, times left out, one blank where strace aligns results.
pub(super) fn same_numbers(line: &str, port: u16) -> String {
    for option in ["SO_RCVTIMEO", "SO_SNDTIMEO"] {
        if let Some((start, _)) = line.split_once(option) {
            return format!("{start}{option}, …) = 0");
        }
    }
    let line = line.replace("htons(0)", "htons(any)");
    let line = replace_numbers(&line, "htons(", |number| {
        if number == port { "server" } else { "client" }
    });
    // The time that poll may take.
    let line = replace_numbers(&line, "}], 1, ", |_| "…");
    let (call, result) = line.rsplit_once(" = ").unwrap_or((&line, ""));
    format!("{} = {result}", call.trim_end())
}

/// Where nothing came, strace shows where the buffer is instead of its bytes.
pub(super) fn no_pointer(line: &str) -> String {
    let Some((start, rest)) = line.split_once("0x") else {
        return line.to_owned();
    };
    let end = rest.find(',').unwrap_or(rest.len());
    format!("{start}…{}", &rest[end..])
}

/// Each number that stands right behind `key` becomes something else.
fn replace_numbers(
    line: &str,
    key: &str,
    name: impl Fn(u16) -> &'static str,
) -> String {
    let mut pieces = line.split(key);
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let end = piece.find(|c: char| !c.is_ascii_digit());
        let (number, rest) = piece.split_at(end.unwrap_or(piece.len()));
        text += key;
        text += match number {
            "" => "",
            _ => name(number.parse().unwrap_or_default()),
        };
        text += rest;
    }
    text
}

/// How std cuts a reading to the end into calls is its own affair, and changes
/// from version to version: such a row of calls becomes their sum and the end.
fn join_receives(lines: &[String]) -> Vec<String> {
    let bytes = |line: &str| -> Option<usize> {
        let is_receive = line.starts_with("recvfrom(3, \"");
        let (_, result) = line.rsplit_once("NULL, NULL) = ")?;
        is_receive.then(|| result.parse().ok())?
    };
    let both = |a: &String, b: &String| bytes(a).and(bytes(b)).is_some();
    let mut joined = Vec::new();
    for row in lines.chunk_by(both) {
        if row.len() == 1 {
            joined.extend_from_slice(row);
        } else {
            let total: usize = row.iter().filter_map(|line| bytes(line)).sum();
            for result in [total, 0] {
                joined.push(format!("recvfrom(3, …, NULL, NULL) = {result}"));
            }
        }
    }
    joined
}
