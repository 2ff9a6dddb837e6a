//! Datagrams made by hand, header and all, with checksums right and wrong.

use std::{
    net::{Ipv4Addr, SocketAddr, UdpSocket},
    time::Duration,
};

use socket2::{Domain, Protocol, Socket, Type};
use testkit::counter;

pub(in super::super) fn checksums() -> String {
    let receiver = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let port = receiver.local_addr().expect("it is bound").port();
    // A raw socket: whoever has one writes the header of UDP as he likes.
    let raw = Socket::new(Domain::IPV4, Type::from(RAW), Some(Protocol::UDP));
    let raw = raw.expect("we are root in this network");
    let to = SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into();
    let right = checksum(&datagram(port, 0));

    let mut text = String::new();
    for (name, sum) in
        [("right", right), ("wrong", right ^ 0x0101), ("0, that is none", 0)]
    {
        let errors = counter("Udp", "InCsumErrors");
        raw.send_to(&datagram(port, sum), &to).expect("sent");
        let dropped = counter("Udp", "InCsumErrors") - errors;
        // Dropped or there: on loopback it is decided when `sendto` returns.
        let short = Duration::from_millis(100);
        receiver.set_read_timeout(Some(short)).expect("more than zero");
        let mut buffer = [0; 99];
        let said = match receiver.recv_from(&mut buffer) {
            Ok((length, from)) => {
                assert_eq!(from.port(), SOURCE);
                format!("received \"{}\"", buffer[..length].escape_ascii())
            }
            Err(_) => "nothing comes, no error".to_owned(),
        };
        text += &format!("{name:<16} {said}; InCsumErrors +{dropped}\n");
    }
    text
}

/// The whole of UDP's header (RFC 768), 8 bytes, and five bytes of data.
fn datagram(port: u16, checksum: u16) -> Vec<u8> {
    let length = u16::try_from(8 + DATA.len()).expect("it is short");
    let header = [SOURCE, port, length, checksum];
    let mut bytes = header.map(u16::to_be_bytes).concat();
    bytes.extend_from_slice(DATA);
    bytes
}

/// The sum of all pairs of bytes, with a pseudo header in front: the addresses,
/// the protocol (17) and the length.
fn checksum(datagram: &[u8]) -> u16 {
    let ip = Ipv4Addr::LOCALHOST.octets();
    let length = u16::try_from(datagram.len()).expect("it is short");
    let mut bytes = [ip, ip].concat();
    bytes.extend([0, 17]);
    bytes.extend(length.to_be_bytes());
    bytes.extend_from_slice(datagram);
    let pairs = bytes.chunks(2).map(|pair| {
        let low = pair.get(1).copied().unwrap_or(0);
        u32::from(u16::from_be_bytes([pair[0], low]))
    });
    let mut sum: u32 = pairs.sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !u16::try_from(sum).expect("16 bits")
}

/// Linux's SOCK_RAW: socket2 names it only where all its features are on.
const RAW: i32 = 3;

const SOURCE: u16 = 9;

const DATA: &[u8] = b"hello";
