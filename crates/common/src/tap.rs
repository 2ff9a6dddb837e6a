//! A relay that stands between a client and a server and writes down what they
//! say.
//!
//! Both ends talk to the tap as if it were the other. What reaches the observer
//! is reported before it is passed on, so that an answer never stands before its
//! question.

pub mod tcp;
pub mod udp;

use std::borrow::Cow;

/// The first client is `client`, the next `client 2`.
fn client(number: usize) -> Cow<'static, str> {
    match number {
        1 => "client".into(),
        _ => format!("client {number}").into(),
    }
}

/// So many clients at a time; to one more the server is not there. Each costs
/// threads and sockets, and one that does too much must not end the tap.
const CLIENTS: usize = 32;

/// The role of the end that the tap connects to.
const SERVER: &str = "server";
