//! Many frames, each loss, both ways: the share that is missing when it is
//! needed, over the play-out delay.

use std::{fmt, time::Duration};

use common::link::{Faults, Share};
use lesson_udp::step06_voice::{
    Kind, Voice, as_datagrams, as_stream, frame_length, packets, share_missing,
    under_way,
};

/// What came of it.
pub(crate) struct Shares {
    pub(crate) faults: Faults,
    pub(crate) losses: Vec<Loss>,
}

/// The same frames over the same link, in two ways: how long each was under way.
pub(crate) struct Loss {
    pub(crate) share: Share,
    /// As people write it: `5%`.
    pub(crate) name: &'static str,
    datagrams: Vec<Option<Duration>>,
    stream: Vec<Option<Duration>>,
}

/// How frames can cross.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Datagrams,
    Stream,
}

impl Shares {
    /// Sends them, with these faults and each of the losses.
    pub(crate) fn of(faults: &Faults) -> Self {
        // What is said does not matter here, only how long.
        let samples = vec![0; frame_length(8) * FRAMES as usize];
        let packets = packets(&Voice { khz: 8, samples }, Kind::Linear);
        let losses = LOSSES.iter().map(|&name| {
            let share: Share = name.parse().expect("a share");
            let (mut datagrams, mut stream) = (Vec::new(), Vec::new());
            for run in 0..RUNS {
                let seed = faults.seed.wrapping_add(run);
                let faults = Faults { loss: share, seed, ..faults.clone() };
                let arrivals = as_datagrams(&packets, &mut faults.link(0));
                datagrams.extend(under_way(&arrivals, FRAMES));
                let (mut there, mut back) = (faults.link(0), faults.link(1));
                let arrivals = as_stream(&packets, &mut there, &mut back);
                stream.extend(under_way(&arrivals, FRAMES));
            }
            Loss { share, name, datagrams, stream }
        });
        Self { faults: faults.clone(), losses: losses.collect() }
    }

    /// The longest that a frame is under way when nothing happens to it.
    pub(crate) fn there(&self) -> Duration {
        let there = self.faults.delay + self.faults.jitter;
        there.max(Duration::from_millis(1))
    }
}

impl Loss {
    /// The share that is missing with that play-out delay, from 0 to 1.
    pub(crate) fn missing(&self, way: Way, playout: Duration) -> f64 {
        let under_way = match way {
            Way::Datagrams => &self.datagrams,
            Way::Stream => &self.stream,
        };
        share_missing(under_way, playout)
    }
}

/// A table in Markdown.
impl fmt::Display for Shares {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        writeln!(
            f,
            "Missing of {} frames, in %, by how long after it was spoken each \
             is needed:\n",
            u64::from(FRAMES) * RUNS
        )?;
        write!(f, "| loss | way |")?;
        let playouts = PLAYOUTS.map(|percent| self.there() * percent / 100);
        for playout in playouts {
            write!(f, " {playout:?} |")?;
        }
        writeln!(f, "\n| --- | --- |{}", " --- |".repeat(PLAYOUTS.len()))?;
        for loss in &self.losses {
            for (way, name) in WAYS {
                write!(f, "| {} | {name} |", loss.name)?;
                for playout in playouts {
                    let missing = 100.0 * loss.missing(way, playout);
                    write!(f, " {missing:.1} |")?;
                }
                writeln!(f)?;
            }
        }
        Ok(())
    }
}

/// The two ways, and what they are called.
pub(crate) const WAYS: [(Way, &str); 2] =
    [(Way::Datagrams, "datagrams"), (Way::Stream, "stream")];

/// Each run is a minute of voice, and has a seed of its own.
const FRAMES: u32 = 3000;
const RUNS: u64 = 5;

const LOSSES: &[&str] = &["0%", "1%", "2%", "5%", "10%", "20%"];

/// Play-out delays of the table, in percent of the longest way there.
const PLAYOUTS: [u32; 7] = [100, 150, 200, 300, 400, 600, 1000];
