//! Bounded fuzzing: each function takes any bytes and must find nothing. Tests
//! feed them from proptest, and a fuzzer includes the files by their path.

pub(crate) mod decoder;
