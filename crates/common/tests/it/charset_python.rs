//! GB2312 against another implementation: Python's codec.

use std::process::Command;

use common::Charset;
use testkit::{DEADLINE, python, skip, within};

/// Every character of the Basic Multilingual Plane, both ways.
#[test]
fn gb2312_encodes_what_pythons_does() {
    within(DEADLINE, || {
        let Some(python) = python() else {
            return skip("no python3 to compare with");
        };
        let script = "
for point in range(0x10000):
    try:
        print(chr(point).encode('gb2312').hex())
    except UnicodeEncodeError:
        print('-')
";
        let theirs = run(python, script);
        let mut compared = 0;
        let mut encoded = 0;
        for (point, theirs) in (0..0x10000).zip(theirs.lines()) {
            compared += 1;
            // Half of a surrogate pair is no character.
            let Some(character) = char::from_u32(point) else {
                assert_eq!(theirs, "-");
                continue;
            };
            let text = character.to_string();
            let ours = Charset::Gb2312.encode(&text);
            if let Ok(bytes) = &ours {
                encoded += 1;
                assert_eq!(Charset::Gb2312.decode(bytes), Ok(text));
            }
            let ours = ours.map_or("-".to_owned(), |bytes| hex(&bytes));
            assert_eq!(ours, theirs, "U+{point:04X}");
        }
        assert_eq!((compared, encoded), (0x10000, 128 + 7445));
    });
}

/// Every one and two bytes: the same text, or an error at the same place.
#[test]
fn gb2312_decodes_what_pythons_does() {
    within(DEADLINE, || {
        let Some(python) = python() else {
            return skip("no python3 to compare with");
        };
        let script = "
import itertools
ones = ((a,) for a in range(256))
twos = itertools.product(range(256), repeat=2)
for codes in itertools.chain(ones, twos):
    try:
        print(' '.join(f'{ord(c):x}' for c in bytes(codes).decode('gb2312')))
    except UnicodeDecodeError as error:
        print('at', error.start)
";
        let theirs = run(python, script);
        let ones = (0..=u8::MAX).map(|a| vec![a]);
        let twos = (0..=u16::MAX).map(|pair| pair.to_be_bytes().to_vec());
        let mut compared = 0;
        for (bytes, theirs) in ones.chain(twos).zip(theirs.lines()) {
            compared += 1;
            let ours = match Charset::Gb2312.decode(&bytes) {
                Ok(text) => text
                    .chars()
                    .map(|c| format!("{:x}", u32::from(c)))
                    .collect::<Vec<_>>()
                    .join(" "),
                Err(error) => format!("at {}", error.offset),
            };
            assert_eq!(ours, theirs, "{bytes:x?}");
        }
        assert_eq!(compared, 256 + 65_536);
    });
}

fn run(mut python: Command, script: &str) -> String {
    let output = python.args(["-c", script]).output().expect("it is there");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("it prints ASCII")
}

fn hex(bytes: &[u8]) -> String {
    let digits: Vec<_> = bytes.iter().map(|b| format!("{b:02x}")).collect();
    digits.concat()
}
