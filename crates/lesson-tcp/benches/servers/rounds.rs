//! The rounds: A B C … A B C …, so that a machine that is slower for a while is
//! slower for all. Each measurement has a server of its own, newly started.

use testkit::bench::{Pace, machine};

use crate::{
    load::{Crowd, Dialogue, Load, Outcome},
    server::Server,
};

/// What is measured, for several servers.
pub(crate) struct Table {
    /// What it is called on the command line.
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) dialogue: Dialogue,
}

pub(crate) const TABLES: &[Table] = &[
    Table {
        name: "kept",
        title: "Requests a second: 64 bytes and their echo, connections kept",
        dialogue: Dialogue::Kept,
    },
    Table {
        name: "whole",
        title: "Connections a second: connect, 64 bytes, their echo, close",
        dialogue: Dialogue::Whole,
    },
    Table {
        name: "page",
        title: "Connections a second: connect, 64 bytes, a page of 42, close",
        dialogue: Dialogue::Page,
    },
];

/// The columns of each table. The last is held against the second.
pub(crate) const CROWDS: [Crowd; 4] =
    [crowd(1, 0), crowd(64, 0), crowd(1000, 0), crowd(64, 100)];
pub(crate) const AT_64: usize = 1;
pub(crate) const AT_1000: usize = 2;
pub(crate) const STALLED: usize = 3;

const fn crowd(asking: usize, stalled: usize) -> Crowd {
    Crowd { asking, stalled }
}

/// One server in one crowd in one round.
pub(crate) struct Sample {
    pub(crate) outcome: Outcome,
    /// Seconds of CPU, of the server and of the load, where they are known.
    pub(crate) cpu: Option<[f64; 2]>,
}

impl Sample {
    /// A second.
    pub(crate) fn rate(&self) -> f64 {
        f64::from(self.outcome.done) / self.outcome.time.as_secs_f64()
    }
}

/// One server in all rounds.
pub(crate) struct Row {
    pub(crate) server: Server,
    /// The samples of each crowd, one for each round.
    pub(crate) cells: [Vec<Sample>; CROWDS.len()],
}

/// Runs all the rounds of a table.
///
/// # Errors
/// The first thing that keeps us from measuring at all.
pub(crate) fn measure(
    table: &Table,
    servers: &[Server],
    pace: Pace,
) -> Result<Vec<Row>, String> {
    let mut rows: Vec<_> = servers
        .iter()
        .filter(|server| server.knows(table.dialogue))
        .filter(|server| starts(server, table.dialogue))
        .map(|&server| Row { server, cells: Default::default() })
        .collect();
    for round in 1..=pace.rounds {
        eprintln!("{}: round {round} of {}", table.name, pace.rounds);
        for (column, &crowd) in CROWDS.iter().enumerate() {
            for row in &mut rows {
                let sample =
                    sample(&row.server, table.dialogue, crowd, pace)
                        .map_err(|why| format!("{}: {why}", row.server.name))?;
                row.cells[column].push(sample);
            }
        }
    }
    Ok(rows)
}

/// Whether a server can be started at all. If not, a line says why.
fn starts(server: &Server, dialogue: Dialogue) -> bool {
    let started = server.start(dialogue);
    if let Err(why) = &started {
        println!("skipped: {}: {why}\n", server.name);
    }
    started.is_ok()
}

fn sample(
    server: &Server,
    dialogue: Dialogue,
    crowd: Crowd,
    pace: Pace,
) -> Result<Sample, String> {
    let running = server.start(dialogue)?;
    let measure = || {
        let mut load = Load::new(running.addr, dialogue, crowd)?;
        load.ramp()?;
        load.run(pace.warm_up)?;
        let id = Some(running.id());
        let before = machine::cpu(id).zip(machine::cpu(None));
        let outcome = load.run(pace.time)?;
        let after = machine::cpu(id).zip(machine::cpu(None));
        let cpu = before.zip(after).map(|(b, a)| [a.0 - b.0, a.1 - b.1]);
        Ok(Sample { outcome, cpu })
    };
    measure().map_err(|e: std::io::Error| e.to_string())
}
