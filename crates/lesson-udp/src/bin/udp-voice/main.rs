//! The experiment of step 6: a voice crosses the same link as datagrams and as a
//! stream. Writes what is heard at the other end, and counts.

mod heard;
mod plot;
mod sweep;

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use clap::{Arg, ArgAction, ArgMatches, Command};
use common::{cli, link::Faults};
use lesson_udp::step06_voice::{Kind, Voice};

/// What to do, and where to put what comes of it.
struct Experiment {
    voice: Voice,
    kind: Kind,
    faults: Faults,
    playout: Duration,
    out: PathBuf,
}

fn main() -> ExitCode {
    cli::exit(run())
}

fn run() -> Result<(), Box<dyn Error>> {
    let experiment = experiment(&cli::parse(command()))?;
    cli::say(experiment.heard()?);
    if experiment.faults.rate.is_some() {
        cli::say(
            "No stream: where the link may be full its congestion window \
             counts, and this model of TCP has none.",
        );
        return Ok(());
    }
    let shares = sweep::Shares::of(&experiment.faults);
    cli::say(&shares);
    let plot = experiment.out.join("late.svg");
    fs::write(&plot, plot::draw(&shares)?).map_err(at(&plot))?;
    Ok(())
}

fn command() -> Command {
    let playout = "How long after it was spoken a frame is heard";
    Command::new("udp-voice")
        .about("Sends a voice over a link with faults, in two ways")
        .arg(
            Arg::new("file")
                .value_name("FILE.wav")
                .required(true)
                .help("The voice: one channel, 16 bits, 8 or 16 kHz"),
        )
        .args(cli::faults::args())
        .mut_arg("delay", |delay| delay.default_value("40ms"))
        .mut_arg("jitter", |jitter| jitter.default_value("10ms"))
        .arg(cli::faults::time("playout", playout).default_value("100ms"))
        .arg(
            Arg::new("mulaw")
                .long("mulaw")
                .action(ArgAction::SetTrue)
                .help("Send 8 bits a sample instead of 16"),
        )
        .arg(
            Arg::new("out")
                .long("out")
                .value_name("DIR")
                .default_value("voice-out")
                .help("Where to write what is heard, and the plot"),
        )
}

fn experiment(matches: &ArgMatches) -> Result<Experiment, String> {
    let playout: Duration = cli::get(matches, "playout");
    if playout.is_zero() {
        cli::usage("no frame is heard when it is spoken; try --playout 100ms");
    }
    let faults = cli::faults::of(matches);
    let file: String = cli::get(matches, "file");
    let voice = Voice::open(Path::new(&file)).map_err(at(Path::new(&file)))?;
    let is_half = matches.get_flag("mulaw");
    let kind = if is_half { Kind::MuLaw } else { Kind::Linear };
    let out = PathBuf::from(cli::get::<String>(matches, "out"));
    fs::create_dir_all(&out).map_err(at(&out))?;
    Ok(Experiment { voice, kind, faults, playout, out })
}

/// What went wrong, and with which file.
fn at<E: Error>(path: &Path) -> impl Fn(E) -> String {
    move |error| format!("{}: {error}", path.display())
}
