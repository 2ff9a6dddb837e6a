//! The programs as a learner runs them: what they print, and what they say to
//! bad input.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    process::Command,
    thread,
};

use testkit::{DEADLINE, Ended, Peer, Program, within};

use crate::conversations::{CHARSET, REQUEST, loopback};

fn server(args: &[&str]) -> Command {
    command(env!("CARGO_BIN_EXE_server"), args)
}

fn client(args: &[&str]) -> Command {
    command(env!("CARGO_BIN_EXE_client"), args)
}

fn command(program: &str, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args);
    command
}

/// Runs a program that must fail, and gives its exit code and its one line.
fn complaint(command: &mut Command) -> (i32, String) {
    let Ended { code, stdout, stderr } = Program::run(command, b"");
    assert_eq!(stdout, "", "a program that fails at once prints nothing");
    let line = stderr.strip_suffix('\n').expect("a line");
    assert!(!line.contains('\n'), "one line: {line}");
    (code.expect("no signal"), line.to_owned())
}

/// What the README and the book show: both ends, in each step.
#[test]
fn print_what_the_readme_shows() {
    within(DEADLINE, || {
        for (server_step, client_step) in
            [("1", "11"), ("11", "2"), ("11", "11")]
        {
            let args = ["--addr", "127.0.0.1:0", "--step", server_step];
            let mut server = Program::start(&mut server(&args));
            let addr = server.addr();
            let args = ["--addr", &addr.to_string(), "--step", client_step];
            let ended = Program::run(client(&args).arg("加油"), b"");
            assert_eq!((ended.code, &*ended.stderr), (Some(0), ""));
            let line = server.line();
            let (peer, _) = line.split_once(": ").expect("who: what");
            let seen = format!("listening on {addr}\n{line}\n")
                .replace(peer, "127.0.0.1:54321")
                .replace(&addr.to_string(), "127.0.0.1:8888");
            let shown = format!("{seen}---\n{}", ended.stdout);
            testkit::assert_transcript!("programs", shown);
        }
    });
}

#[test]
fn show_what_they_cannot_decode_and_go_on() {
    within(DEADLINE, || {
        for step in ["1", "11"] {
            let args = ["--addr", "127.0.0.1:0", "--step", step];
            let mut server = Program::start(&mut server(&args));
            let addr = server.addr();
            for (request, shown) in [
                ("加油".as_bytes(), "��娌� (not gb2312 from byte 0 on)"),
                (b"\x1b[2J\r\n", r"\u{1b}[2J\r\n"),
                (REQUEST, "加油"),
            ] {
                let mut client = Peer::connect(addr, CHARSET);
                client.send(request);
                client.receive_to_end();
                let who = client.addr();
                drop(client.close());
                assert_eq!(server.line(), format!("{who}: {shown}"));
            }
        }
    });
}

/// As in `server | head -1`: no panic, no word, exit code 1.
#[test]
fn server_ends_when_nobody_reads_its_output() {
    within(DEADLINE, || {
        let mut server =
            Program::start(&mut server(&["--addr", "127.0.0.1:0"]));
        let addr = server.addr();
        // The first request may find a reader still: a program that another
        // test starts at this moment holds our pipe until it is running.
        let code = loop {
            if let Some(status) = server.ended_unread() {
                break status.code();
            }
            if let Ok(mut stream) = TcpStream::connect(addr) {
                // It may end while we speak.
                let _ = stream.write_all(REQUEST);
                let _ = stream.read_to_end(&mut Vec::new());
            }
        };
        assert_eq!(code, Some(1));
    });
}

#[test]
#[cfg(target_os = "linux")]
fn programs_say_when_their_output_is_full() {
    within(DEADLINE, || {
        let full = std::fs::File::create("/dev/full").expect("Linux has it");
        let ended = server(&["--addr", "127.0.0.1:0"])
            .stdout(full)
            .output()
            .expect("it starts");
        assert_eq!(ended.status.code(), Some(1));
        let line = String::from_utf8(ended.stderr).expect("text");
        assert!(line.starts_with("error: standard output: "), "{line}");
    });
}

#[test]
fn client_says_that_the_server_is_not_there() {
    within(DEADLINE, || {
        // A port that was free a moment ago, and that nobody listens on.
        let listener = TcpListener::bind(loopback()).expect("a free port");
        let addr = listener.local_addr().expect("it is bound").to_string();
        drop(listener);
        for step in ["2", "7", "11"] {
            let args = ["--addr", &addr, "--step", step];
            let (code, line) = complaint(&mut client(&args));
            assert_eq!(code, 1);
            assert_eq!(
                line,
                format!(
                    "error: {addr}: connection refused: nobody listens there; \
                     start the server, or try another --addr"
                )
            );
        }
    });
}

