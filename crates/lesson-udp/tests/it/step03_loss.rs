//! Step 3: what gets lost, and how one notices.

#[cfg(target_os = "linux")]
mod linux;
mod pinger;
mod programs;
mod virtual_time;

use std::{
    net::{SocketAddr, UdpSocket},
    sync::{
        Arc, Mutex,
        mpsc::{self, Sender},
    },
    thread,
    time::Duration,
};

use common::{Charset, Transcript};
use lesson_udp::step03_loss::{
    Kind, Pinger, Plan, Reply, Seen, Summary, ping, serve, serve_next,
};
use testkit::{DEADLINE, Datagrams, assert_transcript, within};

use crate::conversations::loopback;

/// All at once, small enough to be read, with time for every machine.
const PLAN: Plan = Plan {
    run: 0x2a,
    count: 3,
    interval: Duration::ZERO,
    timeout: DEADLINE,
    bytes: 12,
};

/// Everything that can come: out of order, twice, from a stranger, no echo.
#[test]
fn tells_replies_from_what_is_none() {
    within(DEADLINE, || {
        let transcript =
            Arc::new(Mutex::new(Transcript::of_datagrams(Charset::Utf8)));
        let server = Datagrams::bind("server", &transcript);
        let stranger = Datagrams::bind("stranger", &transcript);
        let addr = server.addr();
        let pinging = thread::spawn(move || pinged(addr, PLAN));
        let [first, second, third] = [(); 3].map(|()| server.receive("client"));
        let (client, echo) = (first.1, |probe: &[u8]| {
            server.send(probe, "client", first.1);
        });
        echo(&third.0);
        echo(&first.0);
        echo(&first.0);
        stranger.send(&second.0, "client", client);
        echo(b"ok");
        echo(&second.0);
        let (seen, summary) = pinging.join().expect("no panic");

        let reply = |seen: &Seen| match *seen {
            Seen::Reply(Reply { number, kind, out_of_order, .. }) => {
                Some((number, kind, out_of_order))
            }
            _ => None,
        };
        let replies: Vec<_> = seen.iter().filter_map(reply).collect();
        let expected = [
            (2, Kind::InTime, false),
            (0, Kind::InTime, true),
            (0, Kind::Duplicate, false),
            (1, Kind::InTime, true),
        ];
        assert_eq!(replies, expected);
        assert_eq!(seen[3], Seen::Stranger { peer: stranger.addr() });
        assert_eq!(seen[4], Seen::NoEcho { bytes: 2 });
        let Summary { sent, in_time, late, lost, .. } = summary;
        assert_eq!([sent, in_time, late, lost], [3, 3, 0, 0]);
        assert_eq!((summary.duplicates, summary.out_of_order), (1, 2));
        let said = transcript.lock().expect("no panic").clone();
        assert_transcript!("step03_loss", said);
    });
}

/// Nobody answers: each probe is given up, and there is nothing to average.
#[test]
fn gives_up_when_nothing_comes() {
    within(DEADLINE, || {
        let nobody = UdpSocket::bind(loopback()).expect("a free port");
        let addr = nobody.local_addr().expect("it is bound");
        let timeout = Duration::from_millis(50);
        let (seen, summary) = pinged(addr, Plan { timeout, ..PLAN });
        let silence = |number| Seen::Silence { number };
        assert_eq!(seen, [0, 1, 2].map(silence));
        assert_eq!((summary.lost, summary.times), (3, None));
    });
}

/// A stranger that does not stop: the run ends all the same.
#[test]
fn a_stranger_cannot_prolong_it() {
    within(DEADLINE, || {
        let server = UdpSocket::bind(loopback()).expect("a free port");
        let addr = server.local_addr().expect("it is bound");
        let timeout = Duration::from_millis(100);
        let plan = Plan { count: 1, timeout, ..PLAN };
        let pinging = thread::spawn(move || pinged(addr, plan));
        let (_, client) = server.recv_from(&mut [0; 99]).expect("a probe");
        let stranger = UdpSocket::bind(loopback()).expect("a free port");
        while !pinging.is_finished() {
            stranger.send_to(b"trust me", client).expect("sent");
        }
        assert_eq!(pinging.join().expect("no panic").1.lost, 1);
    });
}

