//! The programs as a learner runs them.

use std::process::Command;

use testkit::{Ended, Program};

use super::*;

pub(super) fn server(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_udp-server"));
    command.args(["--step", "5"]).args(args);
    command
}

pub(super) fn client(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_udp-client"));
    command.args(["--step", "5"]).args(args);
    command
}

/// Servers that have said where they are asked, and that address.
fn serving(names: &[&str]) -> (Vec<(Program, String)>, String) {
    // The first one finds a free port for all.
    let mut group = "239.255.80.5:0".to_owned();
    let servers = names.iter().map(|name| {
        let args = ["--name", name, "--addr", "127.0.0.1:0"];
        let on = ["--interface", "127.0.0.1", "--group", &group];
        let mut server = Program::start(&mut server(&[args, on].concat()));
        let addr = server.addr().to_string();
        let line = server.line();
        let start = format!("{name} is asked at ");
        let end = line.strip_prefix(&start).expect("it says where");
        let (at, on) = end.split_once(' ').expect("and on which interface");
        assert_eq!(on, "on 127.0.0.1");
        at.clone_into(&mut group);
        (server, addr)
    });
    (servers.collect(), group)
}

#[test]
fn two_servers_and_who_finds_them() {
    within(DEADLINE, || {
        let names = ["kitchen", "地下室"];
        let (mut servers, group) = serving(&names);
        let args = ["--interface", "127.0.0.1", "--group", &group];
        let mut client = client(&[&args[..], &["--timeout", "3"]].concat());
        let Ended { code, stdout, stderr } = Program::run(&mut client, b"");
        assert_eq!((code, &*stderr), (Some(0), ""));
        // Each server once, although each was asked three times.
        let mut lines: Vec<_> = stdout.lines().collect();
        lines.sort_unstable();
        let mut text = lines.join("\n") + "\n---\n";
        for (server, addr) in &mut servers {
            let asked = [(); 3].map(|()| server.line());
            let (_, peer) = asked[0].rsplit_once(':').expect("a port");
            assert_eq!(asked, [(); 3].map(|()| asked[0].clone()));
            let seen = asked[0].replace(peer, "54321]");
            text = text.replace(addr.as_str(), "127.0.0.1:8003");
            text += &format!("{seen}\n");
        }
        assert_transcript!("step05_many_programs", text);
    });
}

/// What was found is a server like that of step 7.
#[test]
fn who_was_found_serves() {
    within(DEADLINE, || {
        let (mut servers, _) = serving(&["attic"]);
        let (server, addr) = servers.first_mut().expect("one");
        let mut client = Command::new(env!("CARGO_BIN_EXE_udp-client"));
        let client = client.args(["--step", "1", "--addr", addr]);
        let ended = Program::run(client, b"hello\n");
        assert_eq!((ended.code, &*ended.stdout), (Some(0), "ok\n"));
        assert!(server.line().starts_with("recv: hello ["));
    });
}

/// Everybody's address, and a client that does not say that it means that.
#[test]
#[cfg(target_os = "linux")]
fn the_client_of_step_1_does_not_broadcast() {
    within(DEADLINE, || {
        let mut client = Command::new(env!("CARGO_BIN_EXE_udp-client"));
        client.args(["--step", "1", "--addr", "127.255.255.255:8003"]);
        let ended = Program::run(&mut client, b"hello\n");
        assert_eq!((ended.code, &*ended.stdout), (Some(0), ""));
        assert_eq!(
            ended.stderr,
            "not sent to 127.255.255.255:8003: permission denied; it is an \
             address for many, which is step 5, or a firewall forbids it\n"
        );
    });
}

/// The exit code and the line of a program that fails at once.
fn complaint(command: &mut Command) -> (i32, String) {
    let Ended { code, stdout, stderr } = Program::run(command, b"");
    assert_eq!((&*stdout, stderr.lines().count()), ("", 1), "{stderr}");
    (code.expect("no signal"), stderr)
}

