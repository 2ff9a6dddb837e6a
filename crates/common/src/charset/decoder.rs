//! Decoding bytes that come in pieces.
//!
//! A read may end in the middle of a character. The decoder keeps the cut-off
//! part until the rest comes, so that any split of the same bytes gives the same
//! text.

use encoding_rs::DecoderResult;

use super::{Charset, Malformed, gb2312};

/// Decodes one stream of bytes, however it was cut into reads.
///
/// Each malformed sequence becomes U+FFFD, and the offset of the first is kept.
pub struct Decoder {
    charset: Charset,
    engine: Engine,
    /// Bytes fed before the present piece.
    fed: usize,
    malformed: Option<Malformed>,
}

enum Engine {
    /// Holds the first byte of a character whose second has not come.
    Gb2312(Option<u8>),
    Web(encoding_rs::Decoder),
}

impl Decoder {
    pub(super) fn new(charset: Charset) -> Self {
        let engine = match charset {
            Charset::Gb2312 => Engine::Gb2312(None),
            // A BOM is a character like any other: a wire has no magic.
            _ => Engine::Web(
                charset.on_the_web().new_decoder_without_bom_handling(),
            ),
        };
        Self { charset, engine, fed: 0, malformed: None }
    }

    /// The text that is complete with this piece.
    pub fn feed(&mut self, piece: &[u8]) -> String {
        let text = match &mut self.engine {
            Engine::Gb2312(_) => self.feed_gb2312(piece),
            Engine::Web(_) => self.feed_web(piece, false),
        };
        self.fed += piece.len();
        text
    }

    /// Ends the stream: U+FFFD if it ended inside a character, and the first
    /// malformed sequence, if there was one.
    pub fn finish(mut self) -> (String, Option<Malformed>) {
        let text = match &mut self.engine {
            Engine::Gb2312(lead) => {
                let cut = lead.take().is_some();
                if cut {
                    self.note(self.fed - 1);
                }
                if cut { "\u{FFFD}".to_owned() } else { String::new() }
            }
            Engine::Web(_) => self.feed_web(&[], true),
        };
        (text, self.malformed)
    }

    fn feed_gb2312(&mut self, piece: &[u8]) -> String {
        let Engine::Gb2312(mut lead) = self.engine else { unreachable!() };
        let mut text = String::with_capacity(piece.len());
        for (at, &byte) in (self.fed..).zip(piece) {
            match lead.take() {
                None if byte.is_ascii() => text.push(byte.into()),
                None if gb2312::is_lead(byte) => lead = Some(byte),
                None => {
                    self.note(at);
                    text.push('\u{FFFD}');
                }
                Some(first) => match gb2312::decode([first, byte]) {
                    Some(character) => text.push(character),
                    None => {
                        self.note(at - 1);
                        text.push('\u{FFFD}');
                        // A stray first byte must not swallow ASCII: a quote
                        // or a line end that vanishes is a security hole.
                        if byte.is_ascii() {
                            text.push(byte.into());
                        }
                    }
                },
            }
        }
        self.engine = Engine::Gb2312(lead);
        text
    }

    fn feed_web(&mut self, mut piece: &[u8], last: bool) -> String {
        let mut text = String::new();
        let mut at = self.fed;
        loop {
            let Engine::Web(decoder) = &mut self.engine else { unreachable!() };
            let room = decoder.max_utf8_buffer_length(piece.len());
            text.reserve(room.expect("a piece fits in memory"));
            let (result, read) = decoder
                .decode_to_string_without_replacement(piece, &mut text, last);
            piece = &piece[read..];
            at += read;
            match result {
                DecoderResult::InputEmpty => return text,
                DecoderResult::OutputFull => {}
                // `length` bytes do not fit; `after` good ones were read on.
                DecoderResult::Malformed(length, after) => {
                    self.note(at - usize::from(length) - usize::from(after));
                    text.push('\u{FFFD}');
                }
            }
        }
    }

    fn note(&mut self, offset: usize) {
        let charset = self.charset;
        self.malformed.get_or_insert(Malformed { charset, offset });
    }
}