/// Datagrams of any size come back as they were, from the empty one to the
/// longest. (macOS sends no long ones, unless told otherwise.)
#[test]
fn the_server_sends_back_what_came() {
    within(DEADLINE, || {
        let server = UdpSocket::bind(loopback()).expect("a free port");
        let addr = server.local_addr().expect("it is bound");
        let longest = if cfg!(target_vendor = "apple") { 9000 } else { 65_507 };
        let sizes = [0, 1, 56, 1472, longest];
        let serving = thread::spawn(move || {
            for _ in sizes {
                serve_next(&server, &mut |_| {}).expect("a datagram");
            }
        });
        let client = UdpSocket::bind(loopback()).expect("a free port");
        for size in sizes {
            let datagram: Vec<_> = (0..=u8::MAX).cycle().take(size).collect();
            client.send_to(&datagram, addr).expect("sent");
            let mut echo = vec![0; 65_535];
            let (length, from) = client.recv_from(&mut echo).expect("an echo");
            assert_eq!(from, addr);
            assert!(echo[..length] == datagram, "other bytes");
        }
        serving.join().expect("no panic");
    });
}

/// A pause before each datagram, also before the first.
#[test]
fn the_server_pauses_before_it_reads() {
    within(DEADLINE, || {
        let server = UdpSocket::bind(loopback()).expect("a free port");
        let addr = server.local_addr().expect("it is bound");
        let client = UdpSocket::bind(loopback()).expect("a free port");
        client.send_to(b"one", addr).expect("sent");
        client.send_to(b"two", addr).expect("sent");
        let (events, happened) = mpsc::channel();
        let read = events.clone();
        thread::spawn(move || {
            let tell = |events: &Sender<_>, what| {
                // At the end nobody listens any more.
                let _ = events.send(what);
            };
            let mut pause = || tell(&events, "pause");
            serve(&server, &mut pause, &mut |_| tell(&read, "read"))
        });
        let found: Vec<_> = happened.iter().take(5).collect();
        assert_eq!(found, ["pause", "read", "pause", "read", "pause"]);
    });
}

/// What a pinger sees, and what it says at the end.
fn pinged(server: SocketAddr, plan: Plan) -> (Vec<Seen>, Summary) {
    let socket = UdpSocket::bind(loopback()).expect("a free port");
    let (mut pinger, mut seen) = (Pinger::new(plan), Vec::new());
    ping(&socket, server, &mut pinger, &mut |event| seen.push(event))
        .expect("it can be sent");
    (seen, Summary::of(&pinger))
}

/// A pinger that was busy until the time was up: what has come meanwhile is
/// late, and not lost.
#[test]
fn what_is_there_is_read_before_it_is_given_up() {
    within(DEADLINE, || {
        let timeout = Duration::from_millis(300);
        let plan = Plan { count: 2, interval: Duration::ZERO, timeout, ..PLAN };
        // A machine that stands still may be too late for the first one.
        while !is_read_late(plan) {}
    });
}

/// Whether all came about as it should: 0 in time; then the client was busy,
/// while the echo of 1 came and its time passed.
fn is_read_late(plan: Plan) -> bool {
    let server = UdpSocket::bind(loopback()).expect("a free port");
    let addr = server.local_addr().expect("it is bound");
    let socket = UdpSocket::bind(loopback()).expect("a free port");
    let (busy, client_is_busy) = mpsc::channel();
    let (echoed, has_echoed) = mpsc::channel();
    let serving = thread::spawn(move || {
        let mut buffer = [0; 99];
        let probes = [(); 2].map(|()| {
            let (length, peer) = server.recv_from(&mut buffer).expect("one");
            (buffer[..length].to_vec(), peer)
        });
        server.send_to(&probes[0].0, probes[0].1).expect("sent");
        // Gone, where the client has seen something else.
        if client_is_busy.recv().is_ok() {
            server.send_to(&probes[1].0, probes[1].1).expect("sent");
            let _ = echoed.send(());
        }
    });
    let (mut pinger, mut seen) = (Pinger::new(plan), Vec::new());
    ping(&socket, addr, &mut pinger, &mut |event| {
        seen.push(event);
        if seen.len() == 1 {
            let _ = busy.send(());
            let _ = has_echoed.recv();
            // Nobody sends, and so this takes as long as a timeout.
            let (_nobody, nothing) = mpsc::channel::<()>();
            let _ = nothing.recv_timeout(plan.timeout);
        }
    })
    .expect("it can be sent");
    drop(busy);
    serving.join().expect("no panic");
    let kinds: Vec<_> = seen
        .iter()
        .map(|event| match event {
            Seen::Reply(reply) => (reply.number, Some(reply.kind)),
            Seen::Silence { number } => (*number, None),
            other => panic!("{other:?}"),
        })
        .collect();
    if kinds.first() != Some(&(0, Some(Kind::InTime))) {
        return false;
    }
    // Its time was up before anybody looked, and it was there.
    assert_eq!(kinds[1..], [(1, Some(Kind::Late))]);
    true
}
