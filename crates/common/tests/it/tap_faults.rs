//! The tap with faults: a link in each direction, between real sockets.

use std::{
    net::{SocketAddr, UdpSocket},
    process::Command,
};

use testkit::{DEADLINE, Program, assert_transcript, within};

/// A tap with these faults, a client and the server behind it.
struct Path {
    tap: Program,
    addr: SocketAddr,
    client: UdpSocket,
    server: UdpSocket,
}

fn path(faults: &[&str]) -> Path {
    let bind = || UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let (client, server) = (bind(), bind());
    let to = server.local_addr().expect("it is bound").to_string();
    let mut tap = Command::new(env!("CARGO_BIN_EXE_tap"));
    tap.args(["udp", "--listen", "127.0.0.1:0", "--to", &to]).args(faults);
    let mut tap = Program::start(&mut tap);
    let addr = tap.addr();
    assert_eq!(tap.line(), format!("passing everything on to {to}"));
    Path { tap, addr, client, server }
}

fn receive(socket: &UdpSocket) -> (Vec<u8>, SocketAddr) {
    let mut buffer = [0; 99];
    let (length, from) = socket.recv_from(&mut buffer).expect("one comes");
    (buffer[..length].to_vec(), from)
}

/// What the server has received by now: what is sent to it directly comes last.
fn received(server: &UdpSocket) -> Vec<Vec<u8>> {
    let marker = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let server_addr = server.local_addr().expect("it is bound");
    marker.send_to(b"marker", server_addr).expect("sent");
    let all = std::iter::repeat_with(|| receive(server).0);
    all.take_while(|datagram| datagram != b"marker").collect()
}

/// One fault at a time, for all datagrams: what the tap says of them, and what
/// the server gets.
#[test]
fn says_what_it_does_to_each() {
    within(DEADLINE, || {
        let mut shown = Vec::new();
        for (faults, copies) in [
            (&["--loss", "100%"][..], 0),
            (&["--loss", "100%", "--burst", "3"], 0),
            (&["--mtu", "4"], 0),
            // Under way for longer than we wait.
            (&["--delay", "60s"], 0),
            (&["--delay", "20ms"], 1),
            (&["--duplicate", "100%"], 2),
            (&["--corrupt", "100%"], 1),
            (&["--reorder", "100%"], 1),
            // 5 bytes: 40 ms.
            (&["--rate", "1kbit"], 1),
        ] {
            let Path { mut tap, addr, client, server } = path(faults);
            client.send_to(b"hello", addr).expect("sent");
            shown.push(format!("{}:", faults.join(" ")));
            shown.extend([tap.line(), tap.line(), tap.line()]);
            let mut got: Vec<_> =
                (0..copies).map(|_| receive(&server).0).collect();
            if copies == 0 {
                // That one has been reported says that this one has been dealt
                // with: it is the only one.
                got = received(&server);
            }
            for datagram in got {
                let text = datagram.escape_ascii().to_string();
                shown.push(format!("the server gets {text:?}"));
            }
        }
        assert_transcript!("tap_faults", shown.join("\n"));
    });
}

/// Of what has room for one: the second of two that come together is lost.
#[test]
fn a_queue_is_as_long_as_was_asked_for() {
    within(DEADLINE, || {
        let Path { mut tap, addr, client, server: _server } =
            path(&["--rate", "1bit", "--queue", "5"]);
        let fates = [(); 2].map(|()| {
            client.send_to(b"hello", addr).expect("sent");
            [tap.line(), tap.line(), tap.line()][2].trim().to_owned()
        });
        assert_eq!(fates, ["in 40000.0 ms", "lost: the queue is full"]);
    });
}

/// Within the jitter, and not each the same.
#[test]
fn jitter_is_as_much_as_was_asked_for() {
    within(DEADLINE, || {
        let Path { mut tap, addr, client, server: _server } =
            path(&["--delay", "30s", "--jitter", "10s"]);
        let times = [(); 9].map(|()| {
            client.send_to(b"hello", addr).expect("sent");
            let fate = [tap.line(), tap.line(), tap.line()][2].clone();
            let number = fate.trim().strip_prefix("in ").expect("it arrives");
            let number = number.strip_suffix(" ms").expect("milliseconds");
            number.parse::<f64>().expect("a number")
        });
        for time in times {
            assert!((20_000.0..=40_000.0).contains(&time), "{time}");
        }
        assert!(times.iter().any(|&time| (time - times[0]).abs() > 100.0));
    });
}

