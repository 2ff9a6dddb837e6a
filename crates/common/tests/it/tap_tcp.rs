//! The tap on TCP: bytes, half-closes and resets cross faithfully.

use std::{
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::mpsc::{self, Receiver},
    thread,
};

use common::{Charset, Entry, Event, Transcript, tap};
use testkit::{DEADLINE, Peer, assert_transcript, within};

/// A tap in front of `server`: its address, and what it sees.
fn tapped(server: SocketAddr) -> (SocketAddr, Receiver<Entry>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let addr = listener.local_addr().expect("it is bound");
    let (sender, seen) = mpsc::channel();
    thread::spawn(move || {
        // The test may have ended, and then nobody listens any more.
        tap::tcp::serve(&listener, server, move |entry| {
            let _ = sender.send(entry);
        })
    });
    (addr, seen)
}

/// Both ends of one connection, with a tap between them.
fn connected() -> (Peer, Peer, Receiver<Entry>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let addr = listener.local_addr().expect("it is bound");
    let (addr, seen) = tapped(addr);
    let client = Peer::connect(addr, Charset::Gb2312);
    let server = Peer::accept(&listener, Charset::Gb2312);
    (client, server, seen)
}

/// What the tap saw, up to that many ends of directions.
fn transcript(seen: &Receiver<Entry>, ends: usize) -> Transcript {
    let mut transcript = Transcript::of_stream(Charset::Gb2312);
    let mut left = ends;
    while left > 0 {
        let entry = seen.recv().expect("the tap runs");
        left -= usize::from(!matches!(entry.event, Event::Bytes(_)));
        transcript.push(entry);
    }
    transcript
}

#[test]
fn bytes_and_half_closes_cross() {
    within(DEADLINE, || {
        let (mut client, mut server, seen) = connected();
        client.send(b"\xbc\xd3");
        server.receive(2);
        client.send(b"\xd3\xcd");
        client.half_close();
        assert_eq!(server.receive_to_end(), b"\xd3\xcd");
        // The client has ended its side and still hears every word.
        server.send(b"one ");
        client.receive(4);
        server.send(b"two");
        let server = server.close();
        assert_eq!(client.receive_to_end(), b"two");
        let client = client.close();
        let tap = transcript(&seen, 2);
        assert_eq!(tap, client);
        assert_eq!(tap, server);
        assert_transcript!("tap_tcp", tap);
    });
}

#[test]
fn megabytes_cross_in_both_directions_at_once() {
    within(DEADLINE, || {
        let (mut client, mut server, _seen) = connected();
        let bytes: Vec<u8> = (0..=255).cycle().take(4 << 20).collect();
        let (there, back) = (bytes.clone(), bytes);
        let serving = thread::spawn(move || {
            let got = server.receive(there.len());
            server.send(&got);
            server.half_close();
            (got == there, server.receive_to_end())
        });
        client.send(&back);
        let got = client.receive(back.len());
        assert!(got == back, "each byte in its place");
        assert_eq!(client.receive_to_end(), b"");
        drop(client.close());
        assert_eq!(serving.join().expect("no panic"), (true, Vec::new()));
    });
}

#[test]
fn a_reset_by_the_server_reaches_the_client() {
    within(DEADLINE, || {
        let (mut client, mut server, seen) = connected();
        client.send(b"hi");
        server.receive(2);
        server.send(b"half");
        client.receive(4);
        let server = server.reset();
        client.receive_to_end();
        let tap = transcript(&seen, 1);
        assert_eq!(tap, server);
        let last = Entry::new("server", "client", Event::Reset);
        assert_eq!(tap.entries().last(), Some(&last));
        let client = client.close();
        assert_eq!(client.entries()[..3], tap.entries()[..3]);
    });
}

#[test]
fn a_reset_by_the_client_reaches_the_server() {
    within(DEADLINE, || {
        let (mut client, mut server, seen) = connected();
        client.send(b"hi");
        server.receive(2);
        let client = client.reset();
        server.receive_to_end();
        let tap = transcript(&seen, 1);
        assert_eq!(tap, client);
        let last = Entry::new("client", "server", Event::Reset);
        assert_eq!(tap.entries().last(), Some(&last));
        let server = server.close();
        assert_eq!(server.entries()[..2], tap.entries()[..]);
    });
}

