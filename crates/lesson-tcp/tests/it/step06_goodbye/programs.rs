//! The programs of this step, as a learner runs them.

use std::{net::TcpListener, process::Command};

use testkit::{DEADLINE, Program, assert_transcript, within};

use super::address;
use crate::conversations::loopback;

pub(super) fn server(args: &[&str]) -> Command {
    let mut server = Command::new(env!("CARGO_BIN_EXE_server"));
    server.args(args);
    server
}

pub(super) fn client(args: &[&str]) -> Command {
    let mut client = Command::new(env!("CARGO_BIN_EXE_client"));
    client.args(args);
    client
}

/// What the chapter shows: an end and, where what came before a reset can still
/// be read, a reset.
#[test]
fn tell_how_it_ended() {
    within(DEADLINE, || {
        let args = ["--addr", "127.0.0.1:0", "--step", "6"];
        let mut server = Program::start(&mut server(&args));
        let addr = server.addr();
        let args = ["--addr", &addr.to_string(), "--step", "6"];
        let ended = Program::run(client(&args).arg("加油"), b"");
        assert_eq!((ended.code, &*ended.stderr), (Some(0), ""));
        let reply = ended.stdout;
        let end = same(&server.line());

        let ended = Program::run(client(&args).args(["--abort", "加油"]), b"");
        assert_eq!((ended.code, &*ended.stdout), (Some(0), ""));
        let reset = if cfg!(target_os = "linux") {
            same(&server.line())
        } else {
            "127.0.0.1:54321: connection reset after byte 4".to_owned()
        };
        let shown = format!(
            "listening on 127.0.0.1:8888\n{end}\n{reset}\n---\n{reply}"
        );
        assert_transcript!("step06_goodbye_programs", shown);
    });
}

/// A line of the server with the same port in each run.
fn same(line: &str) -> String {
    let (_, rest) = line.split_once(": ").expect("who: what");
    format!("127.0.0.1:54321: {rest}")
}

#[test]
fn say_what_is_wrong_in_one_line() {
    within(DEADLINE, || {
        let listener = TcpListener::bind(loopback()).expect("a free port");
        let addr = address(&listener).to_string();
        let args = ["--step", "6", "--addr", &addr];
        let ended = Program::run(&mut server(&args), b"");
        assert_eq!((ended.code, &*ended.stdout), (Some(1), ""));
        let line = format!("error: cannot bind {addr}: address in use: ");
        assert!(ended.stderr.starts_with(&line), "{}", ended.stderr);

        // 0 is the port of nobody.
        let args = ["--step", "6", "--addr", "127.0.0.1:0"];
        for more in [&[][..], &["--abort"]] {
            let ended = Program::run(client(&args).args(more), b"");
            assert_eq!((ended.code, &*ended.stdout), (Some(1), ""));
            let line = "error: 127.0.0.1:0: ";
            assert!(ended.stderr.starts_with(line), "{}", ended.stderr);
            assert_eq!(ended.stderr.lines().count(), 1);
        }
    });
}
