//! The programs, as a learner sends them short and long datagrams.

use std::{net::UdpSocket, process::Command};

use testkit::{DEADLINE, Ended, Program, skip, within};

use crate::conversations::loopback;

/// A server with its default of room, and what comes out at both ends.
pub(super) fn tried() -> String {
    let mut server = server(&["--addr", "127.0.0.1:0"]);
    let addr = server.addr().to_string();
    let input = "hello\n加油加油加油\n\n".as_bytes();
    let lines = client(&addr, &[], input);
    assert_eq!((lines.code, &*lines.stderr), (Some(0), ""));
    let one = client(&addr, &["--bytes", "1472"], b"");
    assert_eq!((one.code, &*one.stderr), (Some(0), ""));
    let long = client(&addr, &["--bytes", "65508"], b"");
    assert_eq!((long.code, &*long.stdout), (Some(1), ""));

    let mut shown = "receiving on 127.0.0.1:8003\n".to_owned();
    for port in ["54321", "54321", "54321", "54322"] {
        let line = server.line();
        let (text, rest) = line.rsplit_once('[').expect("a client");
        let (_, rest) = rest.split_once(']').expect("a client");
        shown += &format!("{text}[127.0.0.1:{port}]{rest}\n");
    }
    let Ended { stdout, .. } = lines;
    format!("{shown}---\n{stdout}---\n{}{}", one.stdout, long.stderr)
}

/// More room, an empty datagram, no room at all, and IPv6.
#[test]
fn room_is_what_one_asks_for() {
    within(DEADLINE, || {
        for (addr, room, bytes, reply) in [
            ("127.0.0.1:0", "1472", "1472", "1472 bytes, all of it"),
            ("127.0.0.1:0", "1472", "1473", "1472 bytes, and the rest is gone"),
            ("127.0.0.1:0", "1", "1", "1 byte, all of it"),
            ("127.0.0.1:0", "0", "0", "0 bytes, all of it"),
            ("127.0.0.1:0", "0", "1", "0 bytes, and the rest is gone"),
            #[cfg(not(target_vendor = "apple"))]
            ("[::1]:0", "65535", "65527", "65527 bytes, all of it"),
        ] {
            if UdpSocket::bind(addr).is_err() {
                skip("no IPv6 here");
                continue;
            }
            let mut server = server(&["--addr", addr, "--room", room]);
            let addr = server.addr().to_string();
            // It prints what it got, and that may be more than a pipe takes.
            server.ignore_output();
            let ended = client(&addr, &["--bytes", bytes], b"");
            assert_eq!((ended.code, &*ended.stderr), (Some(0), ""));
            let shown = format!("{bytes} bytes sent, reply: {reply}\n");
            assert_eq!(ended.stdout, shown);
        }
    });
}

#[test]
fn ipv6_has_a_limit_of_its_own() {
    within(DEADLINE, || {
        let Ok(server) = UdpSocket::bind("[::1]:0") else {
            return skip("no IPv6 here");
        };
        let addr = server.local_addr().expect("it is bound").to_string();
        let ended = client(&addr, &["--bytes", "65528"], b"");
        assert_eq!((ended.code, &*ended.stdout), (Some(1), ""));
        assert_eq!(
            ended.stderr,
            "error: 65528 bytes not sent: message too long; over IPv6 there \
             is room for 65527\n"
        );
    });
}

#[test]
fn client_says_when_nothing_came() {
    within(DEADLINE, || {
        let nobody = UdpSocket::bind(loopback()).expect("a free port");
        let addr = nobody.local_addr().expect("it is bound").to_string();
        let args = ["--bytes", "7", "--timeout", "0.05"];
        let ended = client(&addr, &args, b"");
        assert_eq!((ended.code, &*ended.stdout), (Some(1), ""));
        assert_eq!(
            ended.stderr,
            "error: 7 bytes sent, no reply within 50ms: lost, or nobody is \
             there\n"
        );
    });
}

#[test]
fn sizes_that_are_none() {
    within(DEADLINE, || {
        let expected = "expected a number from 0 to";
        for (bytes, most) in [("-0.5", ""), ("1000001", "1000000")] {
            let bytes = format!("--bytes={bytes}");
            let ended = client("127.0.0.1:9", &[&bytes], b"");
            assert!(ended.stderr.contains(&format!("{expected} {most}")));
            assert_eq!((ended.code, &*ended.stdout), (Some(2), ""));
            assert_eq!(ended.stderr.lines().count(), 1);
        }
        let mut server = program(env!("CARGO_BIN_EXE_udp-server"));
        let ended = Program::run(server.args(["--room", "65536"]), b"");
        assert!(ended.stderr.contains(&format!("{expected} 65535")));
        assert_eq!((ended.code, &*ended.stdout), (Some(2), ""));
    });
}

fn program(path: &str) -> Command {
    let mut command = Command::new(path);
    command.args(["--step", "2"]);
    command
}

fn server(args: &[&str]) -> Program {
    let mut command = program(env!("CARGO_BIN_EXE_udp-server"));
    Program::start(command.args(args))
}

fn client(addr: &str, args: &[&str], input: &[u8]) -> Ended {
    let mut command = program(env!("CARGO_BIN_EXE_udp-client"));
    Program::run(command.args(["--addr", addr]).args(args), input)
}
