//! `udp-client --step 6`: speaks a WAV file, as fast as it was spoken.

use std::{error::Error, path::Path, time::Duration};

use clap::{Arg, ArgAction, ArgMatches};
use common::cli;
use lesson_udp::{
    step06_voice::{Kind, Voice, speak},
    step07_std::bind_client,
};

use crate::server;

pub(crate) fn args() -> [Arg; 2] {
    [
        Arg::new("file")
            .value_name("FILE.wav")
            .help("The voice, in step 6: one channel, 16 bits, 8 or 16 kHz"),
        Arg::new("mulaw")
            .long("mulaw")
            .action(ArgAction::SetTrue)
            .help("Send 8 bits a sample instead of 16, in step 6"),
    ]
}

pub(crate) fn run(matches: &ArgMatches) -> Result<(), Box<dyn Error>> {
    let server = server(matches);
    let Some(file) = matches.get_one::<String>("file") else {
        cli::usage(
            "step 6 speaks a file; try crates/lesson-udp/voice/speech.wav",
        );
    };
    let voice = Voice::open(Path::new(file))
        .map_err(|error| format!("{file}: {error}"))?;
    let is_half = matches.get_flag("mulaw");
    let kind = if is_half { Kind::MuLaw } else { Kind::Linear };
    let socket = bind_client(server)?;
    // From now on an ICMP error comes back as ours: nobody is there.
    socket.connect(server)?;
    let (samples, khz) = (voice.samples.len() as u64, u64::from(voice.khz));
    let lasts = Duration::from_millis(samples / khz);
    cli::say(format!("speaking for {:.1} s", lasts.as_secs_f64()));
    let heard = speak(&socket, &voice, kind)
        .map_err(|error| cli::call_failed(server, &error))?;
    if !heard {
        cli::complain(format!(
            "{server} has not said that it heard the end: lost, or nobody is \
             there"
        ));
    }
    Ok(())
}
