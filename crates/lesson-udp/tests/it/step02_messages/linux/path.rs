//! A path that grows narrower on its way: us, a router, and a server behind a
//! link whose packets have 1300 bytes, each in a network of its own.

use std::{
    io::Write,
    process::{ChildStdin, Command},
    time::Duration,
};

use lesson_udp::step01_datagrams::{ask, bind_client};
use testkit::{DEADLINE, Program, counter};

pub(in super::super) fn narrow() -> String {
    let (mut router, mut to_router) = network();
    let (mut server, mut to_server) = network();
    sh(CABLES, &[router.id(), server.id()]);
    to_router.write_all(ROUTER).expect("it reads");
    to_server.write_all(SERVER).expect("it reads");
    assert_eq!(router.line(), "forwards");
    sh("until ip link show wide | grep -q 'state UP'; do :; done", &[]);
    let program = env!("CARGO_BIN_EXE_udp-server");
    let args = "--step 2 --room 65535 --addr 10.0.2.2:0";
    writeln!(to_server, "exec {program} {args}").expect("it reads");
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

/// A shell in a new network, which does what it reads.
fn network() -> (Program, ChildStdin) {
    let mut shell = Command::new("unshare");
    let (mut shell, mut stdin) =
        Program::start_with_input(shell.args(["--net", "sh", "-e"]));
    writeln!(stdin, "echo ready").expect("it reads");
    assert_eq!(shell.line(), "ready");
    (shell, stdin)
}

/// Runs a script here, for networks that go by the ids of processes in them.
fn sh(script: &str, networks: &[u32]) {
    let mut sh = Command::new("sh");
    sh.args(["-ec", script, "sh"]);
    sh.args(networks.iter().map(u32::to_string));
    let ended = Program::run(&mut sh, b"");
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
}

/// A cable is two ends, and each goes to somebody's network.
const CABLES: &str = "
    ip link add wide type veth peer name wide netns $1
    ip link add narrow netns $1 mtu 1300 type veth \
        peer name narrow netns $2 mtu 1300
    ip addr add 10.0.1.1/24 dev wide
    ip link set wide up
    ip route add 10.0.2.0/24 via 10.0.1.2";

/// With both ends up a cable carries, and the kernel has seen it a moment later.
/// Until then what is sent is lost.
const ROUTER: &[u8] = b"
    ip addr add 10.0.1.2/24 dev wide
    ip addr add 10.0.2.1/24 dev narrow
    ip link set wide up
    ip link set narrow up
    echo 1 >/proc/sys/net/ipv4/ip_forward
    until ip link show wide | grep -q 'state UP'; do :; done
    until ip link show narrow | grep -q 'state UP'; do :; done
    echo forwards\n";

const SERVER: &[u8] = b"
    ip addr add 10.0.2.2/24 dev narrow
    ip link set narrow up
    ip route add 10.0.1.0/24 via 10.0.2.1
    until ip link show narrow | grep -q 'state UP'; do :; done\n";
