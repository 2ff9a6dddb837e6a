//! GB/T 2312-80 in its EUC-CN form, character by character.
//!
//! The standard is a table of 94 rows of 94 cells (区位). A character's two
//! bytes are its row and its cell, each plus 0xA0; ASCII stays one byte. GBK
//! filled the gaps of this table and moved two signs, so that we ask GBK for a
//! character and the table whether GB2312 has it.

use encoding_rs::GBK;

/// The character as GB2312 has it, or `None`.
pub(super) fn encode(character: char) -> Option<Vec<u8>> {
    if character.is_ascii() {
        return Some(vec![character as u8]);
    }
    if let Some((pair, _)) = MOVED.iter().find(|(_, moved)| *moved == character)
    {
        return Some(pair.to_vec());
    }
    let mut utf8 = [0; 4];
    let (bytes, _, lacking) = GBK.encode(character.encode_utf8(&mut utf8));
    let pair: [u8; 2] = bytes.as_ref().try_into().ok()?;
    (!lacking && decode(pair) == Some(character)).then(|| pair.to_vec())
}

/// The character of two bytes, or `None` where the table has no such cell.
pub(super) fn decode(pair: [u8; 2]) -> Option<char> {
    if !assigned(pair) {
        return None;
    }
    if let Some((_, moved)) = MOVED.iter().find(|(bytes, _)| *bytes == pair) {
        return Some(*moved);
    }
    GBK.decode_without_bom_handling_and_without_replacement(&pair)?
        .chars()
        .next()
}

/// Can this byte be the first of two?
pub(super) fn is_lead(byte: u8) -> bool {
    (0xA1..=0xF7).contains(&byte)
}

/// Whether GB/T 2312-80 puts a character into this cell.
fn assigned([lead, trail]: [u8; 2]) -> bool {
    let (Some(row), Some(cell)) =
        (lead.checked_sub(0xA0), trail.checked_sub(0xA0))
    else {
        return false;
    };
    match row {
        // Signs; full-width ASCII; 3 755 frequent and 3 008 rarer hanzi.
        1 | 3 | 16..=54 | 56..=87 => matches!(cell, 1..=94),
        // Numbers: 1. to 20., (1) to (20), circled, in hanzi, Roman.
        2 => matches!(cell, 17..=66 | 69..=78 | 81..=92),
        // Hiragana, katakana, Greek, Cyrillic.
        4 => matches!(cell, 1..=83),
        5 => matches!(cell, 1..=86),
        6 => matches!(cell, 1..=24 | 33..=56),
        7 => matches!(cell, 1..=33 | 49..=81),
        // Pinyin letters with tones and bopomofo; box drawing.
        8 => matches!(cell, 1..=26 | 37..=73),
        9 => matches!(cell, 4..=79),
        // The last row of the frequent hanzi is not full.
        55 => matches!(cell, 1..=89),
        _ => false,
    }
}

/// The two signs that GBK reads as another character: a middle dot and a dash.
const MOVED: [([u8; 2], char); 2] =
    [([0xA1, 0xA4], '\u{30FB}'), ([0xA1, 0xAA], '\u{2015}')];
