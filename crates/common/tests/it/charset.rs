//! Charsets: round trips, errors with a position, characters cut anywhere.

use common::{
    Charset,
    charset::{Malformed, Unmappable, printable},
};

const TEXT: &str = "GET 一起加油 !!! ΩЖあ①";

#[test]
fn every_charset_takes_its_own_bytes_back() {
    for charset in Charset::ALL {
        let bytes = charset.encode(TEXT).expect("every charset has these");
        assert_eq!(charset.decode(&bytes).as_deref(), Ok(TEXT));
        assert_eq!(charset.decode_lossy(&bytes), TEXT);
        assert_eq!(charset.name().parse(), Ok(charset));
        assert_eq!(charset.name().to_uppercase().parse(), Ok(charset));
    }
    assert_eq!("utf8".parse(), Ok(Charset::Utf8));
    assert!("big5".parse::<Charset>().is_err());
}

/// What is encoded decodes to what it was: all of the Basic Multilingual Plane
/// but 19 characters for private use, whose bytes are another one's.
#[test]
fn no_character_takes_the_bytes_of_another() {
    let mut encoded = 0;
    for character in '\0'..='\u{ffff}' {
        let text = character.to_string();
        if let Ok(bytes) = Charset::Gb18030.encode(&text) {
            encoded += 1;
            assert_eq!(Charset::Gb18030.decode(&bytes), Ok(text));
        }
    }
    assert_eq!(encoded, 0x1_0000 - 0x800 - 19);
}

#[test]
fn the_missions_bytes() {
    let gb2312 = Charset::Gb2312.encode("加油").expect("it has them");
    assert_eq!(gb2312, b"\xbc\xd3\xd3\xcd");
    let utf8 = Charset::Utf8.encode("加油").expect("it has them");
    assert_eq!(utf8, b"\xe5\x8a\xa0\xe6\xb2\xb9");
}

/// 鎔 is in GBK alone, 𠀀 in GB18030 too; encoding_rs would write `&#…;`.
#[test]
fn what_a_charset_lacks_is_an_error_with_a_position() {
    for (charset, text, character, index) in [
        (Charset::Gb2312, "加油鎔", '鎔', 2),
        (Charset::Gb2312, "·", '·', 0),
        (Charset::Gbk, "ab𠀀", '𠀀', 2),
        (Charset::Gb18030, "\u{e5e5}", '\u{e5e5}', 0),
    ] {
        let error = Unmappable { charset, character, index };
        assert_eq!(charset.encode(text), Err(error));
    }
    let error = Charset::Gb2312.encode("加油鎔").expect_err("not in GB2312");
    assert_eq!(
        error.to_string(),
        "gb2312 has no '鎔' (U+9394), character 3 of the text"
    );
    assert!(Charset::Gbk.encode("鎔").is_ok());
    assert!(Charset::Gb18030.encode("𠀀").is_ok());
}

#[test]
fn what_does_not_fit_is_an_error_with_a_position() {
    for (charset, bytes, offset, lossy) in [
        // A first byte without its second, at the end and in the middle.
        (Charset::Gb2312, &b"a\xbc"[..], 1, "a\u{fffd}"),
        (Charset::Gb2312, b"\xbc\xd3\xbca", 2, "加\u{fffd}a"),
        // A cell that GBK filled and GB2312 did not.
        (Charset::Gb2312, b"ok\xa2\xa1", 2, "ok\u{fffd}"),
        (Charset::Gb2312, b"\x80a", 0, "\u{fffd}a"),
        (Charset::Gbk, b"\xbc\xd3\xff", 2, "加\u{fffd}"),
        (Charset::Gb18030, b"\x81\x30\x81", 0, "\u{fffd}"),
        (Charset::Utf8, b"\xe5\x8a\xa0\xe6\xb2", 3, "加\u{fffd}"),
        (Charset::Utf8, b"a\xffb", 1, "a\u{fffd}b"),
    ] {
        let error = Malformed { charset, offset };
        assert_eq!(charset.decode(bytes), Err(error), "{charset} {bytes:x?}");
        assert_eq!(charset.decode_lossy(bytes), lossy);
        let shown = format!("{lossy} (not {charset} from byte {offset} on)");
        assert_eq!(charset.show(bytes), shown);
    }
}

/// std's decoder of UTF-8 is another author's: both must agree.
#[test]
fn utf8_is_what_std_says_it_is() {
    // Each pair of interesting bytes in front of, behind and inside a 油.
    let interesting = [
        0x00, b'a', 0x7f, 0x80, 0xbf, 0xc0, 0xc2, 0xe0, 0xe6, 0xed, 0xf0, 0xf4,
        0xf5, 0xff,
    ];
    for a in interesting {
        for b in interesting {
            let bytes = [a, 0xe6, b, 0xb2, 0xb9, a, b];
            let ours = Charset::Utf8.decode(&bytes);
            let std = std::str::from_utf8(&bytes);
            assert_eq!(
                ours.as_deref().map_err(|error| error.offset),
                std.map_err(|error| error.valid_up_to()),
            );
            assert_eq!(
                Charset::Utf8.decode_lossy(&bytes),
                String::from_utf8_lossy(&bytes)
            );
        }
    }
}

#[test]
fn a_decoder_does_not_mind_where_the_bytes_are_cut() {
    for charset in Charset::ALL {
        let mut bytes = charset.encode(TEXT).expect("every charset has these");
        // Something malformed too, so that its offset is checked across cuts.
        bytes.extend(b"\xff!");
        let whole = charset.decode_lossy(&bytes);
        let error = charset.decode(&bytes).expect_err("0xFF is in none");
        assert_eq!(error.offset, bytes.len() - 2);
        for first in 0..=bytes.len() {
            for second in first..=bytes.len() {
                let mut decoder = charset.decoder();
                let mut text = decoder.feed(&bytes[..first]);
                text += &decoder.feed(&bytes[first..second]);
                text += &decoder.feed(&bytes[second..]);
                let (end, malformed) = decoder.finish();
                assert_eq!(text + &end, whole, "{charset} {first} {second}");
                assert_eq!(malformed, Some(error));
            }
        }
    }
}

#[test]
fn printable_text_cannot_move_a_cursor_or_forge_a_line() {
    assert_eq!(printable("加油 ok"), "加油 ok");
    assert_eq!(printable("a\r\nb\x1b[2J\0"), r"a\r\nb\u{1b}[2J\u{0}");
    assert_eq!(printable("\u{9b}2J"), r"\u{9b}2J");
    assert_eq!(printable("\\r is not \r"), r"\\r is not \r");
    assert_eq!(printable("\u{202e}a\u{2028}b"), r"\u{202e}a\u{2028}b");
}
