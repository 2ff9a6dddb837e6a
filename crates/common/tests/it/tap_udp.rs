//! The tap on UDP: datagrams cross whole, each answer to its own client.

use std::{
    net::UdpSocket,
    sync::{Arc, Mutex},
    thread,
};

use common::{Charset, Transcript, tap};
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

/// Each new client costs a socket and threads. One more than there is room for,
/// and the one that has been silent for longest is forgotten: to the server it
/// is somebody new when it comes back.
#[test]
fn forgets_who_has_been_silent_for_longest() {
    within(DEADLINE, || {
        let new =
            || Arc::new(Mutex::new(Transcript::of_datagrams(Charset::Utf8)));
        let server = Datagrams::bind("server", &new());
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        let tap = socket.local_addr().expect("it is bound");
        let (to, (sender, seen)) = (server.addr(), std::sync::mpsc::channel());
        thread::spawn(move || {
            tap::udp::serve(socket, to, move |entry| {
                let _ = sender.send(entry.from);
            })
        });
        let ask = |client: &Datagrams| {
            client.send(b"hi", "server", tap);
            let name = seen.recv().expect("it runs");
            let (_, from) = server.receive("client");
            (name, from)
        };
        let clients: Vec<_> =
            (0..33).map(|_| Datagrams::bind("client", &new())).collect();
        let (last, others) = clients.split_last().expect("33");
        let places: Vec<_> = others.iter().map(ask).collect();
        // The first comes again, so the second is the one to go.
        assert_eq!(ask(&others[0]), places[0]);
        assert_eq!(ask(last).0, "client 33");
        assert_eq!(ask(&others[0]), places[0]);
        assert_eq!(ask(&others[2]), places[2]);
        assert_eq!(ask(&others[1]).0, "client 34");
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
        let hello = common::Event::Bytes(b"hello".to_vec());
        assert_eq!(seen.recv().expect("the tap runs"), hello);
        assert_eq!(seen.recv().expect("the tap runs"), common::Event::Refused);
    });
}

/// A firewall that refuses, and later does not: what it says is written down,
/// and then datagrams cross again, in both directions.
#[test]
#[cfg(target_os = "linux")]
fn a_firewall_ends_nothing() {
    const UP: &str = "ip link set lo up; nft --version >/dev/null";
    let test = "tap_udp::a_firewall_ends_nothing";
    let experiment = || within(DEADLINE, behind_a_firewall);
    if let Some(seen) = testkit::in_own_network(test, UP, experiment) {
        assert_transcript!("tap_udp_firewall", seen);
    }
}

#[cfg(target_os = "linux")]
fn behind_a_firewall() -> String {
    let bind = || UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let (server, socket, client) = (bind(), bind(), bind());
    let to = server.local_addr().expect("it is bound");
    let tap = socket.local_addr().expect("it is bound");
    let (sender, seen) = std::sync::mpsc::channel();
    thread::spawn(move || {
        tap::udp::serve(socket, to, move |entry| {
            let _ = sender.send(entry.show(Charset::Utf8));
        })
    });
    let mut lines = Vec::new();
    let port = to.port();
    testkit::nft(&format!(
        "table inet wall {{ chain input {{
            type filter hook input priority 0
            udp dport {port} reject with icmp type admin-prohibited
        }}; }}"
    ));
    client.send_to(b"one", tap).expect("sent");
    lines.extend([(); 2].map(|()| seen.recv().expect("it runs")));
    testkit::nft("delete table inet wall");
    client.send_to(b"two", tap).expect("sent");
    lines.push(seen.recv().expect("it runs"));
    let mut buffer = [0; 9];
    let (length, from) = server.recv_from(&mut buffer).expect("it comes");
    assert_eq!(buffer[..length], *b"two");
    server.send_to(b"ok", from).expect("sent");
    lines.push(seen.recv().expect("it runs"));
    let length = client.recv(&mut buffer).expect("it comes");
    assert_eq!(buffer[..length], *b"ok");
    lines.join("\n") + "\n"
}
