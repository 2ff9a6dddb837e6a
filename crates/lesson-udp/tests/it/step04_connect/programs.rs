//! The programs, as a learner tries them.

use std::{io::Write, net::UdpSocket, process::Command};

use lesson_udp::step04_connect::serve_next;
use testkit::{DEADLINE, Ended, Program, assert_transcript, within};

use super::connect::{nobody, receive, somebody};

fn server(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_udp-server"));
    command.args(["--step", "4", "--addr", "127.0.0.1:0"]).args(args);
    command
}

fn client(addr: &str, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_udp-client"));
    command.args(["--step", "4", "--addr", addr]).args(args);
    command
}

/// What the client prints and what it complains about, its own port and the
/// server's always the same.
fn asked(addr: &str, args: &[&str], input: &str) -> (String, String) {
    let Ended { code, stdout, stderr } =
        Program::run(&mut client(addr, args), input.as_bytes());
    assert_eq!(code, Some(0), "{stderr}");
    let (me, _) = stderr.split_once(" asks ").expect("it says who it is");
    let stderr = stderr.replace(me, "127.0.0.1:54321");
    (stdout, stderr.replace(addr, "127.0.0.1:8003"))
}

/// The classic mistake is the Python client's, and any other's that takes the
/// first datagram: a socket that is not connected has the stranger's.
#[test]
fn a_stranger_is_quicker_than_the_server() {
    within(DEADLINE, || {
        let mut server = Program::start(&mut server(&["--stranger"]));
        let addr = server.addr();
        let stranger = server.addr();
        let careless = somebody();
        careless.send_to(b"hello", addr).expect("sent");
        let mut buffer = [0; 99];
        let (length, from) = careless.recv_from(&mut buffer).expect("a lie");
        assert_eq!(from, stranger);
        assert_eq!(&buffer[..length], b"trust me");
        assert_eq!(receive(&careless), "ok");
        let me = careless.local_addr().expect("it is bound");
        assert_eq!(server.line(), format!("recv: hello [{me}]"));
        assert_eq!(server.line(), "stranger: sent, no error came back");

        let (stdout, stderr) = asked(&addr.to_string(), &[], "hello\n");
        let seen = server.line();
        let (_, peer) = seen.rsplit_once('[').expect("a client");
        let (_, rest) = seen.split_once(": ").expect("recv");
        let (id, _) = rest.split_once(':').expect("an id");
        assert_eq!(id.len(), 16);
        let seen = seen.replace(peer, "127.0.0.1:54321]");
        let seen = seen.replace(id, "5d41402abc4b2a76");
        // Where the kernel has dropped the stranger's, not all systems say so.
        let told = server.line();
        #[cfg(target_os = "linux")]
        assert_eq!(told, "stranger: connection refused");
        drop(told);
        let shown = format!(
            "receiving on 127.0.0.1:8003\n\
             a stranger on 127.0.0.1:40000\n\
             {seen}\n\
             stranger: connection refused\n\
             ---\n{stderr}{stdout}",
        );
        assert_transcript!("step04_connect_programs", shown);
    });
}

/// Each question has a number of its own, and none is like the other.
#[test]
fn ids_are_not_counted_up() {
    within(DEADLINE, || {
        let mut server = Program::start(&mut server(&[]));
        let addr = server.addr().to_string();
        for _ in 0..2 {
            asked(&addr, &[], "\n\n\n");
        }
        let mut ids = Vec::new();
        for _ in 0..6 {
            let line = server.line();
            let id =
                line.strip_prefix("recv: ").and_then(|rest| rest.get(..16));
            let id = u64::from_str_radix(id.expect("an id"), 16);
            ids.push(id.expect("hexadecimal"));
        }
        ids.sort_unstable();
        // By chance two are as close as this in one run of a trillion.
        let far = |pair: &[u64]| pair[1] - pair[0] > 1000;
        assert!(ids.windows(2).all(far), "{ids:x?}");
    });
}

#[test]
fn client_says_that_nobody_listens_and_goes_on() {
    within(DEADLINE, || {
        let (nobody, _taken) = nobody();
        let nobody = nobody.to_string();
        let (stdout, stderr) =
            asked(&nobody, &["--timeout", "30"], "one\ntwo\n");
        assert_eq!(stdout, "");
        assert_transcript!("step04_connect_programs_refused", stderr);
        // With --retry it is the last word, when the time is up.
        with_patience(|timeout| {
            let args = ["--retry", "--timeout", timeout];
            let (stdout, stderr) = asked(&nobody, &args, "one\n");
            assert_eq!(stdout, "");
            stderr.ends_with("\nconnection refused: nobody listens there\n")
        });
    });
}

/// An answer without the number of the question: a server of another step.
#[test]
fn client_says_what_it_has_dropped() {
    within(DEADLINE, || {
        let mut server = Command::new(env!("CARGO_BIN_EXE_udp-server"));
        server.args(["--step", "1", "--addr", "127.0.0.1:0"]);
        let mut server = Program::start(&mut server);
        let addr = server.addr().to_string();
        with_patience(|timeout| {
            let args = ["--timeout", timeout];
            let (stdout, stderr) = asked(&addr, &args, "hello\n");
            assert_eq!(stdout, "");
            let lines: Vec<_> = stderr.lines().skip(1).collect();
            let end = "s: lost, or nobody is there";
            assert!(lines.last().is_some_and(|line| line.ends_with(end)));
            let dropped = "dropped, without the number of the question: ok \
                           (is that a server of --step 4?)";
            lines[0] == dropped
        });
    });
}

/// `connect` sends nothing, and still it can fail. In a network with `lo` alone.
#[test]
#[cfg(target_os = "linux")]
fn client_says_that_no_route_leads_there() {
    use testkit::in_own_network;

    let test =
        "step04_connect::programs::client_says_that_no_route_leads_there";
    in_own_network(test, "ip link set lo up", || {
        let mut client = client("198.51.100.7:8003", &[]);
        let Ended { code, stdout, stderr } =
            Program::run(&mut client, b"one\n");
        assert_eq!((code, &*stdout), (Some(1), ""));
        assert_eq!(
            stderr,
            "error: 198.51.100.7:8003: network unreachable; try --addr with an \
             address of the server\n"
        );
        String::new()
    });
}

/// `--retry`: a client that is there before its server.
#[test]
fn client_waits_for_a_server_that_is_starting() {
    within(DEADLINE, || {
        let (addr, taken) = nobody();
        let args = ["--retry", "--timeout", "30"];
        let mut client = client(&addr.to_string(), &args);
        let (mut client, mut input) = Program::start_with_input(&mut client);
        input.write_all(b"hello\n").expect("it reads");
        drop(taken);
        let server = loop {
            // A program that another test starts at this moment holds our
            // socket until it is running.
            if let Ok(server) = UdpSocket::bind(addr) {
                break server;
            }
        };
        serve_next(&server, &mut |_| {}).expect("a question");
        assert_eq!(client.line(), "ok");
        drop(input);
        assert_eq!(client.wait(), Some(0));
    });
}

/// Tries it with longer timeouts, should this machine stand still.
fn with_patience(test: impl Fn(&str) -> bool) {
    assert!(["0.3", "1", "4", "16"].into_iter().any(test));
}
