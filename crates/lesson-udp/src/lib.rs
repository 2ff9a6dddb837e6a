//! UDP from the system call up, one step a file.
//!
//! Read [`step01_datagrams`] first: every call by its own name, through socket2.
//! Steps 2 to 6 are about what follows from it: sizes, loss, errors, many
//! receivers, time. [`step07_std`] says what step 1 says, in `std::net`.

use std::{
    io::{self, ErrorKind},
    net::SocketAddr,
};

pub mod step01_datagrams;
pub mod step02_messages;
pub mod step03_loss;
pub mod step04_connect;
pub mod step05_many;
pub mod step06_voice;
pub mod step07_std;

/// What a server tells its caller while it serves.
#[derive(Debug)]
pub enum Event<'a> {
    /// A datagram came.
    Datagram {
        /// Who sent it, or who says so: anybody can write anybody's address.
        peer: SocketAddr,
        /// All of it; an empty datagram is one too.
        bytes: &'a [u8],
    },
    /// A datagram came that was longer than the room for it; only step 2 looks.
    Truncated {
        /// Who sent it, or who says so.
        peer: SocketAddr,
        /// As much as there was room for. The rest is gone.
        bytes: &'a [u8],
    },
    /// An answer could not be sent; the server goes on.
    Failed {
        /// Who it was for.
        peer: SocketAddr,
        /// What the kernel said.
        error: io::Error,
    },
}

/// The answer to every datagram.
pub const ANSWER: &[u8] = b"ok";

/// Room for the longest datagram: a 16-bit length (RFC 768). What does not fit
/// into a smaller buffer is gone, on Unix without a word.
pub const LARGEST: usize = 65_535;

/// Whether an error of a receiving call means that nothing has come *yet*.
fn is_no_answer(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        // A timeout is the first on Unix, the second on Windows. There, too, a
        // closed port comes back as the fourth.
        ErrorKind::WouldBlock
            | ErrorKind::TimedOut
            | ErrorKind::Interrupted
            | ErrorKind::ConnectionReset
    )
}
