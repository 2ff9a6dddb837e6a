//! What Linux tells of it: sizes of buffers, windows and timers. Most of it in
//! a network of one's own, where nobody else's packets are counted.

mod delay;
mod sizes;

use std::{
    io::{self, Read},
    process::Command,
    thread,
};

use lesson_tcp::step08_slow_reader::{
    exchange::{echo, exchange_in_turn},
    fill,
    info::{Info, info},
    listen,
};
use testkit::{
    DEADLINE, Program, assert_transcript, counter, in_own_network, within,
};

use super::{MUCH, SMALL, bytes, streams};
use crate::conversations::loopback;

/// Packets as on Ethernet, and the congestion control that every kernel has.
const WIRE: &str = "
    ip link set lo mtu 1500 up
    echo reno >/proc/sys/net/ipv4/tcp_congestion_control
    ss -V >/dev/null";

#[test]
fn the_window_closes_and_opens() {
    let test = "step08_slow_reader::linux::the_window_closes_and_opens";
    let seen = in_own_network(test, WIRE, || {
        within(DEADLINE, || {
            let (client, mut server) = streams(SMALL, SMALL);
            let sent = bytes(MUCH);
            let mut taken = 0;
            let closed = loop {
                let now = info(&client).expect("ss is there");
                let more = fill(&client, &sent[taken..]).expect("connected");
                taken += more;
                // ss does not mention a window of zero.
                if more == 0
                    && now.get("timer").is_some_and(is_persist)
                    && now.get(WINDOW).is_none()
                    && now.get("rwnd_limited").is_some()
                {
                    break now;
                }
            };
            let unread = info(&server).expect("ss is there");
            assert!(closed.send_queue > 0 && unread.receive_queue > 0);
            assert_eq!(closed.send_queue + unread.receive_queue, taken);
            assert!(counter("TcpExt", "TCPToZeroWindowAdv") > 0);

            // One byte more room is not worth a packet.
            let mut read = vec![0; taken];
            let (first, rest) = read.split_at_mut(1);
            server.read_exact(first).expect("it is there");
            assert_eq!(fill(&client, &sent[taken..]).expect("connected"), 0);
            let still = info(&client).expect("ss is there");
            assert!(still.get(WINDOW).is_none(), "{still:?}");
            server.read_exact(rest).expect("all comes");
            assert!(read == sent[..taken], "not all that was taken, in order");
            // The last acknowledgement may still be on its way.
            let open = loop {
                let now = info(&client).expect("ss is there");
                if now.send_queue == 0
                    && now.get("timer").is_none()
                    && now.get(WINDOW).is_some()
                {
                    break now;
                }
            };
            let nothing = info(&server).expect("ss is there");
            assert_eq!(nothing.receive_queue, 0);
            assert!(counter("TcpExt", "TCPFromZeroWindowAdv") > 0);
            format!(
                "The reader does not read, and write takes no more:\n\
                 \x20 reader: Recv-Q > 0\n\
                 \x20 writer: Send-Q > 0, the peer's window is 0, timer persist\n\
                 \x20 Send-Q + Recv-Q is what write has taken\n\
                 The reader has read one byte:\n\
                 \x20 writer: the peer's window is 0\n\
                 The reader has read all of it:\n\
                 \x20 reader: Recv-Q {}\n\
                 \x20 writer: Send-Q {}, the peer's window is open, no timer\n",
                nothing.receive_queue, open.send_queue
            )
        })
    });
    if let Some(seen) = seen {
        assert_transcript!("step08_slow_reader_window", seen);
    }
}

/// Two writers that wait for each other, as one finds them.
#[test]
fn all_four_queues_are_full() {
    let test = "step08_slow_reader::linux::all_four_queues_are_full";
    in_own_network(test, WIRE, || {
        within(DEADLINE, || {
            let (client, server) = streams(SMALL, SMALL);
            let sent = bytes(MUCH);
            thread::scope(|scope| {
                scope.spawn(|| echo(&server).expect("the client is there"));
                scope.spawn(|| {
                    let mut reply = Vec::new();
                    exchange_in_turn(&client, &sent, &mut reply)
                });
                let is_full = |end| {
                    let now = info(end).expect("ss is there");
                    now.send_queue > 0
                        && now.receive_queue > 0
                        && now.get("timer").is_some_and(is_persist)
                };
                while !(is_full(&client) && is_full(&server)) {}
                // So that both can go home.
                io::copy(&mut &client, &mut io::sink()).expect("an end");
            });
            String::new()
        })
    });
}

/// The kernel asks now and then whether the window has opened.
fn is_persist(timer: &str) -> bool {
    timer.starts_with("(persist")
}

/// Nothing is in the send queue, and the peer's program has not read a byte.
#[test]
fn acknowledged_is_not_read() {
    let test = "step08_slow_reader::linux::acknowledged_is_not_read";
    in_own_network(test, WIRE, || {
        within(DEADLINE, || {
            let (client, server) = streams(None, None);
            assert_eq!(fill(&client, &bytes(1000)).expect("room"), 1000);
            // Until the acknowledgement has come: the kernel's, nobody else's.
            while info(&client).expect("ss is there").send_queue > 0 {}
            assert_eq!(info(&server).expect("ss is there").receive_queue, 1000);
            String::new()
        })
    });
}

/// The program shows some of it whenever it has to wait.
#[test]
fn the_client_shows_what_the_kernel_knows() {
    let test =
        "step08_slow_reader::linux::the_client_shows_what_the_kernel_knows";
    let seen = in_own_network(test, WIRE, || {
        within(DEADLINE, || {
            let listener = listen(loopback(), SMALL).expect("a free port");
            let addr = listener.local_addr().expect("it is bound").to_string();
            let mut client = Command::new(env!("CARGO_BIN_EXE_client"));
            client.args(["--step", "8", "--addr", &addr]);
            let mut client = Program::start(&mut client);
            // Nobody accepts, nobody reads: the kernel needs no one for it.
            let lines = (0..3).map(|_| client.line() + "\n");
            lines.collect::<String>()
        })
    });
    if let Some(seen) = seen {
        let numbers = |c: char| c.is_ascii_digit() || "./".contains(c);
        let words = seen.split_inclusive([' ', ',', '\n']).map(|word| {
            let end = word.trim_start_matches(numbers);
            let is_ours = end == word || word.contains("65536");
            let is_ours = is_ours || word.contains("1000000");
            if is_ours { word.to_owned() } else { format!("…{end}") }
        });
        let shown: String = words.collect();
        assert_transcript!("step08_slow_reader_info", shown);
    }
}

#[test]
fn what_ss_prints_is_understood() {
    let text = "ESTAB 12     87040  127.0.0.1:1 127.0.0.1:2 \
                timer:(persist,200ms,0)\n\t reno rtt:0.021/0.009 cwnd:10\n";
    let info = Info::parse(text).expect("it is what ss prints");
    assert_eq!((info.receive_queue, info.send_queue), (12, 87_040));
    assert_eq!(info.get("rtt"), Some("0.021/0.009"));
    assert_eq!(info.get("cwnd"), Some("10"));
    assert_eq!(info.get(WINDOW), None);
    assert!(Info::parse("").is_none(), "no such connection");
}

/// How many bytes the peer has room for, in the words of ss.
const WINDOW: &str = "snd_wnd";
