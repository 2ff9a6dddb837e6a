//! `udp-server --step 6`: listens to one voice and writes down what it hears.

use std::{
    error::Error,
    fs::{File, OpenOptions},
    io::{self, BufWriter, ErrorKind},
    net::SocketAddr,
    time::Duration,
};

use clap::{Arg, ArgAction, ArgMatches};
use common::cli;
use hound::WavWriter;
use lesson_udp::{
    step06_voice::{Heard, listen, spec},
    step07_std::bind,
};

use crate::{bind_failed, tell};

pub(crate) fn args() -> [Arg; 3] {
    let playout = "How long a frame waits in the jitter buffer, in step 6";
    [
        Arg::new("out")
            .long("out")
            .value_name("FILE.wav")
            .help("Where to write the voice, in step 6"),
        cli::faults::time("playout", playout).default_value("100ms"),
        Arg::new("unconcealed")
            .long("unconcealed")
            .action(ArgAction::SetTrue)
            .help("Silence for a frame that is missing, in step 6"),
    ]
}

pub(crate) fn run(matches: &ArgMatches) -> Result<(), Box<dyn Error>> {
    let Some(path) = matches.get_one::<String>("out") else {
        cli::usage("step 6 writes what it hears; try --out heard.wav");
    };
    let playout: Duration = cli::get(matches, "playout");
    if playout.is_zero() {
        cli::usage("every frame would be late; try --playout 100ms");
    }
    let addr: SocketAddr = cli::get(matches, "addr");
    let socket = bind(addr).map_err(bind_failed(addr))?;
    let mut recording =
        Recording::create(path).map_err(|error| format!("{path}: {error}"))?;
    tell(socket.local_addr()?);
    let conceals = !matches.get_flag("unconcealed");
    let mut observe = |heard: Heard| {
        match heard {
            Heard::Speaker { peer, khz } => {
                cli::say(format!("a voice of {khz} kHz [{peer}]"));
                recording.begin(khz)
            }
            Heard::Frame(samples) => recording.add(samples),
        }
        .map_err(|error| io::Error::other(format!("{path}: {error}")))
    };
    let heard = listen(&socket, playout, PATIENCE, conceals, &mut observe);
    recording.end().map_err(|error| format!("{path}: {error}"))?;
    let heard = heard?;
    let counts = heard.counts;
    let end = if heard.ended { "it ended" } else { "it fell silent" };
    cli::say(format!(
        "{end}: {} frames heard, {} missing, of which {} came late",
        counts.heard, counts.missing, counts.late
    ));
    if counts.refused > 0 {
        cli::say(format!("{} were of no such voice", counts.refused));
    }
    Ok(())
}

/// A WAV file that can be played at any time, up to the last frame.
struct Recording {
    /// Until somebody speaks.
    file: Option<File>,
    wav: Option<WavWriter<BufWriter<File>>>,
    frames: usize,
}

impl Recording {
    /// Makes sure that there is a file to write to; what is in it stays there
    /// until somebody speaks.
    fn create(path: &str) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        let file = options.write(true).create(true).truncate(false);
        Ok(Self { file: Some(file.open(path)?), wav: None, frames: 0 })
    }

    fn begin(&mut self, khz: u8) -> Result<(), hound::Error> {
        let file = self.file.take().ok_or(ErrorKind::AlreadyExists);
        let file = file.map_err(io::Error::from)?;
        file.set_len(0)?;
        let wav = WavWriter::new(BufWriter::new(file), spec(khz))?;
        // Empty, but a WAV file.
        self.wav.insert(wav).flush()
    }

    fn add(&mut self, samples: &[i16]) -> Result<(), hound::Error> {
        let Some(wav) = &mut self.wav else { return Ok(()) };
        self.frames += 1;
        if self.frames > MOST {
            return Err(io::Error::other("longer than a day").into());
        }
        for &sample in samples {
            wav.write_sample(sample)?;
        }
        // Whatever ends this program, the file is whole up to here.
        wav.flush()
    }

    fn end(self) -> Result<(), hound::Error> {
        self.wav.map_or(Ok(()), WavWriter::finalize)
    }
}

/// Nothing for so long, and the speaker has gone.
const PATIENCE: Duration = Duration::from_secs(5);

/// In frames: a day, of which a WAV file can still say how long it is.
const MOST: usize = 24 * 60 * 60 * 50;
