//! What joining a group does and does not do, in a network that has `lo` alone.

use std::{
    io,
    net::{Ipv6Addr, SocketAddr, SocketAddrV6},
};

use common::cli;
use lesson_udp::step05_many::{join, leave};
use socket2::SockRef;
use testkit::{in_own_network, sh};

use super::{sharing::bind, *};

/// IPv6 has a route for groups on each interface, but not on `lo`; one that is
/// not local would not be taken there.
const LO: &str = "
    ip link set lo up
    ip -6 route add local ff00::/8 dev lo table local";

/// Runs the same for a group of each family, and expects the same.
fn in_both_families(
    test: &str,
    network: &str,
    experiment: fn(Many) -> String,
) -> Option<String> {
    let test = format!("step05_many::groups::{test}");
    in_own_network(&test, network, || {
        within(DEADLINE, move || {
            let four = experiment(group(0));
            let six = experiment(group_v6(0, 1));
            assert_eq!(four, six, "the families differ");
            four
        })
    })
}

/// On a link (RFC 4291 §2.7), not registered with anybody (RFC 3307 §4.3).
pub(super) fn group_v6(port: u16, interface: u32) -> Many {
    let ip = Ipv6Addr::new(0xff12, 0, 0, 0, 0, 0, 0x8005, 1);
    Many::GroupV6(SocketAddrV6::new(ip, port, 0, interface))
}

/// This machine's own address, and "any", in the family of `many`.
fn ours(many: Many) -> (SocketAddr, SocketAddr) {
    match many {
        Many::GroupV6(_) => {
            ((Ipv6Addr::LOCALHOST, 0).into(), (Ipv6Addr::UNSPECIFIED, 0).into())
        }
        _ => (loopback(), (Ipv4Addr::UNSPECIFIED, 0).into()),
    }
}

/// A socket that is not a member of anything, and `many` with its port.
fn outsider(mut many: Many) -> (UdpSocket, Many) {
    let shared = |socket: &socket2::Socket| socket.set_reuse_address(true);
    let socket = bind(ours(many).1, shared).expect("a free port");
    many.set_port(socket.local_addr().expect("it is bound").port());
    (socket, many)
}

fn says(result: io::Result<()>) -> String {
    match result {
        Ok(()) => "done".to_owned(),
        Err(error) => cli::plain(&error),
    }
}

/// Sends to the group: what the socket hears of it.
fn hears(socket: &UdpSocket, many: Many, patience: Duration) -> String {
    let sender = bind_asking(many, 1).expect("a free port");
    sender.send_to(b"x", many.addr()).expect("there is a route");
    if comes(socket, patience) { "it comes" } else { "nothing comes" }
        .to_owned()
}

fn all_off(socket: &UdpSocket, many: Many) {
    let socket = SockRef::from(socket);
    match many {
        Many::GroupV6(_) => socket.set_multicast_all_v6(false),
        _ => socket.set_multicast_all_v4(false),
    }
    .expect("Linux has it");
}

#[test]
fn who_joins_hears() {
    let text = in_both_families("who_joins_hears", LO, |many| {
        let (socket, many) = outsider(many);
        let mut text = "A socket that is bound to any address:\n".to_owned();
        let mut tell = |what: &str, said: String| {
            text += &format!("  {what:<32} {said}\n");
        };
        tell("to a group it has not joined", hears(&socket, many, SHORT));
        tell("join", says(join(&socket, many)));
        tell("to the group", hears(&socket, many, PATIENCE));
        tell("join once more", says(join(&socket, many)));
        tell("leave", says(leave(&socket, many)));
        tell("to the group", hears(&socket, many, SHORT));
        tell("leave once more", says(leave(&socket, many)));
        let member = bind_asked(many).expect("it can be shared");
        tell("another program joins", "done".to_owned());
        tell("to the group", hears(&socket, many, PATIENCE));
        all_off(&socket, many);
        tell("IP_MULTICAST_ALL off", "done".to_owned());
        tell("to the group", hears(&socket, many, SHORT));
        drop(member);
        text
    });
    if let Some(text) = text {
        assert_transcript!("step05_many_groups", text);
    }
}

/// A socket that is bound to the group gets nothing that was sent to the
/// machine itself.
#[test]
fn bound_to_the_group_is_a_filter() {
    in_both_families("bound_to_the_group_is_a_filter", LO, |many| {
        let (mine, _) = ours(many);
        let sender = UdpSocket::bind(mine).expect("a free port");
        for (bound, expected) in [(false, true), (true, false)] {
            let (socket, many) = if bound {
                asked(many)
            } else {
                let (socket, many) = outsider(many);
                join(&socket, many).expect("lo is there");
                (socket, many)
            };
            let to = (mine.ip(), many.addr().port());
            sender.send_to(b"x", to).expect("sent");
            let waits = if expected { PATIENCE } else { SHORT };
            assert_eq!(comes(&socket, waits), expected);
            assert_eq!(hears(&socket, many, PATIENCE), "it comes");
        }
        String::new()
    });
}

