//! TCP step 6: a server that hears its client out, and two ways to leave it.

use std::{net::TcpListener, thread};

use common::Charset;
use testkit::{DEADLINE, Peer, assert_transcript, within};

use super::{
    REQUEST,
    trace::{traced_client, traced_server},
};

const REPLY: &[u8] = b"end after byte 4";

#[test]
fn of_the_server() {
    within(DEADLINE, || {
        let args = ["--step", "6"];
        let calls = traced_server("server", &args, |addr| {
            let mut client = Peer::connect(addr, Charset::Gb2312);
            client.send(REQUEST);
            client.half_close();
            assert_eq!(client.receive_to_end(), REPLY);
            drop(client.close());
        });
        let Some(calls) = calls else { return };
        assert_transcript!("calls_tcp_step06_server", calls);
    });
}

#[test]
fn of_the_client() {
    let call = |args: &'static [&str]| {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let addr = listener.local_addr().expect("it is bound");
        thread::spawn(move || {
            let mut server = Peer::accept(&listener, Charset::Gb2312);
            // To its end, or to its reset.
            assert_eq!(server.receive_to_end(), REQUEST);
            if !args.contains(&"--abort") {
                server.send(REPLY);
            }
            server.close()
        });
        traced_client("client", args, addr)
    };
    within(DEADLINE, move || {
        let Some(calls) = call(&["--step", "6"]) else { return };
        assert_transcript!("calls_tcp_step06_client", calls);
        let calls = call(&["--step", "6", "--abort"]);
        let calls = calls.expect("strace is there");
        assert_transcript!("calls_tcp_step06_abort", calls);
    });
}
