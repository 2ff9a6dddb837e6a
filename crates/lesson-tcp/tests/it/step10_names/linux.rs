//! What takes Linux to see: addresses beyond 127.0.0.1, firewalls, routes.

use std::{
    net::{Ipv4Addr, SocketAddrV6},
    process::{self, Command},
};

use common::tap;
use lesson_tcp::step10_names::meaning;
use testkit::{Program, in_own_network};

use super::*;

/// All of 127.0.0.0/8 is this machine. Who listens on 127.0.0.1 does not hear
/// calls to 127.0.0.2; who listens on 0.0.0.0 hears them all.
#[test]
fn an_address_takes_calls_to_itself() {
    within(DEADLINE, || {
        let one = listen(loopback(), None).expect("a free port");
        let port = one.local_addr().expect("it is bound").port();
        let second = SocketAddr::from(([127, 0, 0, 2], port));
        let error = TcpStream::connect(second).expect_err("not its address");
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
        drop(one);

        let any = listen((Ipv4Addr::UNSPECIFIED, 0).into(), None);
        let any = any.expect("a free port");
        let port = any.local_addr().expect("it is bound").port();
        let second = SocketAddr::from(([127, 0, 0, 2], port));
        let _client = TcpStream::connect(second).expect("any address");
        let (stream, _) = any.accept().expect("a client");
        assert_eq!(stream.local_addr().expect("connected"), second);
        // Nobody's address to call; here the kernel takes it for 127.0.0.1.
        let none = SocketAddr::from((Ipv4Addr::UNSPECIFIED, port));
        let client = TcpStream::connect(none).expect("Linux allows it");
        let server = client.peer_addr().expect("connected");
        assert_eq!(server.ip(), Ipv4Addr::LOCALHOST);
    });
}

/// 10.9.9.9 is this machine's, behind a firewall for three ports. Next door, in
/// 10.9.8.0/24, nobody is; beyond there is no way.
const DOORS: &str = "
    ip link set lo up
    ip address add 10.9.9.9/32 dev lo
    echo 1 >/proc/sys/net/ipv4/tcp_syn_retries
    ip link add near type veth peer name far
    ip link set far up
    ip link set near up
    ip address add 10.9.8.9/24 dev near
    echo 1 >/proc/sys/net/ipv4/neigh/near/mcast_solicit
    echo 10 >/proc/sys/net/ipv4/neigh/near/retrans_time_ms
    nft 'table inet doors { chain input {
        type filter hook input priority 0
        tcp dport 81 drop
        tcp dport 82 reject with icmpx host-unreachable
        tcp dport 83 reject with tcp reset
    }; }'";

#[test]
fn each_way_of_not_connecting() {
    let name = "step10_names::linux::each_way_of_not_connecting";
    let text = in_own_network(name, DOORS, || {
        within(DEADLINE, || {
            let listener = listen(loopback(), None).expect("a free port");
            let port = listener.local_addr().expect("it is bound").port();
            let other = Ipv4Addr::new(10, 9, 9, 9);
            let next_door = Ipv4Addr::new(10, 9, 8, 10);
            let beyond = Ipv4Addr::new(192, 0, 2, 1);
            let short = Duration::from_millis(200);
            let calls = [
                ("an open port", Ipv4Addr::LOCALHOST, port, PATIENCE),
                ("that port at another address", other, port, PATIENCE),
                ("a closed port", Ipv4Addr::LOCALHOST, 80, PATIENCE),
                ("a firewall that rejects", other, 83, PATIENCE),
                ("a firewall that drops", other, 81, short),
                ("the same, waited for", other, 81, PATIENCE),
                ("a router that cannot", other, 82, PATIENCE),
                ("next door, a machine that is off", next_door, 80, PATIENCE),
                ("no route", beyond, 80, PATIENCE),
            ];
            let mut text = String::new();
            for (what, ip, port, patience) in calls {
                let addr = SocketAddr::from((ip, port));
                let said = match TcpStream::connect_timeout(&addr, patience) {
                    Ok(_) => "connected".to_owned(),
                    Err(e) => format!("{}: {}", cli::plain(&e), meaning(&e)),
                };
                text += &format!("{what}\n  {said}\n");
            }
            // std reports the last address alone.
            let [closed, beyond] = [Ipv4Addr::LOCALHOST, beyond];
            for order in [[closed, beyond], [beyond, closed]] {
                let addrs = order.map(|ip| SocketAddr::from((ip, 80)));
                let error = TcpStream::connect(&addrs[..]).expect_err("none");
                let said = cli::plain(&error);
                let [first, second] = order;
                text += &format!("std, {first} then {second}\n  {said}\n");
            }
            text
        })
    });
    if let Some(text) = text {
        assert_transcript!("step10_names_doors", text);
    }
}

