//! What stands in a buffer behind the bytes that came.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
};

use testkit::{DEADLINE, within};

use crate::conversations::loopback;

/// Two texts, five bytes and two, into one buffer of eight.
#[test]
fn behind_the_text_stands_what_was_there_before() {
    within(DEADLINE, || {
        let listener = TcpListener::bind(loopback()).expect("a free port");
        let addr = listener.local_addr().expect("it is bound");
        let mut client = TcpStream::connect(addr).expect("it listens");
        let (mut server, _) = listener.accept().expect("a client");
        let mut buffer = [0; 8];

        client.write_all(b"hello").expect("sent");
        let length = server.read(&mut buffer).expect("something comes");
        // The classic mistake: the buffer is not the text.
        let text = String::from_utf8_lossy(&buffer);
        assert_eq!(text, "hello\0\0\0");
        assert_ne!(text, "hello");
        // White space is not what stands there.
        assert_eq!(text.trim(), "hello\0\0\0");
        assert_eq!(&buffer[..length], b"hello");

        client.write_all(b"hi").expect("sent");
        let length = server.read(&mut buffer).expect("something comes");
        // No NUL marks the end: the rest of the text before does not go away.
        assert_eq!(String::from_utf8_lossy(&buffer), "hillo\0\0\0");
        assert_eq!(&buffer[..length], b"hi");
    });
}

/// A number said as text, or as two bytes: a text has an order by itself.
#[test]
fn a_number_as_text_has_no_byte_order() {
    let port: u16 = 8080;
    assert_eq!(port.to_string().as_bytes(), b"8080");
    assert_eq!("8080".parse(), Ok(port));
    // The same port in memory, here and on a machine of the other kind.
    assert_eq!(port.to_be_bytes(), [0x1f, 0x90]);
    assert_eq!(port.to_le_bytes(), [0x90, 0x1f]);
    // And without an end a text grows together with what is sent next.
    let glued = [80.to_string(), 80.to_string()].concat();
    assert_eq!(glued.parse(), Ok(port));
}
