//! A number on the wire has a width and an order, and no padding.

use std::{
    io::{Read, Write},
    net::SocketAddr,
};

use testkit::{DEADLINE, within};

use super::connected;

/// One end sends its memory as it is (on nearly every machine the least
/// significant byte comes first), the other reads as the internet does.
#[test]
fn five_becomes_83_million() {
    within(DEADLINE, || {
        let (mut sender, mut reader) = connected();
        sender.write_all(&5_u32.to_le_bytes()).expect("sent");
        sender.write_all(&5_u32.to_be_bytes()).expect("sent");
        let mut next = || {
            let mut bytes = [0; 4];
            reader.read_exact(&mut bytes).expect("four bytes come");
            u32::from_be_bytes(bytes)
        };
        assert_eq!(next(), 83_886_080);
        assert_eq!(next(), 5);
    });
}

/// A kind of one byte and a length of four, as C lays it out.
#[repr(C)]
struct Header {
    kind: u8,
    length: u32,
}

/// What the compiler puts between the fields belongs to no protocol.
#[test]
fn a_struct_in_memory_is_not_its_wire_form() {
    assert_eq!(size_of::<Header>(), 8);
    let header = Header { kind: 7, length: 5 };
    let mut wire = vec![header.kind];
    wire.extend(header.length.to_be_bytes());
    assert_eq!(wire, [7, 0, 0, 0, 5]);
}

/// `htons` is inside of `SocketAddr`: our side sees the number. The system calls
/// show it as `sin_port=htons(8080)`.
#[test]
fn a_port_is_a_number() {
    let addr = SocketAddr::from(([127, 0, 0, 1], 8080));
    assert_eq!(addr.port(), 8080);
    // Where somebody turns it once too often.
    assert_eq!(addr.port().swap_bytes(), 36_895);
}