/// The server's bytes are on their way when the client aborts: whichever pump
/// hears of it first, it stays an abort.
#[test]
fn a_reset_is_never_taken_for_an_end() {
    within(DEADLINE, || {
        for _ in 0..100 {
            let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
            let addr = listener.local_addr().expect("it is bound");
            let (addr, seen) = tapped(addr);
            let mut client = Peer::connect(addr, Charset::Gb2312);
            let (mut stream, _) = listener.accept().expect("the tap connects");
            let sending =
                thread::spawn(
                    move || {
                        while stream.write_all(&[b'x'; 4096]).is_ok() {}
                    },
                );
            client.receive(1);
            drop(client.reset());
            let tap = transcript(&seen, 1);
            let last = Entry::new("client", "server", Event::Reset);
            assert_eq!(tap.entries().last(), Some(&last));
            sending.join().expect("no panic");
            let more = seen.try_iter().find(|entry| entry.event == Event::Eof);
            assert_eq!(more, None);
        }
    });
}

/// The way to the server is full when the client aborts, so that bytes are
/// still on their way in the tap: an abort overtakes them.
#[test]
fn nothing_follows_a_reset() {
    within(DEADLINE, || {
        let [taps, servers] = ["127.0.0.1:0"; 2]
            .map(|any| TcpListener::bind(any).expect("a free port"));
        let [tap, server] = [&taps, &servers]
            .map(|listener| listener.local_addr().expect("it is bound"));
        let mut client = TcpStream::connect(tap).expect("it listens");
        let (relayed, _) = taps.accept().expect("the client");
        let (sender, seen) = mpsc::channel();
        let relaying = thread::spawn(move || {
            let observe = |entry: Entry| drop(sender.send(entry.event));
            tap::tcp::relay(relayed, "client".into(), server, &observe);
        });
        let (mut server, _) = servers.accept().expect("the tap");
        client.set_nonblocking(true).expect("it can be");
        while client.write(&[b'x'; 4096]).is_ok() {}
        tap::tcp::reset(client);
        // The tap cannot pass it on, and so hears of the abort here, unless it
        // has heard already, and has told us.
        let written = server.write_all(b"?");
        let is_bytes = |event: &Event| matches!(event, Event::Bytes(_));
        let end = seen.iter().find(|event| !is_bytes(event));
        assert_eq!(end, Some(Event::Reset));
        // Now there is room again for what was on its way.
        let mut rest = Vec::new();
        let error = written
            .and_then(|()| server.read_to_end(&mut rest))
            .expect_err("an abort");
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        relaying.join().expect("no panic");
        assert_eq!(seen.iter().count(), 0, "something follows");
    });
}

/// One client too many meets a reset, and the others do not notice.
#[test]
fn has_room_for_a_bounded_number_of_clients() {
    within(DEADLINE, || {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let addr = listener.local_addr().expect("it is bound");
        let (addr, seen) = tapped(addr);
        let connect = || {
            let client = Peer::connect(addr, Charset::Gb2312);
            (client, Peer::accept(&listener, Charset::Gb2312))
        };
        let mut ends: Vec<_> = (0..32).map(|_| connect()).collect();
        let mut client = Peer::connect(addr, Charset::Gb2312);
        client.receive_to_end();
        drop(client);
        let refused = Entry::new("server", "client 33", Event::Refused);
        assert_eq!(seen.recv().expect("the tap runs"), refused);
        let (client, server) = &mut ends[0];
        client.send(b"still here");
        assert_eq!(server.receive(10), b"still here");
    });
}

/// The client was connected before the tap knew, so it meets a reset.
#[test]
fn a_server_that_is_not_there_is_written_down() {
    within(DEADLINE, || {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let nobody = listener.local_addr().expect("it is bound");
        drop(listener);
        let (addr, seen) = tapped(nobody);
        let mut client = Peer::connect(addr, Charset::Gb2312);
        client.receive_to_end();
        let reset = Entry::new("server", "client", Event::Reset);
        assert_eq!(client.close().entries()[0], reset);
        let refused = Entry::new("server", "client", Event::Refused);
        assert_eq!(seen.recv().expect("the tap runs"), refused);
    });
}
