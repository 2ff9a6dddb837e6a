//! The tap on UDP: datagrams cross whole, each answer to its own client.

use std::{
    net::UdpSocket,
    sync::{Arc, Mutex},
    thread,
};

use common::{Charset, Event, Transcript, tap};
use testkit::{DEADLINE, Datagrams, assert_transcript, within};

#[test]
fn borders_cross_and_answers_find_their_way() {
    within(DEADLINE, || {
        let new = || Transcript::of_datagrams(Charset::Utf8);
        let (ends, seen) =
            (Arc::new(Mutex::new(new())), Arc::new(Mutex::new(new())));
        let server = Datagrams::bind("server", &Arc::new(Mutex::new(new())));
        let first = Datagrams::bind("client", &ends);
        let second = Datagrams::bind("client 2", &ends);
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        let tap = socket.local_addr().expect("it is bound");
        let (to, record) = (server.addr(), Arc::clone(&seen));
        thread::spawn(move || {
            tap::udp::serve(socket, to, move |entry| {
                record.lock().expect("no panic").push(entry);
            })
        });
        for (client, text) in
            [(&first, "一"), (&second, "two"), (&first, ""), (&second, "four")]
        {
            client.send(text.as_bytes(), "server", tap);
            let (datagram, from) = server.receive("client");
            assert_eq!(datagram, text.as_bytes());
            server.send(&datagram, "client", from);
            client.receive("server");
        }
        // A long one, too: macOS sends no longer ones unless told to.
        let long = vec![b'x'; 9216];
        first.send(&long, "server", tap);
        assert_eq!(server.receive("client").0, long);
        let seen = seen.lock().expect("no panic");
        assert_eq!(*seen, *ends.lock().expect("no panic"));
        assert_transcript!("tap_udp", seen);
    });
}

/// Each new client costs a socket: past the bound it is written down, and those
/// who are there are served on.
#[test]
fn has_room_for_a_bounded_number_of_clients() {
    within(DEADLINE, || {
        let new =
            || Arc::new(Mutex::new(Transcript::of_datagrams(Charset::Utf8)));
        let server = Datagrams::bind("server", &new());
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        let tap = socket.local_addr().expect("it is bound");
        let (to, (sender, seen)) = (server.addr(), std::sync::mpsc::channel());
        thread::spawn(move || {
            tap::udp::serve(socket, to, move |entry| {
                let _ = sender.send(entry.event);
            })
        });
        let clients: Vec<_> =
            (0..33).map(|_| Datagrams::bind("client", &new())).collect();
        let (last, others) = clients.split_last().expect("33");
        for client in others {
            client.send(b"hi", "server", tap);
            assert_eq!(
                seen.recv().expect("it runs"),
                Event::Bytes(b"hi".into())
            );
            server.receive("client");
        }
        last.send(b"hi", "server", tap);
        assert_eq!(seen.recv().expect("it runs"), Event::Refused);
        others[0].send(b"on", "server", tap);
        assert_eq!(server.receive("client").0, b"on");
    });
}

/// The tap's own socket is connected, so the kernel tells it that nobody is
/// there; the client hears nothing, as UDP has it.
#[test]
#[cfg(target_os = "linux")]
fn a_server_that_is_not_there_is_written_down() {
    within(DEADLINE, || {
        let nobody = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        let to = nobody.local_addr().expect("it is bound");
        drop(nobody);
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        let tap = socket.local_addr().expect("it is bound");
        let (sender, seen) = std::sync::mpsc::channel();
        thread::spawn(move || {
            tap::udp::serve(socket, to, move |entry| {
                let _ = sender.send(entry.event);
            })
        });
        let client = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        client.send_to(b"hello", tap).expect("sent");
        let hello = Event::Bytes(b"hello".to_vec());
        assert_eq!(seen.recv().expect("the tap runs"), hello);
        assert_eq!(seen.recv().expect("the tap runs"), Event::Refused);
    });
}
