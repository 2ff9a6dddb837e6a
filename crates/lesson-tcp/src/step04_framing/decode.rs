//! Bytes to messages, however the bytes were cut. There is no socket here: what
//! came goes in, whole messages come out, and any test can play the network.

use super::{
    Framing, FramingError,
    encode::{DELIMITER, find_delimiter},
};

/// Takes bytes in pieces of any size and gives messages.
///
/// It holds at most one message that is not whole (`most` bytes and the 4 of its
/// length) and the piece that came last, as long as its owner asks for messages
/// until there are none before it feeds the next piece.
#[derive(Debug)]
pub struct Messages {
    framing: Framing,
    most: usize,
    buffer: Vec<u8>,
    /// So many bytes of the buffer are of messages that have been given out.
    given: usize,
    /// So many bytes behind those have no delimiter in them. Without this a
    /// line that comes byte by byte would be searched from its start each time.
    searched: usize,
}

impl Messages {
    /// Messages of at most `most` bytes. Without such a limit the other end
    /// decides how much memory this one uses.
    pub fn new(framing: Framing, most: usize) -> Self {
        let buffer = Vec::new();
        Self { framing, most, buffer, given: 0, searched: 0 }
    }

    /// Takes what one `read` gave.
    pub fn feed(&mut self, piece: &[u8]) {
        self.buffer.drain(..self.given);
        self.given = 0;
        self.buffer.extend_from_slice(piece);
    }

    /// The next message, if all of it has come. It lies in the buffer and is
    /// not copied; the next call of `feed` may write over it.
    ///
    /// # Errors
    /// [`FramingError::TooLong`], as soon as that is sure: then each further
    /// call says so again.
    pub fn next_message(&mut self) -> Result<Option<&[u8]>, FramingError> {
        let rest = &self.buffer[self.given..];
        let found = match self.framing {
            Framing::Close => open_end(rest, self.most)?,
            Framing::Lines => line(rest, self.most, &mut self.searched)?,
            Framing::Frames => frame(rest, self.most)?,
        };
        let Some(Found { before, length, after }) = found else {
            return Ok(None);
        };
        let start = self.given + before;
        self.given = start + length + after;
        self.searched = 0;
        Ok(Some(&self.buffer[start..start + length]))
    }

    /// Hears that the stream has ended. By close this is what ends the message;
    /// elsewhere there must be nothing left.
    ///
    /// # Errors
    /// [`FramingError::CutOff`] if the end came in the middle of a message.
    pub fn finish(&mut self) -> Result<Option<&[u8]>, FramingError> {
        let start = self.given;
        match (self.framing, self.held()) {
            (Framing::Close, _) => {
                self.given = self.buffer.len();
                Ok(Some(&self.buffer[start..]))
            }
            (_, 0) => Ok(None),
            (_, held) => Err(FramingError::CutOff { held }),
        }
    }

    /// How many bytes have come and been given out to nobody yet.
    pub fn held(&self) -> usize {
        self.buffer.len() - self.given
    }
}

/// A message among the bytes that have come, in bytes.
struct Found {
    before: usize,
    length: usize,
    after: usize,
}

fn open_end(rest: &[u8], most: usize) -> Result<Option<Found>, FramingError> {
    if rest.len() > most {
        return Err(FramingError::TooLong { announced: None, most });
    }
    Ok(None)
}

fn line(
    rest: &[u8],
    most: usize,
    searched: &mut usize,
) -> Result<Option<Found>, FramingError> {
    let found = find_delimiter(&rest[*searched..]).map(|at| *searched + at);
    // What has no end yet is at least as long as this: a `\r` that came last
    // may be the first byte of the delimiter.
    let open = rest.strip_suffix(b"\r").unwrap_or(rest);
    let length = found.unwrap_or(open.len());
    if length > most {
        return Err(FramingError::TooLong { announced: None, most });
    }
    *searched = length;
    let after = DELIMITER.len();
    Ok(found.map(|length| Found { before: 0, length, after }))
}

fn frame(rest: &[u8], most: usize) -> Result<Option<Found>, FramingError> {
    let Some((prefix, rest)) = rest.split_first_chunk() else {
        return Ok(None);
    };
    // Four bytes that a stranger chose. They are compared before anything is
    // allocated, or waited for, on their word.
    let announced = u32::from_be_bytes(*prefix);
    let length = usize::try_from(announced).unwrap_or(usize::MAX);
    if length > most {
        let announced = Some(announced);
        return Err(FramingError::TooLong { announced, most });
    }
    let is_whole = rest.len() >= length;
    Ok(is_whole.then_some(Found { before: prefix.len(), length, after: 0 }))
}
