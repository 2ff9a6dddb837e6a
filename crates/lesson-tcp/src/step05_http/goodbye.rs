//! A goodbye that does not take the reply with it: the lingering close.
//!
//! ```text
//! shutdown ─ read ─ read ─ … 0 ─ close
//! ```
//!
//! Sources: RFC 9112 §9.6; RFC 1122 §4.2.2.13 and RFC 2525 §2.17 (closing with
//! data unread is an RST).

use std::net::{Shutdown, TcpStream};

use crate::step07_silence::{Deadline, read_by};

/// Ends our side and reads on until the client ends its own, within bounds of
/// time and bytes. Closing with bytes unread would be an RST instead of a FIN.
pub fn hear_out(stream: &TcpStream, deadline: Deadline) {
    // Fails where the client has gone already, with its reply.
    let _ = stream.shutdown(Shutdown::Write);
    let mut unheard = [0; 4096];
    let mut allowed = HEARD_OUT;
    while allowed > 0 {
        match read_by(stream, &mut unheard, deadline) {
            // The client has closed, or aborted, or takes too long: the reply
            // has had its chance, and the rest is no loss to us.
            Ok(0) | Err(_) => break,
            Ok(length) => allowed = allowed.saturating_sub(length),
        }
    }
}

/// The most that a client may say after our reply, in bytes.
const HEARD_OUT: usize = 16 << 20;
