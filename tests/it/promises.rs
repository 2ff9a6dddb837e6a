//! What TCP promises and UDP does not, held to snapshots that the chapter
//! "Stream or datagram" quotes. Whatever gets mended here, the kernel mends.

use std::{
    io::{self, ErrorKind, Read, Write},
    iter,
    net::{Shutdown, TcpListener, TcpStream, UdpSocket},
    ops::Range,
};

use testkit::{DEADLINE, assert_transcript, within};

#[test]
fn borders() {
    within(DEADLINE, || {
        let (mut stream, mut from_stream) = streams();
        let (socket, from_socket) = sockets();
        // Each send of the stream leaves at once, in a packet of its own: not
        // the sender joins them but the receiver's queue.
        stream.set_nodelay(true).expect("it is connected");
        for piece in [b"AAA", b"BBB", b"CCC"] {
            stream.write_all(piece).expect("sent");
            socket.send(piece).expect("sent");
        }
        wait_for(9, &from_stream);
        let tcp = reads(1, 99, |buffer| from_stream.read(buffer));
        let udp = reads(3, 99, |buffer| from_socket.recv(buffer));

        stream.write_all(b"0123456789").expect("sent");
        socket.send(b"0123456789").expect("sent");
        socket.send(b"next").expect("sent");
        wait_for(10, &from_stream);
        let tcp_cut = reads(3, 4, |buffer| from_stream.read(buffer));
        let udp_cut = reads(2, 4, |buffer| from_socket.recv(buffer));
        let text = format!(
            "Three sends, then the receiver looks: AAA, BBB, CCC\n\
             \x20 TCP, read by read: {tcp}\n\
             \x20 UDP, read by read: {udp}\n\
             One send, and room for 4 bytes in each read: 0123456789\n\
             \x20 TCP, read by read: {tcp_cut}\n\
             \x20 UDP, read by read: {udp_cut} (this is the datagram after it)\n",
        );
        assert_transcript!("promises_borders", text);
    });
}

#[test]
fn slow_reader() {
    within(DEADLINE, || {
        let (mut stream, mut from_stream) = streams();
        stream.set_nonblocking(true).expect("it can be");
        let mut taken = 0;
        let refused = loop {
            match stream.write(&bytes(taken, 65_536)) {
                Ok(length) => taken += length,
                Err(error) => break error.kind(),
            }
        };
        stream.shutdown(Shutdown::Write).expect("it is connected");
        let mut read = Vec::new();
        from_stream.read_to_end(&mut read).expect("all comes");
        assert!(read == bytes(0, taken), "not all that was taken, in order");

        let (socket, from_socket) = sockets();
        send(&socket, 0..5000);
        let mut received = Vec::from_iter(receive(&from_socket));
        from_socket.set_nonblocking(true).expect("it can be");
        received.extend(iter::from_fn(|| receive(&from_socket)));
        assert!(received.len() < 5000 && received.is_sorted_by(|a, b| a < b));
        println!("TCP took {taken} bytes, UDP kept {}", received.len());
        let text = format!(
            "The sender does not wait, the receiver does not read yet:\n\
             \x20 TCP takes some bytes, then says {refused:?}\n\
             \x20 UDP takes 5000 datagrams of 1000 bytes and says nothing\n\
             The receiver reads:\n\
             \x20 TCP gives all that it took, in order\n\
             \x20 UDP gives some of what it took, in order; the rest is gone\n",
        );
        assert_transcript!("promises_slow_reader", text);
    });
}

/// The two ends of a connection: to write to, to read from.
pub(crate) fn streams() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let stream = TcpStream::connect(listener.local_addr().expect("bound"));
    (stream.expect("it listens"), listener.accept().expect("it came").0)
}

/// Two UDP sockets: to send from, to receive at.
fn sockets() -> (UdpSocket, UdpSocket) {
    let bind = || UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let (socket, from_socket) = (bind(), bind());
    socket.connect(from_socket.local_addr().expect("bound")).expect("noted");
    (socket, from_socket)
}

/// Waits until so many bytes can be read at once. On loopback they can when the
/// sender's `write` has returned: the first look finds them. TCP does not
/// promise that, and std cannot wait for several bytes without taking them.
fn wait_for(length: usize, stream: &TcpStream) {
    while stream.peek(&mut [0; 99]).expect("bytes come") < length {}
}

