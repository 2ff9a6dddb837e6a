//! Who said what, in order: the course's record of a conversation.
//!
//! A stream's transcript must not depend on how the kernel cut the reads: what
//! one end says before the other speaks is one entry, whatever the number of
//! sends and reads. Datagrams keep their borders: each is an entry.
//!
//! ```text
//! client -> server  4 bytes "\xbc\xd3\xd3\xcd"
//!                   bc d3 d3 cd
//!                   gb2312 "加油"
//! ```
//!
//! Roles stand where a capture has ports, and there is no time in it, so that
//! two runs of one conversation give one text.

use std::{
    borrow::Cow,
    fmt,
    io::{self, ErrorKind},
};

use crate::{Charset, charset::printable};

/// A conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transcript {
    charset: Charset,
    keeps_borders: bool,
    entries: Vec<Entry>,
}

/// One line of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The role that caused it, such as `client`.
    pub from: Cow<'static, str>,
    /// The role that it was for.
    pub to: Cow<'static, str>,
    /// What came across.
    pub event: Event,
}

/// What can come from the other end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Bytes of a stream, or one datagram.
    Bytes(Vec<u8>),
    /// The end of a stream (FIN): a read gave 0 bytes.
    Eof,
    /// The connection was aborted (RST).
    Reset,
    /// Nothing came in the time allowed.
    Timeout,
    /// Nobody listens there.
    Refused,
    /// Something else went wrong.
    Failed(ErrorKind),
}

impl From<&io::Error> for Event {
    /// What an error of a socket call says about the other end.
    fn from(error: &io::Error) -> Self {
        match error.kind() {
            // The other end aborted; BrokenPipe says that it had done so before
            // this call.
            ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::BrokenPipe => Self::Reset,
            // A receive timeout is the first on Unix, the second on Windows.
            ErrorKind::WouldBlock | ErrorKind::TimedOut => Self::Timeout,
            ErrorKind::ConnectionRefused => Self::Refused,
            kind => Self::Failed(kind),
        }
    }
}

impl Entry {
    /// `event` came from `from` to `to`.
    pub fn new(
        from: impl Into<Cow<'static, str>>,
        to: impl Into<Cow<'static, str>>,
        event: Event,
    ) -> Self {
        Self { from: from.into(), to: to.into(), event }
    }

    /// The entry as in a transcript, its text decoded as `charset`.
    pub fn show(&self, charset: Charset) -> String {
        let head = format!("{} -> {}  ", self.from, self.to);
        let bytes = match &self.event {
            Event::Bytes(bytes) => bytes,
            Event::Eof => return head + "eof",
            Event::Reset => return head + "reset",
            Event::Timeout => return head + "timeout",
            Event::Refused => return head + "refused",
            Event::Failed(kind) => return format!("{head}{kind}"),
        };
        let s = if bytes.len() == 1 { "" } else { "s" };
        let mut lines = vec![format!("{} byte{s}", bytes.len())];
        if bytes.len() > SHOWN_WHOLE {
            lines.extend(hex(&bytes[..ROW]));
            lines.push(format!("... {} more", bytes.len() - 2 * ROW));
            lines.extend(hex(&bytes[bytes.len() - ROW..]));
        } else {
            lines[0] += &format!(" \"{}\"", bytes.escape_ascii());
            lines.extend(hex(bytes));
            if !bytes.is_ascii() {
                let text = printable(&charset.decode_lossy(bytes));
                lines.push(format!("{charset} \"{text}\""));
            }
        }
        let margin = format!("\n{}", " ".repeat(head.len()));
        head + &lines.join(&margin)
    }
}

impl Transcript {
    /// A conversation over a stream: it has turns, and no messages.
    pub fn of_stream(charset: Charset) -> Self {
        Self { charset, keeps_borders: false, entries: Vec::new() }
    }

    /// A conversation in datagrams: each is an entry.
    pub fn of_datagrams(charset: Charset) -> Self {
        Self { charset, keeps_borders: true, entries: Vec::new() }
    }

    /// Adds what happened next.
    ///
    /// A stream's bytes are added to the entry before where that has the same
    /// direction; a piece of no bytes adds nothing.
    pub fn push(&mut self, entry: Entry) {
        if let (Event::Bytes(piece), false) = (&entry.event, self.keeps_borders)
        {
            if piece.is_empty() {
                return;
            }
            if let Some(Entry { from, to, event: Event::Bytes(turn) }) =
                self.entries.last_mut()
            {
                if (&*from, &*to) == (&entry.from, &entry.to) {
                    turn.extend(piece);
                    return;
                }
            }
        }
        self.entries.push(entry);
    }

    /// The entries so far.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }
}

impl fmt::Display for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for entry in &self.entries {
            writeln!(f, "{}", entry.show(self.charset))?;
        }
        Ok(())
    }
}

/// Rows of hex.
fn hex(bytes: &[u8]) -> impl Iterator<Item = String> {
    bytes.chunks(ROW).map(|row| {
        let row: Vec<_> =
            row.iter().map(|byte| format!("{byte:02x}")).collect();
        row.join(" ")
    })
}

/// Bytes in a row of hex: with the margin it fits into 80 columns.
const ROW: usize = 16;

/// More bytes than this are shown by their first and last row.
const SHOWN_WHOLE: usize = 1024;
