//! How long a datagram may be, and what the kernel says to a longer one.

use std::net::{Ipv6Addr, SocketAddr, UdpSocket};

use lesson_udp::step02_messages::{
    LONGEST_V4, LONGEST_V6, is_too_long, longest,
};
use testkit::{DEADLINE, skip, within};

use super::sockets;

#[test]
fn ipv4_takes_65507_bytes_and_refuses_65508() {
    assert_eq!(LONGEST_V4, 65_507);
    within(DEADLINE, || {
        let (sender, socket, to) = sockets();
        longest_and_one_more(&sender, &socket, to);
    });
}

#[test]
fn ipv6_takes_65527_bytes_and_refuses_65528() {
    assert_eq!(LONGEST_V6, 65_527);
    within(DEADLINE, || {
        let bind = || UdpSocket::bind((Ipv6Addr::LOCALHOST, 0));
        let (Ok(sender), Ok(socket)) = (bind(), bind()) else {
            return skip("no IPv6 here");
        };
        let to = socket.local_addr().expect("it is bound");
        longest_and_one_more(&sender, &socket, to);
    });
}

/// A send takes all of it or nothing: there is no half of a datagram to send.
fn longest_and_one_more(
    sender: &UdpSocket,
    socket: &UdpSocket,
    to: SocketAddr,
) {
    let bytes = vec![b'x'; 65_536];
    let most = longest(to);
    for length in [most + 1, bytes.len()] {
        let error = sender.send_to(&bytes[..length], to).expect_err("too long");
        assert!(is_too_long(&error), "{error:?}");
        #[cfg(target_os = "linux")]
        assert_eq!(error.raw_os_error(), Some(90), "EMSGSIZE");
    }
    let sent = sender.send_to(&bytes[..most], to).expect("just short enough");
    assert_eq!(sent, most);
    // Of what was refused nothing has gone: this is the first to arrive.
    let mut buffer = vec![0; 65_535];
    let (length, _) = socket.recv_from(&mut buffer).expect("it comes");
    assert_eq!(length, most);
}
