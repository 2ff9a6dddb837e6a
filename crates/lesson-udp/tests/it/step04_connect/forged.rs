//! Whoever can write packets writes the sender's address, too: in a network of
//! the test's own, where the test may do so.

use std::{
    iter,
    net::{SocketAddrV4, UdpSocket},
    thread,
};

use common::cli;
use lesson_udp::step04_connect::{ask, ask_again, connect, serve_next};
use socket2::{Domain, Protocol, Socket, Type};
use testkit::{DEADLINE, assert_transcript, counter, in_own_network, within};

use super::connect::{receive, somebody};

#[test]
fn only_a_number_tells_who_answers() {
    let test = "step04_connect::forged::only_a_number_tells_who_answers";
    let lo = "ip link set lo up";
    let found = in_own_network(test, lo, || within(DEADLINE, experiment));
    if let Some(text) = found {
        assert_transcript!("step04_connect_forged", text);
    }
}

fn experiment() -> String {
    let server = somebody();
    let addr = server.local_addr().expect("it is bound");
    let client = connect(addr).expect("a free port");
    let raw = Socket::new(Domain::IPV4, Type::RAW, Some(Protocol::UDP));
    let raw = raw.expect("this network's root may");
    raw.set_header_included_v4(true).expect("a raw socket has it");
    let forger = Forger { raw, server: v4(&server), client: v4(&client) };

    // The classic mistake: connected, so it must be the server.
    client.send(b"hello").expect("sent");
    receive(&server);
    forger.answer(b"trust me");
    let mut buffer = [0; 99];
    let (length, from) = client.recv_from(&mut buffer).expect("a datagram");
    assert_eq!(from, addr, "to the kernel it is the server's");
    let taken = String::from_utf8_lossy(&buffer[..length]).into_owned();

    // The mend: a number that the forger does not see.
    let id = 0x5d41_402a_bc4b_2a76;
    let taken_before = counter("Udp", "InDatagrams");
    let (answer, dropped) = thread::scope(|scope| {
        let asking = scope.spawn(|| {
            let mut dropped = String::new();
            let drop = &mut |datagram: &[u8]| {
                dropped += &String::from_utf8_lossy(datagram);
            };
            let answer = ask(&client, id, b"hello", DEADLINE, drop);
            (answer.expect("no error").expect("an answer"), dropped)
        });
        server.peek(&mut buffer).expect("a question");
        forger.answer(b"0000000000000000:trust me");
        // The client has taken it out of its queue, and waits on.
        while counter("Udp", "InDatagrams") == taken_before {}
        serve_next(&server, &mut |_| {}).expect("a question");
        asking.join().expect("no panic")
    });
    let answer = String::from_utf8_lossy(&answer);

    // Errors are as easy to forge, and they need no number.
    let error = thread::scope(|scope| {
        let asking =
            scope.spawn(|| ask(&client, id, b"hello", DEADLINE, &mut |_| {}));
        receive(&server);
        forger.refuse();
        asking.join().expect("no panic").expect_err("it is told so")
    });
    let again = thread::scope(|scope| {
        let asking = scope
            .spawn(|| ask_again(&client, id, b"hello", DEADLINE, &mut |_| {}));
        receive(&server);
        forger.refuse();
        serve_next(&server, &mut |_| {}).expect("the question, again");
        asking.join().expect("no panic").expect("no error")
    });
    let again = again.expect("an answer");
    format!(
        "a connected client takes what comes:\n\
         \x20 forger as server:    \"trust me\"\n\
         \x20 client has:          {taken:?}, from the server's address\n\
         a client asks with a number:\n\
         \x20 client:              \"{id:016x}:hello\"\n\
         \x20 forger as server:    \"0000000000000000:trust me\"\n\
         \x20 server:              \"{id:016x}:ok\"\n\
         \x20 client has dropped:  {dropped:?}\n\
         \x20 client has:          {answer:?}\n\
         the server is there, and the forger says that it is not:\n\
         \x20 forger as its host:  ICMP, port unreachable\n\
         \x20 ask:                 {}\n\
         \x20 ask_again:           {:?}\n",
        cli::plain(&error),
        String::from_utf8_lossy(&again),
    )
}

/// Somebody who knows the two addresses, and has neither.
struct Forger {
    raw: Socket,
    server: SocketAddrV4,
    client: SocketAddrV4,
}

impl Forger {
    /// A datagram from the server's address to the client's.
    fn answer(&self, bytes: &[u8]) {
        self.send(17, &udp(self.server, self.client, bytes));
    }

    /// "Port unreachable", about a datagram from the client to the server.
    fn refuse(&self) {
        let udp = udp(self.client, self.server, b"");
        let about = ip(17, self.client, self.server, udp.len());
        // Type 3, code 3, a checksum, four zeros (RFC 792), and the beginning
        // of the packet that it is about.
        let mut icmp = [&[3, 3, 0, 0, 0, 0, 0, 0], &about[..], &udp].concat();
        let sum = checksum(&icmp);
        icmp[2..4].copy_from_slice(&sum.to_be_bytes());
        self.send(1, &icmp);
    }

    fn send(&self, protocol: u8, payload: &[u8]) {
        let header = ip(protocol, self.server, self.client, payload.len());
        let packet = [&header, payload].concat();
        let sent = self.raw.send_to(&packet, &self.client.into());
        assert_eq!(sent.expect("sent"), packet.len());
    }
}

/// Four numbers and the bytes (RFC 768). A checksum of 0 means: none.
fn udp(from: SocketAddrV4, to: SocketAddrV4, bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(8 + bytes.len()).expect("a short one");
    let header = [from.port(), to.port(), length, 0].map(u16::to_be_bytes);
    [header.as_flattened(), bytes].concat()
}

/// A header of IPv4 (RFC 791) for that many bytes. In one that is sent the
/// kernel fills in the length, the identification and the checksum.
fn ip(
    protocol: u8,
    from: SocketAddrV4,
    to: SocketAddrV4,
    bytes: usize,
) -> Vec<u8> {
    let length = u16::try_from(20 + bytes).expect("a short one");
    let [high, low] = length.to_be_bytes();
    let mut header = vec![0x45, 0, high, low, 0, 0, 0, 0, 64, protocol, 0, 0];
    header.extend_from_slice(&from.ip().octets());
    header.extend_from_slice(&to.ip().octets());
    header
}

/// The sum of ICMP's 16-bit numbers, as RFC 1071 has it.
fn checksum(bytes: &[u8]) -> u16 {
    let pairs = bytes.chunks(2).map(|pair| {
        u64::from(pair[0]) << 8 | u64::from(*pair.get(1).unwrap_or(&0))
    });
    let sum = iter::successors(Some(pairs.sum::<u64>()), |sum| {
        (sum >> 16 > 0).then_some((sum & 0xffff) + (sum >> 16))
    });
    !u16::try_from(sum.last().expect("one at least")).expect("folded")
}

fn v4(socket: &UdpSocket) -> SocketAddrV4 {
    match socket.local_addr().expect("it is bound") {
        std::net::SocketAddr::V4(addr) => addr,
        std::net::SocketAddr::V6(addr) => panic!("{addr}"),
    }
}
