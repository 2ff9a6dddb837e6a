//! What Linux does with a receiver that is slow, and what it tells of it. Where
//! it counts, in a network of one's own: nobody else's datagrams are counted.

mod icmp;
mod sending;
mod sizes;

use std::{io::ErrorKind, net::UdpSocket, thread, time::Duration};

use lesson_udp::step03_loss::{
    Pinger, Plan, Summary, serve_next, set_buffer_size,
};
use testkit::{
    DEADLINE, assert_transcript, counter, in_own_network, ss, within,
};

use super::PLAN;
use crate::conversations::loopback;

const NETWORK: &str = "ip link set lo up; ss -V >/dev/null";

/// The receive buffer of a system that nobody has tuned, in bytes.
const COMMON: usize = 212_992;

/// More than fits into that.
const MANY: u32 = 5000;

/// The receiver does not read while 5000 datagrams come. Then it reads.
#[test]
fn a_receiver_that_sleeps_loses_the_newest() {
    let test = "step03_loss::linux::a_receiver_that_sleeps_loses_the_newest";
    let seen = in_own_network(test, NETWORK, || within(DEADLINE, sleep));
    if let Some(seen) = seen {
        assert_transcript!("step03_loss_sleeps", seen);
    }
}

fn sleep() -> String {
    let (sender, receiver) = sockets();
    send(&sender, 0..MANY, 1000);
    let full = ss(&["-uamn"]);
    let read = numbers(&read(&receiver));
    let kept = u32::try_from(read.len()).expect("at most that many");
    println!("{full}{kept} kept, {} lost", lost());
    // The queue keeps what came first: it has no gap, and no later end.
    assert!(0 < kept && kept < MANY, "{kept}");
    assert_eq!(read, (0..kept).collect::<Vec<_>>());
    // Three who count, and they agree to the last one.
    assert_eq!(counter("Udp", "OutDatagrams"), MANY as usize);
    assert_eq!(counter("Udp", "InDatagrams"), kept as usize);
    assert_eq!(lost(), MANY - kept);
    assert_eq!(dropped(&full), lost());
    // And then nobody would know that there has been anything at all.
    send(&sender, MANY..=MANY, 1000);
    assert_eq!(numbers(&self::read(&receiver)), [MANY]);
    format!(
        "{MANY} datagrams come while the receiver does not read:\n\
         \x20 sendto: Ok, {MANY} times\n\
         \x20 the kernel, OutDatagrams: {MANY}\n\
         \x20 the kernel, RcvbufErrors: all but those that the buffer has room for\n\
         \x20 ss, dropped: the same number\n\
         The receiver reads until there is nothing more:\n\
         \x20 it gets 0, 1, 2, and so on, without a gap: the oldest\n\
         \x20 received + RcvbufErrors: {}\n\
         One more comes, and the receiver reads:\n\
         \x20 it gets {MANY}\n",
        kept + lost()
    )
}

/// What the pinger misses is what the kernel has dropped.
#[test]
fn the_numbers_show_what_the_counter_counts() {
    let test = "step03_loss::linux::the_numbers_show_what_the_counter_counts";
    in_own_network(test, NETWORK, || {
        within(DEADLINE, || {
            let (client, server) = sockets();
            let mut pinger = Pinger::new(Plan { count: MANY, ..PLAN });
            let now = Duration::ZERO;
            while let Some(probe) = pinger.next_probe(now) {
                client.send(&probe).expect("sent");
            }
            // Now the server wakes up. Both sides keep up from here on.
            let kept = MANY - lost();
            let echoing = thread::spawn(move || {
                for _ in 0..kept {
                    serve_next(&server, &mut |_| {}).expect("a datagram");
                }
            });
            for _ in 0..kept {
                let mut echo = [0; 99];
                let length = client.recv(&mut echo).expect("an echo");
                let reply = pinger.receive(now, &echo[..length]);
                assert!(!reply.expect("an echo").out_of_order);
            }
            echoing.join().expect("no panic");
            let summary = Summary::of(&pinger);
            println!("{summary}");
            assert_eq!((summary.sent, summary.lost), (MANY, lost()));
            assert_eq!((summary.duplicates, summary.out_of_order), (0, 0));
            String::new()
        })
    });
}

/// Nothing is dropped, and all of it is lost: what waits in a queue until nobody
/// waits for it any more might as well not have come.
#[test]
fn the_kernel_drops_none_and_the_pinger_has_none() {
    let test = "step03_loss::linux::\
                the_kernel_drops_none_and_the_pinger_has_none";
    in_own_network(test, NETWORK, || {
        within(DEADLINE, || {
            let server = UdpSocket::bind(loopback()).expect("a free port");
            let addr = server.local_addr().expect("it is bound");
            let timeout = Duration::from_millis(50);
            let plan = Plan { count: 10, timeout, ..PLAN };
            let (_, summary) = super::pinged(addr, plan);
            assert_eq!((summary.sent, summary.lost), (10, 10));
            assert_eq!((lost(), read(&server).len()), (0, 10));
            String::new()
        })
    });
}