/// Which interface is not said, and there is no route to choose one by.
#[test]
fn no_route_is_no_interface() {
    let up = "ip link set lo up";
    let text = in_both_families("no_route_is_no_interface", up, |many| {
        let anywhere = match many {
            Many::GroupV4(group, _) => {
                Many::GroupV4(group, Ipv4Addr::UNSPECIFIED)
            }
            _ => group_v6(0, 0),
        };
        let (socket, anywhere) = outsider(anywhere);
        let joined = join(&socket, anywhere).expect_err("no interface");
        assert_eq!(joined.raw_os_error(), Some(19), "ENODEV");
        let sender = bind_asking(anywhere, 1).expect("a free port");
        let sent = sender.send_to(b"x", anywhere.addr());
        let sent = sent.expect_err("no route");
        assert_eq!(sent.kind(), ErrorKind::NetworkUnreachable);
        format!(
            "join:   no such device (ENODEV)\nsendto: {} (ENETUNREACH)\n",
            cli::plain(&sent)
        )
    });
    if let Some(text) = text {
        assert_transcript!("step05_many_no_route", text);
    }
}

/// One can join an IPv6 group on `lo`. There is no way to send to it.
#[test]
fn lo_carries_no_ipv6_groups() {
    let name = "step05_many::groups::lo_carries_no_ipv6_groups";
    in_own_network(name, "ip link set lo up", || {
        let (_member, many) = asked(group_v6(0, 1));
        let sender = bind_asking(many, 1).expect("a free port");
        let sent = sender.send_to(b"x", many.addr()).expect_err("no route");
        assert_eq!(sent.kind(), ErrorKind::NetworkUnreachable);
        String::new()
    });
}

/// The kernel takes a group's address for a group, and nothing else.
#[test]
fn only_groups_can_be_joined() {
    in_both_families("only_groups_can_be_joined", LO, |many| {
        let (socket, _) = outsider(many);
        let (mine, _) = ours(many);
        let one = match mine {
            SocketAddr::V4(addr) => Many::GroupV4(addr, Ipv4Addr::LOCALHOST),
            SocketAddr::V6(mut addr) => {
                addr.set_scope_id(1);
                Many::GroupV6(addr)
            }
        };
        let error = join(&socket, one).expect_err("not a group");
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        String::new()
    });
}

/// The interface is chosen when one joins, by the routes of that moment; `ip
/// maddr` shows which it was.
#[test]
fn the_route_chooses_the_interface() {
    let name = "step05_many::groups::the_route_chooses_the_interface";
    let network = "
        ip link set lo up
        ip link add near type veth peer far
        ip address add 10.9.5.1/24 dev near
        ip link set near up
        ip link set far up
        ip route add 239.0.0.0/8 dev near";
    in_own_network(name, network, || {
        within(DEADLINE, || {
            let (socket, _) = outsider(group(0));
            let group = Ipv4Addr::new(239, 255, 80, 5);
            let anywhere = Ipv4Addr::UNSPECIFIED;
            let is_in = |interface: &str| {
                let shown = sh(&format!("ip maddr show dev {interface}"));
                shown.contains("239.255.80.5")
            };
            socket.join_multicast_v4(&group, &anywhere).expect("a route");
            assert!(is_in("near") && !is_in("lo"));
            socket.leave_multicast_v4(&group, &anywhere).expect("joined");
            assert!(!is_in("near"));
            // The more special route wins.
            sh("ip route add 239.255.0.0/16 dev lo");
            socket.join_multicast_v4(&group, &anywhere).expect("a route");
            assert!(!is_in("near") && is_in("lo"));
            String::new()
        })
    });
}

/// An address on a link is no address without the link: QUESTIONS, `fe80::…`.
/// A group on a link is joined and bound on one.
#[test]
fn a_group_on_a_link_needs_its_link() {
    let name = "step05_many::groups::a_group_on_a_link_needs_its_link";
    in_own_network(name, LO, || {
        within(DEADLINE, || {
            let error = bind_asked(group_v6(0, 0)).expect_err("which link?");
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            let error = bind_asked(group_v6(0, 99)).expect_err("no such link");
            assert_eq!(error.raw_os_error(), Some(19), "ENODEV");
            let (socket, many) = asked(group_v6(0, 1));
            // By the scope id of the address, or by IPV6_MULTICAST_IF alone.
            let sender = UdpSocket::bind("[::]:0").expect("a free port");
            sender.send_to(b"x", many.addr()).expect("sent");
            assert!(comes(&socket, PATIENCE));
            let scoped = SockRef::from(&sender);
            scoped.set_multicast_if_v6(1).expect("lo is there");
            let unscoped = (many.addr().ip(), many.addr().port());
            sender.send_to(b"x", unscoped).expect("sent");
            assert!(comes(&socket, PATIENCE));
            String::new()
        })
    });
}
