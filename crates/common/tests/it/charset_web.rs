//! The web's names for charsets: what encoding_rs makes of them.

use common::Charset;
use encoding_rs::{Encoding, GB18030, GBK};

/// A page that says `gb2312` is read as GBK, and GBK as GB18030: only writing is
/// narrower.
#[test]
fn gb2312_is_a_name_for_gbk() {
    for label in ["gb2312", "GB_2312-80", "x-gbk", "chinese", "gbk"] {
        assert_eq!(Encoding::for_label(label.as_bytes()), Some(GBK));
    }
    for (bytes, text) in [(&b"\xe9\x46"[..], "镕"), (b"\x80", "€")] {
        assert_eq!(GBK.decode(bytes).0, text);
        assert!(Charset::Gb2312.decode(bytes).is_err());
    }
    let four = b"\x95\x32\x82\x36";
    assert_eq!(GBK.decode(four).0, "𠀀");
    assert_eq!(GB18030.decode(four).0, "𠀀");
    assert_eq!(GB18030.encode("𠀀").0, &four[..]);
    // What GBK cannot write becomes markup, and the caller has to look.
    let (bytes, _, lacking) = GBK.encode("𠀀");
    assert_eq!((&*bytes, lacking), (&b"&#131072;"[..], true));
}
