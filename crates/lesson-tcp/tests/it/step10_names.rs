//! Step 10: who can call which address, what a name stands for, and what the
//! errors of `connect` mean.

#[cfg(target_os = "linux")]
mod linux;
mod programs;
mod sockets;

use std::{
    io::{self, ErrorKind},
    net::{IpAddr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, UdpSocket},
    time::Duration,
};

use common::{Charset, cli};
use lesson_tcp::step10_names::{connect, hear, listen, resolve, serve_next};
use socket2::{Domain, Socket, Type};
use testkit::{DEADLINE, Peer, assert_transcript, skip, within};

use crate::conversations::loopback;

/// Longer than any of these conversations takes on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A socket that has an address and does not listen.
fn bound(addr: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&addr.into())?;
    Ok(socket)
}

/// An address at which nobody listens: the socket keeps it from other tests.
fn closed() -> (Socket, SocketAddr) {
    let socket = bound(loopback()).expect("a free port");
    let addr = socket.local_addr().expect("it is bound").as_socket();
    (socket, addr.expect("an IP address"))
}

#[test]
fn tells_a_client_both_addresses() {
    within(DEADLINE, || {
        let listener = listen(loopback(), None).expect("a free port");
        let addr = listener.local_addr().expect("it is bound");
        let mut client = Peer::connect(addr, Charset::Utf8);
        serve_next(&listener, &mut |peer, called| {
            assert_eq!(peer, client.addr());
            assert_eq!(called.expect("it is there"), addr);
        })
        .expect("accept works");
        client.receive_to_end();
        assert_transcript!("step10_names", client.close());
    });
}

/// Neither a silent server nor one without end keeps the client, and what came
/// is not lost.
#[test]
fn hears_for_so_long_and_so_much() {
    within(DEADLINE, || {
        let listener = TcpListener::bind(loopback()).expect("a free port");
        let addr = listener.local_addr().expect("it is bound");
        let stream = TcpStream::connect(addr).expect("it listens");
        let mut server = Peer::accept(&listener, Charset::Utf8);
        let mut reply = Vec::new();
        server.send(b"you");
        // It may be on its way still.
        stream.peek(&mut [0]).expect("bytes come");
        let short = Duration::from_millis(50);
        let error = hear(&stream, short, &mut reply).expect_err("no more");
        assert_eq!(cli::plain(&error), "timed out");
        assert_eq!(reply, b"you");
        server.send(&[b'x'; 2000]);
        hear(&stream, PATIENCE, &mut reply).expect("it has heard enough");
        assert_eq!(reply.len(), 3 + 1024);
    });
}

#[test]
fn two_families() {
    let lo6 = |port| SocketAddr::from((Ipv6Addr::LOCALHOST, port));
    if TcpListener::bind(lo6(0)).is_err() {
        return skip("this machine has no IPv6");
    }
    within(DEADLINE, move || {
        let mut text = String::new();
        // At [::] all of the machine hears: only for as long as this test.
        for (at, only_v6) in [("::1", true), ("::", false), ("::", true)] {
            let at: IpAddr = at.parse().expect("an address");
            let (listener, _held) = listen_apart((at, 0).into(), only_v6);
            let port = listener.local_addr().expect("it is bound").port();
            text += &format!("listening on {at}, IPV6_V6ONLY {only_v6}\n");
            for addr in [lo6(port), ([127, 0, 0, 1], port).into()] {
                let client = TcpStream::connect_timeout(&addr, PATIENCE);
                let told = match client {
                    Err(error) => cli::plain(&error),
                    Ok(_) => accepted_from(&listener),
                };
                text += &format!("  a client calls {}: {told}\n", addr.ip());
            }
        }
        assert_transcript!("step10_names_two_families", text);
    });
}

/// A listener whose port no other test has in IPv4, where it has it not itself.
fn listen_apart(
    at: SocketAddr,
    only_v6: bool,
) -> (TcpListener, Option<Socket>) {
    loop {
        let listener = listen(at, Some(only_v6)).expect("a free port");
        if !only_v6 {
            return (listener, None);
        }
        let port = listener.local_addr().expect("it is bound").port();
        if let Ok(held) = bound(([127, 0, 0, 1], port).into()) {
            return (listener, Some(held));
        }
    }
}

/// Whom a listener believes to have accepted.
fn accepted_from(listener: &TcpListener) -> String {
    let (_, peer) = listener.accept().expect("it has connected");
    let (raw, v4) = (peer.ip(), peer.ip().to_canonical());
    if raw == v4 {
        return format!("accepted, from {raw}");
    }
    format!("accepted, from {raw}, which is {v4}")
}

