//! UDP step 5: the options of a group, at both ends.

use std::{net::UdpSocket, process::Command};

use testkit::{DEADLINE, Program, assert_transcript, within};

use super::trace::{traced_client, traced_server};
use crate::programs::program;

const ON: [&str; 4] = ["--step", "5", "--interface", "127.0.0.1"];

#[test]
fn of_the_udp_server_step05() {
    within(DEADLINE, || {
        // As long as this socket is there nobody else gets its port; and at the
        // group's address it is free.
        let holder = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        let port = holder.local_addr().expect("it is bound").port();
        let group = format!("239.255.80.5:{port}");
        let args =
            [&ON[..], &["--name", "kitchen", "--group", &group]].concat();
        let calls = traced_server("udp-server", &args, |addr| {
            let mut client = Command::new(program("udp-client"));
            client.args(ON).args(["--timeout", "3", "--group", &group]);
            let found = Program::run(&mut client, b"");
            assert_eq!(found.stdout, format!("kitchen at {addr}\n"));
        });
        let Some(calls) = calls else { return };
        assert_transcript!("calls_udp_step05_server", calls);
    });
}

#[test]
fn of_the_udp_client_step05() {
    within(DEADLINE, || {
        let mut server = Command::new(program("udp-server"));
        server.args(ON).args(["--addr", "127.0.0.1:0", "--name", "kitchen"]);
        server.args(["--group", "239.255.80.5:0"]);
        let mut server = Program::start(&mut server);
        let addr = server.addr();
        let line = server.line();
        let group = line.split(' ').nth(4).expect("where it is asked");
        let args = ["--timeout", "6", "--group", group];
        let args = [&ON[..], &args].concat();
        let Some(calls) = traced_client("udp-client", &args, addr) else {
            return;
        };
        let lines: Vec<_> = calls.lines().collect();
        let asks = lines.iter().filter(|line| line.starts_with("sendto("));
        assert_eq!(asks.count(), 3);
        // The first question, until the time for it is up.
        let is_over = |line: &&str| line.contains("EAGAIN");
        let end = lines.iter().position(is_over).expect("it waits on");
        // Where nothing has come, strace shows where it would have gone.
        let mut nothing = lines[end].split("0x");
        let mut shown = lines[..end].join("\n") + "\n";
        shown += nothing.next().expect("a call");
        for place in nothing {
            shown += "…";
            shown += place.trim_start_matches(|c: char| c.is_ascii_hexdigit());
        }
        shown += "\n… twice more the same …\n";
        shown += lines.last().expect("more than none");
        assert_transcript!("calls_udp_step05_client", shown + "\n");
    });
}
