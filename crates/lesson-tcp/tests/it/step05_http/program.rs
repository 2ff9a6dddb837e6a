//! `server --step 5` as a learner runs it.

use std::{net::Shutdown, process::Command};

use testkit::{DEADLINE, Peer, Program, assert_transcript, within};

use super::{GET, said};
use crate::conversations::CHARSET;

/// A line a request. What a client writes cannot play with the terminal: this
/// path would turn the direction of the line.
#[test]
fn prints_a_line_a_request() {
    within(DEADLINE, || {
        let mut server = Command::new(env!("CARGO_BIN_EXE_server"));
        server.args(["--step", "5", "--addr", "127.0.0.1:0"]);
        let mut server = Program::start(&mut server);
        let addr = server.addr();
        let mut lines = format!("listening on {addr}\n");
        for path in ["/", "/favicon.ico", "", "/\u{202e}txt"] {
            let get = String::from_utf8_lossy(GET).replacen('/', path, 1);
            // The empty one stands for a connection on which nothing is said.
            let get = if path.is_empty() { "" } else { &get };
            said(addr, get.as_bytes(), Shutdown::Write);
            lines += &format!("{}\n", server.line());
        }
        let lines: Vec<_> = lines
            .replace(&addr.to_string(), "127.0.0.1:8888")
            .lines()
            .map(|line| match line.strip_prefix("127.0.0.1:") {
                Some(line) => {
                    let rest =
                        line.trim_start_matches(|c: char| c.is_ascii_digit());
                    format!("127.0.0.1:54321{rest}")
                }
                None => line.to_owned(),
            })
            .collect();
        assert_transcript!("step05_http_program", lines.join("\n"));
    });
}

/// The header says what the bytes are, whichever they are.
#[test]
fn serves_the_page_in_other_charsets() {
    within(DEADLINE, || {
        let mut server = Command::new(env!("CARGO_BIN_EXE_server"));
        server.args(["--step", "5", "--addr", "127.0.0.1:0"]);
        let mut server = Program::start(server.args(["--charset", "utf-8"]));
        let mut client = Peer::connect(server.addr(), CHARSET);
        client.send(GET);
        client.half_close();
        let reply = client.receive_to_end();
        let reply = String::from_utf8(reply).expect("it is UTF-8");
        assert!(reply.contains("; charset=utf-8\r\n"), "{reply}");
        assert!(reply.contains("\r\nContent-Length: 26\r\n"), "{reply}");
        assert!(reply.ends_with("<h1> 一起加油 !!!</h1>"), "{reply}");
    });
}