/// What so many reads give, with that much room in each.
fn reads(
    count: usize,
    room: usize,
    mut read: impl FnMut(&mut [u8]) -> io::Result<usize>,
) -> String {
    let texts = (0..count).map(|_| {
        let mut buffer = vec![0; room];
        let length = match read(&mut buffer) {
            // Windows fills the buffer and then says WSAEMSGSIZE.
            Err(e) if cfg!(windows) && e.raw_os_error() == Some(10_040) => room,
            result => result.expect("something comes"),
        };
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    });
    texts.collect::<Vec<_>>().join(" | ")
}

/// Sends datagrams of 1000 bytes that begin with these numbers.
fn send(socket: &UdpSocket, numbers: Range<u32>) {
    for number in numbers {
        socket.send(&number.to_be_bytes().repeat(250)).expect("no error");
    }
}

/// The next datagram's number, or `None` where there is no waiting for it.
fn receive(socket: &UdpSocket) -> Option<u32> {
    let mut number = [0; 1000];
    match socket.recv(&mut number) {
        Err(error) if error.kind() == ErrorKind::WouldBlock => return None,
        result => assert_eq!(result.expect("no error"), 1000),
    }
    number.first_chunk().copied().map(u32::from_be_bytes)
}

/// A row of bytes, its period a prime, so that a lost or misplaced piece shows.
fn bytes(from: usize, length: usize) -> Vec<u8> {
    (0..251).cycle().skip(from % 251).take(length).collect()
}

/// The wire that loses packets is Linux's: a network for one process.
#[cfg(target_os = "linux")]
mod linux {
    use std::thread;

    use testkit::{counter, in_own_network, ss};

    use super::*;

    /// The packets have 1500 bytes, as on Ethernet, instead of 64 KiB. They get
    /// lost coming in: `send` fails where they do going out. A handshake has no
    /// data and loses none. Every kernel has Reno's congestion control.
    const WIRE: &str = "
        ip link set lo mtu 1500 gso_max_segs 1 up
        echo reno >/proc/sys/net/ipv4/tcp_congestion_control
        nft 'table inet wire { chain input {
            type filter hook input priority 0
            meta l4proto udp numgen inc mod 10 == 5 drop
            meta l4proto tcp meta length > 100 numgen inc mod 10 == 5 drop
        }; }'
        ss -V >/dev/null";

    #[test]
    fn lossy_wire() {
        let test = "promises::linux::lossy_wire";
        let lossy = in_own_network(test, WIRE, || within(DEADLINE, experiment));
        if let Some(text) = lossy {
            assert_transcript!("promises_lossy_wire", text);
        }
    }

    fn experiment() -> String {
        let (socket, from_socket) = sockets();
        let mut received = Vec::new();
        for first in (0..1000).step_by(10) {
            send(&socket, first..first + 10);
            // The receiver keeps up: its buffer is no place of loss here.
            while received.last() != Some(&(first + 9)) {
                received.extend(receive(&from_socket));
            }
        }
        let (mut stream, mut from_stream) = streams();
        let start = congestion(&stream);
        let sent = bytes(0, 4_194_304);
        let mut read = vec![0; sent.len()];
        thread::scope(|scope| {
            scope.spawn(|| stream.write_all(&sent).expect("sent"));
            from_stream.read_exact(&mut read).expect("all comes");
        });
        let end = congestion(&stream);
        println!("{start}{end}");
        // There is a threshold once the kernel has cut the window.
        assert!(start.contains(" cwnd:10 ") && !start.contains(" ssthresh:"));
        assert!(end.contains(" ssthresh:"), "the window was not cut");
        assert!(counter("Tcp", "RetransSegs") > 0, "nothing was sent again");
        assert!(read == sent, "not all that was sent, in order");
        // In that time UDP could have sent the lost ones again as well.
        from_socket.set_nonblocking(true).expect("it can be");
        assert_eq!(receive(&from_socket), None, "sent again");
        assert_eq!(counter("Udp", "OutDatagrams"), 1000, "sent again");
        let [udp, tcp] = [received.len(), read.len()];
        assert!(received.iter().copied().eq((0..1000).filter(|n| n % 10 != 5)));
        format!(
            "The wire loses every tenth packet with data:\n\
             \x20 UDP sends 1000 datagrams; {udp} arrive, in order\n\
             \x20 TCP sends 4194304 bytes; {tcp} arrive, in order\n\
             Meanwhile the kernel:\n\
             \x20 UDP sends nothing again\n\
             \x20 TCP sends segments again, and cuts its congestion window\n",
        )
    }

    /// What the kernel says about the sender's half of a connection.
    fn congestion(stream: &TcpStream) -> String {
        let addr = stream.local_addr().expect("it is connected").to_string();
        ss(&["-tinH", "src", &addr])
    }
}
