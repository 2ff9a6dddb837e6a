//! What the fuzzer and the property tests have in common: a function for each
//! part that takes bytes from strangers, which panics where a promise is broken.
//!
//! `fuzz/` takes these files by their path, so none leans on another.

pub(crate) mod decoder;
pub(crate) mod frames;
pub(crate) mod requests;
