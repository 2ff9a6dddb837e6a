//! A buffer that is too small: what is lost, and who says so.

use std::io::IoSlice;

use lesson_udp::step02_messages::recv_at_most;
use socket2::SockRef;
use testkit::{DEADLINE, within};

use super::{cut_off, sockets};

/// std's own call, in a loop that believes in a stream: the rest "comes next".
#[test]
fn the_rest_does_not_come_with_the_next_call() {
    within(DEADLINE, || {
        let (sender, socket, to) = sockets();
        for datagram in [b"0123456789", b"abcdefghij"] {
            sender.send_to(datagram, to).expect("sent");
        }
        let mut buffer = [0; 4];
        cut_off(socket.recv_from(&mut buffer), 4);
        assert_eq!(&buffer, b"0123");
        cut_off(socket.recv_from(&mut buffer), 4);
        assert_eq!(&buffer, b"abcd", "and where is 4567?");
    });
}

/// Room for one byte more than is allowed: who fills it has sent too much.
#[test]
fn one_byte_more_tells_too_long_from_long() {
    within(DEADLINE, || {
        let (sender, socket, to) = sockets();
        let sent: [&[u8]; 5] = [b"0123", b"01234", b"0123456789", b"", b"!"];
        for datagram in sent {
            sender.send_to(datagram, to).expect("sent");
        }
        let receive = || {
            let received = recv_at_most(&socket, 4).expect("no error");
            received.map(|(bytes, _)| bytes)
        };
        assert_eq!(receive().as_deref(), Some(&b"0123"[..]));
        assert_eq!(receive(), None, "a byte too many");
        assert_eq!(receive(), None, "six of them");
        assert_eq!(receive().as_deref(), Some(&b""[..]));
        assert_eq!(receive().as_deref(), Some(&b"!"[..]));
    });
}

/// Only so many of the bytes are the message. Behind it stands the one before.
#[test]
fn behind_a_message_stands_what_was_there_before() {
    within(DEADLINE, || {
        let (sender, socket, to) = sockets();
        for datagram in [&b"0123456789"[..], b"hello"] {
            sender.send_to(datagram, to).expect("sent");
        }
        let mut buffer = [0; 10];
        socket.recv_from(&mut buffer).expect("ten bytes");
        let (length, _) = socket.recv_from(&mut buffer).expect("five");
        assert_eq!(&buffer, b"hello56789");
        assert_eq!(&buffer[..length], b"hello");
    });
}

/// Two pieces of memory, one datagram: nothing has to be copied together.
#[test]
fn a_head_and_a_body_are_one_datagram() {
    within(DEADLINE, || {
        let (sender, socket, to) = sockets();
        let pieces = [IoSlice::new(b"head"), IoSlice::new(b"body")];
        let sender = SockRef::from(&sender);
        sender.send_to_vectored(&pieces, &to.into()).expect("sent");
        let mut buffer = [0; 99];
        let (length, _) = socket.recv_from(&mut buffer).expect("one");
        assert_eq!(&buffer[..length], b"headbody");
    });
}

/// A look takes nothing, and it cuts off what it shows.
#[test]
#[cfg(unix)]
fn a_look_leaves_all_of_it() {
    within(DEADLINE, || {
        let (sender, socket, to) = sockets();
        sender.send_to(b"0123456789", to).expect("sent");
        let mut four = [0; 4];
        let (length, _) = socket.peek_from(&mut four).expect("a look");
        assert_eq!((length, &four), (4, b"0123"));
        let (length, _) = socket.recv_from(&mut [0; 99]).expect("all");
        assert_eq!(length, 10);
    });
}

/// Four ways to receive ten bytes into four, and what comes after them.
#[cfg(target_os = "linux")]
pub(super) fn who_notices() -> String {
    use std::{mem::MaybeUninit, net::UdpSocket};

    use socket2::MaybeUninitSlice;

    let mut text = "Ten bytes come, and there is room for four:\n".to_owned();
    let mut row = |how: &str, receive: fn(&UdpSocket) -> String| {
        let (sender, socket, to) = sockets();
        for datagram in [&b"0123456789"[..], b"next"] {
            sender.send_to(datagram, to).expect("sent");
        }
        let said = receive(&socket);
        let mut buffer = [0; 99];
        let (length, _) = socket.recv_from(&mut buffer).expect("the next");
        let next = buffer[..length].escape_ascii();
        text += &format!("  {how:<24}{said:<25}then {next}\n");
    };
    row("recv_from (std)", |socket| {
        let mut four = [0; 4];
        let (length, _) = socket.recv_from(&mut four).expect("a datagram");
        format!("{length}, {:?}", four.escape_ascii().to_string())
    });
    row("recv_from_vectored", |socket| {
        let mut four = [MaybeUninit::uninit(); 4];
        let mut buffers = [MaybeUninitSlice::new(&mut four)];
        let received = SockRef::from(socket).recv_from_vectored(&mut buffers);
        let (length, flags, _) = received.expect("a datagram");
        format!("{length}, is_truncated: {}", flags.is_truncated())
    });
    row("recv, MSG_TRUNC (Linux)", |socket| {
        let mut four = [MaybeUninit::uninit(); 4];
        let received =
            SockRef::from(socket).recv_with_flags(&mut four, MSG_TRUNC);
        received.expect("a datagram").to_string()
    });
    row("recv_at_most(4)", |socket| {
        format!("{:?}", recv_at_most(socket, 4).expect("a datagram"))
    });
    text
}

/// Linux: how long is the next one? Then a buffer can be made for it.
#[test]
#[cfg(target_os = "linux")]
fn linux_tells_how_long_the_next_one_is() {
    within(DEADLINE, || {
        let (sender, socket, to) = sockets();
        sender.send_to(&[b'x'; 5000], to).expect("sent");
        let raw = SockRef::from(&socket);
        let length = raw.recv_with_flags(&mut [], MSG_PEEK | MSG_TRUNC);
        let mut buffer = vec![0; length.expect("a datagram")];
        assert_eq!(buffer.len(), 5000);
        let (length, _) = socket.recv_from(&mut buffer).expect("it waits");
        assert_eq!(length, 5000);
    });
}

/// Linux's numbers: neither std nor socket2 gives these flags a name.
#[cfg(target_os = "linux")]
const MSG_PEEK: i32 = 0x02;
#[cfg(target_os = "linux")]
const MSG_TRUNC: i32 = 0x20;
