//! TCP from the system call up, one step a file.
//!
//! Read [`step01_server`] and [`step02_client`] first: every call by its own
//! name, through socket2. [`step11_std`] says the same in `std::net`.

use std::{io, net::SocketAddr};

use common::Charset;

pub mod step01_server;
pub mod step02_client;
pub mod step03_text;
pub mod step04_framing;
pub mod step05_http;
pub mod step06_goodbye;
pub mod step07_silence;
pub mod step08_slow_reader;
pub mod step09_clients;
pub mod step10_names;
pub mod step11_std;

/// What a server tells its caller while it serves.
#[derive(Debug)]
pub enum Event<'a> {
    /// A client sent this: what one `recv` gave, so perhaps not all of it. In
    /// step 4 it is a message.
    Request {
        /// Who sent it.
        peer: SocketAddr,
        /// What came, at least one byte; a message may be empty.
        bytes: &'a [u8],
    },
    /// A client closed the connection and had sent nothing.
    Silent {
        /// Who it was.
        peer: SocketAddr,
    },
    /// A connection ended before its time; the server goes on.
    Failed {
        /// Who it was.
        peer: SocketAddr,
        /// What the kernel said.
        error: io::Error,
    },
}

/// The first part of every reply, as in the original: an HTTP status line with
/// the reason phrase "OK " (RFC 9112 §4), no headers, and the empty line.
pub const STATUS_LINE: &[u8] = b"HTTP/1.1 200 OK \r\n\r\n";

/// The second part of every reply, as `charset` has it.
pub fn body(charset: Charset) -> Vec<u8> {
    charset.encode("<h1> 一起加油 !!!</h1>").expect("every charset has it")
}
