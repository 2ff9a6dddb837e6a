//! The codec without a network: any messages, cut anywhere.

use lesson_tcp::step04_framing::{Framing, FramingError, Messages};
use proptest::{collection::vec, prelude::*, sample::select};

use crate::harness::frames::{decode, frames};

const MOST: usize = 40;

/// Bytes of which many are the codec's own: delimiters and small lengths.
fn bytes(length: usize) -> impl Strategy<Value = Vec<u8>> {
    let own = select(b"\r\n\0\x01\x02\x05".to_vec());
    vec(prop_oneof![own, any::<u8>()], 0..=length)
}

/// Messages that this framing can carry.
fn messages(framing: Framing) -> impl Strategy<Value = Vec<Vec<u8>>> {
    let can_carry = move |message: &Vec<u8>| {
        framing.encode(message, MOST, &mut Vec::new()).is_ok()
    };
    vec(bytes(MOST).prop_filter("it has a delimiter", can_carry), 0..6)
}

fn encode(framing: Framing, messages: &[Vec<u8>]) -> Vec<u8> {
    let mut wire = Vec::new();
    for message in messages {
        framing.encode(message, MOST, &mut wire).expect("it can be carried");
    }
    wire
}

fn framed() -> impl Strategy<Value = (Framing, Vec<Vec<u8>>)> {
    prop_oneof![Just(Framing::Lines), Just(Framing::Frames)]
        .prop_flat_map(|framing| (Just(framing), messages(framing)))
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// Cut in two at each place there is.
    #[test]
    fn messages_come_out_wherever_the_stream_is_cut(
        (framing, messages) in framed(),
    ) {
        let wire = encode(framing, &messages);
        let expected = (messages, None);
        for cut in 0..=wire.len() {
            let (one, other) = wire.split_at(cut);
            prop_assert_eq!(&decode(framing, MOST, &[one, other]), &expected);
        }
    }

    /// Cut in many, also into pieces of no bytes.
    #[test]
    fn messages_come_out_however_the_stream_is_cut(
        (framing, messages) in framed(),
        mut cuts in vec(any::<prop::sample::Index>(), 0..20),
    ) {
        let wire = encode(framing, &messages);
        cuts.sort_by_key(|cut| cut.index(wire.len() + 1));
        let mut pieces = Vec::new();
        let mut from = 0;
        for cut in cuts {
            let to = cut.index(wire.len() + 1);
            pieces.push(&wire[from..to]);
            from = to;
        }
        pieces.push(&wire[from..]);
        prop_assert_eq!(decode(framing, MOST, &pieces), (messages, None));
    }

    /// What the fuzzer does, with fewer cases: bytes that nobody encoded.
    #[test]
    fn no_bytes_break_it(
        how in any::<[u8; 3]>(), most in 0..50_u8, stream in bytes(300),
    ) {
        frames(&[&[how[0], most, how[2]], &stream[..]].concat());
    }
}

/// Four letters of another protocol, four bytes of malice: both are lengths,
/// and both are refused when nothing but the length has come.
#[test]
fn a_length_is_refused_before_anybody_believes_it() {
    let most = 65_536;
    for (bytes, length) in
        [(b"GET ", 1_195_725_856), (b"\xff\xff\xff\xff", 4_294_967_295)]
    {
        let (messages, error) = decode(Framing::Frames, most, &[bytes]);
        let announced = Some(length);
        assert!(messages.is_empty());
        assert_eq!(error, Some(FramingError::TooLong { announced, most }));
    }
}

/// Without a limit there is no error either: it waits for the rest of the
/// 1.2 gigabytes, and keeps what comes meanwhile.
#[test]
fn without_a_limit_a_browser_is_the_start_of_a_long_message() {
    let mut messages = Messages::new(Framing::Frames, usize::MAX);
    let request = b"GET / HTTP/1.1\r\nHost: 127.0.0.1:8888\r\n\r\n";
    for round in 1..=1000 {
        messages.feed(request);
        assert_eq!(messages.next_message(), Ok(None));
        assert_eq!(messages.held(), round * request.len());
    }
}

#[test]
fn the_limit_is_exact() {
    let none = Option::<FramingError>::None;
    for framing in [Framing::Close, Framing::Lines, Framing::Frames] {
        let wire = encode(framing, &[vec![b'x'; MOST]]);
        let whole = vec![vec![b'x'; MOST]];
        assert_eq!(decode(framing, MOST, &[&wire]), (whole, none));
        let (messages, error) = decode(framing, MOST - 1, &[&wire]);
        let is_too_long = matches!(error, Some(FramingError::TooLong { .. }));
        assert!(messages.is_empty() && is_too_long, "{error:?}");
        let refused = framing.encode(&[b'x'; MOST], MOST - 1, &mut Vec::new());
        assert!(refused.is_err(), "the sender keeps to it too");
    }
    // Only where a delimiter may have begun is there something to wait for.
    for (last, is_too_long) in [(b'x', true), (b'\r', false)] {
        let mut messages = Messages::new(Framing::Lines, MOST);
        messages.feed(&[b'x'; MOST]);
        messages.feed(&[last]);
        assert_eq!(messages.next_message().is_err(), is_too_long);
    }
}

/// One message for each `read`, `if` where there should be `while`: it works
/// until two come at once. From then on every answer is one message late.
#[test]
fn one_message_for_each_read_falls_behind() {
    let mut messages = Messages::new(Framing::Lines, MOST);
    for (piece, expected) in
        [("1\r\n", "1"), ("2\r\n3\r\n", "2"), ("4\r\n", "3"), ("5\r\n", "4")]
    {
        messages.feed(piece.as_bytes());
        let message = messages.next_message().expect("it is short");
        assert_eq!(message, Some(expected.as_bytes()));
    }
}

/// Only the two bytes together are an end. A reader that takes `\n` as well and
/// one that does not see different messages in the same bytes.
#[test]
fn a_line_ends_at_both_bytes_and_at_nothing_else() {
    let stream = b"a\nb\rc\r\r\nd\n\r\n\r\n";
    let (messages, error) = decode(Framing::Lines, MOST, &[stream]);
    assert_eq!(messages, [&b"a\nb\rc\r"[..], b"d\n", b""]);
    assert_eq!(error, None);
    let (messages, error) = decode(Framing::Lines, MOST, &[b"hello\n"]);
    assert!(messages.is_empty());
    assert_eq!(error, Some(FramingError::CutOff { held: 6 }));
}

/// A message that ends a line early would be two messages at the other end.
#[test]
fn a_line_cannot_carry_its_own_end() {
    let mut wire = b"before".to_vec();
    let error = Framing::Lines.encode(b"one\r\ntwo", MOST, &mut wire);
    assert_eq!(error, Err(FramingError::Delimiter { at: 3 }));
    assert_eq!(wire, b"before");
    Framing::Frames.encode(b"one\r\ntwo", MOST, &mut wire).expect("any bytes");
    assert_eq!(wire, b"before\0\0\0\x08one\r\ntwo");
}

/// By close nobody can tell a message from its first half, or from two.
#[test]
fn by_close_every_end_is_a_good_end() {
    let decode = |pieces: &[&[u8]]| decode(Framing::Close, MOST, pieces);
    assert_eq!(decode(&[b"pay 100", b"0"]), (vec![b"pay 1000".into()], None));
    assert_eq!(decode(&[b"pay 100"]), (vec![b"pay 100".into()], None));
    assert_eq!(decode(&[]), (vec![vec![]], None));
}
