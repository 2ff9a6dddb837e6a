//! What both tracks share: text as bytes, transcripts of conversations, a relay
//! that writes them down, and the manners of a command line.
//!
//! Start with [`Charset`] when you have text to send, and with [`Transcript`]
//! when you want to know who said what.

pub mod charset;
pub mod cli;
#[cfg(not(target_family = "wasm"))]
pub mod tap;
pub mod transcript;

pub use charset::Charset;
pub use transcript::{Entry, Event, Transcript};
