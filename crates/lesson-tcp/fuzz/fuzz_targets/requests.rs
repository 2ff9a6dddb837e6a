//! The request reader of step 5: libFuzzer's bytes for the harness of the tests.
#![no_main]

#[path = "../../tests/it/harness/requests.rs"]
mod requests;

libfuzzer_sys::fuzz_target!(|data: &[u8]| requests::requests(data));
