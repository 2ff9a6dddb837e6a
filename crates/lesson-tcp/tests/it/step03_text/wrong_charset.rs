//! 乱码: the right bytes, read in another charset.

use common::Charset::{self, *};
use testkit::{DEADLINE, assert_transcript, within};

use super::{HELLO, converse};

/// Each end with each charset, through the server.
#[test]
fn every_time_the_ends_do_not_agree() {
    within(DEADLINE, || {
        let mut table = String::new();
        for (client, server) in [
            (Gbk, Gbk),
            (Utf8, Utf8),
            (Utf8, Gbk),
            (Gbk, Utf8),
            (Utf8, Gb2312),
            (Gb2312, Gbk),
        ] {
            let (events, reply) = converse(server, client, HELLO);
            let understood = events.last().expect("it was heard");
            table += &format!(
                "{client} to a server with {server}\n\
                 \x20 the server: {understood}\n\
                 \x20 the client: {}\n",
                client.show(&reply),
            );
        }
        assert_transcript!("step03_text_wrong_charset", table);
    });
}

/// What can be undone: UTF-8 that was read as GBK, as long as no byte was
/// left over. An odd number of characters of three bytes leaves one.
#[test]
fn some_of_it_can_be_undone() {
    let read_as = |text: &str, as_: Charset| as_.decode(text.as_bytes());
    let wrong = read_as(HELLO, Gbk).expect("12 bytes, 6 characters");
    assert_eq!(wrong, "浣犲ソ涓栫晫");
    let bytes = Gbk.encode(&wrong).expect("GBK has what GBK gave");
    assert_eq!(bytes, HELLO.as_bytes());
    assert!(read_as("你好世", Gbk).is_err());
    assert_eq!(Gbk.decode_lossy("你好世".as_bytes()), "浣犲ソ涓�");
}

/// What cannot: two � in UTF-8 are six bytes, and in GBK three characters.
#[test]
fn some_of_it_is_gone_for_good() {
    let hello = Gbk.encode(HELLO).expect("GBK has them");
    let wrong = Utf8.decode_lossy(&hello);
    // Seven for eight bytes: E3 BA begin a character together.
    assert_eq!(wrong, "\u{fffd}".repeat(7));
    assert_eq!(Utf8.decode_lossy(&hello[1..3]), "\u{fffd}");
    let twice = Gbk.decode("\u{fffd}\u{fffd}".as_bytes());
    assert_eq!(twice.as_deref(), Ok("锟斤拷"));
}

/// ASCII is the same in all of them: a test without 中文 finds nothing.
#[test]
fn ascii_hides_it() {
    for charset in Charset::ALL {
        let bytes = charset.encode("GET / HTTP/1.1\r\n").expect("ASCII");
        assert_eq!(bytes, b"GET / HTTP/1.1\r\n");
    }
}

/// EF BB BF, which some editors write in front of UTF-8, is a character: U+FEFF.
/// Here it stays one, and the first word is another word.
#[test]
fn a_bom_is_part_of_the_first_word() {
    let bytes = [b"\xef\xbb\xbf", "8080 加油".as_bytes()].concat();
    let text = Utf8.decode(&bytes).expect("it is UTF-8");
    assert_eq!(text, "\u{feff}8080 加油");
    let first = text.split(' ').next().expect("a word");
    // It prints like the other one, and is no number.
    assert_ne!(first, "8080");
    assert!(first.parse::<u16>().is_err());
    // It is no white space either.
    assert_eq!(first.trim(), first);
    // The mend, where the protocol allows a BOM.
    let word = first.strip_prefix('\u{feff}').expect("it is there");
    assert_eq!(word.parse(), Ok(8080));
    // Whoever reads GBK sees 锘, and the next character goes wrong too.
    assert_eq!(Gbk.decode("\u{feff}好".as_bytes()), Ok("锘垮ソ".into()));
}
