//! The pinger through the tap with faults: what each of the two says about the
//! same datagrams adds up.

use std::{net::UdpSocket, thread, time::Duration};

use common::link::{Fate, Faults, Share};
use testkit::Program;

use super::{our_server, ours, with_programs};

/// Of the probes some are lost, and of the echoes: the pinger misses them all,
/// and the tap tells which ones they were.
#[test]
fn what_the_tap_loses_the_pinger_misses() {
    with_programs(|| {
        let faults = ["--loss", "20%", "--delay", "5ms", "--seed", "7"];
        let Seen { there, back, pinged, .. } = ping_through(&faults, 100);
        let [in_time, late, lost] = counts(&pinged);
        let gone = lost_of(&there) + lost_of(&back);
        assert_eq!((in_time + late, lost), (100 - gone, gone), "{pinged}");
        // Not the same number only: a link is a function of its seed, so these
        // are the fates that it has on virtual time.
        let mut link = Faults {
            loss: Share::try_from(0.2).expect("a share"),
            delay: Duration::from_millis(5),
            seed: 7,
            ..Faults::default()
        }
        .link(0);
        let fates = (0..100).map(|_| link.send(Duration::ZERO, b"any"));
        let fates: Vec<_> = fates.map(|fate: Fate| fate.to_string()).collect();
        assert_eq!(there, fates);
    });
}

#[test]
fn with_every_fault_it_still_adds_up() {
    with_programs(|| {
        let faults = [
            "--loss",
            "20%",
            "--delay",
            "20ms",
            "--jitter",
            "5ms",
            "--reorder",
            "5%",
            "--duplicate",
            "5%",
            "--corrupt",
            "5%",
            "--seed",
            "7",
        ];
        let Seen { there, back, pinged, not_counted } =
            ping_through(&faults, 200);
        let [in_time, late, lost] = counts(&pinged);
        assert_eq!(in_time + late + lost, 200, "{pinged}");
        // A duplicate that comes after the end of the run nobody sees.
        let replies = pinged.matches(" bytes from ").count();
        let duplicates = pinged.matches(" (duplicate)").count();
        assert_eq!(replies, in_time + late + duplicates, "{pinged}");
        let count = |fates: &[String], start| {
            fates.iter().filter(|fate| fate.starts_with(start)).count()
        };
        let twice = count(&there, "twice") + count(&back, "twice");
        assert!(duplicates <= 2 * twice, "{pinged}");
        let damaged = count(&there, "damaged") + count(&back, "damaged");
        assert!(not_counted <= 2 * damaged, "{pinged}");
        assert!(lost <= lost_of(&there) + lost_of(&back) + damaged, "{pinged}");
        // With these seeds there are some of each.
        assert!(twice > 0 && damaged > 0 && lost > 0, "{pinged}");
    });
}

/// What the tap and the pinger have to say.
struct Seen {
    /// The fates of the datagrams to the server, and of those to the client.
    there: Vec<String>,
    back: Vec<String>,
    /// What the pinger prints, and how often it complains.
    pinged: String,
    not_counted: usize,
}

fn ping_through(faults: &[&str], count: usize) -> Seen {
    let mut server = our_server("udp-server", &["--step", "3"]);
    let to = server.addr().to_string();
    server.ignore_output();
    let mut tap = ours("tap", &["udp", "--listen", "127.0.0.1:0", "--to", &to]);
    let mut tap = Program::start(tap.args(faults));
    let addr = tap.addr().to_string();
    tap.line();
    let mut client = ours("udp-client", &["--step", "3", "--addr", &addr]);
    client.args(["--count", &count.to_string(), "--interval", "0.01"]);
    // Time for a machine that has much to do.
    client.args(["--timeout", "4"]);
    // Meanwhile somebody has to read what the tap prints: it waits for that.
    let pinging = thread::spawn(move || {
        let ended = Program::run(&mut client, b"");
        // By then the tap has said all that it has to say.
        let marker = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        marker.send_to(b"the end", addr).expect("sent");
        ended
    });
    let (mut there, mut back) = (Vec::new(), Vec::new());
    let mut to_server = true;
    loop {
        let line = tap.line();
        if line.starts_with("client 2 -> ") {
            break;
        } else if line.starts_with("client -> ") {
            to_server = true;
        } else if line.starts_with("server -> ") {
            to_server = false;
        } else if let Some(fate) = fate(&line) {
            let fates = if to_server { &mut there } else { &mut back };
            fates.push(fate.to_owned());
        }
    }
    let ended = pinging.join().expect("no panic");
    let not_counted = ended.stderr.matches("not counted: ").count();
    Seen { there, back, pinged: ended.stdout, not_counted }
}

/// A fate stands four blanks in, and bytes in hex further.
fn fate(line: &str) -> Option<&str> {
    line.strip_prefix("    ").filter(|rest| !rest.starts_with(' '))
}

fn lost_of(fates: &[String]) -> usize {
    fates.iter().filter(|fate| *fate == "lost").count()
}

/// In time, late and lost, from the summary: `10 sent: 8 in time, …`.
fn counts(pinged: &str) -> [usize; 3] {
    let line = pinged.lines().find_map(|line| line.split_once(" sent: "));
    let (_, line) = line.unwrap_or_else(|| panic!("no summary: {pinged}"));
    let words = line.split(|c: char| !c.is_ascii_digit());
    let mut numbers = words.filter_map(|word| word.parse().ok());
    [(); 3].map(|()| numbers.next().expect("three numbers"))
}
