//! The tap as a learner runs it.

use std::{
    net::{TcpListener, UdpSocket},
    process::Command,
};

use common::Charset;
use testkit::{DEADLINE, Peer, Program, assert_transcript, within};

fn tap(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tap"));
    command.args(args);
    command
}

#[test]
fn prints_a_connection_while_it_happens() {
    within(DEADLINE, || {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let to = listener.local_addr().expect("it is bound").to_string();
        let args = ["tcp", "--listen", "127.0.0.1:0", "--to", &to];
        let mut tap = Program::start(&mut tap(&args));
        let addr = tap.addr();
        assert_eq!(tap.line(), format!("passing everything on to {to}"));
        let mut client = Peer::connect(addr, Charset::Gb2312);
        let mut server = Peer::accept(&listener, Charset::Gb2312);
        client.send(b"\xbc\xd3\xd3\xcd");
        // On the screen before the server has said a word.
        let mut lines = vec![tap.line(), tap.line(), tap.line()];
        server.receive(4);
        server.send(b"ok");
        drop(server.close());
        lines.extend([tap.line(), tap.line(), tap.line()]);
        client.receive_to_end();
        drop(client.close());
        lines.push(tap.line());
        // No colours: this is no terminal.
        assert_transcript!("tap_program", lines.join("\n"));
    });
}

#[test]
fn prints_datagrams_while_they_come() {
    within(DEADLINE, || {
        let server = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        let to = server.local_addr().expect("it is bound").to_string();
        let args = ["udp", "--listen", "127.0.0.1:0", "--to", &to];
        let mut tap = Program::start(&mut tap(&args));
        let addr = tap.addr();
        assert_eq!(tap.line(), format!("passing everything on to {to}"));
        let client = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        client.send_to("加油".as_bytes(), addr).expect("sent");
        let lines = [tap.line(), tap.line(), tap.line()];
        assert_transcript!("tap_program_udp", lines.join("\n"));
    });
}

#[test]
fn bad_input_is_one_line() {
    within(DEADLINE, || {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let taken = listener.local_addr().expect("it is bound").to_string();
        for (args, code, what) in [
            (&["tcp"][..], 2, "--listen <IP:PORT> --to <IP:PORT>"),
            (&["sctp"], 2, "unrecognized subcommand 'sctp'"),
            (&[], 2, "requires a subcommand"),
            (
                &["tcp", "--listen", "8888", "--to", "127.0.0.1:1"],
                2,
                "'8888' for '--listen <IP:PORT>': expected an IP address",
            ),
            (
                &["tcp", "--listen", &taken, "--to", "127.0.0.1:1"],
                1,
                "try a free port: --listen 127.0.0.1:0",
            ),
        ] {
            let ended = Program::run(&mut tap(args), b"");
            assert_eq!((ended.code, &*ended.stdout), (Some(code), ""));
            assert!(ended.stderr.contains(what), "{}", ended.stderr);
            assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
        }
    });
}
