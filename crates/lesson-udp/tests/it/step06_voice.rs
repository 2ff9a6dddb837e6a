//! Step 6: a voice over a lossy link.

mod buffer;
mod complaints;
mod live;
mod packets;
mod program;
mod stream;
mod wav;
mod wrong;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use common::link::Faults;
use lesson_udp::step06_voice::{Voice, frame_length};
use testkit::{DEADLINE, assert_transcript, within};

#[test]
fn a_voice_is_datagrams_and_an_end() {
    within(DEADLINE, || {
        assert_transcript!("step06_voice", live::on_the_wire());
    });
}

#[test]
fn one_loss_holds_up_those_behind_it() {
    assert_transcript!("step06_voice_blocked", stream::one_loss());
}

#[test]
fn a_loss_that_nobody_conceals_is_a_hole() {
    within(DEADLINE, || {
        assert_transcript!("step06_voice_concealed", wrong::unconcealed());
    });
}

#[test]
fn bursts_are_worse_than_the_same_loss_scattered() {
    within(DEADLINE, || {
        assert_transcript!("step06_voice_bursts", wrong::bursts());
    });
}

/// First its datagrams queue and are late, then the queue is full.
#[test]
fn more_than_the_link_carries_is_late_and_then_lost() {
    within(DEADLINE, || {
        assert_transcript!("step06_voice_congestion", wrong::congestion());
    });
}

#[test]
fn a_file_is_no_voice() {
    within(DEADLINE, || {
        assert_transcript!("step06_voice_file", wrong::file());
    });
}

#[test]
fn with_time_to_wait_the_stream_is_better() {
    within(DEADLINE, || {
        assert_transcript!("step06_voice_patience", wrong::patience());
    });
}

#[test]
fn the_program_counts_what_the_book_shows() {
    within(DEADLINE, || {
        let shown = program::as_in_the_book();
        assert_transcript!("step06_voice_shares", shown);
    });
}

/// The voice that the course comes with.
fn speech() -> Voice {
    Voice::open(&speech_file()).expect("a voice")
}

fn speech_file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("voice/speech.wav")
}

/// So many frames of a sound that is never still.
fn hum(frames: usize) -> Voice {
    let samples = (0..frames * frame_length(8)).map(|n| {
        let n = i16::try_from(n % 100).expect("two digits");
        (n - 50) * 100 + 1
    });
    Voice { khz: 8, samples: samples.collect() }
}

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// A link that loses, with 40 ms ± 10 ms each way.
fn faults(loss: &str, seed: u64) -> Faults {
    Faults {
        loss: loss.parse().expect("a share"),
        delay: ms(40),
        jitter: ms(10),
        seed,
        ..Faults::default()
    }
}
