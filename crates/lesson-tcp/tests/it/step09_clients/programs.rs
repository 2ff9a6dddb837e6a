//! The programs as a learner runs them, and what they say to bad input.

use std::process::Command;

use testkit::{DEADLINE, Program, within};

#[test]
fn say_what_is_wrong_in_one_line() {
    within(DEADLINE, || {
        for (args, what) in [
            (["--kind", "both"], "[possible values: iterative, threads, "),
            (["--clients", "0"], "expected a number from 1 to 100000"),
            (["--clients", "many"], "expected a number from 1 to 100000"),
            (["--timeout", "0"], "expected seconds such as 2 or 0.5"),
        ] {
            let mut command = Command::new(env!("CARGO_BIN_EXE_server"));
            let ended =
                Program::run(command.args(["--step", "9"]).args(args), b"");
            assert_eq!((ended.code, &*ended.stdout), (Some(2), ""));
            assert!(ended.stderr.contains(what), "{}", ended.stderr);
            assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
        }
    });
}

/// Signals are Unix's; on Windows Ctrl-C comes another way, by the same handler.
#[cfg(unix)]
pub(super) mod on_unix {
    use std::{
        net::TcpStream,
        process::Command,
        thread,
        time::{Duration, Instant},
    };

    use testkit::{DEADLINE, Program, assert_transcript, within};

    use super::super::served;
    use crate::conversations::REQUEST;

    const KINDS: [&str; 5] =
        ["iterative", "threads", "pool", "elastic", "readiness"];

    pub(crate) fn server(kind: &str, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_server"));
        command.args(["--addr", "127.0.0.1:0", "--step", "9", "--kind", kind]);
        command.args(args);
        command
    }

    pub(crate) fn signal(program: &Program, signal: &str) {
        let id = program.id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status();
        assert!(sent.expect("kill is there").success());
    }

    /// What the chapter shows.
    #[test]
    fn print_what_the_book_shows() {
        within(DEADLINE, || {
            for kind in KINDS {
                let mut server = Program::start(&mut server(kind, &[]));
                let addr = server.addr();
                let mut client = Command::new(env!("CARGO_BIN_EXE_client"));
                client.args(["--step", "9", "--addr", &addr.to_string()]);
                let ended = Program::run(client.arg("加油"), b"");
                assert_eq!((ended.code, &*ended.stderr), (Some(0), ""));
                signal(&server, "-INT");
                let shown = format!(
                    "listening on 127.0.0.1:8888\n{}\n---\n{}",
                    server.line(),
                    ended.stdout
                );
                assert_transcript!("step09_clients_programs", shown);
                assert_eq!(server.wait(), Some(0));
            }
        });
    }

    /// At once, and its port is free for the next.
    #[test]
    fn ctrl_c_ends_an_idle_server() {
        within(DEADLINE, || {
            for kind in KINDS {
                for end in ["-INT", "-TERM"] {
                    let mut first = Program::start(&mut server(kind, &[]));
                    let addr = first.addr();
                    served(addr).close();
                    signal(&first, end);
                    assert_eq!(first.line(), "stopped");
                    assert_eq!(first.wait(), Some(0));
                    drop(TcpStream::connect(addr).expect_err("nobody"));
                    let again = ["--addr", &addr.to_string()];
                    let mut next = Command::new(env!("CARGO_BIN_EXE_server"));
                    next.args(again).args(["--step", "9"]);
                    assert_eq!(Program::start(&mut next).addr(), addr);
                }
            }
        });
    }

    /// It is in the middle of its conversation and ends it well. It has two
    /// seconds for that; where the machine takes longer, we try again.
    #[test]
    fn ctrl_c_lets_a_client_finish() {
        within(DEADLINE, || {
            for kind in KINDS {
                let finishes = || {
                    let mut server = Program::start(&mut server(kind, &[]));
                    let mut client = served(server.addr());
                    let start = Instant::now();
                    signal(&server, "-INT");
                    if start.elapsed() > GRACE / 2 {
                        return false;
                    }
                    client.send(REQUEST);
                    client.half_close();
                    let finishes = client.receive_to_end() == REQUEST;
                    assert_eq!(server.line(), "stopped");
                    assert_eq!(server.wait(), Some(0));
                    finishes
                };
                assert!((0..5).any(|_| finishes()), "{kind}");
            }
        });
    }

    /// It neither speaks nor goes: two seconds, and not for ever.
    #[test]
    fn ctrl_c_cuts_a_silent_client_off() {
        within(DEADLINE, || {
            thread::scope(|scope| {
                for kind in KINDS {
                    scope.spawn(move || {
                        let mut server = Program::start(&mut server(kind, &[]));
                        let mut client = served(server.addr());
                        let start = Instant::now();
                        signal(&server, "-INT");
                        assert_eq!(client.receive_to_end(), b"");
                        assert!(start.elapsed() >= GRACE);
                        assert_eq!(server.line(), "stopped");
                        assert_eq!(server.wait(), Some(0));
                    });
                }
            });
        });
    }

    /// Who asks twice does not want to wait. (Two signals in a row may become
    /// one, so we ask until it has heard.)
    #[test]
    fn a_second_ctrl_c_ends_at_once() {
        within(DEADLINE, || {
            for kind in KINDS {
                let mut server = Program::start(&mut server(kind, &[]));
                let client = served(server.addr());
                let status = loop {
                    signal(&server, "-INT");
                    thread::park_timeout(Duration::from_millis(20));
                    if let Some(status) = server.ended_unread() {
                        break status;
                    }
                };
                assert_eq!(status.code(), Some(130));
                drop(client.close());
            }
        });
    }

    /// As in `server.rs`.
    const GRACE: Duration = Duration::from_secs(2);
}
