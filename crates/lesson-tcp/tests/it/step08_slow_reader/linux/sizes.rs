//! How large buffers are: what was asked for and what the kernel makes of it.

use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    thread,
};

use lesson_tcp::step08_slow_reader::{Buffers, info::info, listen};
use socket2::SockRef;
use testkit::{DEADLINE, in_own_network, within};

use super::{super::*, WIRE};

#[test]
fn linux_doubles_what_was_asked_for() {
    within(DEADLINE, || {
        let asked = Buffers { send: 10_000, receive: 10_000 };
        let given = Buffers { send: 20_000, receive: 20_000 };
        let (client, server) = streams(Some(asked), Some(asked));
        assert_eq!(Buffers::of(&client).expect("open"), given);
        // Accepted sockets have what their listener was given.
        assert_eq!(Buffers::of(&server).expect("open"), given);
    });
}

/// socket(7) says 2048 for the send buffer and 256 for the receive buffer.
#[test]
fn the_smallest_are_larger_than_the_manual_says() {
    within(DEADLINE, || {
        let asked = Some(Buffers { send: 1, receive: 1 });
        let (client, _server) = streams(asked, asked);
        let least = Buffers::of(&client).expect("open");
        println!("asked for 1: {least:?}");
        assert!(least.send > 2048 && least.receive > 256, "{least:?}");
        if cfg!(target_arch = "x86_64") {
            assert_eq!(least, Buffers { send: 4608, receive: 2304 });
        }
    });
}

#[test]
fn the_system_sets_the_largest() {
    within(DEADLINE, || {
        let most = |name| {
            let path = format!("/proc/sys/net/core/{name}");
            fs::read_to_string(path).ok()?.trim().parse::<usize>().ok()
        };
        let (Some(send), Some(receive)) = (most("wmem_max"), most("rmem_max"))
        else {
            testkit::skip("this system hides wmem_max and rmem_max");
            return;
        };
        let asked = Buffers { send: 1 << 30, receive: 1 << 30 };
        let (client, _server) = streams(Some(asked), None);
        // No error: who does not read it back does not know.
        let given = Buffers { send: 2 * send, receive: 2 * receive };
        assert_eq!(Buffers::of(&client).expect("open"), given);
    });
}

/// The unit of the window is settled in the handshake. Later the buffer can
/// grow; what can be said about it cannot.
#[test]
fn before_listen_or_the_window_stays_small() {
    let test = "step08_slow_reader::linux::sizes::\
                before_listen_or_the_window_stays_small";
    in_own_network(test, WIRE, || {
        within(DEADLINE, || {
            let unit = |client: &TcpStream| {
                let info = info(client).expect("ss is there");
                // Bits to shift the window by: the peer's, then ours.
                let scales = info.get("wscale").expect("it is negotiated");
                scales.split(',').next().expect("one").to_owned()
            };
            let large = Buffers { send: 1 << 20, receive: 1 << 20 };
            let (client, _server) = streams(None, Some(large));
            assert_ne!(unit(&client), "0");

            let asked = Buffers { send: 10_000, receive: 10_000 };
            let (client, server) = streams(None, Some(asked));
            let late = SockRef::from(&server);
            late.set_recv_buffer_size(1 << 20).expect("it is open");
            let given = Buffers::of(&server).expect("open").receive;
            assert_eq!(given, 2 << 20, "as large as the other one");
            assert_eq!(unit(&client), "0", "a window of 65535 at most");
            String::new()
        })
    });
}

/// A receive buffer that nobody has set grows with the traffic.
#[test]
fn who_sets_a_size_turns_off_the_growing() {
    let test = "step08_slow_reader::linux::sizes::\
                who_sets_a_size_turns_off_the_growing";
    let setup = format!(
        "{WIRE}
        echo '4096 131072 6291456' >/proc/sys/net/ipv4/tcp_rmem
        echo 1 >/proc/sys/net/ipv4/tcp_moderate_rcvbuf"
    );
    in_own_network(test, &setup, || {
        within(DEADLINE, || {
            let size =
                |end: &TcpStream| Buffers::of(end).expect("open").receive;
            let (client, server) = streams(None, None);
            let start = size(&server);
            let mut rounds = 0;
            // How much it takes depends on how the two get along.
            while size(&server) == start {
                transfer(&client, &server);
                rounds += 1;
            }
            println!("{start} grows to {} in {rounds}", size(&server));
            assert!(size(&server) > start);

            let (client, server) = streams(SMALL, SMALL);
            for _ in 0..rounds {
                transfer(&client, &server);
            }
            assert_eq!(size(&server), 131_072, "twice what we asked for");
            String::new()
        })
    });
}

/// The listener of std does not set them, nor does `None`.
#[test]
fn std_leaves_it_to_the_kernel() {
    within(DEADLINE, || {
        let std = TcpListener::bind(loopback()).expect("a free port");
        let ours = listen(loopback(), None).expect("a free port");
        let size = |listener| {
            SockRef::from(listener).recv_buffer_size().expect("it is open")
        };
        assert_eq!(size(&std), size(&ours));
    });
}

/// Sends much, and reads it at the same time.
fn transfer(mut client: &TcpStream, mut server: &TcpStream) {
    let sent = bytes(MUCH);
    let mut read = vec![0; MUCH];
    thread::scope(|scope| {
        scope.spawn(|| client.write_all(&sent).expect("it is read"));
        server.read_exact(&mut read).expect("it is sent");
    });
    assert!(read == sent, "not all, in order");
}
