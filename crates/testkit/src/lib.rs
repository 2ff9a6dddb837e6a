//! For tests only: transcripts as snapshots, deadlines, and peers that keep to a
//! script.
//!
//! Start with [`Peer`] for the other end of a TCP connection, with [`Datagrams`]
//! for the other end of a UDP one, and with [`Program`] for a program of the
//! course; put the whole test into [`within`]. [`mod@bench`] is for benchmarks.

pub mod bench;
mod datagrams;
#[cfg(target_os = "linux")]
mod hosts;
#[cfg(target_os = "linux")]
mod network;
mod peer;
mod program;

use std::{
    io::{self, Write},
    panic,
    process::Command,
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::Duration,
};

#[doc(hidden)]
pub use insta;

#[cfg(unix)]
pub use self::program::unprivileged;
pub use self::{
    datagrams::Datagrams,
    peer::Peer,
    program::{Ended, Program},
};
#[cfg(target_os = "linux")]
pub use self::{
    hosts::{Host, sh},
    network::{counter, in_own_network, nft, ss},
};

/// Time for any test: far more than it needs, far less than a job's limit.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// Runs `test` and fails if it has not ended by the deadline, so that a hang is
/// a failure with a name.
pub fn within<T: Send + 'static>(
    deadline: Duration,
    test: impl FnOnce() -> T + Send + 'static,
) -> T {
    let (done, ended) = mpsc::channel();
    let running = thread::spawn(move || {
        let value = test();
        // Nobody listens only where the deadline has passed.
        let _ = done.send(());
        value
    });
    let waited = ended.recv_timeout(deadline);
    assert_ne!(waited, Err(RecvTimeoutError::Timeout), "still running: a hang");
    running.join().unwrap_or_else(|panic| panic::resume_unwind(panic))
}

/// Says that a check could not run here. On CI nothing may be skipped.
pub fn skip(why: &str) {
    assert!(std::env::var_os("CI").is_none(), "skipped on CI: {why}");
    // Not `eprintln!`: the test harness would keep it to itself.
    let _ = writeln!(io::stderr(), "skipped: {why}");
}

/// `python3`, by whatever name this machine has it.
pub fn python() -> Option<Command> {
    ["python3", "python"].into_iter().find_map(|name| {
        let output = Command::new(name).arg("--version").output().ok()?;
        let version = String::from_utf8_lossy(&output.stdout).into_owned();
        version.starts_with("Python 3").then(|| Command::new(name))
    })
}

/// Holds a [`common::Transcript`] to the snapshot of that name, in `snapshots/`
/// beside the test file.
///
/// A macro, because insta stores a snapshot in the crate that calls it.
#[macro_export]
macro_rules! assert_transcript {
    ($name:literal, $transcript:expr) => {
        // The name alone makes the file: two steps that promise the same bytes
        // are held to the same file.
        $crate::insta::with_settings!({
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, {
            $crate::insta::assert_snapshot!($name, $transcript.to_string());
        })
    };
}
