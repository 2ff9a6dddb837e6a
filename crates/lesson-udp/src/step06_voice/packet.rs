//! A frame as a datagram: a header of 12 bytes, then 20 ms of voice.
//!
//! ```text
//!  0        1        2        3        4                 8                 12
//! ┌────────┬────────┬────────┬────────┬─────────────────┬─────────────────┬──
//! │version │  kind  │  kHz   │   0    │ sequence number │    timestamp    │ voice …
//! └────────┴────────┴────────┴────────┴─────────────────┴─────────────────┴──
//! ```
//!
//! The two numbers are RTP's, and the rest is what this course needs of it. The
//! sequence number counts datagrams and says which ones are missing. The
//! timestamp counts samples and says *when* a frame is to be heard. One without
//! the other does not do: a speaker who sends nothing while nobody speaks leaves
//! a gap in the timestamps and none in the numbers.
//!
//! Whoever knows the port can send anything, so a datagram is looked at before
//! it is believed.
//!
//! Sources: RFC 3550 §5.1 (the header of RTP), RFC 3551 §4.5.11 (16-bit samples,
//! the high byte first) and §4.5.14 (µ-law).

use std::{fmt, ops::Range};

use super::{law, wav::frame_length};

/// What a datagram holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A frame, 16 bits a sample.
    Linear,
    /// A frame, 8 bits a sample.
    MuLaw,
    /// Nothing: the voice ended before this one's timestamp.
    End,
}

/// A datagram that is one of ours: checked once, by [`Packet::parse`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    bytes: &'a [u8],
    kind: Kind,
}

/// Why a datagram is none of ours. There is one thing to do: drop it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// Shorter than the header.
    Short,
    /// Another version, or another protocol altogether.
    Version(u8),
    /// A kind that this version does not have.
    Kind(u8),
    /// Neither 8 nor 16 samples a millisecond.
    Khz(u8),
    /// Not as long as its kind has to be.
    Length(usize),
}

impl<'a> Packet<'a> {
    /// Looks at everything that can be wrong with a datagram.
    ///
    /// # Errors
    /// The first thing that is.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        if bytes.len() < HEADER {
            return Err(Malformed::Short);
        }
        if bytes[VERSION_AT] != VERSION {
            return Err(Malformed::Version(bytes[VERSION_AT]));
        }
        let kind = match bytes[KIND_AT] {
            0 => Kind::Linear,
            1 => Kind::MuLaw,
            2 => Kind::End,
            other => return Err(Malformed::Kind(other)),
        };
        let khz = bytes[KHZ_AT];
        if khz != 8 && khz != 16 {
            return Err(Malformed::Khz(khz));
        }
        let length = match kind {
            Kind::Linear => 2 * frame_length(khz),
            Kind::MuLaw => frame_length(khz),
            Kind::End => 0,
        };
        if bytes.len() != HEADER + length {
            return Err(Malformed::Length(bytes.len()));
        }
        Ok(Self { bytes, kind })
    }

    /// What it holds.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Samples a millisecond: 8 or 16.
    pub fn khz(&self) -> u8 {
        self.bytes[KHZ_AT]
    }

    /// The number of this datagram; the first one's is 0.
    pub fn sequence(&self) -> u32 {
        self.number(SEQUENCE)
    }

    /// How many samples were spoken before its first one.
    pub fn timestamp(&self) -> u32 {
        self.number(TIMESTAMP)
    }

    /// The samples of its frame, none at the end.
    pub fn samples(&self) -> Vec<i16> {
        let voice = &self.bytes[HEADER..];
        match self.kind {
            Kind::MuLaw => voice.iter().map(|&b| law::expand(b)).collect(),
            Kind::Linear | Kind::End => voice
                .chunks_exact(2)
                .map(|pair| i16::from_be_bytes([pair[0], pair[1]]))
                .collect(),
        }
    }

    fn number(&self, at: Range<usize>) -> u32 {
        let bytes = self.bytes[at].try_into().expect("four bytes");
        u32::from_be_bytes(bytes)
    }
}

impl fmt::Display for Packet<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            Kind::Linear => "16 bits",
            Kind::MuLaw => "µ-law",
            Kind::End => "the end",
        };
        let (khz, number, at) = (self.khz(), self.sequence(), self.timestamp());
        write!(f, "{what}, {khz} kHz, number {number}, timestamp {at}")
    }
}

/// The bytes of a datagram. `samples` are one frame, or none for the end.
pub fn emit(
    kind: Kind,
    khz: u8,
    sequence: u32,
    timestamp: u32,
    samples: &[i16],
) -> Vec<u8> {
    let code = match kind {
        Kind::Linear => 0,
        Kind::MuLaw => 1,
        Kind::End => 2,
    };
    let mut bytes = vec![VERSION, code, khz, 0];
    bytes.extend(sequence.to_be_bytes());
    bytes.extend(timestamp.to_be_bytes());
    if kind == Kind::MuLaw {
        bytes.extend(samples.iter().map(|&sample| law::compress(sample)));
    } else {
        bytes.extend(samples.iter().flat_map(|sample| sample.to_be_bytes()));
    }
    bytes
}

/// Bytes of the header; the longest packet has [`LONGEST`].
const HEADER: usize = 12;

/// The longest packet: 20 ms at 16 kHz, 16 bits a sample.
pub(super) const LONGEST: usize = HEADER + 640;

const VERSION: u8 = 1;

const VERSION_AT: usize = 0;
const KIND_AT: usize = 1;
const KHZ_AT: usize = 2;
const SEQUENCE: Range<usize> = 4..8;
const TIMESTAMP: Range<usize> = 8..12;
