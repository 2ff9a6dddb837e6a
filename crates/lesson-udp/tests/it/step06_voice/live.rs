//! A voice between real sockets, in real time.

use std::{
    net::{SocketAddr, UdpSocket},
    sync::mpsc,
    thread,
    time::Duration,
};

use common::{link::Link, tap};
use lesson_udp::step06_voice::{
    Heard, Kind, Listened, Packet, Voice, as_datagrams, emit, end, hear,
    listen, packets, speak,
};
use testkit::{DEADLINE, within};

use super::{faults, hum, ms};
use crate::conversations::loopback;

/// Long enough for a machine that does other things: nothing is late.
const PATIENT: Duration = Duration::from_secs(5);

fn bound() -> (UdpSocket, SocketAddr) {
    let socket = UdpSocket::bind(loopback()).expect("a free port");
    let addr = socket.local_addr().expect("it is bound");
    (socket, addr)
}

/// What a listener hears, in a thread of its own, once it has heard of somebody.
struct Hearing {
    speaker: mpsc::Receiver<SocketAddr>,
    heard: thread::JoinHandle<(Listened, Vec<i16>)>,
}

fn listening(socket: UdpSocket, patience: Duration) -> Hearing {
    let (tell, speaker) = mpsc::channel();
    let heard = thread::spawn(move || {
        let mut samples = Vec::new();
        let listened = listen(&socket, PATIENT, patience, true, &mut |heard| {
            match heard {
                Heard::Speaker { peer, .. } => tell.send(peer).expect("a test"),
                Heard::Frame(frame) => samples.extend_from_slice(frame),
            }
            Ok(())
        });
        (listened.expect("no error"), samples)
    });
    Hearing { speaker, heard }
}

/// Two frames, and the end, which comes until it is sent back.
pub(super) fn on_the_wire() -> String {
    let (listener, addr) = bound();
    let (socket, _) = bound();
    socket.connect(addr).expect("an address");
    let speaking = thread::spawn(move || speak(&socket, &hum(2), Kind::MuLaw));
    let mut shown = String::new();
    let mut show = |way: &str, bytes: &[u8]| {
        let packet = Packet::parse(bytes).expect("one of ours");
        let hex = bytes[..12].iter().map(|byte| format!(" {byte:02x}"));
        let hex: String = hex.collect();
        let rest = if bytes.len() > 12 { " ..." } else { "" };
        shown += &format!(
            "{way}  {} bytes: {packet}\n    {hex}{rest}\n",
            bytes.len()
        );
    };
    let mut buffer = [0; 999];
    for number in 0..4 {
        let (length, speaker) =
            listener.recv_from(&mut buffer).expect("a datagram");
        show("speaker -> listener", &buffer[..length]);
        // Not before the end has been said twice.
        if number == 3 {
            let sent = listener.send_to(&buffer[..length], speaker);
            sent.expect("sent");
            show("listener -> speaker", &buffer[..length]);
        }
    }
    assert!(speaking.join().expect("no panic").expect("sent"));
    shown
}

/// What the experiment says of a link is what happens on it: the same frames are
/// lost, and the same is heard in their place.
#[test]
fn what_is_lost_live_is_what_the_experiment_loses() {
    within(DEADLINE, || {
        let faults = faults("20%", 5);
        let (server, addr) = bound();
        let hearing = listening(server, DEADLINE);
        let (relay, relay_addr) = bound();
        let of_relay = faults.clone();
        thread::spawn(move || {
            let link = move |number| of_relay.link(number);
            tap::udp::serve_through(relay, addr, link, |_, _| {})
        });
        let voice = hum(50);
        let (socket, _) = bound();
        socket.connect(relay_addr).expect("an address");
        assert!(speak(&socket, &voice, Kind::Linear).expect("sent"));
        let (listened, samples) = hearing.heard.join().expect("no panic");
        let packets = packets(&voice, Kind::Linear);
        let arrivals = as_datagrams(&packets, &mut faults.link(0));
        let expected = hear(&voice, &arrivals, PATIENT, true);
        assert!(expected.counts.missing > 5, "{:?}", expected.counts);
        assert_eq!(listened.counts, expected.counts);
        assert_eq!(samples, expected.voice.samples);
        assert!(listened.ended);
    });
}

