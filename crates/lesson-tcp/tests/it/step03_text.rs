//! Step 3: text is bytes.

mod buffers;
mod cuts;
mod names;
mod programs;
mod wrong_charset;

use std::{
    io::Write,
    net::{TcpListener, TcpStream},
    thread,
    time::Duration,
};

use common::{Charset, cli, client_has_gone};
use lesson_tcp::step03_text::{Event, call, listen, serve_next};
use proptest::{
    collection::vec,
    prelude::{ProptestConfig, any},
    proptest,
};
use testkit::{DEADLINE, Peer, assert_transcript, within};

use crate::{
    conversations::{CHARSET, loopback},
    harness,
};

/// 8 bytes in GB2312, 12 in UTF-8.
const HELLO: &str = "你好世界";

/// What a server tells, and what the client gets back.
fn converse(
    server: Charset,
    client: Charset,
    text: &str,
) -> (Vec<String>, Vec<u8>) {
    let listener = listen(loopback()).expect("a free port");
    let addr = listener.local_addr().expect("it is bound");
    let request = client.encode(text).expect("it has them");
    let calling = thread::spawn(move || {
        let mut reply = Vec::new();
        call(addr, &request, &mut reply).expect("the server replies");
        reply
    });
    let events = serve(&listener, server);
    (events, calling.join().expect("no panic"))
}

/// Serves one client, and gives what the server tells.
fn serve(listener: &TcpListener, charset: Charset) -> Vec<String> {
    let mut events = Vec::new();
    let served = serve_next(listener, charset, &mut |event| {
        events.push(match event {
            Event::Read { bytes, alone, complete, .. } => {
                format!("{bytes:02x?} alone {alone}, complete {complete}")
            }
            Event::Heard { text, malformed: None, .. } => text.to_owned(),
            Event::Heard { text, malformed: Some(error), .. } => {
                format!("{text} ({error})")
            }
            Event::Failed { error, .. } => cli::plain(&error),
        });
    });
    match served {
        // BSD and macOS drop a client that aborts before it is accepted.
        Err(e) if client_has_gone(&e) => {}
        other => other.expect("accept works"),
    }
    events
}

/// Both ends, each opposite a script.
#[test]
fn says_a_text_back() {
    within(DEADLINE, || {
        let text = CHARSET.encode(HELLO).expect("GB2312 has them");
        let listener = listen(loopback()).expect("a free port");
        let addr = listener.local_addr().expect("it is bound");
        let serving = thread::spawn(move || serve(&listener, CHARSET));
        let mut client = Peer::connect(addr, CHARSET);
        client.send(&text);
        client.half_close();
        client.receive_to_end();
        assert_transcript!("step03_text", client.close());
        let events = serving.join().expect("no panic");
        assert_eq!(
            events,
            [
                "[c4, e3, ba, c3, ca] alone 你好�, complete 你好",
                "[c0, bd, e7] alone 澜�, complete 世界",
                HELLO,
            ]
        );

        let listener = TcpListener::bind(loopback()).expect("a free port");
        let addr = listener.local_addr().expect("it is bound");
        let calling = thread::spawn(move || {
            let mut reply = b"before ".to_vec();
            let text = CHARSET.encode(HELLO).expect("GB2312 has them");
            call(addr, &text, &mut reply).expect("the server replies");
            reply
        });
        let mut server = Peer::accept(&listener, CHARSET);
        assert_eq!(server.receive_to_end(), text);
        server.send(&text);
        server.half_close();
        assert_transcript!("step03_text", server.close());
        let reply = calling.join().expect("no panic");
        assert_eq!(reply, [b"before ", &text[..]].concat());
    });
}

/// A client that does not say that it was all: server and client wait, for each
/// other.
#[test]
fn waits_for_the_end() {
    within(DEADLINE, || {
        let listener = listen(loopback()).expect("a free port");
        let addr = listener.local_addr().expect("it is bound");
        let serving = thread::spawn(move || serve(&listener, CHARSET));
        let mut client = Peer::connect(addr, CHARSET);
        client.send(b"ok");
        client.receive_nothing_for(Duration::from_millis(200));
        client.half_close();
        assert_eq!(client.receive_to_end(), b"ok");
        drop(client.close());
        serving.join().expect("no panic");
    });
}

/// The client's last character has lost its second byte. Only the end of the
/// stream can tell.
#[test]
fn the_end_of_the_stream_inside_a_character() {
    within(DEADLINE, || {
        let listener = listen(loopback()).expect("a free port");
        let addr = listener.local_addr().expect("it is bound");
        let serving = thread::spawn(move || serve(&listener, CHARSET));
        let mut client = Peer::connect(addr, CHARSET);
        client.send(b"\xbc\xd3\xd3");
        client.half_close();
        // � is not in GB2312, so the server says `?`.
        assert_eq!(client.receive_to_end(), b"\xbc\xd3?");
        drop(client.close());
        assert_eq!(
            serving.join().expect("no panic"),
            [
                "[bc, d3, d3] alone 加�, complete 加",
                "加� (not gb2312 from byte 2 on)",
            ]
        );
    });
}

#[test]
fn goes_on_when_a_client_aborts_or_says_nothing() {
    within(DEADLINE, || {
        let listener = listen(loopback()).expect("a free port");
        let addr = listener.local_addr().expect("it is bound");
        Peer::connect(addr, CHARSET).reset();
        serve(&listener, CHARSET);
        let mut silent = Peer::connect(addr, CHARSET);
        silent.half_close();
        assert_eq!(serve(&listener, CHARSET), [""]);
        assert_eq!(silent.receive_to_end(), b"");
        drop(silent.close());
        let mut client = Peer::connect(addr, CHARSET);
        client.send(b"ok");
        client.half_close();
        let events = serve(&listener, CHARSET);
        assert_eq!(events.last().expect("it was served"), "ok");
    });
}

/// A client without end must not fill the server's memory.
#[test]
fn stops_at_64_kib_of_text() {
    within(DEADLINE, || {
        let listener = listen(loopback()).expect("a free port");
        let addr = listener.local_addr().expect("it is bound");
        let talking = thread::spawn(move || {
            let mut stream = TcpStream::connect(addr).expect("it listens");
            // Fails when the server has closed, which is what we wait for.
            while stream.write_all(&[b'x'; 1024]).is_ok() {}
        });
        let events = serve(&listener, CHARSET);
        talking.join().expect("no panic");
        let last = events.last().expect("an error");
        assert_eq!(last, "the text is longer than 64 KiB");
        // It is told by the read that goes beyond: of 5 bytes at the most.
        let read: usize = events.iter().map(|e| e.matches("78").count()).sum();
        assert!((65_537..=65_541).contains(&read), "{read} bytes");
    });
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 512,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// Any bytes, cut anywhere, in each charset.
    #[test]
    fn the_decoder_does_not_mind_any_bytes(data in vec(any::<u8>(), 0..64)) {
        harness::decoder::decoder(&data);
    }
}