#[test]
fn bad_input_is_one_line() {
    within(DEADLINE, || {
        let long = "x".repeat(64);
        let mut text = String::new();
        let (both, server_only, client_only) = (
            [
                &["--group", "10.1.1.1:8005"][..],
                &["--group", "[2001:db8::1]:8005"],
                &["--group", "239.255.80.5"],
                &["--interface", "eth0"],
                &["--group", "[ff12::8005:1]:8005"],
                &["--group", "[ff15::8005:1]:8005", "--interface", "lo"],
                &["--broadcast", "[ff02::1]:8005"],
                &["--broadcast", "10.0.0.255:8005", "--interface", "127.0.0.1"],
            ],
            [
                &["--name", &long][..],
                &["--name", ""],
                &["--name", "a\tb"],
                &["--addr", "[::1]:0"],
            ],
            [&["--ttl", "256"][..], &["--group", "239.255.80.5:0"]],
        );
        let mut tell = |program: &str,
                        run: fn(&[&str]) -> Command,
                        args: &[_]| {
            let (code, line) = complaint(&mut run(args));
            assert_eq!(code, 2, "{line}");
            assert!(line.ends_with("; --help shows the usage\n"), "{line}");
            let args = args.join(" ").replace('\t', "^I").replace(&long, "x…");
            let line = line.replace(&long, "x…");
            text += &format!("$ {program} {args}\n{line}");
        };
        for args in both {
            tell("udp-server", server, args);
            let [of_server, of_client] =
                [server, client].map(|run| complaint(&mut run(args)));
            assert_eq!(of_server, of_client);
        }
        for args in server_only {
            tell("udp-server", server, args);
        }
        for args in client_only {
            tell("udp-client", client, args);
        }
        assert_transcript!("step05_many_bad_input", text);
    });
}

/// Not bad usage: it may be there tomorrow.
#[test]
fn an_interface_that_is_not_there() {
    within(DEADLINE, || {
        let four = ["--interface", "198.51.100.77"];
        let six = ["--group", "[ff12::8005:1]:8005", "--interface", "nope"];
        for (args, start) in [
            (&four[..], "error: cannot "),
            (&six, "error: this machine has no interface \"nope\"; try "),
        ] {
            let at =
                if args.contains(&"nope") { "[::1]:0" } else { "127.0.0.1:0" };
            let with_addr = [args, &["--addr", at]].concat();
            let timed = [args, &["--timeout", "0.3"]].concat();
            for mut command in [server(&with_addr), client(&timed)] {
                let (code, line) = complaint(&mut command);
                assert!(line.starts_with(start), "{line}");
                assert!(line.contains("try"), "{line}");
                assert_eq!(code, 1);
            }
        }
    });
}

/// A port that somebody has for himself; other systems give it all the same.
#[test]
#[cfg(target_os = "linux")]
fn a_port_that_is_not_shared() {
    within(DEADLINE, || {
        let any = (Ipv4Addr::UNSPECIFIED, 0);
        let alone = UdpSocket::bind(any).expect("a free port");
        let port = alone.local_addr().expect("it is bound").port();
        let group = format!("239.255.80.5:{port}");
        let args = ["--addr", "127.0.0.1:0", "--group", &group];
        let on = ["--interface", "127.0.0.1"];
        let (code, line) = complaint(&mut server(&[&args[..], &on].concat()));
        let start = format!("error: cannot be asked at {group} on 127.0.0.1: ");
        assert!(line.starts_with(&(start + "address in use: ")), "{line}");
        assert_eq!(code, 1);
    });
}

#[test]
fn nobody_there_is_a_failure() {
    within(DEADLINE, || {
        // Nobody shares this port, nobody is asked.
        let holder = UdpSocket::bind(loopback()).expect("a free port");
        let port = holder.local_addr().expect("it is bound").port();
        let group = format!("239.255.80.5:{port}");
        let args = ["--group", &group, "--interface", "127.0.0.1"];
        let args = [&args[..], &["--timeout", "0.05"]].concat();
        let (code, line) = complaint(&mut client(&args));
        assert_eq!(
            line,
            format!(
                "error: nobody answered at {group} on 127.0.0.1 within 50ms: \
                 no server there, or no way for a question or an answer; try \
                 the --interface and the port that the server prints\n"
            )
        );
        assert_eq!(code, 1);
    });
}
