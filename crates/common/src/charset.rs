//! Text as bytes: the charsets of the course.
//!
//! A socket carries bytes. Both ends have to agree on how text becomes bytes,
//! and a byte that does not fit that agreement is an error with a position.
//!
//! Three of the four are WHATWG encodings, done by `encoding_rs`. There the
//! label `gb2312` means GBK, and what a charset lacks becomes `&#…;`. Neither
//! will do on a wire, so [`Charset::Gb2312`] is GB/T 2312-80 in its EUC-CN form,
//! as in Python's `gb2312`, and what a charset lacks is [`Unmappable`].

mod decoder;
mod gb2312;

use std::{error, fmt, str::FromStr};

use encoding_rs::{Encoding, GB18030, GBK, UTF_8};

pub use self::decoder::Decoder;

/// How text becomes bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    /// GB/T 2312-80 in EUC-CN form: ASCII and 7 445 characters of two bytes.
    Gb2312,
    /// GBK as the web has it (WHATWG "gbk"): with the euro sign at 0x80; its
    /// decoder takes GB18030's four-byte forms too.
    Gbk,
    /// GB18030 (WHATWG "gb18030"): all of Unicode, in 1, 2 or 4 bytes, but
    /// for 19 characters for private use.
    Gb18030,
    /// UTF-8 (RFC 3629): all of Unicode, in 1 to 4 bytes.
    Utf8,
}

impl Charset {
    /// Every charset of the course, the narrowest first.
    pub const ALL: [Self; 4] =
        [Self::Gb2312, Self::Gbk, Self::Gb18030, Self::Utf8];

    /// The name that `--charset` takes and transcripts show.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gb2312 => "gb2312",
            Self::Gbk => "gbk",
            Self::Gb18030 => "gb18030",
            Self::Utf8 => "utf-8",
        }
    }

    /// Text to bytes.
    ///
    /// # Errors
    /// [`Unmappable`] for the first character that the charset lacks.
    pub fn encode(self, text: &str) -> Result<Vec<u8>, Unmappable> {
        if self == Self::Utf8 {
            return Ok(text.as_bytes().to_vec());
        }
        let mut bytes = Vec::with_capacity(text.len());
        for (index, character) in text.chars().enumerate() {
            let encoded = match self {
                Self::Gb2312 => gb2312::encode(character),
                _ => self.encode_on_the_web(character),
            };
            bytes.extend(encoded.ok_or(Unmappable {
                charset: self,
                character,
                index,
            })?);
        }
        Ok(bytes)
    }

    /// Bytes to text, all or nothing.
    ///
    /// # Errors
    /// [`Malformed`] with the offset of the first byte that does not fit; bytes
    /// that end inside a character are malformed from that character's start.
    pub fn decode(self, bytes: &[u8]) -> Result<String, Malformed> {
        let mut decoder = self.decoder();
        let mut text = decoder.feed(bytes);
        let (end, malformed) = decoder.finish();
        text.push_str(&end);
        malformed.map_or(Ok(text), Err)
    }

    /// Bytes to text, with U+FFFD (�) for each sequence that does not fit.
    pub fn decode_lossy(self, bytes: &[u8]) -> String {
        let mut decoder = self.decoder();
        let text = decoder.feed(bytes);
        text + &decoder.finish().0
    }

    /// Bytes for a person to read: text on one line, harmless to a terminal
    /// ([`printable`]), with a word on what is not text.
    pub fn show(self, bytes: &[u8]) -> String {
        match self.decode(bytes) {
            Ok(text) => printable(&text),
            Err(malformed) => {
                let text = printable(&self.decode_lossy(bytes));
                format!("{text} ({malformed})")
            }
        }
    }

    /// A decoder for bytes that come in pieces, cut anywhere.
    pub fn decoder(self) -> Decoder {
        Decoder::new(self)
    }

    fn encode_on_the_web(self, character: char) -> Option<Vec<u8>> {
        let mut utf8 = [0; 4];
        let (bytes, _, lacking) =
            self.on_the_web().encode(character.encode_utf8(&mut utf8));
        // Where `lacking` is set, `bytes` is `&#…;`: markup nobody asked for.
        // And 18 characters for private use get the bytes of another one.
        let back = || self.on_the_web().decode_without_bom_handling(&bytes).0;
        (!lacking && back().chars().eq([character])).then(|| bytes.to_vec())
    }

    fn on_the_web(self) -> &'static Encoding {
        match self {
            // "gb2312" on the web is GBK; `gb2312` narrows it down.
            Self::Gb2312 | Self::Gbk => GBK,
            Self::Gb18030 => GB18030,
            Self::Utf8 => UTF_8,
        }
    }
}

impl fmt::Display for Charset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Charset {
    type Err = UnknownCharset;

    /// Takes [`Charset::name`] in any case, and `utf8`.
    fn from_str(name: &str) -> Result<Self, UnknownCharset> {
        let lower = name.to_ascii_lowercase();
        Self::ALL
            .into_iter()
            .find(|charset| {
                charset.name().replace('-', "") == lower.replace('-', "")
            })
            .ok_or(UnknownCharset)
    }
}

/// No charset of the course has this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownCharset;

impl fmt::Display for UnknownCharset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the course has {}",
            Charset::ALL.map(Charset::name).join(", ")
        )
    }
}

impl error::Error for UnknownCharset {}

/// A character that the charset lacks: say it in another charset, or leave it
/// out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unmappable {
    /// The charset that lacks it.
    pub charset: Charset,
    /// The character.
    pub character: char,
    /// How many characters of the text stand before it.
    pub index: usize,
}

impl fmt::Display for Unmappable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} has no {:?} (U+{:04X}), character {} of the text",
            self.charset,
            self.character,
            u32::from(self.character),
            self.index + 1,
        )
    }
}

impl error::Error for Unmappable {}

/// Bytes that are not text in this charset: the sender means another charset,
/// or the bytes are damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// The charset that they do not fit.
    pub charset: Charset,
    /// How many bytes stand before the first that does not fit.
    pub offset: usize,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not {} from byte {} on", self.charset, self.offset)
    }
}

impl error::Error for Malformed {}

/// Text on one line and harmless to a terminal: control characters, line ends
/// among them, become escapes such as `\r\n`, and a backslash becomes two.
///
/// What a peer sends must not be able to move the cursor, turn the direction of
/// what follows, or forge a log line.
pub fn printable(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        let turns = matches!(
            c,
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
                | '\u{2066}'..='\u{2069}'
        );
        let breaks = matches!(c, '\u{2028}' | '\u{2029}');
        if c.is_control() || turns || breaks || c == '\\' {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
        out
    })
}
