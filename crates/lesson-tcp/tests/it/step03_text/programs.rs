//! Server and client as a learner runs them.

use std::process::Command;

use testkit::{DEADLINE, Program, assert_transcript, within};

use super::HELLO;

/// What both print, with the addresses of the chapter.
fn shown(server: &str, client: &str, text: &str) -> String {
    let mut serving = Program::start(
        Command::new(env!("CARGO_BIN_EXE_server"))
            .args(["--addr", "127.0.0.1:0", "--step", "3"])
            .args(["--charset", server]),
    );
    let addr = serving.addr();
    let ended = Program::run(
        Command::new(env!("CARGO_BIN_EXE_client"))
            .args(["--addr", &addr.to_string(), "--step", "3"])
            .args(["--charset", client, text]),
        b"",
    );
    assert_eq!((ended.code, &*ended.stderr), (Some(0), ""));
    let mut lines = Vec::new();
    while !lines.last().is_some_and(|line: &String| line.contains(" said ")) {
        lines.push(serving.line());
    }
    let who = lines[0].split(": ").next().expect("who: what");
    let seen = lines.join("\n").replace(who, "127.0.0.1:54321");
    format!("listening on 127.0.0.1:8888\n{seen}\n---\n{}", ended.stdout)
}

#[test]
fn print_what_the_chapter_shows() {
    within(DEADLINE, || {
        let agreed = shown("gb2312", "gb2312", HELLO);
        assert_transcript!("step03_text_programs", agreed);
        let wrong = shown("gbk", "utf-8", HELLO);
        assert_transcript!("step03_text_programs_wrong", wrong);
        let gone = shown("utf-8", "gbk", HELLO);
        assert_transcript!("step03_text_programs_gone", gone);
    });
}

#[test]
fn show_nothing_that_moves_the_cursor() {
    within(DEADLINE, || {
        let shown = shown("utf-8", "utf-8", "\x1b[2J\r\n");
        assert!(!shown.contains('\x1b') && !shown.contains('\r'), "{shown}");
        assert!(shown.contains(r#"said "\u{1b}[2J\r\n""#), "{shown}");
    });
}

#[test]
fn client_says_what_its_charset_lacks() {
    within(DEADLINE, || {
        let args = ["--step", "3", "--charset", "gb2312", "朱镕基"];
        let mut client = Command::new(env!("CARGO_BIN_EXE_client"));
        let ended = Program::run(client.args(args), b"");
        assert_eq!((ended.code, &*ended.stdout), (Some(2), ""));
        assert_eq!(
            ended.stderr,
            "error: gb2312 has no '镕' (U+9555), character 2 of the text; \
             try --charset utf-8; --help shows the usage\n"
        );
    });
}
