//! Transcripts: one text for one conversation, however it was cut.

use std::io::{self, ErrorKind};

use common::{Charset, Entry, Event, Transcript};
use testkit::assert_transcript;

const HELLO: &[u8] = b"\xbc\xd3\xd3\xcd, hello\r\n";

#[test]
fn shows_direction_count_text_hex_and_chinese() {
    let mut transcript = Transcript::of_stream(Charset::Gb2312);
    for (from, to, event) in [
        ("client", "server", Event::Bytes(HELLO.to_vec())),
        ("server", "client", Event::Bytes(vec![0])),
        (
            "server",
            "client",
            Event::Bytes((0..=255).cycle().take(1025).collect()),
        ),
        ("client", "server", Event::Eof),
        ("server", "client", Event::Timeout),
        ("server", "client", Event::Reset),
        ("server", "client 2", Event::Refused),
        ("server", "client 2", Event::Failed(ErrorKind::HostUnreachable)),
    ] {
        transcript.push(Entry::new(from, to, event));
    }
    assert_transcript!("transcript", transcript);
}

/// All of a browser's request, but not all of a megabyte.
#[test]
fn shows_up_to_1024_bytes_whole() {
    let show = |length| {
        let event = Event::Bytes(vec![b'x'; length]);
        Entry::new("client", "server", event).show(Charset::Utf8)
    };
    assert!(show(1024).contains(&"x".repeat(1024)));
    assert_eq!(show(1025).lines().count(), 4);
}

#[test]
fn a_stream_has_turns_and_no_messages() {
    let whole = stream(&[HELLO]);
    for cut in 0..=HELLO.len() {
        let (a, b) = HELLO.split_at(cut);
        assert_eq!(stream(&[a, b]), whole);
        assert_eq!(stream(&[a, b]).to_string(), whole.to_string());
    }
    assert_eq!(whole.entries().len(), 2);
}

#[test]
fn datagrams_keep_their_borders() {
    let mut transcript = Transcript::of_datagrams(Charset::Utf8);
    for datagram in [&b"one"[..], b"", b"two"] {
        let event = Event::Bytes(datagram.to_vec());
        transcript.push(Entry::new("client", "server", event));
    }
    assert_eq!(transcript.entries().len(), 3);
}

#[test]
fn an_error_says_what_the_other_end_did() {
    for (kind, event) in [
        (ErrorKind::ConnectionReset, Event::Reset),
        (ErrorKind::BrokenPipe, Event::Reset),
        (ErrorKind::WouldBlock, Event::Timeout),
        (ErrorKind::TimedOut, Event::Timeout),
        (ErrorKind::ConnectionRefused, Event::Refused),
        (ErrorKind::NotFound, Event::Failed(ErrorKind::NotFound)),
    ] {
        assert_eq!(Event::from(&io::Error::from(kind)), event);
    }
}

fn stream(pieces: &[&[u8]]) -> Transcript {
    let mut transcript = Transcript::of_stream(Charset::Gb2312);
    for piece in pieces {
        let event = Event::Bytes(piece.to_vec());
        transcript.push(Entry::new("client", "server", event));
    }
    transcript.push(Entry::new("client", "server", Event::Eof));
    transcript
}
