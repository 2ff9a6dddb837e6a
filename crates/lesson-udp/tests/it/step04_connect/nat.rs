//! Two machines that each sit behind a NAT: five network namespaces.
//!
//! ```text
//! a 192.168.1.2 ─ NAT 198.51.100.2 ─┬─ 203.0.113.2 NAT ─ 192.168.1.2 b
//!                                   │
//!                 rendezvous 192.0.2.1, where this test runs
//! ```

mod peer;

use std::net::{SocketAddr, UdpSocket};

use testkit::{DEADLINE, Host, assert_transcript, in_own_network, sh, within};

use self::peer::Peer;

const TEST: &str = "step04_connect::nat::both_send_and_then_both_receive";

/// The way from one NAT to the other leads through here.
const INTERNET: &str = "
    ip link set lo up
    ip address add 192.0.2.1/32 dev lo
    echo 1 >/proc/sys/net/ipv4/ip_forward
    nft --version >/dev/null";

#[test]
fn both_send_and_then_both_receive() {
    if peer::is_one() {
        return peer::obey();
    }
    let found = in_own_network(TEST, INTERNET, || {
        within(DEADLINE, || punch() + &symmetric())
    });
    if let Some(text) = found {
        assert_transcript!("step04_connect_nat", text);
    }
}

/// One port outside for one inside, whoever it talks to: RFC 4787 calls it
/// "endpoint-independent mapping".
const ONE_PORT: &str = "oifname wan udp sport 4000 masquerade to :40001";

/// Another port for each destination, known as symmetric.
const SYMMETRIC: &str = "
    oifname wan ip daddr 192.0.2.1 udp sport 4000 masquerade to :40001
    oifname wan udp sport 4000 masquerade to :50001";

fn punch() -> String {
    let Net { a, b, server } = &Net::new(ONE_PORT);
    // Whoever is asked sees the address that answers get back to.
    let [at_a, at_b] = [a, b].map(|side| {
        side.peer.send(server.local_addr().expect("it is bound"), "hello");
        server.recv_from(&mut [0; 9]).expect("hello").1
    });
    // What somebody behind a NAT knows of itself is no use to the other.
    a.peer.send(peer::INSIDE, "b?");
    let (from, itself) = a.peer.receive();
    assert_eq!(from, peer::INSIDE);
    let stranger = UdpSocket::bind("192.0.2.1:0").expect("a free port");
    stranger.send_to(b"unasked", at_a).expect("sent");
    a.drops(1);
    let unasked = a.peer.look();

    // The rendezvous: each is told of the other, through the hole that it has
    // made itself.
    let told = [(a, at_a, at_b), (b, at_b, at_a)].map(|(side, to, other)| {
        let text = other.to_string();
        server.send_to(text.as_bytes(), to).expect("sent");
        side.peer.receive().1.parse::<SocketAddr>().expect("an address")
    });
    let [to_b, to_a] = told;
    a.peer.send(to_b, "one");
    b.drops(1);
    let one = b.peer.look();
    b.peer.send(to_a, "two");
    let two = a.peer.receive();
    a.peer.send(to_b, "three");
    let three = b.peer.receive();
    assert_eq!([two.0, three.0], [at_b, at_a]);
    // Now, for with a machine its wire goes some time after it.
    sh("ip link delete to-a; ip link delete to-b");
    format!(
        "a, at {inside}, is {at_a} to the server\n\
         b, at {inside}, is {at_b} to the server\n\
         a to {inside}:       a itself has {itself:?}\n\
         a stranger to a's mapping:   a has {unasked}, its NAT dropped it\n\
         the server tells each the other's mapping:\n\
         \x20 a to b, \"one\":             b has {one}, its NAT dropped it\n\
         \x20 b to a, \"two\":             a has {:?}\n\
         \x20 a to b, \"three\":           b has {:?}\n",
        two.1,
        three.1,
        inside = peer::INSIDE,
    )
}

/// The same, and what the server tells is of no use.
fn symmetric() -> String {
    let Net { a, b, server } = &Net::new(SYMMETRIC);
    let [to_a, to_b] = [a, b].map(|side| {
        side.peer.send(server.local_addr().expect("it is bound"), "hello");
        server.recv_from(&mut [0; 9]).expect("hello").1
    });
    a.peer.send(to_b, "one");
    b.drops(1);
    b.peer.send(to_a, "two");
    a.drops(1);
    a.peer.send(to_b, "three");
    b.drops(2);
    let [a, b] = [a, b].map(|side| side.peer.look());
    format!(
        "the same, with NATs that take a port for each destination:\n\
         \x20 a to b, b to a, a to b:    a has {a}, b has {b}\n",
    )
}

/// The two of them, and the one that both can reach.
struct Net {
    a: Side,
    b: Side,
    server: UdpSocket,
}

impl Net {
    fn new(mapping: &str) -> Self {
        Self {
            a: Side::new("to-a", "198.51.100", mapping),
            b: Side::new("to-b", "203.0.113", mapping),
            server: UdpSocket::bind("192.0.2.1:0").expect("a free port"),
        }
    }
}

/// A machine and its NAT. What is in a machine goes before the machine.
struct Side {
    peer: Peer,
    nat: Host,
    _inside: Host,
}

impl Side {
    fn new(name: &str, net: &str, mapping: &str) -> Self {
        let (nat, inside) = (Host::new(), Host::new());
        nat.wire(name, "wan");
        sh(&format!("ip address add {net}.1/24 dev {name}"));
        nat.sh(&format!(
            "ip link add lan type veth peer eth netns {}
             ip address add {net}.2/24 dev wan
             ip address add 192.168.1.1/24 dev lan
             ip link set lan up
             ip route add default via {net}.1
             echo 1 >/proc/sys/net/ipv4/ip_forward",
            inside.pid(),
        ));
        inside.sh("ip link set lo up
             ip address add 192.168.1.2/24 dev eth
             ip link set eth up
             ip route add default via 192.168.1.1
             until ip link show eth up | grep -q 'state UP'; do :; done");
        nat.sh("until ip link show lan up | grep -q 'state UP'; do :; done");
        // In comes what somebody inside has asked for, and nothing else.
        nat.sh(&format!(
            "nft 'table ip nat {{
                counter unasked {{ }}
                chain out {{
                    type nat hook postrouting priority srcnat
                    {mapping}
                }}
                chain in {{
                    type filter hook input priority filter
                    iifname wan ct state new counter name unasked drop
                }}
                chain through {{
                    type filter hook forward priority filter
                    iifname wan ct state new counter name unasked drop
                }}
            }}'",
        ));
        Self { peer: Peer::new(&inside), nat, _inside: inside }
    }

    /// Waits until the NAT has dropped so many.
    fn drops(&self, count: usize) {
        let dropped = format!("packets {count} ");
        while !self.nat.sh("nft list counter ip nat unasked").contains(&dropped)
        {
        }
    }
}
