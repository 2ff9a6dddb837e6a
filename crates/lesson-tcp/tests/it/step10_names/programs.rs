//! The programs of step 10, as a learner runs them.

use std::process::Command;

use testkit::Program;

use super::*;

fn client(args: &[&str]) -> testkit::Ended {
    let mut client = Command::new(env!("CARGO_BIN_EXE_client"));
    client.args(["--step", "10"]).args(args);
    Program::run(&mut client, b"")
}

#[test]
fn a_name_is_tried_address_by_address() {
    within(DEADLINE, || {
        let mut server = Command::new(env!("CARGO_BIN_EXE_server"));
        server.args(["--step", "10", "--addr", "127.0.0.1:0"]);
        let mut server = Program::start(&mut server);
        let addr = server.addr();
        let name = format!("localhost:{}", addr.port());
        let ended = client(&["--name", &name]);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        let lines: Vec<_> = ended.stdout.lines().collect();
        assert!(lines[0].starts_with(&format!("{name} is ")), "{lines:?}");
        let connected = format!("{addr}: connected from 127.0.0.1:");
        assert!(lines[1].starts_with(&connected), "{lines:?}");
        assert_eq!(lines[2], "you are 127.0.0.1, and you called 127.0.0.1");
        let line = server.line();
        assert!(line.ends_with(&format!(" called {addr}")), "{line}");
    });
}

/// Where IPv6 hears IPv4, the client that called has an IPv6 address.
#[test]
fn a_server_for_both_families_prints_a_mapped_address() {
    if TcpListener::bind("[::1]:0").is_err() {
        return skip("this machine has no IPv6");
    }
    within(DEADLINE, || {
        let mut server = Command::new(env!("CARGO_BIN_EXE_server"));
        server.args(["--step", "10", "--addr", "[::]:0"]);
        let mut server = Program::start(server.args(["--only-v6", "false"]));
        let port = server.addr().port();
        let ended = client(&["--name", &format!("127.0.0.1:{port}")]);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        let line = server.line();
        assert!(line.starts_with("[::ffff:127.0.0.1]:"), "{line}");
        let called = format!(" called [::ffff:127.0.0.1]:{port}");
        assert!(line.ends_with(&called), "{line}");
    });
}

#[test]
fn what_cannot_be_called_is_one_line() {
    within(DEADLINE, || {
        let ended = client(&["--name", "localhost"]);
        assert_eq!(ended.code, Some(2));
        assert_eq!(
            ended.stderr,
            "error: \"localhost\" is not a host and a port; try \
             localhost:8888; --help shows the usage\n"
        );
        let ended = client(&["--name", "no such name:80"]);
        assert_eq!(ended.code, Some(1));
        assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
        assert!(ended.stderr.ends_with("; try --name localhost:8888\n"));
    });
}

#[test]
fn refused_says_what_that_means() {
    within(DEADLINE, || {
        let (_held, addr) = closed();
        let ended = client(&["--name", &addr.to_string()]);
        assert_eq!(ended.code, Some(1));
        assert_eq!(
            ended.stderr,
            format!(
                "{addr}: connection refused: an answer came: nobody listens at \
                 that address\n\
                 error: no address is left; is it running?\n"
            )
        );
    });
}

#[test]
fn only_v6_is_for_ipv6() {
    within(DEADLINE, || {
        let mut server = Command::new(env!("CARGO_BIN_EXE_server"));
        server.args(["--step", "10", "--addr", "127.0.0.1:0"]);
        let ended = Program::run(server.args(["--only-v6", "true"]), b"");
        assert_eq!(ended.code, Some(2));
        assert_eq!(
            ended.stderr,
            "error: 127.0.0.1:0 is IPv4; try --addr '[::]:8888'; --help shows \
             the usage\n"
        );
    });
}

/// An empty address is every address, whatever an old text says.
#[test]
fn python_binds_everywhere() {
    within(DEADLINE, || {
        let Some(mut python) = testkit::python() else {
            return skip("no Python 3");
        };
        let script = "import socket; s = socket.socket(); s.bind(('', 0)); \
                      print(s.getsockname()[0])";
        let told = Program::run(python.args(["-c", script]), b"");
        assert_eq!(told.stdout.trim_end(), "0.0.0.0");
    });
}
