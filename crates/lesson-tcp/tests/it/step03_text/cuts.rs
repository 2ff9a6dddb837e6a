//! A character that two reads share.

use std::{
    char,
    io::{BufRead, BufReader, ErrorKind, Read},
    str,
};

use common::Charset;
use lesson_tcp::step03_text::{decode_each_read_alone, decode_the_stream};
use testkit::assert_transcript;

use super::HELLO;

/// Characters of one, two, three and four bytes, as each charset has them.
const TEXTS: [(Charset, &str); 5] = [
    (Charset::Gb2312, HELLO),
    (Charset::Gb2312, "go! 一起加油 !!!"),
    (Charset::Gbk, "朱镕基: 3€"),
    (Charset::Gb18030, "a好𠀀😀"),
    (Charset::Utf8, "aé好😀 一起加油"),
];

/// Cut at every byte: each read alone loses the characters that were cut, every
/// time, and nothing else; one decoder for the stream loses nothing.
#[test]
fn cut_at_every_byte() {
    for (charset, text) in TEXTS {
        let bytes = charset.encode(text).expect("it has them");
        let borders = borders(charset, text);
        for at in 0..=bytes.len() {
            let reads = [&bytes[..at], &bytes[at..]];
            let alone = alone(charset, reads);
            assert_eq!(alone == text, borders.contains(&at), "{alone}");
            assert_eq!(alone.contains('\u{fffd}'), alone != text);

            // All that is complete comes at once; kept are three bytes at most.
            let whole = borders.iter().rposition(|&border| border <= at);
            let whole = whole.expect("the first one is 0");
            let complete: String = text.chars().take(whole).collect();
            assert_eq!(charset.decoder().feed(reads[0]), complete);
            assert!(at - borders[whole] <= 3);

            let [mut first, second] = reads;
            let stream = (&mut first).chain(second);
            let mut told = String::new();
            let decoded = decode_the_stream(stream, charset, &mut |_, text| {
                told += text;
            });
            assert_eq!(decoded.expect("all is read"), (text.into(), None));
            assert_eq!(told, text, "each piece as soon as it is complete");
        }
    }
}

/// The same as a table.
#[test]
fn what_each_cut_does() {
    let mut table = String::new();
    for charset in [Charset::Gb2312, Charset::Utf8] {
        let bytes = charset.encode(HELLO).expect("it has them");
        let s = hex(&bytes);
        table += &format!("{HELLO} in {charset} is {s}\n");
        for at in 1..bytes.len() {
            let texts = [&bytes[..at], &bytes[at..]]
                .map(|read| decode_each_read_alone(charset, read));
            let [first, second] = texts;
            table += &format!("  cut after {at:>2}: {first} | {second}\n");
        }
    }
    assert_transcript!("step03_text_cuts", table);
}

/// A stream that ends inside a character says so, whatever came before.
#[test]
fn the_end_inside_a_character() {
    for (charset, text) in TEXTS {
        let bytes = charset.encode(text).expect("it has them");
        let borders = borders(charset, text);
        for end in 0..bytes.len() {
            let stream = &bytes[..end];
            let (decoded, malformed) =
                decode_the_stream(stream, charset, &mut |_, _| {})
                    .expect("all is read");
            let last = borders.iter().rfind(|&&border| border <= end);
            let cut = last.copied().filter(|&last| last < end);
            assert_eq!(malformed.map(|error| error.offset), cut);
            assert_eq!(decoded.ends_with('\u{fffd}'), cut.is_some());
        }
    }
}

/// What std says about UTF-8 that is cut, and about what is none.
#[test]
fn std_tells_a_cut_character_from_a_wrong_one() {
    let bytes = HELLO.as_bytes();
    let cut = str::from_utf8(&bytes[..4]).expect_err("one and a third");
    assert_eq!((cut.valid_up_to(), cut.error_len()), (3, None));
    assert_eq!(String::from_utf8_lossy(&bytes[..4]), "你�");
    assert_eq!(String::from_utf8_lossy(&bytes[4..]), "��世界");
    let wrong = [&bytes[..2], b"!"].concat();
    let wrong = str::from_utf8(&wrong).expect_err("! is no part");
    assert_eq!((wrong.valid_up_to(), wrong.error_len()), (0, Some(2)));
}

