//! UDP step 4: `connect` is a call, and takes the address out of the others.

use std::{net::UdpSocket, thread};

use testkit::{DEADLINE, assert_transcript, within};

use super::trace::{no_pointer, traced_client, traced_server};

#[test]
fn of_the_server() {
    within(DEADLINE, || {
        let calls = traced_server("udp-server", &["--step", "4"], |addr| {
            let client = UdpSocket::bind("127.0.0.1:0").expect("a free port");
            client.send_to(b"00000000000000ff:hello", addr).expect("sent");
            client.recv(&mut [0; 99]).expect("an answer");
        });
        let Some(calls) = calls else { return };
        assert_transcript!("calls_udp_step04_server", calls);
    });
}

#[test]
fn of_the_client() {
    within(DEADLINE, || {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        let addr = socket.local_addr().expect("it is bound");
        thread::spawn(move || {
            let mut buffer = [0; 99];
            let (_, from) = socket.recv_from(&mut buffer).expect("a question");
            let answer = [&buffer[..ID], b"ok"].concat();
            socket.send_to(&answer, from).expect("sent");
        });
        let Some(calls) = traced_client("udp-client", &["--step", "4"], addr)
        else {
            return;
        };
        assert_transcript!("calls_udp_step04_client", same_id(&calls));
    });
}

#[test]
fn of_the_client_where_nobody_listens() {
    within(DEADLINE, || {
        // The port is taken, and its owner talks to itself only.
        let nobody = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        let addr = nobody.local_addr().expect("it is bound");
        nobody.connect(addr).expect("noted");
        let args = ["--step", "4", "--timeout", "30"];
        let Some(calls) = traced_client("udp-client", &args, addr) else {
            return;
        };
        let lines: Vec<_> = same_id(&calls).lines().map(no_pointer).collect();
        let calls = lines.join("\n") + "\n";
        assert_transcript!("calls_udp_step04_refused", calls);
    });
}

/// The number in front of the question is another one each time.
fn same_id(calls: &str) -> String {
    let (before, _) = calls.split_once(":hello").expect("a question");
    let id = &before[before.len() - (ID - 1)..];
    calls.replace(id, "5d41402abc4b2a76")
}

/// 16 digits and a colon.
const ID: usize = 17;
