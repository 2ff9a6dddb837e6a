//! What both tracks share: text as bytes, transcripts of conversations, a relay
//! that writes them down, and the manners of a command line.
//!
//! Start with [`Charset`] when you have text to send, and with [`Transcript`]
//! when you want to know who said what.

pub mod charset;
pub mod cli;
pub mod link;
#[cfg(not(target_family = "wasm"))]
pub mod tap;
pub mod transcript;

use std::io::{self, ErrorKind};

pub use charset::Charset;
pub use transcript::{Entry, Event, Transcript};

/// Whether `accept` failed because of one client that has gone before we came
/// to it, or a signal, and not because of the listener: call it again.
pub fn client_has_gone(error: &io::Error) -> bool {
    match error.kind() {
        // Windows says that it was reset; "interrupted" is a signal, and no
        // client.
        ErrorKind::ConnectionAborted
        | ErrorKind::ConnectionReset
        | ErrorKind::Interrupted
        // What the network told of this client, says accept(2), not of us.
        | ErrorKind::NetworkDown
        | ErrorKind::NetworkUnreachable
        | ErrorKind::HostUnreachable => true,
        // macOS accepts a dead connection and refuses to set options on it.
        ErrorKind::InvalidInput => cfg!(target_vendor = "apple"),
        _ => false,
    }
}
