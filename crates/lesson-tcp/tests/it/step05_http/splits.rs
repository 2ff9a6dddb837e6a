//! However a stream is cut: the same requests.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpStream},
};

use proptest::prelude::*;
use testkit::{DEADLINE, within};

use super::{GET, LONG, PAGE, server};
use crate::harness::requests::{read, requests};

/// Three requests, the second with a body that looks like one.
const STREAM: &[u8] = b"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n\
    POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 18\r\n\r\n\
    GET /no HTTP/1.1\r\n\
    HEAD / HTTP/1.1\nHost: a\n\nG";

#[test]
fn at_every_byte() {
    let whole = read([STREAM]);
    let found: Vec<_> = whole.0.iter().flatten().collect();
    let methods: Vec<_> = found.iter().map(|r| r.method.as_str()).collect();
    assert_eq!(methods, ["GET", "POST", "HEAD"]);
    assert_eq!(found[1].body, b"GET /no HTTP/1.1\r\n");
    assert!(whole.1, "a fourth has begun");
    for cut in 0..=STREAM.len() {
        let (before, behind) = STREAM.split_at(cut);
        assert_eq!(read([before, behind]), whole, "cut at {cut}");
    }
    assert_eq!(read(STREAM.chunks(1)), whole);
}

/// Each byte in a packet of its own.
#[test]
fn over_a_socket_byte_by_byte() {
    within(DEADLINE, || {
        let (addr, _events) = server(LONG);
        let mut client = TcpStream::connect(addr).expect("it listens");
        client.set_nodelay(true).expect("it is connected");
        for byte in GET {
            client.write_all(&[*byte]).expect("it reads");
        }
        client.shutdown(Shutdown::Write).expect("it is connected");
        let mut reply = Vec::new();
        client.read_to_end(&mut reply).expect("an end");
        assert_eq!(reply, PAGE);
    });
}

/// Parts of which some streams are requests, and most nearly are.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        4 => Just(b"GET / HTTP/1.1\r\nHost: a\r\n".to_vec()),
        2 => Just(b"POST / HTTP/1.1\nHost: a\n".to_vec()),
        2 => Just(b"Content-Length: 5\r\n".to_vec()),
        1 => Just(b"Content-Length: 70000\r\n".to_vec()),
        1 => Just(b"Transfer-Encoding: chunked\r\n".to_vec()),
        1 => Just(b"X: y\r\n z\r\n".to_vec()),
        6 => Just(b"\r\n".to_vec()),
        2 => Just(b"\n".to_vec()),
        1 => Just(b"\r".to_vec()),
        2 => Just(b"hello".to_vec()),
        1 => (0..9000_usize).prop_map(|length| vec![b'x'; length]),
        1 => prop::collection::vec(any::<u8>(), 0..20),
    ];
    prop::collection::vec(part, 0..20).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 256,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn anywhere(
        cuts in prop::collection::vec(any::<[u8; 2]>(), 0..16),
        stream in stream(),
    ) {
        let count = u8::try_from(cuts.len()).expect("fewer than 16");
        requests(&[vec![count], cuts.concat(), stream].concat());
    }
}
