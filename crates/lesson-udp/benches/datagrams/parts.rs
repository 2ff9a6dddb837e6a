//! What a datagram's time goes into: what one way costs less what another does
//! that leaves something out.

use testkit::bench::Spread;

use crate::{
    rows::{BASE, Row, SIZES},
    ways::{MOST, Way},
};

/// Microseconds at either end, of the row with these ways.
type Costs<'a> = &'a dyn Fn([Way; 2]) -> Option<[f64; 2]>;

/// A part: what it is, how it is found, and the figure.
type Part = (&'static str, &'static str, fn(Costs) -> Option<f64>);

const PARTS: &[Part] = &[
    ("all of it", "send_to and recv_from", |costs| Some(sum(costs(BASE)?))),
    ("to find the way to the receiver", "send_to less send", |costs| {
        Some(costs(BASE)?[0] - costs(CONNECTED)?[0])
    }),
    (
        "to enter the kernel and leave it, twice",
        "both less sendmmsg and recvmmsg, 64",
        |costs| Some(sum(costs(BASE)?) - sum(costs(BATCH)?)),
    ),
    ("the way through the kernel", "those less GSO and GRO", |costs| {
        Some(sum(costs(BATCH)?) - sum(costs(SEGMENTS)?))
    }),
    ("what is left", "GSO and GRO", |costs| Some(sum(costs(SEGMENTS)?))),
];

const CONNECTED: [Way; 2] = [Way::Connected; 2];
const BATCH: [Way; 2] = [Way::Batch(MOST); 2];
const SEGMENTS: [Way; 2] = [Way::Segments; 2];

/// Prints the parts, as far as there are the rows for them.
pub(crate) fn print(rows: &[Row]) {
    println!("## What a datagram's time goes into, in µs\n");
    let heads = SIZES.map(|size| format!("{size} bytes"));
    println!("| part | found by | {} |", heads.join(" | "));
    println!("|---|---|{}", "---:|".repeat(SIZES.len()));
    for (what, how, figure) in PARTS {
        let cells = [0, 1].map(|at| {
            let spread = Spread::of(each_round(rows, at, *figure));
            spread.map_or("-".to_owned(), |spread| spread.to_string())
        });
        println!("| {what} | {how} | {} |", cells.join(" | "));
    }
    println!();
}

/// The figure in each round, for the size at that place.
fn each_round(
    rows: &[Row],
    at: usize,
    figure: fn(Costs) -> Option<f64>,
) -> Vec<f64> {
    let rounds = rows.first().map_or(0, |row| row.outcomes[at].len());
    let costs = |round: usize, ways: [Way; 2]| {
        let row = rows.iter().find(|row| row.ways == ways)?;
        let outcome = row.outcomes[at].get(round)?;
        Some([outcome.sent.cost(), outcome.arrived.cost()])
    };
    (0..rounds).filter_map(|round| figure(&|ways| costs(round, ways))).collect()
}

fn sum([sending, receiving]: [f64; 2]) -> f64 {
    sending + receiving
}