/// In bursts, with a seed at which some are lost and some are not.
#[test]
fn bursts_are_as_long_as_was_asked_for() {
    within(DEADLINE, || {
        let lost = |more: &[&str]| {
            let faults = [&["--loss", "50%", "--seed", "3"], more].concat();
            let Path { mut tap, addr, client, server: _server } = path(&faults);
            let fates = (0..60).map(|_| {
                client.send_to(b"hello", addr).expect("sent");
                [tap.line(), tap.line(), tap.line()][2].trim() == "lost"
            });
            fates.collect::<Vec<_>>()
        };
        let changes = |fates: &[bool]| {
            fates.windows(2).filter(|pair| pair[0] != pair[1]).count()
        };
        let (alone, bursts) = (lost(&[]), lost(&["--burst", "10"]));
        assert!(changes(&alone) > 20, "{alone:?}");
        assert!((1..15).contains(&changes(&bursts)), "{bursts:?}");
    });
}

/// Both directions have faults, each client its own: with half of all lost, of
/// the questions some come, and of the answers some.
#[test]
fn loses_in_both_directions() {
    within(DEADLINE, || {
        let Path { mut tap, addr, client, server } =
            path(&["--loss", "50%", "--seed", "7"]);
        let other = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        let mut rows = Vec::new();
        for (client, name) in [(&client, "client"), (&other, "client 2")] {
            let (mut asked, mut answered) = (String::new(), String::new());
            for number in 0..40u8 {
                client.send_to(&[number], addr).expect("sent");
                let lines = [tap.line(), tap.line(), tap.line()];
                let start = format!("{name} -> server  1 byte ");
                assert!(lines[0].starts_with(&start), "{}", lines[0]);
                if lines[2].trim() == "lost" {
                    asked.push('-');
                    continue;
                }
                asked.push('+');
                let (question, from) = receive(&server);
                assert_eq!(question, [number]);
                server.send_to(&question, from).expect("sent");
                let lines = [tap.line(), tap.line(), tap.line()];
                let start = format!("server -> {name}  1 byte ");
                assert!(lines[0].starts_with(&start), "{}", lines[0]);
                if lines[2].trim() == "lost" {
                    answered.push('-');
                    continue;
                }
                answered.push('+');
                assert_eq!(receive(client).0, [number]);
            }
            rows.extend([
                format!("{name} to server  {asked}"),
                format!("server to {name}  {answered}"),
            ]);
        }
        // The seed decides which, so each run has these.
        assert_transcript!("tap_faults_both", rows.join("\n"));
    });
}

/// One that is held back arrives after one that was sent later. (It is held
/// back for 30 ms; where the machine stands still for longer, we look again.)
#[test]
fn a_later_one_overtakes() {
    within(DEADLINE, || {
        let Path { tap: _tap, addr, client, server } =
            path(&["--reorder", "50%", "--seed", "3"]);
        let is_overtaken = || {
            let got = (0..20u8).map(|number| {
                client.send_to(&[number], addr).expect("sent");
            });
            let sent = got.count();
            let got: Vec<_> = (0..sent).map(|_| receive(&server).0).collect();
            got.windows(2).any(|pair| pair[0] > pair[1])
        };
        while !is_overtaken() {}
    });
}

#[test]
fn bad_faults_are_one_line() {
    within(DEADLINE, || {
        for (faults, what) in [
            (&["--loss", "5"][..], "expected a share such as 5% or 0.05"),
            (&["--loss", "101%"], "from 0% to 100%"),
            (&["--duplicate", "-1%"], "expected a share"),
            (&["--burst", "4"], "not provided: --loss <SHARE>"),
            (&["--loss", "5%", "--burst", "0"], "how many in a row are lost"),
            (&["--delay", "20"], "expected a time such as 20ms or 1.5s"),
            (&["--delay", "61s"], "up to a minute"),
            (&["--jitter", "5ms"], "before they are sent; try --delay 5ms"),
            (&["--rate", "0mbit"], "at 0 nothing would ever get through"),
            (&["--rate", "fast"], "expected a rate such as 64kbit"),
            (&["--queue", "9"], "not provided: --rate <RATE>"),
            (&["--mtu", "0"], "expected a number from 1 to 65535"),
            (&["--seed", "x"], "expected a whole number"),
        ] {
            let mut tap = Command::new(env!("CARGO_BIN_EXE_tap"));
            tap.args(["udp", "--listen", "127.0.0.1:0"]);
            tap.args(["--to", "127.0.0.1:1"]).args(faults);
            let ended = Program::run(&mut tap, b"");
            assert_eq!((ended.code, &*ended.stdout), (Some(2), ""));
            assert!(ended.stderr.contains(what), "{}", ended.stderr);
            assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
        }
    });
}
