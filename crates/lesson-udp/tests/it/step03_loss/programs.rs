//! The pinger and the server as a learner runs them.

use std::{net::UdpSocket, process::Command, thread};

use testkit::{DEADLINE, Ended, Program, assert_transcript, within};

use crate::{
    conversations::loopback,
    programs::{client, complaint, server},
};

#[test]
fn print_what_the_chapter_shows() {
    within(DEADLINE, || {
        let mut server = serving(&[]);
        let addr = server.addr().to_string();
        let size = server.line();
        assert!(size.starts_with("its receive buffer has "), "{size}");
        let Ended { code, stdout, stderr } = pinged(
            &addr,
            &["--count", "3", "--interval", "0.01", "--timeout", "30"],
        );
        assert_eq!((code, &*stderr), (Some(0), ""));
        let lines = [(); 3].map(|()| server.line());
        let (_, peer) = lines[0].rsplit_once('[').expect("a client");
        let shown = format!(
            "receiving on {addr}\nits receive buffer has … bytes\n{}\n---\n\
             {stdout}",
            lines.join("\n").replace(peer, "127.0.0.1:54321]"),
        );
        let shown = shown.replace(&addr, "127.0.0.1:8003");
        assert_transcript!("step03_loss_programs", no_times(&shown));
    });
}

/// All at once to a server that takes one in a while: whatever is lost, it
/// adds up, and each that comes back has waited for those before it.
#[test]
fn a_burst_to_a_slow_server_adds_up() {
    within(DEADLINE, || {
        let mut server = serving(&["--pause", "0.002", "--buffer", "10000"]);
        let addr = server.addr().to_string();
        server.ignore_output();
        let Ended { code, stdout, stderr } = pinged(
            &addr,
            &["--count", "500", "--interval", "0", "--timeout", "2"],
        );
        let counts = numbers(&stdout, "500 sent: ");
        let [in_time, late, lost] = counts[1..4] else { panic!("{stdout}") };
        assert_eq!(in_time + late + lost, 500, "{stdout}");
        // A machine that stood still for so long has seen nothing in time.
        let expected = Some(i32::from(in_time + late == 0));
        assert_eq!(code, expected, "{stderr}");
        assert!(lost > 0, "{stdout}");
        let replies = stdout.matches(" bytes from ").count();
        assert_eq!(replies, in_time + late, "{stdout}");
    });
}

#[test]
fn nothing_comes_back_and_the_exit_code_says_so() {
    within(DEADLINE, || {
        let nobody = UdpSocket::bind(loopback()).expect("a free port");
        let addr = nobody.local_addr().expect("it is bound").to_string();
        let args = ["--count", "2", "--interval", "0", "--timeout", "0.05"];
        let Ended { code, stdout, stderr } = pinged(&addr, &args);
        assert_eq!(
            stdout,
            format!(
                "probes: 2 of 56 bytes to {addr}\n\
                 no reply within 50ms: seq=0\n\
                 no reply within 50ms: seq=1\n\
                 2 sent: 0 in time, 0 late, 2 lost (100.0 %)\n\
                 duplicates 0, out of order 0\n"
            )
        );
        assert_eq!(
            stderr,
            format!(
                "error: {addr}: nothing came back; is udp-server --step 3 \
                 there? If it is slow, try a longer --timeout\n"
            )
        );
        assert_eq!(code, Some(1));
    });
}

/// A server of step 1 answers, but it does not echo. And a stranger does.
#[test]
fn tells_what_is_not_counted() {
    within(DEADLINE, || {
        let server = UdpSocket::bind(loopback()).expect("a free port");
        let addr = server.local_addr().expect("it is bound").to_string();
        let stranger = UdpSocket::bind(loopback()).expect("a free port");
        let from = stranger.local_addr().expect("it is bound");
        let serving = thread::spawn(move || {
            let mut probe = [0; 56];
            let (_, client) = server.recv_from(&mut probe).expect("a probe");
            server.send_to(b"ok", client).expect("sent");
            stranger.send_to(&probe, client).expect("sent");
            server.send_to(&probe, client).expect("sent");
        });
        let args = ["--count", "1", "--timeout", "30"];
        let Ended { code, stdout, stderr } = pinged(&addr, &args);
        serving.join().expect("no panic");
        assert_eq!(
            stderr,
            format!(
                "not counted: 2 bytes from {addr} that are no echo of ours\n\
                 not counted: a datagram from {from}, who was not asked\n"
            )
        );
        assert_eq!(code, Some(0));
        assert!(stdout.contains("\n1 sent: 1 in time, 0 late, 0 lost (0.0 %)"));
    });
}

