//! A tap in between reads what both ends read: nothing is encrypted.

use std::{net::TcpListener, sync::mpsc, thread};

use common::{Event, Transcript, tap};
use testkit::{DEADLINE, Peer, assert_transcript, within};

use super::{LONG, PAGE, server};
use crate::conversations::{CHARSET, loopback};

#[test]
fn a_password_is_there_for_all_to_read() {
    within(DEADLINE, || {
        let listener = TcpListener::bind(loopback()).expect("a free port");
        let addr = listener.local_addr().expect("it is bound");
        let (server, _events) = server(LONG);
        let (seen, entries) = mpsc::channel();
        let observe = move |entry| drop(seen.send(entry));
        thread::spawn(move || tap::tcp::serve(&listener, server, observe));
        let mut client = Peer::connect(addr, CHARSET);
        client.send(
            b"POST / HTTP/1.1\r\nHost: 127.0.0.1:8888\r\n\
              Content-Length: 25\r\n\r\nuser=ann&password=hunter2",
        );
        client.receive(PAGE.len() + 6);
        client.half_close();
        client.receive_to_end();
        let mut transcript = Transcript::of_stream(CHARSET);
        let mut open = 2;
        while open > 0 {
            let entry = entries.recv().expect("it goes on");
            open -= usize::from(entry.event == Event::Eof);
            transcript.push(entry);
        }
        assert!(transcript.to_string().contains("password=hunter2"));
        assert_transcript!("step05_http_tapped", transcript);
    });
}
