//! What we aim at, and what was found.

use testkit::bench::Spread;

use crate::{
    report::rates,
    rounds::{AT_64, AT_1000, Row, STALLED, Table},
    server::{DEFAULT, EPOLL, READINESS},
};

/// A ratio that should be at least so much.
pub(crate) struct Aim {
    pub(crate) what: String,
    pub(crate) least: f64,
    pub(crate) found: Option<Spread>,
}

/// The aims that a table tells of.
pub(crate) fn of(table: &Table, rows: &[Row]) -> Vec<Aim> {
    let mut aims = Vec::new();
    let mut add = |ours: &str,
                   column: usize,
                   by: &str,
                   least,
                   is_by: &dyn Fn(&Row) -> bool| {
        let Some(row) = rows.iter().find(|row| row.server.name == ours) else {
            return;
        };
        let column_by = if by == OWN { AT_64 } else { column };
        let rivals: Vec<_> = rows
            .iter()
            .filter(|row| is_by(row))
            .map(|row| rates(row, column_by))
            .collect();
        aims.push(Aim {
            what: format!("{}, {ours} at {}: by {by}", table.name, AT[column]),
            least,
            found: Spread::of_ratios(rates(row, column), best(&rivals)),
        });
    };
    let named = |name: &'static str| move |row: &Row| row.server.name == name;
    for column in [AT_64, AT_1000] {
        add(READINESS, column, EPOLL, 0.97, &named(EPOLL));
        add(DEFAULT, column, "the best Python", 1.0, &|row| {
            row.server.is_python()
        });
        add(DEFAULT, column, "the best other", 0.95, &|row| {
            !row.server.is_ours()
        });
    }
    for name in ["threads", READINESS] {
        add(name, STALLED, OWN, 0.9, &named(name));
    }
    aims
}

/// Prints them, and what was found.
pub(crate) fn print(aims: &[Aim]) {
    if aims.is_empty() {
        return;
    }
    println!("## What we aim at\n");
    println!("| ratio | aim | found | |\n|---|---:|---:|---|");
    for Aim { what, least, found } in aims {
        let Some(found) = found else { continue };
        let word = if found.median >= *least { "met" } else { "missed" };
        println!("| {what} | {least:.2} | {found} | {word} |");
    }
    println!();
}

/// The best of all in each round.
fn best(rivals: &[Vec<f64>]) -> Vec<f64> {
    let rounds = rivals.iter().map(Vec::len).min().unwrap_or(0);
    (0..rounds)
        .map(|at| rivals.iter().map(|rates| rates[at]).fold(0.0, f64::max))
        .collect()
}

/// The columns, in words.
const AT: [&str; 4] = ["1", "64", "1000", "64 with 100 that say nothing"];

const OWN: &str = "its own without them";