/// The client aborts between the handshake and `accept`. Linux hands the dead
/// connection out: its address is known to `accept` alone.
#[test]
fn a_socket_that_was_reset_before_accept() {
    within(DEADLINE, || {
        let listener = listen(loopback(), None).expect("a free port");
        let addr = listener.local_addr().expect("it is bound");
        let client = TcpStream::connect(addr).expect("it listens");
        let came_from = client.local_addr().expect("connected");
        tap::tcp::reset(client);
        // The reset may be on its way still: until it is here, all looks well.
        let (mut stream, peer) = listener.accept().expect("Linux does");
        assert_eq!(peer, came_from);
        let error = std::io::Read::read(&mut stream, &mut [0]);
        let error = error.expect_err("it was reset");
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        let error = stream.peer_addr().expect_err("there is no peer");
        assert_eq!(error.kind(), ErrorKind::NotConnected);
    });
}

/// Two connections may share three of their four parts, and not all four.
#[test]
fn four_parts_make_a_connection() {
    within(DEADLINE, || {
        let servers = [(); 2].map(|()| listen(loopback(), None).expect("free"));
        let [a, b] = servers.each_ref().map(|s| s.local_addr().expect("bound"));
        // An address that no other test uses, so that nobody has the port.
        let from = "127.0.10.1:0".parse::<SocketAddr>().expect("an address");
        let socket = |from: SocketAddr| {
            let socket = Socket::new(Domain::IPV4, Type::STREAM, None);
            let socket = socket.expect("a socket");
            socket.set_reuse_address(true).expect("it can be set");
            socket.bind(&from.into()).expect("it is ours");
            socket
        };
        let first = socket(from);
        let from = first.local_addr().expect("bound").as_socket();
        let from = from.expect("an IP address");
        let (second, third) = (socket(from), socket(from));
        first.connect(&a.into()).expect("it listens");
        second.connect(&b.into()).expect("another server");
        let error = third.connect(&a.into()).expect_err("there is one");
        assert_eq!(error.kind(), ErrorKind::AddrNotAvailable);
    });
}

/// Before `bind` or never. Without a word it is what this system begins with.
#[test]
fn only_v6_is_said_before_bind() {
    let socket = Socket::new(Domain::IPV6, Type::STREAM, None);
    let Ok(socket) = socket else {
        return skip("no IPv6 on this machine");
    };
    let begins = std::fs::read_to_string("/proc/sys/net/ipv6/bindv6only");
    let begins = begins.expect("it has IPv6").trim_end() == "1";
    assert_eq!(socket.only_v6().expect("a socket"), begins);
    socket.set_only_v6(false).expect("not bound yet");
    let any = SocketAddr::from((Ipv6Addr::LOCALHOST, 0));
    if socket.bind(&any.into()).is_err() {
        return skip("no IPv6 on this machine");
    }
    let late = socket.set_only_v6(true).expect_err("it is bound");
    assert_eq!(late.kind(), ErrorKind::InvalidInput);
}

/// A link-local address is one of several links: which, is part of it.
#[test]
fn a_link_local_address_needs_its_link() {
    let nowhere = SocketAddrV6::new("fe80::1".parse().unwrap(), 80, 0, 0);
    let error = TcpStream::connect_timeout(&nowhere.into(), PATIENCE);
    match error.expect_err("no scope") {
        e if e.raw_os_error() == Some(97) => skip("no IPv6 on this machine"),
        e => assert_eq!(e.kind(), ErrorKind::InvalidInput),
    }
}

/// `ss` names the program that has a port.
#[test]
fn who_has_the_port() {
    within(DEADLINE, || {
        let listener = listen(loopback(), None).expect("a free port");
        let addr = listener.local_addr().expect("it is bound").to_string();
        let mut ss = Command::new("env");
        ss.args(["PATH=/usr/bin:/usr/sbin:/bin:/sbin", "ss"]);
        ss.args(["-ltnpH", "src", &addr]);
        let told = Program::run(&mut ss, b"");
        if told.code == Some(127) {
            return skip("no ss");
        }
        assert!(told.stdout.starts_with("LISTEN"), "{told:?}");
        let own = format!("pid={},", process::id());
        assert!(told.stdout.contains(&own), "{told:?}");
    });
}