#[test]
fn client_keeps_what_came_before_its_patience_ended() {
    within(DEADLINE, || {
        let listener = TcpListener::bind(loopback()).expect("a free port");
        let addr = listener.local_addr().expect("it is bound").to_string();
        let replying = thread::spawn(move || {
            let mut server = Peer::accept(&listener, CHARSET);
            server.receive(REQUEST.len());
            server.send(b"half");
            server.receive_to_end();
            server.close()
        });
        let args = ["--addr", &addr, "--timeout", "0.2"];
        let ended = Program::run(&mut client(&args), b"");
        assert_eq!((ended.code, &*ended.stdout), (Some(1), "half\n"));
        let line = format!(
            "error: {addr}: timed out: what had come, if anything, is above; \
             try a longer --timeout\n"
        );
        assert_eq!(ended.stderr, line);
        drop(replying.join().expect("no panic"));
    });
}

#[test]
fn server_says_why_it_cannot_bind() {
    within(DEADLINE, || {
        let listener = TcpListener::bind(loopback()).expect("a free port");
        let taken = listener.local_addr().expect("it is bound").to_string();
        for step in ["1", "3", "11"] {
            let args = ["--step", step, "--addr", &taken];
            let (code, line) = complaint(&mut server(&args));
            assert_eq!(code, 1);
            assert_eq!(
                line,
                format!(
                    "error: cannot bind {taken}: address in use: another \
                     program has it, or a server that closed its connections \
                     had it within the last minute; stop that program, wait, \
                     or try a free port: --addr 127.0.0.1:0"
                )
            );
            // RFC 5737: an address for documentation, and nobody's own.
            let args = ["--step", step, "--addr", "192.0.2.1:0"];
            let (code, line) = complaint(&mut server(&args));
            assert_eq!(code, 1);
            assert_eq!(
                line,
                "error: cannot bind 192.0.2.1:0: address not available: no \
                 interface of this machine has that address; try: \
                 --addr 127.0.0.1:0"
            );
        }
    });
}

#[test]
#[cfg(unix)]
fn server_says_that_low_ports_are_the_systems() {
    within(DEADLINE, || {
        for step in ["1", "3", "11"] {
            let args = ["--step", step, "--addr", "127.0.0.1:1"];
            let Some(mut server) =
                testkit::unprivileged(env!("CARGO_BIN_EXE_server"))
            else {
                return;
            };
            let (code, line) = complaint(server.args(args));
            assert_eq!(code, 1);
            assert_eq!(
                line,
                "error: cannot bind 127.0.0.1:1: permission denied: ports \
                 below 1024 are the system's; try a free one: \
                 --addr 127.0.0.1:0"
            );
        }
    });
}

#[test]
fn bad_usage_is_one_line_and_exit_code_2() {
    within(DEADLINE, || {
        let address = "'nonsense' for '--addr <IP:PORT>': expected an IP \
                       address and a port such as 127.0.0.1:8000";
        let charset = "'big5' for '--charset <NAME>': the course has gb2312, \
                       gbk, gb18030, utf-8";
        for (mut command, what) in [
            (
                server(&["--addr", "nonsense"]),
                format!("invalid value {address}"),
            ),
            (
                client(&["--addr", "nonsense"]),
                format!("invalid value {address}"),
            ),
            (
                server(&["--charset", "big5"]),
                format!("invalid value {charset}"),
            ),
            (
                server(&["--step", "99"]),
                "invalid value '99' for '--step <N>'".to_owned(),
            ),
            (
                client(&["--step", "1"]),
                "invalid value '1' for '--step <N>'".to_owned(),
            ),
            (
                client(&["--timeout", "0"]),
                "invalid value '0' for '--timeout <SECONDS>': \
                 expected seconds such as 2 or 0.5, up to a day"
                    .to_owned(),
            ),
            (
                client(&["--timeout", "1e19"]),
                "invalid value '1e19' for '--timeout <SECONDS>': \
                 expected seconds such as 2 or 0.5, up to a day"
                    .to_owned(),
            ),
            (
                client(&[""]),
                "an empty text is nothing to send; try 加油".to_owned(),
            ),
            (
                client(&["加油😀"]),
                "gb2312 has no '😀' (U+1F600), character 3 of the text; \
                 try --charset utf-8"
                    .to_owned(),
            ),
        ] {
            let (code, line) = complaint(&mut command);
            let line = line.replace(&possible_values(&line), "");
            assert_eq!(line, format!("error: {what}; --help shows the usage"));
            assert_eq!(code, 2);
        }
    });
}

/// The list of the steps that there are, which grows.
fn possible_values(line: &str) -> String {
    let list = line.find(" [possible").zip(line.find(']'));
    list.map_or(String::new(), |(from, to)| line[from..=to].to_owned())
}
