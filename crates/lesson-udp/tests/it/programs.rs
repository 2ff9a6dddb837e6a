//! The programs as a learner runs them: what they print, and what they say to
//! bad input.

use std::{net::UdpSocket, process::Command};

use testkit::{DEADLINE, Ended, Program, within};

use crate::conversations::loopback;

pub(crate) fn server(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_udp-server"));
    command.args(args);
    command
}

pub(crate) fn client(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_udp-client"));
    command.args(args);
    command
}

pub(crate) fn complaint(command: &mut Command) -> (i32, String) {
    let Ended { code, stdout, stderr } = Program::run(command, b"");
    assert_eq!(stdout, "", "a program that fails at once prints nothing");
    (code.expect("no signal"), stderr)
}

/// Lines from a pipe: a datagram each, no prompt, exit code 0 at the end.
#[test]
fn print_what_the_readme_shows() {
    within(DEADLINE, || {
        for (server_step, client_step) in [("1", "7"), ("7", "1"), ("7", "7")] {
            let args = ["--addr", "127.0.0.1:0", "--step", server_step];
            let mut server = Program::start(&mut server(&args));
            let addr = server.addr();
            let args = ["--addr", &addr.to_string(), "--step", client_step];
            // A line end of Windows, an empty line, a last line without an end.
            let input = "你好\r\n\nhello".as_bytes();
            let Ended { code, stdout, stderr } =
                Program::run(&mut client(&args), input);
            assert_eq!((code, &*stderr), (Some(0), ""));
            let lines = [server.line(), server.line(), server.line()];
            let (_, peer) = lines[0].rsplit_once('[').expect("a client");
            let seen = lines.join("\n").replace(peer, "127.0.0.1:54321]");
            let shown =
                format!("receiving on 127.0.0.1:8003\n{seen}\n---\n{stdout}");
            testkit::assert_transcript!("programs", shown);
        }
    });
}

#[test]
fn client_says_when_nothing_came_and_goes_on() {
    within(DEADLINE, || {
        let nobody = UdpSocket::bind(loopback()).expect("a free port");
        let addr = nobody.local_addr().expect("it is bound").to_string();
        for step in ["1", "2", "7"] {
            let args = ["--addr", &addr, "--step", step, "--timeout", "0.05"];
            let Ended { code, stdout, stderr } =
                Program::run(&mut client(&args), b"one\ntwo\n");
            assert_eq!((code, &*stdout), (Some(0), ""));
            let line = "no reply within 50ms: lost, or nobody is there\n";
            assert_eq!(stderr, line.repeat(2));
        }
    });
}

#[test]
fn client_says_which_line_is_too_long_and_goes_on() {
    within(DEADLINE, || {
        let mut server =
            Program::start(&mut server(&["--addr", "127.0.0.1:0"]));
        let addr = server.addr().to_string();
        for step in ["1", "2", "7"] {
            let args = ["--addr", &addr, "--step", step];
            // One byte too many, and a megabyte of which it keeps a part.
            let (long, longer) = (vec![b'x'; 65_508], vec![b'x'; 1 << 20]);
            let input = [&long[..], b"\n", &longer, b"\nhello\n"].concat();
            let Ended { code, stdout, stderr } =
                Program::run(&mut client(&args), &input);
            assert_eq!((code, &*stdout), (Some(0), "ok\n"));
            let lines: Vec<_> = stderr.lines().collect();
            assert_eq!(lines.len(), 2, "{stderr}");
            for line in lines {
                assert!(line.starts_with("line not sent: "), "{line}");
                let most = "up to 65507 bytes, over IPv6 65527";
                assert!(line.ends_with(most), "{line}");
            }
            assert!(server.line().starts_with("recv: hello ["));
        }
    });
}

#[test]
fn bad_input_is_one_line() {
    within(DEADLINE, || {
        let socket = UdpSocket::bind(loopback()).expect("a free port");
        let taken = socket.local_addr().expect("it is bound").to_string();
        for step in ["1", "2", "4", "7"] {
            let args = ["--step", step, "--addr", &taken];
            let (code, line) = complaint(&mut server(&args));
            let start = format!("error: cannot bind {taken}: address in use: ");
            assert!(line.starts_with(&start), "{line}");
            assert_eq!((code, line.lines().count()), (1, 1));
            let args = ["--step", step, "--addr", "192.0.2.1:0"];
            let (code, line) = complaint(&mut server(&args));
            assert_eq!(
                line,
                "error: cannot bind 192.0.2.1:0: address not available: no \
                 interface of this machine has that address; try: \
                 --addr 127.0.0.1:0\n"
            );
            assert_eq!(code, 1);
        }
        for (args, what) in [
            (
                ["--addr", "nonsense"],
                "'nonsense' for '--addr <IP:PORT>': expected an IP address \
                 and a port such as 127.0.0.1:8000",
            ),
            (
                ["--step", "99"],
                "'99' for '--step <N>' [possible values: 1, 2, 3, 4, 5, 6, 7]",
            ),
        ] {
            for mut command in [server(&args), client(&args)] {
                let (code, line) = complaint(&mut command);
                let shown = format!(
                    "error: invalid value {what}; --help shows the usage\n"
                );
                assert_eq!((code, line), (2, shown));
            }
        }
    });
}

/// A flag that a step does not know would do nothing.
#[test]
fn a_flag_of_another_step_is_refused() {
    within(DEADLINE, || {
        for (mut command, what) in [
            (server(&["--stranger"]), "--stranger is for step 4, and this is"),
            (server(&["--step", "1", "--room", "9"]), "step 1; try --step 2;"),
            (client(&["--bytes", "9"]), "--bytes is for step 2 or 3, and"),
            (client(&["--step", "4", "--ttl", "1"]), "try --step 5;"),
        ] {
            let (code, line) = complaint(&mut command);
            assert!(line.contains(what), "{line}");
            assert_eq!((code, line.lines().count()), (2, 1));
        }
    });
}

#[test]
fn client_refuses_port_0() {
    within(DEADLINE, || {
        for step in ["1", "7"] {
            // On every system a port that nobody can have.
            let args = ["--step", step, "--addr", "127.0.0.1:0"];
            let (code, line) = complaint(&mut client(&args));
            assert!(line.contains("has no port; try the one that the server"));
            assert_eq!((code, line.lines().count()), (2, 1));
        }
    });
}

/// It would be sent, and the answer would come from another address.
#[test]
fn client_refuses_an_address_that_is_none() {
    within(DEADLINE, || {
        let args = ["--addr", "0.0.0.0:8003"];
        let (code, line) = complaint(&mut client(&args));
        assert_eq!(
            line,
            "error: 0.0.0.0 stands for every address of a server and is none \
             to send to; try --addr 127.0.0.1:8003; --help shows the usage\n"
        );
        assert_eq!(code, 2);
    });
}

#[test]
#[cfg(unix)]
fn server_says_that_low_ports_are_the_systems() {
    within(DEADLINE, || {
        for step in ["1", "2", "4", "7"] {
            let Some(mut server) =
                testkit::unprivileged(env!("CARGO_BIN_EXE_udp-server"))
            else {
                return;
            };
            let args = ["--step", step, "--addr", "127.0.0.1:1"];
            let (code, line) = complaint(server.args(args));
            assert!(line.contains("permission denied: ports below 1024"));
            assert_eq!(code, 1);
        }
    });
}
