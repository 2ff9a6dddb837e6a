//! Of step 9: a thread for each client, and one thread for all.

use std::net::SocketAddr;

use common::Charset;
use testkit::{DEADLINE, Peer, assert_transcript, within};

use super::{REQUEST, threads::traced_threads};
use crate::programs::program;

#[test]
fn of_a_server_with_threads() {
    program("server");
    within(DEADLINE, || {
        let Some(calls) = traced("threads") else { return };
        assert_transcript!("calls_tcp_step09_threads", calls);
    });
}

#[test]
fn of_a_server_that_asks_who_is_ready() {
    program("server");
    within(DEADLINE, || {
        let Some(calls) = traced("readiness") else { return };
        assert_transcript!("calls_tcp_step09_readiness", calls);
    });
}

fn traced(kind: &str) -> Option<String> {
    traced_threads(kind, &["--step", "9", "--kind", kind], converse)
}

/// One client asks twice and ends its side.
fn converse(addr: SocketAddr) {
    let mut client = Peer::connect(addr, Charset::Gb2312);
    for _ in 0..2 {
        client.send(REQUEST);
        client.receive(REQUEST.len());
    }
    client.half_close();
    client.receive_to_end();
    drop(client.close());
}
