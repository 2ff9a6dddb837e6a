//! Step 6: goodbye.

mod ends;
#[cfg(target_os = "linux")]
mod kills;
mod programs;
#[cfg(target_os = "linux")]
mod resets;
#[cfg(target_os = "linux")]
mod restart;
#[cfg(target_os = "linux")]
mod states;

use std::{
    fmt::Debug,
    io,
    net::{SocketAddr, TcpListener},
    thread,
    time::Duration,
};

use common::cli;
use lesson_tcp::step06_goodbye::{call, call_and_abort, listen, serve_next};
use testkit::{DEADLINE, Peer, assert_transcript, within};

use crate::conversations::{CHARSET, REQUEST, Serving, loopback};

/// The client ends its side and then gets its reply.
#[test]
fn server_hears_a_client_out_and_replies() {
    within(DEADLINE, || {
        let server = serving(1);
        let mut client = Peer::connect(server.addr, CHARSET);
        client.send(REQUEST);
        client.half_close();
        client.receive_to_end();
        assert_transcript!("step06_goodbye", client.close());
        assert_eq!(server.events.join().expect("no panic"), ["end, 4"]);
    });
}

/// A client that does not say that this was all: the server waits for the rest
/// of the request, and the client for the reply.
#[test]
fn without_an_end_both_wait() {
    within(DEADLINE, || {
        let server = serving(1);
        let mut client = Peer::connect(server.addr, CHARSET);
        client.send(REQUEST);
        client.receive_nothing_for(Duration::from_millis(200));
        client.half_close();
        client.receive_to_end();
        assert_transcript!("step06_goodbye_waits", client.close());
    });
}

/// The same conversation, with our client.
#[test]
fn client_half_closes_and_reads_on() {
    within(DEADLINE, || {
        let listener = TcpListener::bind(loopback()).expect("a free port");
        let addr = listener.local_addr().expect("it is bound");
        let calling = thread::spawn(move || {
            let mut reply = b"before, ".to_vec();
            call(addr, REQUEST, &mut reply).expect("it is answered");
            reply
        });
        let mut server = Peer::accept(&listener, CHARSET);
        // To the end, before the reply.
        server.receive_to_end();
        server.send(b"end after byte 4");
        server.half_close();
        assert_transcript!("step06_goodbye", server.close());
        let reply = calling.join().expect("no panic");
        assert_eq!(reply, b"before, end after byte 4");
    });
}

/// Ends, aborts, and clients that did not say a word: none is the server's end.
#[test]
fn server_tells_an_end_from_a_reset() {
    within(DEADLINE, || {
        let server = serving(4);
        call(server.addr, b"", &mut Vec::new()).expect("it is answered");
        call_and_abort(server.addr, REQUEST).expect("sent");
        let mut reply = Vec::new();
        let request = vec![b'x'; 100_000];
        call(server.addr, &request, &mut reply).expect("it is answered");
        assert_eq!(reply, b"end after byte 100000");
        // Has gone altogether: the reply to it is taken and lost.
        let mut client = Peer::connect(server.addr, CHARSET);
        client.send(REQUEST);
        drop(client.close());
        let mut events = server.events.join().expect("no panic");
        // Other systems forget what had come before the reset, or the client.
        let reset = events.remove(1);
        assert_eq!(events, ["end, 0", "end, 100000", "end, 4"]);
        if cfg!(target_os = "linux") {
            assert_eq!(reset, "connection reset, 4");
        }
    });
}

/// The server of this step in a thread, and how each of so many clients left.
fn serving(clients: usize) -> Serving {
    let listener = listen(loopback(), true).expect("a free port");
    let addr = listener.local_addr().expect("it is bound");
    let addr = addr.as_socket().expect("an IP address");
    let events = thread::spawn(move || {
        let mut events = Vec::new();
        for _ in 0..clients {
            let served = serve_next(&listener, &mut |goodbye| {
                let how = goodbye.how.as_ref().err();
                let how = how.map_or("end".into(), cli::plain);
                events.push(format!("{how}, {}", goodbye.bytes));
            });
            if let Err(error) = served {
                assert!(common::client_has_gone(&error), "{error}");
                events.push(cli::plain(&error));
            }
        }
        events
    });
    Serving { addr, events, stop: None }
}

fn address(listener: &TcpListener) -> SocketAddr {
    listener.local_addr().expect("it is bound")
}

/// What a call gave, without the system's own words.
fn seen<T: Debug>(result: io::Result<T>) -> String {
    format!("{:?}", result.map_err(|error| error.kind()))
}
