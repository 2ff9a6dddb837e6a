//! What a probe looks like. Its echo looks the same, byte for byte.
//!
//! ```text
//! 0       4          8          12                    bytes
//! ├─ run ─┼─ number ─┼─ number ─┼─ number, number, … ─┤   all big-endian
//! ```
//!
//! The number stands in it more than once: where a bit was turned over on the
//! way, one probe must not become another.

/// The least bytes of a probe: the run, the number, and the number again.
pub const HEADER: usize = 12;

/// The probe of that number.
pub(super) fn probe(run: u32, number: u32, bytes: usize) -> Vec<u8> {
    let numbers = number.to_be_bytes().into_iter().cycle();
    let whole = run.to_be_bytes().into_iter().chain(numbers);
    whole.take(bytes.max(HEADER)).collect()
}

/// The number that a datagram has, if it is a probe at all.
pub(super) fn number_in(datagram: &[u8]) -> Option<u32> {
    let number = datagram.get(4..8)?;
    number.try_into().ok().map(u32::from_be_bytes)
}