/// From the header alone to the longest that IPv4 has. (macOS sends no long
/// ones, unless told otherwise.)
#[test]
#[cfg(not(target_vendor = "apple"))]
fn pings_with_any_size() {
    within(DEADLINE, || {
        let mut server = serving(&[]);
        let addr = server.addr().to_string();
        for bytes in ["12", "65507"] {
            let args = ["--count", "1", "--bytes", bytes, "--timeout", "30"];
            let Ended { code, stdout, stderr } = pinged(&addr, &args);
            assert_eq!((code, &*stderr), (Some(0), ""));
            let start = format!("probes: 1 of {bytes} bytes to {addr}\n");
            assert!(stdout.starts_with(&start), "{stdout}");
        }
    });
}

#[test]
fn a_probe_that_is_too_long_is_one_line() {
    within(DEADLINE, || {
        let nobody = UdpSocket::bind(loopback()).expect("a free port");
        let addr = nobody.local_addr().expect("it is bound").to_string();
        let Ended { code, stderr, .. } = pinged(&addr, &["--bytes", "65508"]);
        assert_eq!(
            stderr,
            "error: 65508 bytes not sent: message too long; over IPv4 there is \
             room for 65507\n"
        );
        assert_eq!(code, Some(1));
    });
}

#[test]
#[cfg(target_os = "linux")]
fn the_server_tells_how_large_its_buffer_is() {
    within(DEADLINE, || {
        let mut server = serving(&["--buffer", "10000"]);
        server.addr();
        assert_eq!(server.line(), "its receive buffer has 20000 bytes");
    });
}

#[test]
fn bad_input_is_one_line() {
    const SECONDS: &str = "seconds such as 2 or 0.5, up to a day";
    let refused = |program: fn(&[&str]) -> Command, flag, value, what| {
        let mut command = program(&["--step", "3", flag, value]);
        let (code, line) = complaint(&mut command);
        let start = format!("error: invalid value '{value}' for '{flag} <");
        assert!(line.starts_with(&start), "{line}");
        let end = format!(">': expected {what}; --help shows the usage\n");
        assert!(line.ends_with(&end), "{line}");
        assert_eq!((code, line.lines().count()), (2, 1));
    };
    within(DEADLINE, move || {
        refused(client, "--count", "0", "a number from 1 to 1000000");
        refused(client, "--interval", "soon", SECONDS);
        refused(client, "--timeout", "0", SECONDS);
        refused(server, "--pause", "86401", SECONDS);
        refused(server, "--buffer", "x", "a number from 0 to 2147483647");

        let args = ["--step", "3", "--bytes", "11"];
        let (code, line) = complaint(&mut client(&args));
        assert_eq!(
            line,
            "error: a probe has 12 bytes at least, for its number, and 11 are \
             too few; try --bytes 12; --help shows the usage\n"
        );
        assert_eq!(code, 2);
    });
}

fn serving(args: &[&str]) -> Program {
    let args = [&["--step", "3", "--addr", "127.0.0.1:0"], args].concat();
    Program::start(&mut server(&args))
}

fn pinged(addr: &str, args: &[&str]) -> Ended {
    let args = [&["--step", "3", "--addr", addr], args].concat();
    Program::run(&mut client(&args), b"")
}

/// The whole numbers of the line that starts like this.
fn numbers(text: &str, start: &str) -> Vec<usize> {
    let line = text.lines().find(|line| line.starts_with(start));
    let line = line.unwrap_or_else(|| panic!("no {start:?} in {text}"));
    let words = line.split(|c: char| !c.is_ascii_digit());
    words.filter_map(|word| word.parse().ok()).collect()
}

/// Each time becomes dots: it is another one in each run.
fn no_times(text: &str) -> String {
    let dots = |line: &str| {
        let is_time =
            |word: &str| word.contains('.') && word.ends_with(char::is_numeric);
        let words = line.split_inclusive(['=', '/', ' ']).map(|word| {
            let bare = word.trim_end_matches(['=', '/', ' ']);
            let known = bare.contains(':') || bare.contains('(');
            if is_time(bare) && !known {
                word.replace(bare, "…")
            } else {
                word.to_owned()
            }
        });
        words.collect::<String>() + "\n"
    };
    text.lines().map(dots).collect()
}
