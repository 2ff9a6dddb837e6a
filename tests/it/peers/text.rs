//! What a browser means by a charset's name.

use common::Charset;
use testkit::{DEADLINE, within};

use super::http::browse;

/// The bytes of `step03_text_names`, in a page that says `gb2312`, and a script
/// that asks what became of that name, and of a BOM.
const PAGE: &str = "data:text/html;charset=gb2312,\
    <p>%BC%D3%20%E9%46%20%80%20%A9%96%20%A1%A4</p>\
    <script>document.write(document.characterSet,\
    '%20',new%20TextDecoder('gb2312').encoding,\
    '%20',new%20TextDecoder().decode(\
    new%20Uint8Array([0xef,0xbb,0xbf,0x6f])).length)</script>";

#[test]
fn gb2312_is_gbk_to_a_browser() {
    within(DEADLINE, || {
        let Some((shown, _)) = browse(PAGE) else { return };
        assert!(shown.contains("<p>加 镕 € 〇 ·</p>"), "{shown}");
        // Its own decoder takes the BOM away, unless told otherwise.
        assert!(shown.contains("GBK gbk 1"), "{shown}");

        // As the course has it under the name `gbk`.
        let bytes = b"\xbc\xd3 \xe9\x46 \x80 \xa9\x96 \xa1\xa4";
        assert_eq!(Charset::Gbk.decode(bytes), Ok("加 镕 € 〇 ·".into()));
    });
}
