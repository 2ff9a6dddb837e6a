//! UDP step 2: a datagram that is cut off, and one that is not sent.

use std::net::UdpSocket;

use testkit::{DEADLINE, assert_transcript, within};

use super::trace::{traced_client, traced_server};

#[test]
fn of_a_server_with_little_room() {
    within(DEADLINE, || {
        let args = ["--step", "2", "--room", "4"];
        let calls = traced_server("udp-server", &args, |addr| {
            let client = UdpSocket::bind("127.0.0.1:0").expect("a free port");
            client.send_to(b"0123456789", addr).expect("sent");
            let mut answer = [0; 99];
            assert_eq!(client.recv(&mut answer).expect("an answer"), 29);
        });
        let Some(calls) = calls else { return };
        assert_transcript!("calls_udp_step02_server", calls);
    });
}

#[test]
fn of_a_client_with_too_much() {
    within(DEADLINE, || {
        let server = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        let addr = server.local_addr().expect("it is bound");
        let args = ["--step", "2", "--bytes", "65508"];
        let Some(calls) = traced_client("udp-client", &args, addr) else {
            return;
        };
        // Ten of the digits will do, in place of the 99 that strace shows.
        let (start, end) = calls.split_once("\"...").expect("many digits");
        let calls = format!("{}\"...{end}", &start[..start.len() - 89]);
        assert_transcript!("calls_udp_step02_client", calls);
    });
}
