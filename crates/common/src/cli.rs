//! The manners of a command line: one line for an error, exit code 2 for bad
//! usage and 1 for a failure, no panic when nobody reads the output.

pub mod faults;

use std::{
    error::Error,
    fmt::Display,
    io::{self, ErrorKind, Write},
    net::SocketAddr,
    ops::RangeInclusive,
    process::{self, ExitCode},
    sync::OnceLock,
    time::Duration,
};

use anstream::{AutoStream, ColorChoice};
use clap::{
    Arg, ArgMatches, Command, error::ErrorKind as Usage, parser::ValueSource,
};

use crate::{Charset, charset::UnknownCharset};

/// Parses the command line, or ends the program: help is exit code 0, bad usage
/// one line and exit code 2.
pub fn parse(command: Command) -> ArgMatches {
    command.try_get_matches().unwrap_or_else(|error| {
        if matches!(error.kind(), Usage::DisplayHelp | Usage::DisplayVersion) {
            say(error.to_string().trim_end());
            process::exit(0);
        }
        // clap takes a paragraph for what is wrong, and several for usage.
        let text = error.to_string();
        let what = text.split("\n\n").next().unwrap_or_default();
        let line: Vec<_> = what.lines().map(str::trim).collect();
        usage(line.join(" ").trim_start_matches("error: "))
    })
}

/// As [`parse`], with flags that only some steps have. One that is given to
/// another step would do nothing, so that is bad usage.
///
/// # Panics
/// If `command` has no [`step`].
pub fn parse_steps(
    command: Command,
    own: &[(&[&str], Vec<Arg>)],
) -> ArgMatches {
    let args = own.iter().flat_map(|(_, args)| args.clone());
    let matches = parse(command.args(args));
    let chosen: String = get(&matches, "step");
    for (steps, args) in own {
        for arg in args.iter().filter(|_| !steps.contains(&&*chosen)) {
            let id = arg.get_id().as_str();
            if matches.value_source(id) == Some(ValueSource::CommandLine) {
                let what = arg.get_long().map(|long| format!("--{long}"));
                let what = what.unwrap_or_else(|| id.to_uppercase());
                let first = steps.first().copied().unwrap_or_default();
                let steps = steps.join(" or ");
                usage(format!(
                    "{what} is for step {steps}, and this is step {chosen}; \
                     try --step {first}"
                ));
            }
        }
    }
    matches
}

/// Ends the program for bad usage: one line, exit code 2.
pub fn usage(what: impl Display) -> ! {
    complain(format_args!("error: {what}; --help shows the usage"));
    process::exit(2)
}

