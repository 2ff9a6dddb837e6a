//! "GB2312" is not one thing: Python's is the standard of 1980, the web's is GBK.

use common::Charset;
use testkit::{DEADLINE, Program, assert_transcript, python, skip, within};

use super::HELLO;

/// Characters, each read by all who know the name.
const BYTES: [&[u8]; 5] =
    [b"\xbc\xd3", b"\xe9\x46", b"\x80", b"\xa9\x96", b"\xa1\xa4"];

/// How Python's codecs read them: the character's number, or nothing.
const PYTHON: &str = "
for code in ['bcd3', 'e946', '80', 'a996', 'a1a4']:
    for name in ['gb2312', 'gbk', 'gb18030']:
        try:
            print(f'{ord(bytes.fromhex(code).decode(name)):x}')
        except UnicodeDecodeError:
            print('no')
";

/// The web's is in `course-tests` too, where a browser reads the same bytes.
#[test]
fn who_means_what_by_gb2312() {
    within(DEADLINE, || {
        let Some(printed) = run_python(PYTHON) else { return };
        let python: Vec<_> = printed.lines().map(character).collect();
        let mut table = String::new();
        for (bytes, python) in BYTES.iter().zip(python.chunks(3)) {
            let [ours, web] = [Charset::Gb2312, Charset::Gbk]
                .map(|charset| charset.decode(bytes).unwrap_or("no".into()));
            let bytes: Vec<_> =
                bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            table += &format!(
                "{:<5}  gb2312: Python {}, this course {ours}, the web {web}; \
                 Python's gbk {}, gb18030 {}\n",
                bytes.join(" "),
                python[0],
                python[1],
                python[2],
            );
        }
        assert_transcript!("step03_text_names", table);
    });
}

/// 朱镕基 cannot be said in GB2312, and the error says where.
#[test]
fn a_name_that_gb2312_lacks() {
    let error = Charset::Gb2312.encode("朱镕基").expect_err("1980");
    assert_eq!((error.character, error.index), ('镕', 1));
    assert_eq!(Charset::Gb2312.encode("二〇").expect_err("1980").index, 1);
    assert!(Charset::Gb2312.encode("€").is_err());
    let bytes = Charset::Gbk.encode("朱镕基").expect("GBK has it");
    assert_eq!(bytes, b"\xd6\xec\xe9\x46\xbb\xf9");
    // The second byte of 镕 is an `F`: who looks for ASCII finds it inside.
    assert!(bytes.contains(&b'F'));
    assert!(!"朱镕基".bytes().any(|byte| byte.is_ascii()));
}

/// Python has the mend too, and the BOM both ways.
#[test]
fn pythons_incremental_decoder_and_its_bom() {
    within(DEADLINE, || {
        let script = format!(
            "
import codecs
for name in ['gb2312', 'gbk', 'utf-8']:
    data = '{HELLO}'.encode(name)
    for at in range(len(data) + 1):
        decoder = codecs.getincrementaldecoder(name)()
        text = decoder.decode(data[:at]) + decoder.decode(data[at:], final=True)
        assert text == '{HELLO}', (name, at)
decoder = codecs.getincrementaldecoder('gb2312')()
assert decoder.decode(b'\\xbc') == ''
try:
    decoder.decode(b'', final=True)
except UnicodeDecodeError:
    print('cut')
bom = b'\\xef\\xbb\\xbfok'
print(len(bom.decode('utf-8')), len(bom.decode('utf-8-sig')))
"
        );
        let Some(printed) = run_python(&script) else { return };
        assert_eq!(printed.lines().collect::<Vec<_>>(), ["cut", "3 2"]);
    });
}

fn run_python(script: &str) -> Option<String> {
    let Some(mut python) = python() else {
        skip("no python3 to compare with");
        return None;
    };
    // On Windows it would not take the script for UTF-8.
    python.env("PYTHONUTF8", "1");
    let ended = Program::run(python.args(["-c", script]), b"");
    assert_eq!((ended.code, &*ended.stderr), (Some(0), ""));
    Some(ended.stdout)
}

fn character(line: &str) -> String {
    let number = u32::from_str_radix(line, 16).ok();
    let character = number.and_then(char::from_u32);
    character.map_or("no".into(), String::from)
}
