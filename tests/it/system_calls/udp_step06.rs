//! UDP step 6: the calls of a speaker, and of a listener.

use std::{io::Read, net::UdpSocket, path::PathBuf, process::Stdio, thread};

use testkit::{DEADLINE, assert_transcript, within};

use super::trace::{readable, started, strace};
use crate::programs::program;

/// The header of a frame in µ-law, and of an end.
const FRAME: &[u8] = &[1, 1, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0];
const END: &[u8] = &[1, 2, 8, 0, 0, 0, 0, 1, 0, 0, 0, 160];

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// Ten frames of silence as a WAV file.
fn ten_frames() -> Vec<u8> {
    let mut wav = b"RIFF\xa4\x0c\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\
                    \x80\x3e\0\0\x02\0\x10\0data\x80\x0c\0\0"
        .to_vec();
    wav.resize(44 + 10 * 320, 0);
    wav
}

#[test]
fn of_a_speaker() {
    within(DEADLINE, || {
        let Some(mut strace) = strace() else { return };
        let wav = file("ten_frames.wav");
        std::fs::write(&wav, ten_frames()).expect("it can be written");
        let listener = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        let addr = listener.local_addr().expect("it is bound");
        thread::spawn(move || {
            let mut buffer = [0; 999];
            while let Ok((length, from)) = listener.recv_from(&mut buffer) {
                if buffer[1] == 2 {
                    listener.send_to(&buffer[..length], from).expect("sent");
                }
            }
        });
        strace.arg(program("udp-client")).args(["--step", "6", "--mulaw"]);
        strace.args(["--addr", &addr.to_string()]).arg(wav);
        let output = strace.stdout(Stdio::null()).spawn();
        let output = output.expect("strace is there").wait_with_output();
        let trace = String::from_utf8(output.expect("it ends").stderr);
        let calls = readable(&trace.expect("text"), addr);
        assert_transcript!("calls_udp_step06_speaker", two_of_many(&calls));
    });
}

#[test]
fn of_a_listener() {
    within(DEADLINE, || {
        let Some(mut strace) = strace() else { return };
        strace.arg(program("udp-server")).args(["--step", "6", "--out"]);
        strace.arg(file("heard.wav")).args(["--addr", "127.0.0.1:0"]);
        // Both datagrams are there long before the frame is due.
        let (mut server, addr) = started(strace.args(["--playout", "3s"]));
        let speaker = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        let frame = [FRAME, &[0xff; 160]].concat();
        speaker.send_to(&frame, addr).expect("sent");
        speaker.send_to(END, addr).expect("sent");
        let mut trace = String::new();
        let mut stderr = server.0.stderr.take().expect("it is piped");
        stderr.read_to_string(&mut trace).expect("text");
        let calls = readable(&trace, addr);
        assert_transcript!("calls_udp_step06_listener", each_wait_once(&calls));
    });
}

/// The first two frames and the wait between them, and how it ends. A machine that
/// is busy may leave a wait out, or be told of the end a second time.
fn two_of_many(calls: &str) -> String {
    let lines: Vec<_> = calls.lines().map(readable_voice).collect();
    let find = |start: &str| {
        let at = lines.iter().position(|line| line.starts_with(start));
        at.unwrap_or_else(|| panic!("no {start} in {lines:#?}"))
    };
    let is_frame = |line: &&String| line.starts_with(SEND_FRAME);
    let frames: Vec<_> = lines.iter().filter(is_frame).collect();
    assert_eq!(frames.len(), 10);
    let wait = find("recvfrom(3, …");
    let back = find("recvfrom(3, \"");
    let mut shown = lines[..find(SEND_FRAME)].to_vec();
    shown.push(frames[0].clone());
    shown.extend_from_slice(&lines[wait - 1..=wait]);
    shown.push(frames[1].clone());
    shown.push("… 8 more frames, each after its wait …".to_owned());
    shown.push(lines[find(SEND_END)].clone());
    shown.extend_from_slice(&lines[back - 1..]);
    shown.join("\n") + "\n"
}

/// A wait may be cut short by a tick, and is then begun once more.
fn each_wait_once(calls: &str) -> String {
    let mut lines: Vec<_> = calls.lines().map(readable_voice).collect();
    while let Some(at) = (3..lines.len()).find(|&at| {
        lines[at].ends_with(EMPTY)
            && lines[at - 3..at - 1] == lines[at - 1..=at]
    }) {
        lines.drain(at - 1..=at);
    }
    lines.join("\n") + "\n"
}

/// Of a voice the header is enough, and of a buffer that stayed empty nobody wants
/// to know where it is.
fn readable_voice(line: &str) -> String {
    no_pointers(&no_voice(line))
}

const SEND_FRAME: &str = "sendto(3, \"\\x01\\x01";

const SEND_END: &str = "sendto(3, \"\\x01\\x02";

const EMPTY: &str = "EAGAIN (Resource temporarily unavailable)";

/// Cuts off what comes after the 12 bytes of the header.
fn no_voice(line: &str) -> String {
    let Some((start, rest)) = line.split_once('"') else { return line.into() };
    let Some((bytes, rest)) = rest.split_once('"') else { return line.into() };
    let voice = bytes.find("\\xff").unwrap_or(bytes.len());
    let dots = if voice < bytes.len() { "…" } else { "" };
    let rest = rest.trim_start_matches("...");
    format!("{start}\"{}{dots}\"{rest}", &bytes[..voice])
}

fn no_pointers(line: &str) -> String {
    let mut pieces = line.split("0x");
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let end = piece.find(|c: char| !c.is_ascii_hexdigit());
        text += "…";
        text += &piece[end.unwrap_or(piece.len())..];
    }
    text
}
