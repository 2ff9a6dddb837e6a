//! A voice from a WAV file, and back into one.
//!
//! One channel, 16 bits a sample, 8 or 16 samples a millisecond: what telephones
//! have always taken, and what a wideband call takes. A frame is 20 ms of it.
//!
//! Sources: RFC 3551 §4.2 (20 ms is the default of a packet), §4.5.11 (16-bit
//! samples).

use std::{
    error::Error,
    fmt,
    fs::File,
    io::{self, BufReader, ErrorKind, Read, Seek, Write},
    path::Path,
    time::Duration,
};

use hound::{SampleFormat, WavReader, WavSpec, WavWriter};

/// How long a frame lasts, and how often one is sent.
pub const FRAME: Duration = Duration::from_millis(20);

/// Samples of one frame at so many samples a millisecond.
pub fn frame_length(khz: u8) -> usize {
    usize::from(khz) * 20
}

/// A voice, all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voice {
    /// Samples a millisecond: 8 or 16.
    pub khz: u8,
    /// The samples, at least one.
    pub samples: Vec<i16>,
}

impl Voice {
    /// Reads the WAV file of that name.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn open(path: &Path) -> Result<Self, NotAVoice> {
        Self::read(BufReader::new(File::open(path).map_err(NotAVoice::Io)?))
    }

    /// Reads a WAV file.
    ///
    /// # Errors
    /// What [`NotAVoice`] says. No more is read than [`LONGEST`] lasts.
    pub fn read(file: impl Read) -> Result<Self, NotAVoice> {
        let wav = WavReader::new(file)?;
        let spec = wav.spec();
        if spec.channels != 1 {
            return Err(NotAVoice::Channels(spec.channels));
        }
        if spec.sample_format != SampleFormat::Int || spec.bits_per_sample != 16
        {
            return Err(NotAVoice::Format(spec));
        }
        let khz = match spec.sample_rate {
            8000 => 8,
            16_000 => 16,
            other => return Err(NotAVoice::Rate(other)),
        };
        // The header says how many samples there are, and nobody has checked
        // that yet: look at it before it is believed.
        let longest = u64::from(spec.sample_rate) * LONGEST.as_secs();
        if u64::from(wav.duration()) > longest {
            return Err(NotAVoice::TooLong);
        }
        let samples = wav.into_samples().collect::<Result<Vec<_>, _>>()?;
        if samples.is_empty() {
            return Err(NotAVoice::Empty);
        }
        Ok(Self { khz, samples })
    }

    /// Writes a WAV file.
    ///
    /// # Errors
    /// What writing says.
    pub fn write(&self, file: impl Write + Seek) -> Result<(), hound::Error> {
        let mut wav = WavWriter::new(file, spec(self.khz))?;
        for &sample in &self.samples {
            wav.write_sample(sample)?;
        }
        wav.finalize()
    }

    /// The voice in frames of 20 ms, the last one filled up with silence.
    pub fn frames(&self) -> impl Iterator<Item = Vec<i16>> + '_ {
        let length = frame_length(self.khz);
        self.samples.chunks(length).map(move |frame| {
            let mut frame = frame.to_vec();
            frame.resize(length, 0);
            frame
        })
    }
}

/// What a WAV file of ours says about itself.
pub fn spec(khz: u8) -> WavSpec {
    WavSpec {
        channels: 1,
        sample_rate: u32::from(khz) * 1000,
        bits_per_sample: 16,
        sample_format: SampleFormat::Int,
    }
}

/// Why a file is no voice of ours.
#[derive(Debug)]
pub enum NotAVoice {
    /// It could not be read.
    Io(io::Error),
    /// It is no WAV at all: another file is needed.
    Wav(hound::Error),
    /// It ends before it should, in its header or in its samples.
    Truncated,
    /// It has so many channels instead of one: mix them down.
    Channels(u16),
    /// Its samples are no whole numbers of 16 bits: convert them.
    Format(WavSpec),
    /// It has so many samples a second: resample it.
    Rate(u32),
    /// There is not one sample in it.
    Empty,
    /// It is longer than [`LONGEST`], or says so: cut it.
    TooLong,
}

impl From<hound::Error> for NotAVoice {
    fn from(error: hound::Error) -> Self {
        match error {
            // hound's own word for an end where there should be more.
            hound::Error::IoError(e) if e.kind() == ErrorKind::Other => {
                Self::Truncated
            }
            hound::Error::IoError(e) => Self::Io(e),
            error => Self::Wav(error),
        }
    }
}

impl fmt::Display for NotAVoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => return write!(f, "{error}"),
            Self::Wav(error) => return write!(f, "not a WAV file: {error}"),
            Self::Truncated => return f.write_str("it is cut off, or empty"),
            Self::Empty => return f.write_str("there is no sample in it"),
            Self::TooLong => {
                return f.write_str("longer than 10 minutes; cut it");
            }
            Self::Channels(n) => write!(f, "{n} channels instead of one")?,
            Self::Format(spec) if spec.sample_format == SampleFormat::Int => {
                let bits = spec.bits_per_sample;
                write!(
                    f,
                    "samples are whole numbers of {bits} bits, not of 16"
                )?;
            }
            Self::Format(_) => f.write_str(
                "samples are floating point numbers, not whole ones of 16 bits",
            )?,
            Self::Rate(n) => {
                write!(f, "{n} samples a second, not 8000 or 16000")?;
            }
        }
        f.write_str("; try: sox FILE.wav -r 8000 -b 16 -c 1 voice.wav")
    }
}

impl Error for NotAVoice {}

/// The longest voice that is read into memory: 19 MB of samples.
pub const LONGEST: Duration = Duration::from_secs(600);
