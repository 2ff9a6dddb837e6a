//! Messages to bytes: each framing says in its own way where a message ends.

use std::{error, fmt, io, str::FromStr};

/// How a reader finds the end of a message in a stream that has no messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// At the end of the stream. One message a connection, and nobody can tell
    /// a whole one from one whose sender fell over.
    Close,
    /// At `\r\n`, and at nothing else. The message cannot have these two bytes
    /// in it; a `\r` or a `\n` alone is a byte like any other.
    Lines,
    /// So many bytes on: in front of the message stands its length, 4 bytes,
    /// the most significant first. Any bytes may be in it.
    Frames,
}

impl Framing {
    /// Appends the message to `wire` as it crosses.
    ///
    /// # Errors
    /// [`FramingError::Delimiter`] and [`FramingError::TooLong`] (`most` is what
    /// both ends have agreed on); `wire` is then as it was.
    pub fn encode(
        self,
        message: &[u8],
        most: usize,
        wire: &mut Vec<u8>,
    ) -> Result<(), FramingError> {
        let too_long = FramingError::TooLong { announced: None, most };
        if message.len() > most {
            return Err(too_long);
        }
        match self {
            Self::Close => wire.extend(message),
            Self::Lines => {
                // Sent as it is, it would be two messages to the reader, and
                // the second one would say what its author likes.
                if let Some(at) = find_delimiter(message) {
                    return Err(FramingError::Delimiter { at });
                }
                wire.extend(message);
                wire.extend(DELIMITER);
            }
            Self::Frames => {
                let length = u32::try_from(message.len());
                // Big-endian is an agreement, and the one that all of the
                // internet's headers keep. To a reader who takes the bytes the
                // other way round, 5 is 83 886 080.
                wire.extend(length.map_err(|_| too_long)?.to_be_bytes());
                wire.extend(message);
            }
        }
        Ok(())
    }
}

impl FromStr for Framing {
    type Err = UnknownFraming;

    fn from_str(name: &str) -> Result<Self, UnknownFraming> {
        match name {
            "close" => Ok(Self::Close),
            "lines" => Ok(Self::Lines),
            "frames" => Ok(Self::Frames),
            _ => Err(UnknownFraming),
        }
    }
}

/// No framing of the course has this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownFraming;

impl fmt::Display for UnknownFraming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the course has close, lines, frames")
    }
}

impl error::Error for UnknownFraming {}

/// Why there is no message, in the bytes or for them. After this a stream is of
/// no use: nobody knows any more where the next message begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FramingError {
    /// The message is longer than both ends have agreed on.
    TooLong {
        /// The length that a frame says it has; a line does not say.
        announced: Option<u32>,
        /// The most that a message may have, in bytes.
        most: usize,
    },
    /// The stream ended in the middle of a message.
    CutOff {
        /// How many bytes of it had come.
        held: usize,
    },
    /// A line cannot have the end of a line in it.
    Delimiter {
        /// How many bytes stand before it.
        at: usize,
    },
}

impl fmt::Display for FramingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { announced: None, most } => {
                write!(f, "a message of more than {most} bytes")
            }
            // Whoever reads this wants to see at once that these are the first
            // letters of something else.
            Self::TooLong { announced: Some(length), most } => write!(
                f,
                "a message of {length} bytes (\"{}\" read as a length), the \
                 most is {most}",
                length.to_be_bytes().escape_ascii(),
            ),
            Self::CutOff { held } => {
                write!(f, "the stream ended inside a message, {held} bytes in")
            }
            Self::Delimiter { at } => {
                write!(f, "a line cannot have \\r\\n in it, here at byte {at}")
            }
        }
    }
}

impl error::Error for FramingError {}

impl From<FramingError> for io::Error {
    fn from(error: FramingError) -> Self {
        Self::other(error)
    }
}

/// How many bytes stand before the first end of a line.
pub(super) fn find_delimiter(bytes: &[u8]) -> Option<usize> {
    bytes.windows(DELIMITER.len()).position(|two| two == DELIMITER)
}

/// What ends a line.
pub(super) const DELIMITER: &[u8; 2] = b"\r\n";
