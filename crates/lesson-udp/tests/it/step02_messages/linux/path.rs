//! A path that grows narrower on its way: us, a router, and a server behind a
//! link whose packets have 1300 bytes, each in a network of its own.

use std::time::Duration;

use lesson_udp::step01_datagrams::{ask, bind_client};
use testkit::{DEADLINE, Host, Program, counter, sh};

pub(in super::super) fn narrow() -> String {
    let (router, host) = (Host::new(), Host::new());
    router.wire("wide", "wide");
    router.sh(&format!(
        "ip link add narrow mtu 1300 type veth \
            peer narrow mtu 1300 netns {}",
        host.pid()
    ));
    sh("ip addr add 10.0.1.1/24 dev wide
        ip route add 10.0.2.0/24 via 10.0.1.2");
    host.sh("ip addr add 10.0.2.2/24 dev narrow
        ip link set narrow up
        ip route add 10.0.1.0/24 via 10.0.2.1");
    // With both ends up there is a carrier, and the kernel sees it a moment
    // later. Until then what is sent is lost.
    let seen = "until ip link show narrow | grep -q 'state UP'; do :; done";
    router.sh(&format!(
        "ip addr add 10.0.1.2/24 dev wide
        ip addr add 10.0.2.1/24 dev narrow
        ip link set narrow up
        echo 1 >/proc/sys/net/ipv4/ip_forward
        {seen}"
    ));
    host.sh(seen);
    let mut server = host.command(env!("CARGO_BIN_EXE_udp-server"));
    server.args(["--step", "2", "--room", "65535", "--addr", "10.0.2.2:0"]);
    let mut server = Program::start(&mut server);
    let addr = server.addr();

    let mut text =
        "A router, and behind it packets of 1300 bytes:\n".to_owned();
    let client = bind_client(addr).expect("a free port");
    for (length, arrives) in
        [(1200, true), (1272, true), (1273, false), (1273, true), (1472, true)]
    {
        let fragments = counter("Ip", "FragCreates");
        let unreachable = counter("Icmp", "InDestUnreachs");
        let short = Duration::from_millis(300);
        let timeout = if arrives { DEADLINE } else { short };
        let answer = ask(&client, addr, &vec![b'x'; length], timeout);
        let answer = answer.expect("sendto says nothing");
        assert_eq!(answer.is_some(), arrives, "{length}");
        let told = counter("Icmp", "InDestUnreachs") - unreachable;
        let said = match counter("Ip", "FragCreates") - fragments {
            0 if arrives => "arrives, 1 packet".to_owned(),
            0 => format!("sent, and lost; ICMP messages to our kernel: {told}"),
            many => format!("arrives, {many} fragments"),
        };
        text += &format!("  {length} bytes: {said}\n");
    }
    text
}