/// Against a burst room helps: it is there until the reader has time. Against a
/// reader who is slower for good no room is enough.
#[test]
fn room_helps_against_bursts_only() {
    let test = "step03_loss::linux::room_helps_against_bursts_only";
    let seen = in_own_network(test, NETWORK, || within(DEADLINE, compare));
    if let Some(seen) = seen {
        assert_transcript!("step03_loss_room", seen);
    }
}

fn compare() -> String {
    let with_room = |bytes| {
        let (sender, receiver) = sockets();
        set_buffer_size(&receiver, bytes).expect("not too much");
        (sender, receiver)
    };
    // 50 at once, then the reader reads all that is there: lost in 100 rounds.
    let bursts = |bytes| {
        let ((sender, receiver), before) = (with_room(bytes), lost());
        for round in 0..100 {
            send(&sender, 50 * round..50 * (round + 1), 1000);
            read(&receiver);
        }
        lost() - before
    };
    // 10 at once, and the reader reads 5: lost in each of 1000 rounds.
    let for_good = |bytes| {
        let (sender, receiver) = with_room(bytes);
        let lost = (0..1000).map(|round| {
            let before = lost();
            send(&sender, 10 * round..10 * (round + 1), 1000);
            for _ in 0..5 {
                receiver.recv(&mut [0; 1000]).expect("there are enough");
            }
            lost() - before
        });
        lost.collect::<Vec<_>>()
    };
    let first = |lost: &[u32]| {
        lost.iter().position(|&lost| lost > 0).expect("sooner or later")
    };
    let end = |lost: &[u32]| lost[500..].iter().sum::<u32>();
    let [few, much] = [10_000, 100_000].map(bursts);
    let [small, large] = [10_000, 100_000].map(for_good);
    println!(
        "{few} and {much}; first in {} and {}",
        first(&small),
        first(&large)
    );
    println!("in the end {} and {}", end(&small), end(&large));
    assert!(few > 0 && first(&small) < first(&large));
    // Half of what is sent, give or take what the queue still holds.
    let half = 2400..=2600;
    assert!(half.contains(&end(&small)) && half.contains(&end(&large)));
    format!(
        "Room for 10000 bytes asked for, and for 100000:\n\
         \x20 50 come at once, then all are read, 100 times:\n\
         \x20   10000: some are lost\n\
         \x20   100000: {much} are lost\n\
         \x20 10 come, then 5 are read, 1000 times:\n\
         \x20   10000: soon half of them are lost\n\
         \x20   100000: later half of them are lost\n"
    )
}

/// `lo` has one road only: 1000 of 1000, in order, each once.
#[test]
fn lo_loses_nothing_reorders_nothing_and_doubles_nothing() {
    let test = "step03_loss::linux::\
                lo_loses_nothing_reorders_nothing_and_doubles_nothing";
    in_own_network(test, NETWORK, || {
        within(DEADLINE, || {
            let (sender, receiver) = sockets();
            let mut read = Vec::new();
            // The receiver keeps up: its buffer is no place of loss here.
            for first in (0..1000).step_by(10) {
                send(&sender, first..first + 10, 1000);
                read.extend(numbers(&self::read(&receiver)));
            }
            assert_eq!(read, (0..1000).collect::<Vec<_>>());
            assert_eq!(lost(), 0);
            String::new()
        })
    });
}

/// To send from, to receive at.
fn sockets() -> (UdpSocket, UdpSocket) {
    let bind = || UdpSocket::bind(loopback()).expect("a free port");
    let (sender, receiver) = (bind(), bind());
    sender.connect(receiver.local_addr().expect("bound")).expect("noted");
    // Some systems are set up for more, and would keep all that we send.
    set_buffer_size(&receiver, COMMON / 2).expect("less than the limit");
    (sender, receiver)
}

/// Sends datagrams that begin with these numbers.
fn send(
    sender: &UdpSocket,
    numbers: impl IntoIterator<Item = u32>,
    length: usize,
) {
    for number in numbers {
        let mut datagram = number.to_be_bytes().to_vec();
        datagram.resize(length, 0);
        sender.send(&datagram).expect("it always is");
    }
}

/// All that waits for this receiver.
fn read(receiver: &UdpSocket) -> Vec<Vec<u8>> {
    receiver.set_nonblocking(true).expect("it can be");
    let mut datagrams = Vec::new();
    loop {
        let mut buffer = vec![0; 65_535];
        match receiver.recv(&mut buffer) {
            Ok(length) => datagrams.push(buffer[..length].to_vec()),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::WouldBlock);
                break;
            }
        }
    }
    receiver.set_nonblocking(false).expect("it can be");
    datagrams
}

fn numbers(datagrams: &[Vec<u8>]) -> Vec<u32> {
    let number = |datagram: &Vec<u8>| {
        u32::from_be_bytes(*datagram.first_chunk().expect("it has a number"))
    };
    datagrams.iter().map(number).collect()
}

/// How many datagrams this network's kernel has dropped because a receive
/// buffer was full.
fn lost() -> u32 {
    u32::try_from(counter("Udp", "RcvbufErrors")).expect("not that many")
}

/// The number behind the `d` in what ss shows of the socket that has lost some.
fn dropped(shown: &str) -> u32 {
    let numbers = shown
        .split(['(', ',', ')'])
        .filter_map(|word| word.strip_prefix('d')?.parse::<u32>().ok());
    numbers.max().expect("ss -m shows it")
}
