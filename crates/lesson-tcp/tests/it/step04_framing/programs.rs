//! The programs with `--step 4`, as a learner runs them.

use std::process::Command;

use testkit::{DEADLINE, Ended, Peer, Program, assert_transcript, within};

use crate::conversations::CHARSET;

fn server(framing: &str) -> Program {
    start(&["--step", "4", "--framing", framing])
}

fn start(args: &[&str]) -> Program {
    let mut command = Command::new(env!("CARGO_BIN_EXE_server"));
    Program::start(command.args(["--addr", "127.0.0.1:0"]).args(args))
}

fn client(addr: &str, args: &[&str]) -> Ended {
    let mut command = Command::new(env!("CARGO_BIN_EXE_client"));
    Program::run(command.args(["--addr", addr, "--step", "4"]).args(args), b"")
}

/// What the chapter shows: the same two texts in each framing.
#[test]
fn print_what_the_chapter_shows() {
    within(DEADLINE, || {
        let mut shown = String::new();
        for framing in ["close", "lines", "frames"] {
            let mut server = server(framing);
            let addr = server.addr().to_string();
            let args = ["--framing", framing, "加油", "你好世界"];
            let ended = client(&addr, &args);
            assert_eq!((ended.code, &*ended.stderr), (Some(0), ""));
            shown += &format!("--framing {framing}, server:\n");
            for _ in ended.stdout.lines() {
                let line = server.line();
                let (peer, _) = line.split_once(": ").expect("who: what");
                shown += &line.replace(peer, "127.0.0.1:54321");
                shown += "\n";
            }
            shown += &format!("--framing {framing}, client:\n{}", ended.stdout);
        }
        assert_transcript!("step04_framing_programs", shown);
    });
}

/// The server of step 1 has no messages: it sees one text where two were sent,
/// and its reply happens to have two line ends.
#[test]
fn server_of_step_1_sees_one_text() {
    within(DEADLINE, || {
        let mut server = start(&["--step", "1"]);
        let addr = server.addr().to_string();
        let ended = client(&addr, &["--framing", "lines", "加油", "你好世界"]);
        assert_eq!((ended.code, &*ended.stderr), (Some(0), ""));
        let replies = "length 16: HTTP/1.1 200 OK \nlength 0: \n";
        assert_eq!(ended.stdout, replies);
        let line = server.line();
        assert!(line.ends_with(r": 加油\r\n你好世界\r\n"), "{line}");
    });
}

/// One end frames and the other does not: each says what it saw and goes on.
#[test]
fn say_when_the_other_end_frames_otherwise() {
    within(DEADLINE, || {
        let mut server = server("frames");
        let addr = server.addr().to_string();
        // 加油 in GB2312, read as a length.
        let ended = client(&addr, &["--framing", "lines", "加油"]);
        assert_eq!((ended.code, &*ended.stdout), (Some(1), ""));
        assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
        let ended = client(&addr, &["--framing", "frames", "加油"]);
        assert_eq!(ended.stdout, "length 4: 加油\n");
        assert!(server.line().ends_with(": length 4: 加油"));
    });
}

/// Bytes that only look like text, and an empty message.
#[test]
fn server_shows_what_it_cannot_decode() {
    within(DEADLINE, || {
        let mut server = server("lines");
        let mut client = Peer::connect(server.addr(), CHARSET);
        client.send(b"\x1b[2J\r\n\r\n\xff\r\n");
        client.receive(10);
        let who = client.addr();
        drop(client.close());
        assert_eq!(server.line(), format!(r"{who}: length 4: \u{{1b}}[2J"));
        assert_eq!(server.line(), format!("{who}: length 0:"));
        let line = format!("{who}: length 1: � (not gb2312 from byte 0 on)");
        assert_eq!(server.line(), line);
    });
}

#[test]
fn bad_usage_is_one_line_and_exit_code_2() {
    within(DEADLINE, || {
        let long = "x".repeat(65_537);
        let framing = "invalid value 'xml' for '--framing <HOW>': the course \
                       has close, lines, frames";
        for (args, what) in [
            (&["--framing", "xml"][..], framing),
            (
                &["one\r\ntwo"],
                "a line cannot have \\r\\n in it, here at byte 3; \
                 try another --framing or text",
            ),
            (
                &[&long],
                "a message of more than 65536 bytes; \
                 try another --framing or text",
            ),
            (&["加油", ""], "an empty text is nothing to send; try 加油"),
            (
                &["--step", "11", "加油", "加油"],
                "only step 4 sends several texts; put quotes around yours",
            ),
        ] {
            let mut command = Command::new(env!("CARGO_BIN_EXE_client"));
            if !args.contains(&"--step") {
                command.args(["--step", "4"]);
            }
            let ended = Program::run(command.args(args), b"");
            let line = format!("error: {what}; --help shows the usage\n");
            assert_eq!((ended.code, ended.stderr), (Some(2), line));
            assert_eq!(ended.stdout, "");
        }
    });
}
