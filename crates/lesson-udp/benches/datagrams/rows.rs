//! The rows, and the rounds: A B C … A B C …, so that a machine that is slower
//! for a while is slower for all.

use std::{env, ffi::OsString, path::Path, process::Command, time::Duration};

use testkit::{
    Program,
    bench::{Pace, machine},
};

use crate::{
    outcome::Outcome,
    pair::window,
    ways::{MOST, Way},
};

/// What is measured, for several rows.
pub(crate) struct Table {
    /// What it is called on the command line.
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) method: Method,
    rows: &'static [[Way; 2]],
}

/// How it is measured.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    /// See [`crate::turns`].
    Turns,
    /// See [`crate::pair`], with a window.
    Window,
    /// The same without.
    Flood,
}

pub(crate) const TABLES: &[Table] = &[
    Table {
        name: "turns",
        title: "One thread, both ends in turns",
        method: Method::Turns,
        rows: &[
            [Way::Step1, Way::Step1],
            BASE,
            [Way::Connected, Way::Step7],
            [Way::Step7, Way::Connected],
            [Way::Connected, Way::Connected],
            [Way::Python, Way::Python],
            [Way::PythonConnected, Way::PythonConnected],
            [Way::Batch(8), Way::Batch(8)],
            [Way::Batch(32), Way::Batch(32)],
            [Way::Batch(MOST), Way::Step7],
            [Way::Step7, Way::Batch(MOST)],
            [Way::Batch(MOST), Way::Batch(MOST)],
            [Way::ConnectedBatch, Way::ConnectedBatch],
            [Way::Segments, Way::Step7],
            [Way::Segments, Way::Batch(MOST)],
            [Way::Step7, Way::Segments],
            [Way::Segments, Way::Segments],
        ],
    },
    Table {
        name: "window",
        title: "Two processes, the receiver holds the sender back",
        method: Method::Window,
        rows: PAIRS,
    },
    Table {
        name: "flood",
        title: "Two processes, nobody holds the sender back",
        method: Method::Flood,
        rows: PAIRS,
    },
];

/// By what the others are measured.
pub(crate) const BASE: [Way; 2] = [Way::Step7, Way::Step7];

const PAIRS: &[[Way; 2]] = &[
    [Way::Step1, Way::Step1],
    BASE,
    [Way::Connected, Way::Connected],
    [Way::Python, Way::Python],
    [Way::PythonConnected, Way::PythonConnected],
    [Way::Batch(MOST), Way::Batch(MOST)],
    [Way::Segments, Way::Step7],
    [Way::Segments, Way::Segments],
];

/// Bytes of a datagram: a short message, and as much as crosses nearly every
/// network in one packet.
pub(crate) const SIZES: [usize; 2] = [64, 1200];

/// One pair of ways in all rounds.
pub(crate) struct Row {
    pub(crate) ways: [Way; 2],
    /// For each size, an outcome for each round.
    pub(crate) outcomes: [Vec<Outcome>; SIZES.len()],
}

/// Runs all the rounds of a table. What is missing here is no row: a line says
/// why.
///
/// # Errors
/// What else keeps a row from being measured.
pub(crate) fn measure(table: &Table, pace: Pace) -> Result<Vec<Row>, String> {
    let is_there = |[sending, receiving]: [Way; 2]| {
        let missing = sending.is_missing().or(receiving.is_missing());
        if let Some(why) = &missing {
            println!("skipped: {sending} to {receiving}: {why}\n");
        }
        missing.is_none()
    };
    let ways = table.rows.iter().filter(|&&ways| is_there(ways));
    let mut rows: Vec<_> =
        ways.map(|&ways| Row { ways, outcomes: Default::default() }).collect();
    for round in 1..=pace.rounds {
        eprintln!("{}: round {round} of {}", table.name, pace.rounds);
        for (at, size) in SIZES.into_iter().enumerate() {
            for Row { ways, outcomes } in &mut rows {
                let outcome = outcome(table.method, *ways, size, pace.time)
                    .map_err(|why| {
                        format!("{} to {}: {why}", ways[0], ways[1])
                    })?;
                outcomes[at].push(outcome);
            }
        }
    }
    Ok(rows)
}

fn outcome(
    method: Method,
    [sending, receiving]: [Way; 2],
    size: usize,
    time: Duration,
) -> Result<Outcome, String> {
    let start = |way: Way, core: &str, act: &str, rest: &[&str]| {
        let name = way.to_string();
        let words = [&[act, &name], rest].concat();
        command(way.is_python(), core, &words)
    };
    let seconds = time.as_secs_f64().to_string();
    let bytes = size.to_string();
    if method == Method::Turns {
        let rest = [&receiving.to_string(), &bytes, &seconds];
        let rest = rest.map(String::as_str);
        return run(&mut start(sending, machine::LOAD, "turns", &rest)?);
    }
    let window = if method == Method::Window { window(size) } else { 0 };
    let window = window.to_string();
    let rest = [bytes.as_str(), &window];
    let mut command = start(receiving, machine::SERVER, "receive", &rest)?;
    // It is ended when we leave.
    let mut receiver = Program::start(&mut command);
    let addr = receiver.addr().to_string();
    let rest = [addr.as_str(), &bytes, &window, &seconds];
    run(&mut start(sending, machine::LOAD, "send", &rest)?)
}

fn run(command: &mut Command) -> Result<Outcome, String> {
    let ended = Program::run(command, b"");
    if ended.code == Some(0) {
        return ended.stdout.parse();
    }
    // Of a traceback the last line is the one that says it.
    Err(ended.stderr.lines().last().unwrap_or("no outcome").to_owned())
}

/// This program or Python's script, on that core, with these words.
pub(crate) fn command(
    is_python: bool,
    core: &str,
    words: &[&str],
) -> Result<Command, String> {
    let mut all: Vec<OsString> = Vec::new();
    if is_python {
        let python = testkit::python().ok_or("there is no Python")?;
        all.push(python.get_program().to_owned());
        all.push(Path::new(SCRIPT).into());
    } else {
        let own = env::current_exe().map_err(|e| e.to_string())?;
        all.extend([own.into(), "--act".into()]);
    }
    all.extend(words.iter().map(OsString::from));
    Ok(machine::on_core(core, &all))
}

const SCRIPT: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/benches/rivals/datagrams.py");
