//! The codec of step 4: libFuzzer's bytes for the harness of the tests.
#![no_main]

#[path = "../../tests/it/harness/frames.rs"]
mod frames;

libfuzzer_sys::fuzz_target!(|data: &[u8]| frames::frames(data));