/// What `bind` takes is the first address that works, and that alone; `connect`
/// goes through all.
#[test]
fn bind_takes_one_address_and_connect_tries_all() {
    within(DEADLINE, || {
        let (_held, closed) = closed();
        // Two loopback addresses stand for the two that "localhost" has.
        let free = loopback();
        // Nobody has this one (RFC 5737), so no socket can be bound to it.
        let foreign = SocketAddr::from(([192, 0, 2, 1], 0));
        let listener = TcpListener::bind(&[foreign, free][..]).expect("second");
        let addr = listener.local_addr().expect("it is bound");
        assert_eq!(addr.ip(), free.ip());
        let both = TcpListener::bind(&[free, foreign][..]).expect("first");
        assert_eq!(both.local_addr().expect("bound").ip(), free.ip());

        let stream = TcpStream::connect(&[closed, addr][..]).expect("second");
        assert_eq!(stream.peer_addr().expect("connected"), addr);
        let mut failures = Vec::new();
        let mut failed =
            |addr, error: &_| failures.push((addr, cli::plain(error)));
        let stream = connect(&[closed, addr], PATIENCE, &mut failed);
        let stream = stream.expect("the second one answers");
        assert_eq!(stream.peer_addr().expect("connected"), addr);
        assert_eq!(failures, [(closed, "connection refused".to_owned())]);
    });
}

#[test]
fn every_address_that_fails_is_told() {
    within(DEADLINE, || {
        let mut failures = Vec::new();
        let held = [(); 2].map(|()| closed());
        let closed = held.each_ref().map(|(_, addr)| *addr);
        let mut failed =
            |addr, error: &_| failures.push((addr, cli::plain(error)));
        let error =
            connect(&closed, PATIENCE, &mut failed).expect_err("closed");
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
        let refused = |addr| (addr, "connection refused".to_owned());
        assert_eq!(failures, closed.map(refused));
        let error = connect(&[], PATIENCE, &mut |_, _| {}).expect_err("none");
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    });
}

#[test]
fn a_name_is_not_an_address() {
    let parsed = "localhost:8080".parse::<SocketAddr>();
    let error = parsed.expect_err("it asks nobody").to_string();
    let mut text = format!("\"localhost:8080\" as SocketAddr: {error}\n");
    let error = TcpStream::connect("127.0.0.1").expect_err("no port");
    text += &format!("connect to \"127.0.0.1\": {error}\n");
    let error = "fe80::1%3".parse::<Ipv6Addr>().expect_err("has a scope");
    text += &format!("\"fe80::1%3\" as Ipv6Addr: {error}\n");
    let scoped: SocketAddr = "[fe80::1%3]:80".parse().expect("an address");
    text += &format!("\"[fe80::1%3]:80\" as SocketAddr: {scoped}\n");
    assert_transcript!("step10_names_parsed", text);

    let addrs = resolve("localhost:8080").expect("every machine has it");
    assert!(addrs.iter().all(|a| a.ip().is_loopback() && a.port() == 8080));
    assert_eq!(resolve("[::1]:80").expect("a literal").len(), 1);
    let error = resolve("localhost").expect_err("no port");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

/// Port 0 asks for any free one. Without `bind` the kernel picks one as well.
#[test]
fn port_0_is_a_free_one() {
    within(DEADLINE, || {
        let listener = listen(loopback(), None).expect("a free port");
        let addr = listener.local_addr().expect("it is bound");
        assert_ne!(addr.port(), 0);
        let client = TcpStream::connect(addr).expect("it listens");
        assert_ne!(client.local_addr().expect("connected").port(), 0);
    });
}

/// A TCP port and a UDP port are two things with one number.
#[test]
fn tcp_and_udp_ports_are_apart() {
    within(DEADLINE, || {
        // Another test may have that UDP port at this moment: then the next.
        let both = std::iter::repeat_with(|| {
            let tcp = TcpListener::bind(loopback()).expect("a free port");
            let addr = tcp.local_addr().expect("it is bound");
            UdpSocket::bind(addr).map(|udp| (tcp, udp))
        });
        let (tcp, udp) = both.flatten().next().expect("it goes on for ever");
        assert_eq!(
            tcp.local_addr().expect("it is bound"),
            udp.local_addr().expect("it is bound")
        );
    });
}
