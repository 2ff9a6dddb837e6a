//! The decoder of step 3 against itself and against std: however a stream is
//! cut, its text and the place of the first error are the same.

use std::str;

use common::{Charset, charset::Malformed};

/// Takes any bytes: the charset, how many cuts, the cuts, and the stream.
///
/// # Panics
/// Where two ways to decode the same stream differ.
pub(crate) fn decoder(data: &[u8]) {
    let [which, count, rest @ ..] = data else { return };
    let charset = Charset::ALL[usize::from(*which) % Charset::ALL.len()];
    let count = (usize::from(*count) % 9).min(rest.len());
    let (cuts, stream) = rest.split_at(count);

    let whole = feed(charset, [stream]);
    // A cut may stand at either end, or twice: such a piece is empty.
    let mut cuts: Vec<_> =
        cuts.iter().map(|&at| usize::from(at) % (stream.len() + 1)).collect();
    cuts.sort_unstable();
    let ends = cuts.iter().copied().chain([stream.len()]);
    let starts = [0].into_iter().chain(cuts.iter().copied());
    let pieces = starts.zip(ends).map(|(start, end)| &stream[start..end]);
    assert_eq!(feed(charset, pieces), whole, "{charset} cut at {cuts:?}");
    assert_eq!(feed(charset, stream.chunks(1)), whole, "{charset} by bytes");

    // The lossy way, and the strict one: all or nothing.
    let (text, malformed) = whole;
    assert_eq!(charset.decode_lossy(stream), text);
    let strict = malformed.map_or(Ok(text.clone()), Err);
    assert_eq!(charset.decode(stream), strict);

    if let Some(Malformed { offset, .. }) = malformed {
        // What stands before the error is text, and � is what stands there.
        let before = charset.decode(&stream[..offset]).expect("it is text");
        assert!(text.starts_with(&(before + "\u{FFFD}")), "{text:?}");
    }
    if charset == Charset::Utf8 {
        // Another author's decoder.
        assert_eq!(text, String::from_utf8_lossy(stream));
        let place = str::from_utf8(stream).err().map(|e| e.valid_up_to());
        assert_eq!(malformed.map(|error| error.offset), place);
    }
}

/// Decodes a stream that comes in these pieces.
fn feed<'a>(
    charset: Charset,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (String, Option<Malformed>) {
    let mut decoder = charset.decoder();
    let text: String =
        pieces.into_iter().map(|piece| decoder.feed(piece)).collect();
    let (end, malformed) = decoder.finish();
    (text + &end, malformed)
}
