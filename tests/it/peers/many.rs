//! Many clients in Python: what the kernel says about readiness, and about a
//! server that has no descriptor left.
#![cfg(target_os = "linux")]

use testkit::{DEADLINE, assert_transcript, within};

use super::{printed, script};

/// Level and edge, and what `select` cannot do.
#[test]
fn ready_again_and_again_or_once() {
    within(DEADLINE, || {
        let Some(mut script) = script("readiness.py", &[]) else { return };
        let text = printed(&mut script, "");
        assert_transcript!("peers_readiness", text);
    });
}

/// `accept` fails a thousand times, and nothing changes in between.
#[test]
fn accept_fails_again_at_once() {
    within(DEADLINE, || {
        let Some(mut script) = script("out_of_descriptors.py", &[]) else {
            return;
        };
        let text = printed(&mut script, "");
        assert_transcript!("peers_out_of_descriptors", text);
    });
}
