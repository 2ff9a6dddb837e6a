//! UDP step 3: the pause between two probes is a receive that ends by itself.

use std::{net::UdpSocket, thread};

use testkit::{DEADLINE, assert_transcript, within};

use super::trace::{traced_client, traced_server};

#[test]
fn of_the_echo_server() {
    within(DEADLINE, || {
        let args = ["--step", "3", "--buffer", "10000"];
        let calls = traced_server("udp-server", &args, |addr| {
            let client = UdpSocket::bind("127.0.0.1:0").expect("a free port");
            client.send_to(b"hello", addr).expect("sent");
            let mut echo = [0; 9];
            assert_eq!(client.recv(&mut echo).expect("an echo"), 5);
        });
        let Some(calls) = calls else { return };
        assert_transcript!("calls_udp_step03_server", calls);
    });
}

#[test]
fn of_the_pinger() {
    within(DEADLINE, || {
        let server = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        let addr = server.local_addr().expect("it is bound");
        thread::spawn(move || {
            for _ in 0..2 {
                let mut probe = [0; 12];
                let (_, from) = server.recv_from(&mut probe).expect("a probe");
                server.send_to(&probe, from).expect("sent");
            }
        });
        let args = ["--step", "3", "--count", "2", "--interval", "0.3"];
        let args = [&args[..], &["--bytes", "12", "--timeout", "30"]].concat();
        let Some(calls) = traced_client("udp-client", &args, addr) else {
            return;
        };
        let mut lines: Vec<_> = calls.lines().map(no_run).collect();
        // A wait may be cut short by a tick, and is then begun once more.
        let mut at = 0;
        while at + 2 < lines.len() {
            let waits = |at: usize| lines[at].contains("EAGAIN");
            if waits(at) && waits(at + 2) {
                lines.drain(at + 1..=at + 2);
            } else {
                at += 1;
            }
        }
        assert_transcript!("calls_udp_step03_client", lines.join("\n") + "\n");
    });
}

/// A probe's bytes say which process sent it, and where nothing has come there
/// are pointers instead of bytes.
fn no_run(line: &str) -> String {
    for end in ["\", 12, ", "\", 65535, "] {
        if let (Some((start, _)), Some((_, rest))) =
            (line.split_once('"'), line.split_once(end))
        {
            return format!("{start}…{}{rest}", &end[1..]);
        }
    }
    let mut pieces = line.split("0x");
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        text += "…";
        text += &piece[piece.find(',').expect("more follows")..];
    }
    text
}
