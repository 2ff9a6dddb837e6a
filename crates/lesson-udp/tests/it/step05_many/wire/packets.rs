//! What crosses the wire, counted at its other end.

use super::{super::groups::group_v6, *};

/// Counts what comes in at the far end, member or not.
const COUNTERS: &str = "nft 'table inet wire {
    counter asked { }
    counter asked_ttl_1 { }
    counter asked_ttl_7 { }
    counter joined_4 { }
    counter joined_6 { }
    chain input {
        type filter hook prerouting priority raw
        ip daddr 239.255.80.5 counter name asked
        ip6 daddr ff12::8005:1 counter name asked
        ip daddr 239.255.80.5 ip ttl 1 counter name asked_ttl_1
        ip6 daddr ff12::8005:1 ip6 hoplimit 1 counter name asked_ttl_1
        ip daddr 239.255.80.5 ip ttl 7 counter name asked_ttl_7
        ip6 daddr ff12::8005:1 ip6 hoplimit 7 counter name asked_ttl_7
        ip protocol igmp @th,96,32 0xefff5005 counter name joined_4
        icmpv6 type mld2-listener-report @th,96,128 0xff120000000000000000000080050001 counter name joined_6
    }
}'";

/// What a counter has seen since the last time.
fn packets(far: &Host, counter: &str) -> u32 {
    let shown = far.sh(&format!("nft reset counter inet wire {counter}"));
    let mut words = shown.split_whitespace();
    words.find(|word| *word == "packets").expect("a counter");
    words.next().expect("its value").parse().expect("a number")
}

/// Waits until a counter has seen something.
fn wait_for(far: &Host, counter: &str) -> u32 {
    std::iter::repeat_with(|| packets(far, counter)).find(|&n| n > 0).unwrap()
}

/// The group on the wire, in each family.
fn groups() -> [Many; 2] {
    let Many::GroupV4(group, _) = group(8005) else { unreachable!() };
    let near = Ipv4Addr::new(10, 9, 5, 1);
    [Many::GroupV4(group, near), group_v6(8005, index("near"))]
}

/// Also where TTL 0 stays in the machine, and where it does not.
#[test]
fn ttl_and_loop() {
    let name = "step05_many::wire::packets::ttl_and_loop";
    let text = in_own_network(name, ALONE, || {
        within(DEADLINE, || {
            let far = far();
            far.sh(COUNTERS);
            let mut text = format!("{:27}a member here   nobody here\n", "");
            for (family, many) in ["IPv4", "IPv6"].into_iter().zip(groups()) {
                text += &format!("{family:27}back    out     out\n");
                for (what, ttl, looped) in [
                    ("TTL 1", 1, true),
                    ("TTL 1, no loop", 1, false),
                    ("TTL 0", 0, true),
                    ("TTL 0, no loop", 0, false),
                ] {
                    let member = bind_asked(many).expect("a free port");
                    let sender = sender(many, ttl, looped);
                    let waits = if looped { PATIENCE } else { SHORT };
                    let to = |member: &UdpSocket, waits| {
                        sender.send_to(b"x", many.addr()).expect("sent");
                        let back = comes(member, waits);
                        [back, is_out(&far, many, member)]
                    };
                    let [back, out] = to(&member, waits).map(yes);
                    drop(member);
                    // Somebody in another group.
                    let (member, _) = asked(group(0));
                    let [_, alone] = to(&member, SHORT).map(yes);
                    text += &format!("  {what:25}{back:8}{out:8}{alone}\n");
                }
            }
            text
        })
    });
    if let Some(text) = text {
        assert_transcript!("step05_many_ttl", text);
    }
}

fn sender(many: Many, ttl: u8, looped: bool) -> UdpSocket {
    let sender = bind_asking(many, ttl).expect("a free port");
    match many {
        Many::GroupV6(_) => sender.set_multicast_loop_v6(looped),
        _ => sender.set_multicast_loop_v4(looped),
    }
    .expect("it can be set");
    sender
}

fn yes(is: bool) -> &'static str {
    if is { "yes" } else { "no" }
}

/// Whether what was sent has come to the other end; to the member here nothing
/// more does.
fn is_out(far: &Host, many: Many, member: &UdpSocket) -> bool {
    // What was sent after it is there, so it should be as well.
    let fence = sender(many, 7, false);
    fence.send_to(b"x", many.addr()).expect("sent");
    wait_for(far, "asked_ttl_7");
    assert!(!comes(member, SHORT), "once");
    match packets(far, "asked") {
        1 => false,
        2 => true,
        other => panic!("{other} packets"),
    }
}

/// What stands on the packet; on one link it does not matter.
#[test]
fn the_ttl_is_on_the_packet() {
    let name = "step05_many::wire::packets::the_ttl_is_on_the_packet";
    in_own_network(name, ALONE, || {
        within(DEADLINE, || {
            let far = far();
            far.sh(COUNTERS);
            for many in groups() {
                for (ttl, other) in [(1, 7), (7, 1)] {
                    let sender = bind_asking(many, ttl).expect("a free port");
                    sender.send_to(b"x", many.addr()).expect("sent");
                    let counter = |ttl| format!("asked_ttl_{ttl}");
                    assert_eq!(wait_for(&far, &counter(ttl)), 1);
                    assert_eq!(packets(&far, &counter(other)), 0);
                }
            }
            // What the kernel does where nobody sets it.
            let plain = UdpSocket::bind(loopback()).expect("a free port");
            assert_eq!(plain.multicast_ttl_v4().expect("a socket"), 1);
            assert!(plain.multicast_loop_v4().expect("a socket"));
            String::new()
        })
    });
}

/// Joining is told to the network, by IGMP and by MLD, and `ip maddr` shows it.
#[test]
fn the_network_is_told_who_joins() {
    let name = "step05_many::wire::packets::the_network_is_told_who_joins";
    in_own_network(name, ALONE, || {
        within(DEADLINE, || {
            let far = far();
            far.sh(COUNTERS);
            let is_member = |many: Many| {
                let ip = many.addr().ip().to_string();
                sh("ip maddr show dev near").contains(&ip)
            };
            for (many, joined) in
                groups().into_iter().zip(["joined_4", "joined_6"])
            {
                assert_eq!(packets(&far, joined), 0);
                assert!(!is_member(many));
                let member = bind_asked(many).expect("a free port");
                assert!(is_member(many));
                wait_for(&far, joined);
                drop(member);
                assert!(!is_member(many), "who closes leaves");
            }
            String::new()
        })
    });
}
