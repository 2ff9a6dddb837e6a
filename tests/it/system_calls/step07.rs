//! TCP step 7: timeouts, and the options of keepalive.

use std::{cell::Cell, net::TcpListener, thread};

use common::Charset;
use testkit::{DEADLINE, Peer, assert_transcript, within};

use super::{
    REPLY, REQUEST,
    trace::{no_pointer, traced_client, traced_server},
};

/// The first three bytes, and how it ends; what is between is the same.
#[test]
fn of_the_server() {
    within(DEADLINE, || {
        let asks = Cell::new(true);
        let calls = traced_server("server", &["--step", "7"], |addr| {
            let mut client = Peer::connect(addr, Charset::Gb2312);
            // The second one is there for the end of the first: it says nothing,
            // and is spared four seconds.
            if asks.take() {
                client.send(REQUEST);
            } else {
                client.half_close();
            }
            client.receive_to_end();
            drop(client.close());
        });
        let Some(calls) = calls else { return };
        let lines: Vec<_> = calls.lines().map(no_pointer).collect();
        let sends = |line: &String| line.starts_with("sendto(");
        let at: Vec<_> =
            (0..lines.len()).filter(|&at| sends(&lines[at])).collect();
        assert_eq!(at.len(), REPLY.len(), "a call for each byte");
        // A wait may be cut short by a tick, and is then begun once more.
        let mut shown = lines[..at[0] + 3].to_vec();
        shown.extend_from_slice(&lines[at[1]..at[1] + 3]);
        shown.push("… 39 more bytes, each with its wait …".to_owned());
        shown.extend_from_slice(&lines[at[41]..]);
        assert_transcript!("calls_tcp_step07_server", shown.join("\n") + "\n");
    });
}

#[test]
fn of_the_client() {
    let call = |more: &[&str]| {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let addr = listener.local_addr().expect("it is bound");
        thread::spawn(move || {
            let mut server = Peer::accept(&listener, Charset::Gb2312);
            server.receive(REQUEST.len());
            server.send(REPLY);
            server.half_close();
            server.receive_to_end();
        });
        let args = [&["--step", "7", "--timeout", "30"], more].concat();
        traced_client("client", &args, addr)
    };
    within(DEADLINE, move || {
        let Some(calls) = call(&[]) else { return };
        assert_transcript!("calls_tcp_step07_client_timeout", calls);
        let calls = call(&["--deadline"]).expect("strace is there");
        assert_transcript!("calls_tcp_step07_client_deadline", calls);
    });
}
