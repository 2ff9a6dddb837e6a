//! What two peers make of a silence.

use std::{net::TcpListener, thread, time::Duration};

use common::Transcript;
use testkit::{DEADLINE, Peer, within};

use crate::conversations::{CHARSET, loopback, step01};

const SHORT: Duration = Duration::from_millis(100);

/// Both are polite and let the other speak first.
pub(super) fn both_read_first() -> String {
    let listener = TcpListener::bind(loopback()).expect("a free port");
    let addr = listener.local_addr().expect("it is bound");
    let calling = thread::spawn(move || {
        let mut client = Peer::connect(addr, CHARSET);
        client.receive_nothing_for(SHORT);
        client
    });
    let mut server = Peer::accept(&listener, CHARSET);
    server.receive_nothing_for(SHORT);
    let client = calling.join().expect("no panic");
    // Both still there: neither side is to close before the other looks.
    let [client, server] = [client.close(), server.close()];
    format!("The client:\n{client}The server:\n{server}")
}

/// The answer to the first question comes when the second has been asked. It
/// is an answer, so who does not look closely takes it for the second's.
pub(super) fn late_answer() -> Transcript {
    let listener = TcpListener::bind(loopback()).expect("a free port");
    let addr = listener.local_addr().expect("it is bound");
    let mut client = Peer::connect(addr, CHARSET);
    let mut server = Peer::accept(&listener, CHARSET);
    client.send(b"1+1?");
    client.receive_nothing_for(SHORT);
    client.send(b"2+2?");
    assert_eq!(server.receive(4), b"1+1?");
    server.send(b"2");
    assert_eq!(client.receive(1), b"2");
    drop(server);
    client.close()
}

/// The server of step 1 reads first as well, and so it goes on for ever; who
/// speaks first has to be agreed.
#[test]
fn a_client_that_reads_first_waits_in_vain() {
    within(DEADLINE, || {
        let server = step01(1);
        let mut client = Peer::connect(server.addr, CHARSET);
        client.receive_nothing_for(SHORT);
        client.send(b"me, then");
        assert_eq!(client.receive_to_end().len(), 42);
        drop(client.close());
        assert_eq!(
            server.events.join().expect("no panic"),
            ["request me, then"]
        );
    });
}
