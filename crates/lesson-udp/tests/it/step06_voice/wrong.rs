//! "UDP suits live audio": where that is wrong, or not the whole of it.

use common::link::Faults;
use lesson_udp::step06_voice::{
    Arrivals, Hearing, Kind, Packet, Voice, as_datagrams, as_stream, emit,
    hear, holes, packets, share_missing, under_way,
};

use super::{faults, hum, ms, speech};

/// The speech of the course 25 times: 107 seconds, so that shares mean something.
fn long() -> Voice {
    let speech = speech();
    Voice { khz: speech.khz, samples: speech.samples.repeat(25) }
}

fn hundredths(part: usize, whole: usize) -> String {
    #[expect(clippy::cast_precision_loss, reason = "not that many")]
    let share = 100.0 * part as f64 / whole as f64;
    format!("{share:.1} %")
}

/// How much of it is missing, and how much silence that makes.
fn told(spoken: &Voice, hearing: &Hearing) -> String {
    let (counts, holes) = (hearing.counts, holes(spoken, &hearing.voice));
    let all = counts.heard + counts.missing;
    format!(
        "{} missing, {:.2} s silent, the longest {} ms\n",
        hundredths(counts.missing, all),
        holes.total.as_secs_f64(),
        holes.longest.as_millis()
    )
}

fn by_datagrams(spoken: &Voice, kind: Kind, faults: &Faults) -> Arrivals {
    as_datagrams(&packets(spoken, kind), &mut faults.link(0))
}

pub(super) fn unconcealed() -> String {
    let spoken = long();
    let arrivals = by_datagrams(&spoken, Kind::Linear, &faults("5%", 7));
    let hear = |conceals| hear(&spoken, &arrivals, ms(100), conceals);
    let [silence, guess] = [false, true].map(hear);
    let shown = format!(
        "5 % lost, each datagram for itself:\n  \
             silence in the gaps:   {}  \
             the last frame again:  {}",
        told(&spoken, &silence),
        told(&spoken, &guess)
    );

    // The measure that is nearest at hand says that silence is better: a
    // guess that is out of step is further from the truth, sample by sample,
    // than nothing. No ear would agree.
    let off = |heard: &Voice| -> f64 {
        let pairs = heard.samples.iter().zip(&spoken.samples);
        let off = pairs.map(|(&a, &b)| f64::from(a) - f64::from(b));
        off.map(|off| off * off).sum()
    };
    assert!(off(&guess.voice) > off(&silence.voice));
    shown
}

pub(super) fn bursts() -> String {
    let spoken = long();
    let scattered = faults("10%", 7);
    let bursts = Faults { burst: Some(5.0), ..scattered.clone() };
    let mut shown = "10 % lost, and concealed:\n".to_owned();
    for (name, faults) in
        [("each for itself: ", scattered), ("5 in a row:      ", bursts)]
    {
        let arrivals = by_datagrams(&spoken, Kind::Linear, &faults);
        let heard = hear(&spoken, &arrivals, ms(100), true);
        shown += &format!("  {name} {}", told(&spoken, &heard));
    }
    shown
}

/// A voice that needs more than the link has: first its datagrams queue and are
/// late, then the queue is full. Who sends half as much loses nothing.
pub(super) fn congestion() -> String {
    let spoken = long();
    let faults = Faults {
        rate: Some("100kbit".parse().expect("a rate")),
        queue: Some(8000),
        ..faults("0%", 7)
    };
    let mut shown = "100 kbit/s, and room for 8000 bytes to wait:\n".to_owned();
    for (name, kind, playout) in [
        ("16 bits a sample, heard after 100 ms: ", Kind::Linear, ms(100)),
        ("16 bits a sample, heard after 1 s:    ", Kind::Linear, ms(1000)),
        ("8 bits a sample, heard after 100 ms:  ", Kind::MuLaw, ms(100)),
    ] {
        let arrivals = by_datagrams(&spoken, kind, &faults);
        let counts = hear(&spoken, &arrivals, playout, true).counts;
        let all = counts.heard + counts.missing;
        let (late, lost) = (counts.late, counts.missing - counts.late);
        shown += &format!(
            "  {name} {} late, {} lost\n",
            hundredths(late, all),
            hundredths(lost, all)
        );
    }
    shown
}

/// What does for a voice does not for a file, where each byte counts.
pub(super) fn file() -> String {
    let file = std::fs::read(super::speech_file()).expect("it is there");
    let pieces: Vec<_> = file
        .chunks(320)
        .zip(0..)
        .map(|(piece, n)| {
            // The last piece is shorter; a frame is not.
            let mut samples: Vec<_> =
                piece.iter().map(|&byte| i16::from(byte)).collect();
            samples.resize(320, -1);
            emit(Kind::Linear, 16, n, n * 320, &samples)
        })
        .collect();
    let faults = faults("5%", 7);
    let (mut there, mut back) = (faults.link(0), faults.link(1));
    let mut shown = format!("A file of {} bytes, 5 % lost:\n", file.len());
    for (name, arrivals) in [
        ("as datagrams:", as_datagrams(&pieces, &mut faults.link(0))),
        ("as a stream: ", as_stream(&pieces, &mut there, &mut back)),
    ] {
        let mut received = Vec::new();
        for (_, bytes) in &arrivals {
            let packet = Packet::parse(bytes).expect("one of ours");
            let bytes = packet.samples().into_iter();
            received.extend(bytes.filter_map(|n| u8::try_from(n).ok()));
        }
        let (last, _) = arrivals.last().expect("something comes");
        let state = if received == file { "whole" } else { "damaged" };
        shown += &format!(
            "  {name} {} bytes after {:.2} s, {state}\n",
            received.len(),
            last.as_secs_f64()
        );
    }
    shown
}

/// Who waits long enough has no use for datagrams: films come over TCP.
pub(super) fn patience() -> String {
    let packets = packets(&hum(15_000), Kind::MuLaw);
    let playouts = [50, 100, 150, 200, 300, 500];
    let row = |name: &str, cells: Vec<String>| {
        let cells = cells.iter().map(|cell| format!("{cell:>7}"));
        format!("{name:<32}{}\n", cells.collect::<String>())
    };
    let mut shown = row(
        "5 % lost; missing when heard after",
        playouts.map(|playout| format!("{playout} ms")).to_vec(),
    );
    for (delay, is_stream) in
        [(5, true), (20, true), (40, true), (100, true), (100, false)]
    {
        let (delay, jitter) = (ms(delay), ms(5));
        let faults = Faults { delay, jitter, ..faults("5%", 7) };
        let (mut there, mut back) = (faults.link(0), faults.link(1));
        let (arrivals, way) = if is_stream {
            (as_stream(&packets, &mut there, &mut back), "a stream")
        } else {
            (as_datagrams(&packets, &mut there), "datagrams")
        };
        let under_way = under_way(&arrivals, 15_000);
        let shares = playouts.map(|playout| {
            let share = 100.0 * share_missing(&under_way, ms(playout));
            format!("{share:.1} %")
        });
        let name = format!("  {way}, {:>3} ms each way", delay.as_millis());
        shown += &row(&name, shares.to_vec());
    }
    shown
}