/// Turns what `main` did into an exit code: a failure is one line, exit code 1.
pub fn exit(result: Result<(), Box<dyn Error>>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(format_args!("error: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// Prints a line, or ends the program: quietly when nobody reads its output
/// any more (`server | head -1`). `println!` would panic.
pub fn say(line: impl Display) {
    // To ask whether it is one is a system call: once, and not for each line.
    static CHOICE: OnceLock<ColorChoice> = OnceLock::new();
    let choice = CHOICE.get_or_init(|| AutoStream::choice(&io::stdout()));
    // Locked, so that two threads' lines do not stand in one.
    let mut stdout = AutoStream::new(io::stdout().lock(), *choice);
    // Colours go to a terminal only, and never where NO_COLOR is set.
    if let Err(error) = writeln!(stdout, "{line}") {
        if error.kind() != ErrorKind::BrokenPipe {
            complain(format_args!("error: standard output: {error}"));
        }
        process::exit(1);
    }
}

/// Prints a line about something that went wrong, and goes on.
pub fn complain(line: impl Display) {
    // Where standard error is closed too there is nobody left to tell.
    let _ = writeln!(io::stderr(), "{line}");
}

/// `--NAME IP:PORT`, with what it is there for.
pub fn addr(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name)
        .long(name)
        .value_name("IP:PORT")
        .value_parser(|text: &str| {
            text.parse::<SocketAddr>().map_err(
                |_| "expected an IP address and a port such as 127.0.0.1:8000",
            )
        })
        .help(help)
}

/// `--step N`: one of the steps that the program can run, the last by default.
pub fn step(steps: &[&'static str]) -> Arg {
    Arg::new("step")
        .long("step")
        .value_name("N")
        .value_parser(steps.to_vec())
        .default_value(steps.last().copied().unwrap_or_default())
        .help("The step of the course to run")
}

/// `--charset NAME`.
pub fn charset(default: Charset) -> Arg {
    Arg::new("charset")
        .long("charset")
        .value_name("NAME")
        .default_value(default.name())
        .value_parser(|text: &str| text.parse::<Charset>())
        .help(format!("How text becomes bytes: {UnknownCharset}"))
}

/// `--timeout SECONDS`, from a millisecond to a day.
pub fn timeout(default: &'static str, help: &'static str) -> Arg {
    seconds("timeout", 1..=DAY, default, help)
}

/// `--NAME SECONDS`, up to a day; 0 is none.
pub fn pause(
    name: &'static str,
    default: &'static str,
    help: &'static str,
) -> Arg {
    seconds(name, 0..=DAY, default, help)
}

/// `--NAME SECONDS`, in that range of milliseconds.
fn seconds(
    name: &'static str,
    range: RangeInclusive<u128>,
    default: &'static str,
    help: &'static str,
) -> Arg {
    Arg::new(name)
        .long(name)
        .value_name("SECONDS")
        .default_value(default)
        .value_parser(move |text: &str| {
            text.parse()
                .ok()
                .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
                .filter(|time| range.contains(&time.as_millis()))
                .ok_or("expected seconds such as 2 or 0.5, up to a day")
        })
        .help(help)
}

/// `--NAME UNIT`, as in `--bytes BYTES`: a whole number in that range.
pub fn number(
    name: &'static str,
    unit: &'static str,
    range: RangeInclusive<usize>,
    help: &'static str,
) -> Arg {
    Arg::new(name)
        .long(name)
        .value_name(unit)
        .value_parser(move |text: &str| {
            let number = text.parse().ok().filter(|n| range.contains(n));
            let (least, most) = (range.start(), range.end());
            number.ok_or(format!("expected a number from {least} to {most}"))
        })
        .help(help)
}

/// The value of an argument that is required or has a default.
pub fn get<T: Clone + Send + Sync + 'static>(
    matches: &ArgMatches,
    name: &str,
) -> T {
    matches.get_one::<T>(name).expect("required or with a default").clone()
}

/// Why `addr`, the value of `--FLAG`, could not be bound, and what to try next.
///
/// On TCP a server that has closed connections leaves its port in TIME_WAIT.
pub fn bind_failed(
    is_tcp: bool,
    flag: &str,
    addr: SocketAddr,
    error: &io::Error,
) -> String {
    let hint = match error.kind() {
        ErrorKind::AddrInUse if is_tcp => {
            "another program has it, or a server that closed its connections \
             had it within the last minute; stop that program, wait, or try \
             a free port: "
        }
        ErrorKind::AddrInUse => {
            "another program has it; stop that program, or try a free port: "
        }
        ErrorKind::PermissionDenied => {
            "ports below 1024 are the system's; try a free one: "
        }
        ErrorKind::AddrNotAvailable => {
            "no interface of this machine has that address; try: "
        }
        _ => "try: ",
    };
    let what = plain(error);
    format!("cannot bind {addr}: {what}: {hint}--{flag} 127.0.0.1:0")
}

/// Why a call to `server` did not end well, and what to try next.
pub fn call_failed(server: SocketAddr, error: &io::Error) -> String {
    let hint = match error.kind() {
        ErrorKind::ConnectionRefused => {
            "nobody listens there; start the server, or try another --addr"
        }
        ErrorKind::ConnectionReset => {
            "the connection was aborted; what had come, if anything, is above"
        }
        ErrorKind::WouldBlock | ErrorKind::TimedOut => {
            "what had come, if anything, is above; try a longer --timeout"
        }
        ErrorKind::Other => "what had come is above",
        _ => "try --addr with the address that the server prints",
    };
    format!("{server}: {}: {hint}", plain(error))
}

/// What happened, in words that are the same on every system.
pub fn plain(error: &io::Error) -> String {
    match error.kind() {
        // One kind on Unix, the other on Windows, and one meaning.
        ErrorKind::WouldBlock | ErrorKind::TimedOut => "timed out".to_owned(),
        // `ErrorKind::Uncategorized` and `Other` say nothing of their own.
        _ if error.kind().to_string().contains("error") => error.to_string(),
        kind => kind.to_string(),
    }
}

/// In milliseconds. Longer waits overflow clocks, and nobody waits for them.
const DAY: u128 = 24 * 60 * 60 * 1000;
