//! Any bytes at all, cut anywhere, into the codec of step 4.

use lesson_tcp::step04_framing::{Framing, FramingError, Messages};

/// Three bytes say how; the others are the stream. It panics where
/// - the messages depend on where the stream was cut,
/// - more is held than one message, its length and one piece,
/// - the messages, encoded anew, are not the bytes that came, or
/// - what an encoder made does not come out of the decoder as it went in.
pub(crate) fn frames(data: &[u8]) {
    let [framing, most, cut, stream @ ..] = data else { return };
    let framing = match framing % 3 {
        0 => Framing::Close,
        1 => Framing::Lines,
        _ => Framing::Frames,
    };
    let most = usize::from(*most);
    let whole = decode(framing, most, &[stream]);

    let (one, other) = stream.split_at(usize::from(*cut).min(stream.len()));
    assert_eq!(decode(framing, most, &[one, other]), whole, "cut in two");
    let pieces: Vec<_> = stream.chunks(usize::from(*cut).max(1)).collect();
    assert_eq!(decode(framing, most, &pieces), whole, "cut into many");
    let bytes: Vec<_> = stream.chunks(1).collect();
    assert_eq!(decode(framing, most, &bytes), whole, "byte by byte");

    let (messages, error) = whole;
    let mut wire = Vec::new();
    for message in &messages {
        assert!(message.len() <= most, "longer than allowed");
        framing.encode(message, most, &mut wire).expect("it came this way");
    }
    assert!(stream.starts_with(&wire), "not the bytes that came");
    let rest = stream.len() - wire.len();
    match error {
        None => assert_eq!(rest, 0, "bytes of no message"),
        Some(FramingError::CutOff { held }) => assert_eq!(held, rest),
        Some(FramingError::TooLong { .. }) => assert!(rest > 0),
        Some(FramingError::Delimiter { .. }) => panic!("decoding: {error:?}"),
    }

    // The same bytes as one message: refused, or itself again.
    let mut wire = Vec::new();
    match framing.encode(stream, most, &mut wire) {
        Ok(()) => {
            let expected = (vec![stream.to_vec()], None);
            assert_eq!(decode(framing, most, &[&wire]), expected);
        }
        Err(_) => assert!(wire.is_empty(), "refused, and a part is there"),
    }
}

/// The messages of a stream that comes in these pieces, and what ended them if
/// it was not the end of the stream.
pub(crate) fn decode(
    framing: Framing,
    most: usize,
    pieces: &[&[u8]],
) -> (Vec<Vec<u8>>, Option<FramingError>) {
    let mut messages = Messages::new(framing, most);
    let mut found = Vec::new();
    for piece in pieces {
        messages.feed(piece);
        assert!(messages.held() <= most + 4 + piece.len(), "it holds too much");
        loop {
            match messages.next_message() {
                Ok(Some(message)) => found.push(message.to_vec()),
                Ok(None) => break,
                Err(error) => {
                    assert_eq!(messages.next_message(), Err(error));
                    return (found, Some(error));
                }
            }
        }
        assert!(messages.held() <= most + 4, "it holds too much");
    }
    match messages.finish() {
        Ok(last) => {
            found.extend(last.map(<[u8]>::to_vec));
            (found, None)
        }
        Err(error) => (found, Some(error)),
    }
}
