//! µ-law: 8 bits a sample instead of 16, fine steps where it is quiet and
//! coarse ones where it is loud. Telephones in America and Japan speak it.
//!
//! ```text
//! bit  7     6  5  4     3  2  1  0      all turned over
//!      sign  octave      step in it
//! ```
//!
//! Sources: ITU-T G.711; RFC 3551 §4.5.14.

/// A sample in 8 bits.
pub fn compress(sample: i16) -> u8 {
    let sign = if sample < 0 { 0x80 } else { 0 };
    // The 132 put a bit into each octave: the highest one set says which.
    let size = sample.unsigned_abs().min(LOUDEST) + 132;
    let octave = 8 - u8::try_from(size.leading_zeros()).expect("at most 16");
    let step = (size >> (octave + 3)) & 0x0f;
    let step = u8::try_from(step).expect("four bits");
    !(sign | octave << 4 | step)
}

/// The middle of what those 8 bits may stand for.
pub fn expand(code: u8) -> i16 {
    let code = !code;
    let (octave, step) = (code >> 4 & 7, i16::from(code & 0x0f));
    let size = ((2 * step + 33) << (octave + 2)) - 132;
    if code & 0x80 == 0 { size } else { -size }
}

/// What is louder is cut off.
const LOUDEST: u16 = 0x7fff - 132;
