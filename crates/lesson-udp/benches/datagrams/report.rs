//! The tables, in Markdown.

use testkit::bench::{Spread, grouped};

use crate::{
    outcome::Outcome,
    rows::{BASE, Method, Row, SIZES, Table},
    ways::Way,
};

/// Prints all that there is to say of a table.
pub(crate) fn print(table: &Table, rows: &[Row]) {
    let columns = columns(table.method);
    for (at, size) in SIZES.into_iter().enumerate() {
        println!("## {}: {size} bytes\n", table.title);
        let heads: Vec<_> = columns.iter().map(|column| column.head).collect();
        println!("| sends | receives | {} |", heads.join(" | "));
        println!("|---|---|{}", "---:|".repeat(columns.len()));
        let base = rows.iter().find(|row| row.ways == BASE);
        let base = base.map(|row| row.outcomes[at].as_slice());
        for row in rows {
            let outcomes = &row.outcomes[at];
            let cells: Vec<_> = columns
                .iter()
                .map(|column| (column.cell)(outcomes, base.unwrap_or_default()))
                .collect();
            let [sends, receives] = row.ways;
            println!(
                "| {} | {} | {} |",
                label(sends, 0),
                label(receives, 1),
                cells.join(" | ")
            );
        }
        println!();
    }
}

/// What stands over a column, and what in it: of all rounds of a row, and of
/// the one that it is measured by.
struct Column {
    head: &'static str,
    cell: fn(&[Outcome], &[Outcome]) -> String,
}

const RECEIVED: Column = Column {
    head: "received a second",
    cell: |rounds, _| whole(rounds, |round| round.arrived.rate()),
};

const SENT: Column = Column {
    head: "sent a second",
    cell: |rounds, _| whole(rounds, |round| round.sent.rate()),
};

const LOST: Column = Column {
    head: "lost",
    cell: |rounds, _| {
        median(rounds, Outcome::lost)
            .map_or("-".to_owned(), |lost| format!("{:.0} %", lost * 100.0))
    },
};

const RATIO: Column = Column {
    head: "by step 7's",
    cell: |rounds, base| {
        let rates = |rounds: &[Outcome]| {
            rounds.iter().map(|o| o.arrived.rate()).collect::<Vec<_>>()
        };
        let ratio = Spread::of_ratios(rates(rounds), rates(base));
        ratio.map_or("-".to_owned(), |ratio| ratio.to_string())
    },
};

const CALLS: Column = Column {
    head: "calls for each",
    cell: |rounds, _| figure(rounds, |o| o.sent.calls() + o.arrived.calls()),
};

const SENDING: Column = Column {
    head: "µs to send",
    cell: |rounds, _| figure(rounds, |round| round.sent.cost()),
};

const RECEIVING: Column = Column {
    head: "to receive",
    cell: |rounds, _| figure(rounds, |round| round.arrived.cost()),
};

fn columns(method: Method) -> Vec<Column> {
    match method {
        Method::Turns => vec![RECEIVED, RATIO, CALLS, SENDING, RECEIVING],
        Method::Window => {
            vec![RECEIVED, RATIO, LOST, CALLS, SENDING, RECEIVING]
        }
        Method::Flood => {
            vec![SENT, RECEIVED, LOST, RATIO, SENDING, RECEIVING]
        }
    }
}

fn median(rounds: &[Outcome], of: fn(&Outcome) -> f64) -> Option<f64> {
    Some(Spread::of(rounds.iter().map(of))?.median)
}

fn whole(rounds: &[Outcome], of: fn(&Outcome) -> f64) -> String {
    median(rounds, of).map_or("-".to_owned(), grouped)
}

fn figure(rounds: &[Outcome], of: fn(&Outcome) -> f64) -> String {
    let figure = median(rounds, of).filter(|figure| !figure.is_nan());
    figure.map_or("-".to_owned(), |figure| format!("{figure:.2}"))
}

fn label(way: Way, end: usize) -> String {
    let calls = |way: Way| match way {
        Way::Step1 | Way::Python => ["sendto", "recvfrom"],
        Way::Step7 => ["send_to", "recv_from"],
        Way::Connected | Way::PythonConnected => ["send", "recv"],
        Way::Batch(_) | Way::ConnectedBatch => ["sendmmsg", "recvmmsg"],
        Way::Segments => ["GSO", "GRO"],
    };
    let call = calls(way)[end];
    match way {
        Way::Step1 => format!("**step 1**: {call}"),
        Way::Step7 => format!("**step 7**: {call}"),
        Way::Connected => format!("connected: {call}"),
        Way::Batch(datagrams) => format!("{call}, {datagrams}"),
        Way::ConnectedBatch => format!("connected: {call}, 64"),
        Way::Segments => call.to_owned(),
        Way::Python => format!("Python: {call}"),
        Way::PythonConnected => format!("Python, connected: {call}"),
    }
}
