//! What a server calls itself, as it is typed and as it crosses the network:
//! held to the same rules, because both come from people whom we do not know.

use std::{fmt, str::FromStr};

use common::charset::printable;

/// One line of text that a terminal shows as it is, of 1 to 63 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name(String);

impl Name {
    /// The answer to [`QUESTION`](super::QUESTION).
    pub fn answer(&self) -> Vec<u8> {
        [ANSWER, self.0.as_bytes()].concat()
    }

    /// Reads such an answer.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn of_answer(bytes: &[u8]) -> Result<Self, NotAName> {
        let bytes = bytes.strip_prefix(ANSWER).ok_or(NotAName::NoAnswer)?;
        std::str::from_utf8(bytes).map_err(|_| NotAName::NotText)?.parse()
    }
}

impl FromStr for Name {
    type Err = NotAName;

    fn from_str(text: &str) -> Result<Self, NotAName> {
        match text.len() {
            0 => Err(NotAName::Empty),
            LONGER.. => Err(NotAName::TooLong(text.len())),
            // Control characters, those that turn the direction of a line, a
            // backslash: with them a name could look like another line.
            _ if printable(text) != text => Err(NotAName::NotPlain),
            _ => Ok(Self(text.to_owned())),
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Why something is no name, or no answer with one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAName {
    /// It does not begin as an answer does.
    NoAnswer,
    /// It is no UTF-8.
    NotText,
    /// It is empty.
    Empty,
    /// It has that many bytes.
    TooLong(usize),
    /// It has characters that a terminal would not show as they are.
    NotPlain,
}

impl fmt::Display for NotAName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let most = LONGER - 1;
        match self {
            Self::NoAnswer => f.write_str("no answer to our question"),
            Self::NotText => f.write_str("a name that is no text"),
            Self::Empty => f.write_str("a name without a letter"),
            Self::TooLong(length) => {
                write!(f, "a name of {length} bytes; {most} are allowed")
            }
            Self::NotPlain => {
                f.write_str("a name with control characters or a backslash")
            }
        }
    }
}

impl std::error::Error for NotAName {}

/// How an answer begins.
const ANSWER: &[u8] = b"here is ";

/// One byte too many: a label of a DNS name has up to 63.
const LONGER: usize = 64;
