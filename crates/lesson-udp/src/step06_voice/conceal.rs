//! What the ear is given where a frame is missing.
//!
//! A voice changes little in 20 ms: the last frame once more, softer, is a better
//! guess than a hole. A longer gap cannot be guessed, so the repetition fades and
//! after 60 ms there is silence. Telephones do this with more care: they look for
//! the period of the voice, repeat whole periods, and blend the seams.
//!
//! Sources: ITU-T G.711 Appendix I, for how it is done well.

/// Puts something into the gaps.
#[derive(Debug)]
pub struct Concealer {
    is_on: bool,
    /// The last frame that came, and how many have not come since.
    last: Vec<i16>,
    missing: usize,
}

impl Concealer {
    /// With repetition, or, where `is_on` is false, with silence alone.
    pub fn new(is_on: bool) -> Self {
        Self { is_on, last: Vec::new(), missing: 0 }
    }

    /// What to play for a frame of `length` samples that came, or did not.
    pub fn play(&mut self, frame: Option<Vec<i16>>, length: usize) -> Vec<i16> {
        if let Some(frame) = frame {
            self.missing = 0;
            self.last.clone_from(&frame);
            return frame;
        }
        // In samples: where the fade has got to, and where it ends.
        let (from, to) = (self.missing * length, FADE * length);
        self.missing += 1;
        if !self.is_on || from >= to {
            return vec![0; length];
        }
        let mut frame = self.last.clone();
        frame.resize(length, 0);
        for (at, sample) in frame.iter_mut().enumerate() {
            *sample = fade(*sample, to - from - at, to);
        }
        frame
    }
}

/// That part of a sample, in whole numbers: the same on every system.
fn fade(sample: i16, part: usize, whole: usize) -> i16 {
    let [part, whole] =
        [part, whole].map(|n| i32::try_from(n).expect("a few hundred samples"));
    i16::try_from(i32::from(sample) * part / whole).expect("softer than it was")
}

/// After so many frames there is silence.
const FADE: usize = 3;