/// Others may send what they like, before and meanwhile: the listener listens to
/// the first who speaks.
#[test]
fn strangers_are_not_heard() {
    within(DEADLINE, || {
        let (server, addr) = bound();
        let Hearing { speaker, heard } = listening(server, DEADLINE);
        let (stranger, _) = bound();
        let voice = hum(20);
        for bytes in [&b""[..], b"hello", &[1; 700], &end(&voice)] {
            stranger.send_to(bytes, addr).expect("sent");
        }
        let (socket, me) = bound();
        let mut mine = packets(&voice, Kind::Linear);
        mine.push(end(&voice));
        socket.send_to(&mine[0], addr).expect("sent");
        assert_eq!(speaker.recv().expect("somebody"), me);
        // The same moments, other samples, and an end before the end.
        let other = Voice { khz: 8, samples: vec![-7; 160 * 10] };
        let mut others = packets(&other, Kind::Linear);
        others.push(end(&other));
        for bytes in others {
            stranger.send_to(&bytes, addr).expect("sent");
        }
        // Nor is what the speaker sends and nobody can read.
        socket.send_to(b"hello", addr).expect("sent");
        for bytes in &mine[1..] {
            socket.send_to(bytes, addr).expect("sent");
        }
        let (listened, samples) = heard.join().expect("no panic");
        assert_eq!((listened.counts.heard, listened.counts.missing), (20, 0));
        assert_eq!(samples, voice.samples);
    });
}

/// Who falls silent without a word has gone, after a while.
#[test]
fn a_speaker_that_vanishes_is_not_waited_for() {
    within(DEADLINE, || {
        let (server, addr) = bound();
        let hearing = listening(server, ms(100));
        let (speaker, _) = bound();
        let frame = emit(Kind::Linear, 8, 0, 0, &[500; 160]);
        speaker.send_to(&frame, addr).expect("sent");
        let (listened, samples) = hearing.heard.join().expect("no panic");
        assert!(!listened.ended);
        assert_eq!((listened.counts.heard, listened.counts.missing), (1, 0));
        assert_eq!(samples[..160], [500; 160]);
    });
}

/// An end that nobody sends back is said for two seconds, and that is that.
#[test]
fn an_end_that_nobody_hears_is_no_error() {
    within(DEADLINE, || {
        let (deaf, addr) = bound();
        let (socket, _) = bound();
        socket.connect(addr).expect("an address");
        let heard = speak(&socket, &hum(1), Kind::Linear).expect("sent");
        assert!(!heard);
        let mut buffer = [0; 999];
        for number in 0..21 {
            let length = deaf.recv(&mut buffer).expect("a datagram");
            let packet = Packet::parse(&buffer[..length]).expect("one of ours");
            assert_eq!(packet.kind() == Kind::End, number > 0);
        }
    });
}

/// What is not on a lossy link is not lost: a link without faults is the test's
/// own check.
#[test]
fn without_loss_all_is_heard() {
    within(DEADLINE, || {
        let (server, addr) = bound();
        let hearing = listening(server, DEADLINE);
        let (relay, relay_addr) = bound();
        thread::spawn(move || {
            tap::udp::serve_through(relay, addr, Link::new, |_, _| {})
        });
        let (socket, _) = bound();
        socket.connect(relay_addr).expect("an address");
        let voice = hum(10);
        assert!(speak(&socket, &voice, Kind::Linear).expect("sent"));
        let (listened, samples) = hearing.heard.join().expect("no panic");
        assert_eq!((listened.counts.heard, listened.counts.missing), (10, 0));
        assert_eq!(samples, voice.samples);
    });
}
