//! The decoder of charsets: libFuzzer's bytes for the harness of the tests.
#![no_main]

#[path = "../../tests/it/harness/decoder.rs"]
mod decoder;

libfuzzer_sys::fuzz_target!(|data: &[u8]| decoder::decoder(data));
