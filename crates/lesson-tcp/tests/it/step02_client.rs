//! Step 2: the client in socket2.

use std::{net::TcpListener, sync::mpsc, thread};

use lesson_tcp::{STATUS_LINE, body, step02_client};
use testkit::{DEADLINE, Peer, assert_transcript, within};

use crate::conversations::{
    CHARSET, REQUEST, answer, answer_half, loopback, step02,
};

#[test]
fn reads_to_the_end() {
    within(DEADLINE, || {
        assert_transcript!("step02_client", answer(step02));
    });
}

/// The bug that starts the course, every time: the server sends the second half
/// when the client has read once.
#[test]
fn reads_once_and_gets_half() {
    within(DEADLINE, || {
        let listener = TcpListener::bind(loopback()).expect("a free port");
        let addr = listener.local_addr().expect("it is bound");
        let (read, has_read) = mpsc::channel();
        let calling = thread::spawn(move || {
            let reply = step02_client::call_once(addr, REQUEST);
            read.send(()).expect("the test waits");
            reply.expect("the server replies")
        });
        let mut server = Peer::accept(&listener, CHARSET);
        server.receive(REQUEST.len());
        server.send(STATUS_LINE);
        has_read.recv().expect("the client returns");
        assert_eq!(calling.join().expect("no panic"), STATUS_LINE);
        // The client has gone, and the kernel takes the other half all the
        // same: a send that succeeds says nothing about the other end.
        server.receive_to_end();
        server.send(&body(CHARSET));
        assert_transcript!("step02_client_reads_once", server.close());
    });
}

#[test]
fn keeps_what_came_before_a_reset() {
    within(DEADLINE, || {
        answer_half(|server, reply| {
            let result = step02_client::call(server, REQUEST, reply);
            common::cli::plain(&result.expect_err("the server aborts"))
        });
    });
}
