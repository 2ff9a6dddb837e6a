//! What becomes of a datagram below UDP: in a network of the test's own, whose
//! packets are no longer than an Ethernet's.

mod checksums;
mod path;

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
    time::Duration,
};

use lesson_udp::step02_messages::{
    SAFE, UNFRAGMENTED_V4, UNFRAGMENTED_V6, longest,
};
use testkit::{
    DEADLINE, Program, counter, in_own_network, nft, python, skip, within,
};

pub(super) use self::{checksums::checksums, path::narrow};

/// IPv6 is there, and the time that a kernel waits for missing fragments is one
/// second instead of 30.
const NETWORK: &str = "
    ip link set lo mtu 1500 up
    cat /proc/net/if_inet6 >/dev/null
    echo 1 >/proc/sys/net/ipv4/ipfrag_time
    nft -v >/dev/null";

/// Runs the experiment in such a network, for the test of that path.
pub(super) fn in_network(
    test: &str,
    experiment: fn() -> String,
) -> Option<String> {
    if python().is_none() {
        skip("no Python 3");
        return None;
    }
    in_own_network(test, NETWORK, || within(DEADLINE, experiment))
}

pub(super) fn fragments() -> String {
    let v4 = receiver(Ipv4Addr::LOCALHOST.into());
    let v6 = receiver(Ipv6Addr::LOCALHOST.into());
    let mut text =
        "Packets of 1500 bytes. One send of so many bytes becomes:\n\
         \x20 bytes  IPv4          IPv6\n"
            .to_owned();
    for length in [
        SAFE,
        UNFRAGMENTED_V6,
        UNFRAGMENTED_V6 + 1,
        UNFRAGMENTED_V4,
        UNFRAGMENTED_V4 + 1,
        4000,
        longest(v4.1),
    ] {
        let [v4, v6] =
            [packets("Ip", &v4, length), packets("Ip6", &v6, length)];
        text += &format!("  {length:<5}  {v4:<12}  {v6}\n");
    }
    text += "and one receive gives all of it.\n";
    text += "Fragments are forbidden (IP_PMTUDISC_DO):\n";
    text += &unfragmented("IPv4", &v4, UNFRAGMENTED_V4);
    text += &unfragmented("IPv6", &v6, UNFRAGMENTED_V6);
    text += &one_lost(&v4);
    text
}

fn receiver(ip: IpAddr) -> (UdpSocket, SocketAddr) {
    let socket = UdpSocket::bind((ip, 0)).expect("a free port");
    let addr = socket.local_addr().expect("it is bound");
    (socket, addr)
}

fn send(length: usize, to: SocketAddr) {
    let sender = UdpSocket::bind((to.ip(), 0)).expect("a free port");
    let sent = sender.send_to(&vec![b'x'; length], to).expect("sent");
    assert_eq!(sent, length);
}

/// The number of bytes that the next receive gives.
fn receive(socket: &UdpSocket) -> usize {
    let mut buffer = vec![0; 65_535];
    socket.recv_from(&mut buffer).expect("it comes").0
}

/// What one datagram goes through the wire as.
fn packets(
    group: &str,
    (socket, addr): &(UdpSocket, SocketAddr),
    length: usize,
) -> String {
    let fragments = counter(group, "FragCreates");
    let whole = counter(group, "ReasmOKs");
    send(length, *addr);
    assert_eq!(receive(socket), length);
    match counter(group, "FragCreates") - fragments {
        0 => "1 packet".to_owned(),
        many => {
            assert_eq!(counter(group, "ReasmOKs") - whole, 1);
            format!("{many} fragments")
        }
    }
}

/// What a sender is told that forbids fragments. (The option has no name in std
/// or socket2, but in Python it needs none.)
fn unfragmented(
    name: &str,
    (socket, addr): &(UdpSocket, SocketAddr),
    most: usize,
) -> String {
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/peers/dont_fragment.py"
    );
    let mut python = python().expect("it is there, or we would not be here");
    python.args([script, &addr.ip().to_string(), &addr.port().to_string()]);
    python.args([most.to_string(), (most + 1).to_string()]);
    let ended = Program::run(&mut python, b"");
    assert_eq!(ended.stderr, "");
    assert_eq!(receive(socket), most);
    format!("  {name}: {}\n", ended.stdout.trim_end().replace('\n', ", "))
}

/// The second of three fragments vanishes: its place in the datagram is at
/// 1480, which is 185 eights.
fn one_lost((socket, addr): &(UdpSocket, SocketAddr)) -> String {
    nft("table ip wire { chain before {
            type filter hook prerouting priority -500
            ip frag-off & 0x1fff == 185 drop
        }; }");
    send(4000, *addr);
    send(1400, *addr);
    let next = receive(socket);
    // The two others wait for it, until their time is over.
    let short = Duration::from_millis(20);
    socket.set_read_timeout(Some(short)).expect("more than zero");
    while counter("Ip", "ReasmFails") == 0 {
        socket.recv_from(&mut [0; 9]).expect_err("nothing more comes");
    }
    let timeouts = counter("Ip", "ReasmTimeout");
    let fails = counter("Ip", "ReasmFails");
    format!(
        "The second of three fragments gets lost:\n\
         \x20 sent 4000 bytes, then 1400; received {next}\n\
         \x20 after a while: ReasmTimeout {timeouts}, ReasmFails {fails}\n",
    )
}
