//! The real ping: ICMP, for which one has to ask.

use std::{fs, io::Read};

use socket2::{Domain, Protocol, Socket, Type};

use super::*;

/// The whole test runs as root of a network of its own, without the one right
/// that ping(8) was given.
const NO_RIGHT: &str = "ip link set lo up
    set -- setpriv --bounding-set -net_raw \"$@\"";

#[test]
fn who_may_send_a_real_ping() {
    let test = "step03_loss::linux::icmp::who_may_send_a_real_ping";
    let seen = in_own_network(test, NO_RIGHT, || within(DEADLINE, ask));
    if let Some(seen) = seen {
        assert_transcript!("step03_loss_icmp", seen);
    }
}

fn ask() -> String {
    let open = |ty| Socket::new(Domain::IPV4, ty, Some(Protocol::ICMPV4));
    let refused = |ty| {
        let error = open(ty).expect_err("nobody has given us the right");
        assert_eq!(error.kind(), ErrorKind::PermissionDenied);
        match error.raw_os_error() {
            Some(1) => "EPERM",
            Some(13) => "EACCES",
            other => panic!("{other:?}"),
        }
    };
    let (raw, datagram) = (refused(Type::RAW), refused(Type::DGRAM));
    // The group that may; this network's kernel begins with nobody.
    fs::write("/proc/sys/net/ipv4/ping_group_range", "0 0").expect("root may");
    let mut socket = open(Type::DGRAM).expect("now we may");
    let still = refused(Type::RAW);

    // Type 8: an echo request. The kernel fills in checksum and identifier.
    let request = *b"\x08\0\0\0\0\0\0\x07are you there?";
    let to = socket2::SockAddr::from(loopback());
    socket.send_to(&request, &to).expect("sent");
    let mut reply = [0; 99];
    let length = socket.read(&mut reply).expect("a reply");
    // Type 0: an echo reply, with our number and our bytes, and no port.
    assert_eq!((reply[0], length), (0, request.len()));
    assert_eq!(reply[6..length], request[6..]);
    format!(
        "Without the right to raw sockets (CAP_NET_RAW):\n\
         \x20 a raw socket for ICMP:       {raw}\n\
         \x20 a datagram socket for ICMP:  {datagram}\n\
         Our group is in ping_group_range:\n\
         \x20 a raw socket for ICMP:       {still}\n\
         \x20 a datagram socket for ICMP:  Ok\n\
         \x20 echo request to 127.0.0.1:   echo reply, from its kernel\n"
    )
}
