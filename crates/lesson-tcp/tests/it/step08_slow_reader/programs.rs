//! The programs as a learner runs them, in two terminals.

use std::{
    io::{Read, Write},
    net::TcpListener,
    process::Command,
    thread,
};

use testkit::{DEADLINE, Ended, Peer, Program, assert_transcript, within};

use crate::conversations::{CHARSET, loopback};

fn server(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_server"));
    command.args(["--step", "8", "--addr", "127.0.0.1:0"]).args(args);
    command
}

fn client(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_client"));
    command.args(["--step", "8"]).args(args);
    command
}

/// A server whose person has gone away reads at once, and tells the client how
/// many bytes it has read.
#[test]
fn the_server_tells_how_much_it_has_read() {
    within(DEADLINE, || {
        // It complains about the one that aborts, and that is its own affair.
        let mut server = Program::start(&mut server(&[]));
        let addr = server.addr();
        let mut peer = Peer::connect(addr, CHARSET);
        let who = peer.addr();
        peer.send(b"12345");
        peer.half_close();
        assert_eq!(peer.receive_to_end(), b"5 bytes read");
        drop(peer.close());
        let line = format!("{who}: Enter reads once, Ctrl-D reads the rest");
        assert_eq!(server.line(), line);
        assert_eq!(server.line(), format!("{who}: 5 bytes read, and the end"));

        // One that aborts is no reason to stop.
        let aborts = Peer::connect(addr, CHARSET);
        drop(aborts.reset());
        let args = ["--addr", &addr.to_string(), "--buffer", "0"];
        let ended = Program::run(client(&args).args(["--bytes", "7"]), b"");
        let (_, rest) = ended.stdout.split_once('\n').expect("the buffer");
        assert_eq!(rest, "7 of 7 taken\nthe server: 7 bytes read\n");
        assert_eq!((ended.code, &*ended.stderr), (Some(0), ""));
    });
}

/// The reader is a person with a finger on the Enter key.
#[test]
fn enter_reads_once() {
    within(DEADLINE, || {
        let (mut server, mut enter) =
            Program::start_with_input(&mut server(&[]));
        let addr = server.addr().to_string();
        let mut client = Program::start(&mut client(&["--addr", &addr]));
        let here = server.line();
        let buffers = client.line();
        assert!(buffers.starts_with("send buffer: asked for 65536, got "));
        // It waits for us now, and must: 1000000 bytes fit nowhere.
        let waits = client.line();
        assert!(waits.ends_with(" of 1000000 taken, then write must wait"));
        let mut shown = vec![format!("listening on {addr}"), here];
        for _ in 0..3 {
            enter.write_all(b"\n").expect("the server runs");
            shown.push(server.line());
        }
        // Ctrl-D.
        drop(enter);
        shown.push(server.line());
        shown.push("---".to_owned());
        shown.extend([buffers, waits]);
        // As often as the kernel took more and then again no more.
        let end = loop {
            let line = client.line();
            if line.ends_with(" of 1000000 taken") {
                break line;
            }
        };
        shown.extend([end, client.line()]);
        assert_transcript!("step08_slow_reader_programs", the_same(&shown));
    });
}

/// The lines with the same ports, and without what differs from run to run.
fn the_same(lines: &[String]) -> String {
    let mut text = String::new();
    for line in lines {
        for word in line.split(' ') {
            text += match word.parse::<usize>() {
                Ok(1_000_000) => word,
                Ok(_) => "…",
                _ if word.starts_with("127.0.0.1:") && word.ends_with(':') => {
                    "127.0.0.1:54321:"
                }
                _ if word.starts_with("127.0.0.1:") => "127.0.0.1:8888",
                _ => word,
            };
            text += " ";
        }
        text.truncate(text.trim_end().len());
        text += "\n";
    }
    text
}

/// A server that ends in the middle: one line, exit code 1.
#[test]
fn client_says_that_the_server_has_gone() {
    within(DEADLINE, || {
        let listener = TcpListener::bind(loopback()).expect("a free port");
        let addr = listener.local_addr().expect("it is bound").to_string();
        let running = thread::spawn(move || {
            let mut client = client(&["--addr", &addr]);
            (Program::run(&mut client, b""), addr)
        });
        let (mut stream, _) = listener.accept().expect("a client");
        stream.read_exact(&mut [0; 10]).expect("some bytes");
        drop((listener, stream));
        let (Ended { code, stdout, stderr }, addr) =
            running.join().expect("no panic");
        assert_eq!(code, Some(1));
        assert!(stdout.starts_with("send buffer: asked for 65536, got "));
        assert!(stderr.starts_with(&format!("error: {addr}: ")), "{stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
    });
}

#[test]
fn bad_usage_is_one_line_and_exit_code_2() {
    within(DEADLINE, || {
        for (args, most) in [
            (["--bytes", "0"], "from 1 to 100000000"),
            (["--bytes", "many"], "from 1 to 100000000"),
            (["--buffer", "1.5"], "from 0 to 2147483647"),
            (["--buffer", "2147483648"], "from 0 to 2147483647"),
        ] {
            let ended = Program::run(&mut client(&args), b"");
            let [flag, value] = args;
            let line = format!(
                "error: invalid value '{value}' for '{flag} <BYTES>': expected \
                 a number {most}; --help shows the usage\n"
            );
            assert_eq!(ended.stderr, line);
            assert_eq!((ended.code, &*ended.stdout), (Some(2), ""));
        }
    });
}
