//! A stream of requests, cut into pieces in several ways: all the same.

use lesson_tcp::step05_http::{
    reader::Reader,
    request::{BadRequest, Request},
};

/// `data` is how many cuts, each cut in two bytes, and then the stream.
///
/// # Panics
/// If what is read depends on the cuts, or too much is kept.
pub(crate) fn requests(data: &[u8]) {
    let (count, data) = data.split_first().unwrap_or((&0, data));
    let cuts = data.len().min(2 * usize::from(count % 16));
    let (cuts, stream) = data.split_at(cuts);
    let whole = read([stream]);
    assert_eq!(read(stream.chunks(1)), whole, "a byte at a time");
    let mut cuts: Vec<_> = cuts
        .chunks(2)
        .map(|cut| cut.iter().fold(0, |at, &b| at << 8 | usize::from(b)))
        .map(|at| at % (stream.len() + 1))
        .chain([0, stream.len()])
        .collect();
    cuts.sort_unstable();
    let pieces = cuts.windows(2).map(|cut| &stream[cut[0]..cut[1]]);
    assert_eq!(read(pieces), whole, "cut at {cuts:?}");
}

/// What a reader gives for these pieces, and whether it waits for more.
pub(crate) fn read<'a>(
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<Result<Request, BadRequest>>, bool) {
    let mut reader = Reader::default();
    let mut found = Vec::new();
    let (mut fed, mut bodies) = (0, 0);
    for piece in pieces {
        reader.feed(piece);
        fed += piece.len();
        while let Some(next) = reader.next_request().transpose() {
            let is_bad = next.is_err();
            bodies += next.as_ref().map_or(0, |request| request.body.len());
            assert!(bodies < fed.max(1), "more than came");
            if found.last() != Some(&next) || !is_bad {
                found.push(next);
            }
            if is_bad {
                // From here on it keeps nothing, and says the same again.
                assert_eq!(reader.kept(), 0);
                break;
            }
        }
        assert!(reader.kept() < 64 << 10, "{} bytes are kept", reader.kept());
    }
    (found, reader.is_inside())
}
