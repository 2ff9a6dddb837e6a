//! The number in front of a question, and of its answer: 16 hexadecimal digits
//! and a colon.
//!
//! Readable, so that one can see it in a transcript. DNS has 16 bits for it,
//! and has found that too few (RFC 5452); here are 64.

/// What stands in front of the question with that id.
pub(super) fn front(id: u64) -> String {
    format!("{id:016x}:")
}

/// The id in front of a datagram, colon and all; empty if there is none.
pub(super) fn id_of(datagram: &[u8]) -> &[u8] {
    match datagram.split_at_checked(FRONT) {
        Some((id, _)) if is_id(id) => id,
        _ => b"",
    }
}

fn is_id(bytes: &[u8]) -> bool {
    let (digits, colon) = bytes.split_at(FRONT - 1);
    digits.iter().all(u8::is_ascii_hexdigit) && colon == b":"
}

const FRONT: usize = 17;
