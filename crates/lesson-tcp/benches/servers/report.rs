//! The tables, in Markdown.

use std::collections::BTreeMap;

use testkit::bench::{Spread, grouped};

use crate::{
    load::{Crowd, WRONG},
    rounds::{AT_64, CROWDS, Row, STALLED, Sample, Table},
    server::EPOLL,
};

/// Prints all that there is to say of a table.
pub(crate) fn print(table: &Table, rows: &[Row]) {
    println!("## {}\n", table.title);
    head(&CROWDS.map(label));
    for row in rows {
        line(row, &[0, 1, 2, 3].map(|column| rate(row, column)));
    }
    order(rows);
    println!(
        "By C epoll's, each round for itself; the last by its own at 64:\n"
    );
    let mut labels = CROWDS.map(label);
    "of its own".clone_into(&mut labels[STALLED]);
    head(&labels);
    for row in rows {
        let epoll = rows.iter().find(|row| row.server.name == EPOLL);
        line(
            row,
            &[0, 1, 2, 3].map(|column| {
                let own = column == STALLED;
                let by = if own {
                    Some(rates(row, AT_64))
                } else {
                    epoll.map(|epoll| rates(epoll, column))
                };
                let ratio =
                    by.and_then(|by| Spread::of_ratios(rates(row, column), by));
                ratio.map_or("-".to_owned(), |ratio| ratio.to_string())
            }),
        );
    }
    println!(
        "\nWhat limits each: CPU of the server and of the load, in percent of \
        a core, and\nmicroseconds of the server's for each request. What a core \
        does for packets counts as\nthe time of whom it interrupts.\n"
    );
    head(&CROWDS.map(label));
    for row in rows {
        line(row, &[0, 1, 2, 3].map(|column| cpu(&row.cells[column])));
    }
    println!();
    errors(rows);
}

/// Whether any server sent what it should not have.
pub(crate) fn is_wrong(rows: &[Row]) -> bool {
    samples(rows)
        .any(|(_, _, sample)| sample.outcome.errors.contains_key(WRONG))
}

/// The rates of all rounds.
pub(crate) fn rates(row: &Row, column: usize) -> Vec<f64> {
    row.cells[column].iter().map(Sample::rate).collect()
}

fn label(crowd: Crowd) -> String {
    match crowd {
        Crowd { asking, stalled: 0 } => asking.to_string(),
        Crowd { asking, stalled } => format!("{asking}, {stalled} say nothing"),
    }
}

fn head(columns: &[String]) {
    println!("| server | {} |", columns.join(" | "));
    println!("|---|{}", "---:|".repeat(columns.len()));
}

fn line(row: &Row, cells: &[String]) {
    println!("| {} | {} |", name(row), cells.join(" | "));
}

fn name(row: &Row) -> String {
    let name = row.server.name;
    if row.server.is_ours() { format!("**{name}**") } else { name.to_owned() }
}

fn rate(row: &Row, column: usize) -> String {
    let Some(rates) = Spread::of(rates(row, column)) else {
        return "-".to_owned();
    };
    let mut text = grouped(rates.median);
    let asking = CROWDS[column].asking;
    let served = row.cells[column].iter().map(|s| s.outcome.served);
    if let Some(served) = served.min().filter(|&served| served < asking) {
        text.push_str(&format!(" (to {served} of {asking})"));
    }
    text
}

fn cpu(samples: &[Sample]) -> String {
    let share = |who: usize| {
        let shares = samples.iter().filter_map(|sample| {
            Some(sample.cpu?[who] / sample.outcome.time.as_secs_f64())
        });
        Spread::of(shares).map(|share| format!("{:.0}", share.median * 100.0))
    };
    let each = samples.iter().filter(|sample| sample.outcome.done > 0);
    let each = Spread::of(each.filter_map(|sample| {
        Some(sample.cpu?[0] * 1e6 / f64::from(sample.outcome.done))
    }));
    let each = each.map_or("-".to_owned(), |e| format!("{:.1}", e.median));
    match share(0).zip(share(1)) {
        Some((server, load)) => format!("{server}/{load} %, {each} µs"),
        None => "-".to_owned(),
    }
}

/// Who is before whom, by the medians; `=` where the rounds overlap.
fn order(rows: &[Row]) {
    println!();
    for (column, crowd) in CROWDS.iter().enumerate() {
        let mut all: Vec<_> = rows
            .iter()
            .filter_map(|row| {
                Some((name(row), Spread::of(rates(row, column))?))
            })
            .collect();
        all.sort_by(|(_, a), (_, b)| b.median.total_cmp(&a.median));
        let mut text = format!("- {}: ", label(*crowd));
        for (at, (name, spread)) in all.iter().enumerate() {
            if at > 0 {
                let ties = spread.ties_with(&all[at - 1].1);
                text.push_str(if ties { " = " } else { " > " });
            }
            text.push_str(name);
        }
        println!("{text}");
    }
    println!();
}

fn errors(rows: &[Row]) {
    let mut all: BTreeMap<String, u32> = BTreeMap::new();
    for (row, column, sample) in samples(rows) {
        for (what, times) in &sample.outcome.errors {
            let who = format!("{}, {}", name(row), label(CROWDS[column]));
            *all.entry(format!("{who}: {what}")).or_default() += times;
        }
    }
    for (what, times) in &all {
        println!("- {what}, {times} times");
    }
    if all.is_empty() {
        println!("No error, and each byte was the right one.");
    }
    println!();
}

fn samples(rows: &[Row]) -> impl Iterator<Item = (&Row, usize, &Sample)> {
    rows.iter().flat_map(|row| {
        row.cells.iter().enumerate().flat_map(move |(column, samples)| {
            samples.iter().map(move |sample| (row, column, sample))
        })
    })
}
