//! A datagram of no bytes, and a buffer of no bytes.

use testkit::{DEADLINE, within};

use super::{cut_off, sockets};

/// The loop that reads a stream to its end, over datagrams: the first empty one
/// ends it, and nothing has ended.
#[test]
fn zero_is_no_end() {
    within(DEADLINE, || {
        let (sender, socket, to) = sockets();
        for datagram in [&b"one"[..], b"", b"two"] {
            sender.send_to(datagram, to).expect("sent");
        }
        let mut buffer = [0; 99];
        let mut received = Vec::new();
        loop {
            let (length, _) = socket.recv_from(&mut buffer).expect("bytes");
            if length == 0 {
                break;
            }
            received.extend_from_slice(&buffer[..length]);
        }
        assert_eq!(received, b"one");

        // The sender goes on, and then goes away: nobody is told.
        let (length, _) = socket.recv_from(&mut buffer).expect("bytes");
        assert_eq!(&buffer[..length], b"two");
        drop(sender);
        socket.set_nonblocking(true).expect("it can be");
        let error = socket.recv_from(&mut buffer).expect_err("no end");
        assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
    });
}

/// A capacity is no length. The datagram is taken, and put nowhere.
#[test]
fn a_vec_without_length_loses_the_datagram() {
    within(DEADLINE, || {
        let (sender, socket, to) = sockets();
        for datagram in [b"one", b"two", b"abc"] {
            sender.send_to(datagram, to).expect("sent");
        }
        cut_off(socket.recv_from(&mut Vec::new()), 0);
        let mut capacity = Vec::with_capacity(100);
        cut_off(socket.recv_from(&mut capacity), 0);
        assert_eq!(capacity, b"");
        let mut length = vec![0; 100];
        let received = socket.recv_from(&mut length).expect("bytes");
        assert_eq!((received.0, &length[..3]), (3, &b"abc"[..]));
    });
}