/// `read_to_string` and `lines` mind no cut. They know UTF-8 alone, and of what is
/// none the first gives nothing.
#[test]
fn std_reads_utf_8_alone() {
    let (mut first, second) = HELLO.as_bytes().split_at(4);
    let mut text = String::new();
    let read = (&mut first).chain(second).read_to_string(&mut text);
    assert_eq!((read.expect("UTF-8"), &*text), (12, HELLO));
    let (mut first, second) = HELLO.as_bytes().split_at(4);
    let mut lines = BufReader::new((&mut first).chain(second)).lines();
    let line = lines.next().expect("the text is a line");
    assert_eq!(line.expect("UTF-8"), HELLO);

    let bytes = Charset::Gb2312.encode("go 你好").expect("it has them");
    let error = bytes.as_slice().read_to_string(&mut text);
    let error = error.expect_err("not UTF-8");
    assert_eq!((error.kind(), &*text), (ErrorKind::InvalidData, HELLO));
}

/// A buffer that fits the characters: right until there is a comma.
#[test]
fn no_buffer_size_helps() {
    for (charset, size) in [(Charset::Gb2312, 4), (Charset::Utf8, 6)] {
        let alone = |text: &str| {
            let bytes = charset.encode(text).expect("it has them");
            alone(charset, bytes.chunks(size))
        };
        assert_eq!(alone(HELLO), HELLO);
        assert_eq!(alone("你好,世界"), "你好,世��");
    }
}

/// "UTF-16, so that all characters have the same width": a cut inside one, and
/// nothing after it is right. And the width is not the same.
#[test]
fn utf_16_is_cut_too() {
    let bytes: Vec<_> =
        HELLO.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(bytes, b"\x60\x4f\x7d\x59\x16\x4e\x4c\x75");
    let [first, second] = [&bytes[..3], &bytes[3..]].map(utf_16);
    // UTF-8 finds its feet again after one character, here all are others.
    assert_eq!((&*first, &*second), ("你�", "ᙙ䱎�"));
    let bytes = HELLO.as_bytes();
    assert_eq!(alone(Charset::Utf8, [&bytes[..4], &bytes[4..]]), "你���世界");

    assert_eq!("你".encode_utf16().count(), 1);
    assert_eq!("😀".encode_utf16().count(), 2);
    // It has an order of bytes as well: read the other way, 你 is 恏.
    assert_eq!(utf_16(b"\x60\x4f"), "你");
    assert_eq!(utf_16(b"\x4f\x60"), "恏");
}

fn alone<'a>(
    charset: Charset,
    reads: impl IntoIterator<Item = &'a [u8]>,
) -> String {
    let reads = reads.into_iter();
    reads.map(|read| decode_each_read_alone(charset, read)).collect()
}

/// Little-endian UTF-16 of one read.
fn utf_16(read: &[u8]) -> String {
    let units = read.chunks_exact(2).map(|b| u16::from_le_bytes([b[0], b[1]]));
    let text = char::decode_utf16(units).map(|c| c.unwrap_or('\u{fffd}'));
    let cut = (read.len() % 2 == 1).then_some('\u{fffd}');
    text.chain(cut).collect()
}

/// Where a character ends and the next one begins, in bytes.
fn borders(charset: Charset, text: &str) -> Vec<usize> {
    let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    let before = |end| charset.encode(&text[..end]).expect("it has them").len();
    ends.map(before).collect()
}

fn hex(bytes: &[u8]) -> String {
    let bytes: Vec<_> = bytes.iter().map(|b| format!("{b:02x}")).collect();
    bytes.join(" ")
}
