//! No descriptors, no threads: what a server does that has run out of something.
#![cfg(target_os = "linux")]

use std::{
    fs,
    io::{ErrorKind::WouldBlock, Read, Write},
    net::{SocketAddr, TcpStream},
    process::Command,
    thread,
    time::Duration,
};

use testkit::{DEADLINE, Peer, Program, skip, within};

use super::{
    programs::on_unix::{server, signal},
    served,
};
use crate::conversations::{CHARSET, REQUEST};

/// Those that serve more than a fixed number at a time, up to their limit.
const OPEN: [&str; 3] = ["threads", "elastic", "readiness"];

/// The server with less of something than it is used to.
fn with_limit(ulimit: &str, server: &Command) -> Program {
    let mut command = Command::new("sh");
    let script = format!("ulimit {ulimit} && exec \"$@\"");
    command.args(["-c", &script, "sh"]).arg(server.get_program());
    Program::start(command.args(server.get_args()))
}

/// 24 descriptors, and 40 clients that say nothing and stay.
#[test]
fn too_many_open_files() {
    within(DEADLINE, || {
        for kind in OPEN {
            let mut server = with_limit("-n 24", &server(kind, &[]));
            let addr = server.addr();
            let silent = [(); 40].map(|()| Peer::connect(addr, CHARSET));
            served(addr).close();
            drop(silent);
            signal(&server, "-INT");
            assert_eq!(server.line(), "stopped");
            assert_eq!(server.wait(), Some(0));
        }
    });
}

/// No descriptor at all for a new client, and no old one to take it from:
/// the server waits, and does not turn round and round meanwhile.
#[test]
fn no_descriptor_for_anybody() {
    within(DEADLINE, || {
        let starved = |kind: &str| {
            let mut server = Program::start(&mut server(kind, &[]));
            let addr = server.addr();
            let mut old = served(addr);
            let Some(()) = allow(&server, "3") else { return };
            // The first may find a place that `accept` had taken before.
            let first = Peer::connect(addr, CHARSET);
            let mut next = Peer::connect(addr, CHARSET);
            assert_eq!(old.receive_to_end(), b"", "{kind}: it made room");
            next.send(REQUEST);
            let before = processor_time(&server);
            next.receive_nothing_for(Duration::from_secs(1));
            let ticks = processor_time(&server) - before;
            eprintln!("{kind}: {ticks} hundredths of a second");
            assert!(ticks < 20, "{kind} spins: {ticks}");
            // Nobody tells it that there are descriptors again.
            allow(&server, "1000");
            assert_eq!(next.receive(REQUEST.len()), REQUEST);
            drop((first, next));
            allow(&server, "3");
            signal(&server, "-INT");
            assert_eq!(server.line(), "stopped");
            assert_eq!(server.wait(), Some(0));
        };
        thread::scope(|scope| {
            for kind in OPEN {
                scope.spawn(move || starved(kind));
            }
        });
    });
}

/// Changes how many descriptors a program may have while it runs.
fn allow(program: &Program, descriptors: &str) -> Option<()> {
    let mut prlimit = Command::new("prlimit");
    prlimit.args(["--pid", &program.id().to_string()]);
    prlimit.arg(format!("--nofile={descriptors}:"));
    let Ok(status) = prlimit.status() else {
        skip("prlimit is not there");
        return None;
    };
    assert!(status.success());
    Some(())
}

/// In hundredths of a second: proc_pid_stat(5), `utime` and `stime`.
fn processor_time(program: &Program) -> u64 {
    let path = format!("/proc/{}/stat", program.id());
    let text = fs::read_to_string(path).expect("it runs");
    let (_, fields) = text.rsplit_once(") ").expect("its name");
    let fields: Vec<_> = fields.split(' ').collect();
    let time = |field: &str| field.parse::<u64>().expect("a number");
    time(fields[11]) + time(fields[12])
}

/// A line of /proc/PID/status, in KiB or without a unit.
fn status(program: &Program, name: &str) -> u64 {
    let path = format!("/proc/{}/status", program.id());
    let text = fs::read_to_string(path).expect("it runs");
    let mut lines = text.lines().filter_map(|line| line.split_once(':'));
    let line = lines.find(|(field, _)| *field == name).expect("this name");
    let number = line.1.split_whitespace().next().expect("a number");
    number.parse().expect("a number")
}

/// A thread has two mebibytes for its stack, and takes what it uses of them.
#[test]
fn five_hundred_idle_clients() {
    within(DEADLINE, || {
        for kind in OPEN {
            let mut server = Program::start(&mut server(kind, &[]));
            let addr = server.addr();
            let clients: Vec<_> = (0..500).map(|_| served(addr)).collect();
            let threads = status(&server, "Threads");
            let [reserved, used] =
                ["VmSize", "VmRSS"].map(|name| status(&server, name) >> 10);
            eprintln!(
                "{kind}: {threads} threads, {reserved} MiB reserved, \
                 {used} MiB used"
            );
            if kind == "readiness" {
                // The other one waits for Ctrl-C.
                assert_eq!(threads, 2);
            } else {
                assert!(threads > 500 && reserved >= 1000);
            }
            assert!(used < 250);
            drop(clients);
        }
    });
}

/// The system gives it no more threads. That costs some clients, and neither
/// the server nor those that come again.
#[test]
fn no_thread_for_a_client() {
    within(DEADLINE, || {
        for kind in ["threads", "elastic"] {
            // Room for a few stacks of two mebibytes, in KiB, and no idle client
            // leaves by itself.
            let server = server(kind, &["--timeout", "3600"]);
            let mut server = with_limit("-v 60000", &server);
            let addr = server.addr();
            let silent = [(); 60].map(|()| connect(addr));
            let is_served = || {
                let mut client = connect(addr);
                let mut reply = [0; REQUEST.len()];
                client.write_all(REQUEST).is_ok()
                    && client.read_exact(&mut reply).is_ok()
            };
            while !is_served() {}
            let threads = status(&server, "Threads");
            eprintln!("{kind}: {threads} threads for {} clients", silent.len());
            assert!(threads < 40, "it had room");
            let mut ended = silent.iter().filter(|client| {
                client.set_nonblocking(true).expect("every socket can");
                !client.peek(&mut [0]).is_err_and(|e| e.kind() == WouldBlock)
            });
            assert!(ended.next().is_some(), "it cost nobody anything");
        }
    });
}

/// A pool makes its threads before it serves anybody: all of them, or none.
#[test]
fn no_thread_for_a_worker() {
    within(DEADLINE, || {
        let server = server("pool", &["--clients", "1000"]);
        let mut server = with_limit("-v 60000", &server);
        server.addr();
        assert_eq!(server.wait(), Some(1));
        let line = server.complaints();
        assert!(line.starts_with("error: "), "{line}");
        assert_eq!(line.lines().count(), 1, "{line}");
    });
}

fn connect(addr: SocketAddr) -> TcpStream {
    TcpStream::connect(addr).expect("it listens")
}
