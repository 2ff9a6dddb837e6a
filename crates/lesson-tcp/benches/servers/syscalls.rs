//! The system calls that each server makes for a request, counted by strace,
//! which slows it down: they are no figures of speed.

use std::{
    collections::BTreeMap,
    env, fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use testkit::bench::machine;

use crate::{
    load::{Dialogue, Load},
    rounds::{AT_64, CROWDS, Table},
    server::Server,
};

/// Counts for each server, and prints a table.
pub(crate) fn print(table: &Table, servers: &[Server]) {
    if !machine::succeeds("strace", &["--version"]) {
        println!("skipped: strace: there is none");
        return;
    }
    println!("## System calls for each request, 64 clients at a time\n");
    println!("{}\n", table.title);
    println!("| server | all | the most of them |\n|---|---:|---|");
    for server in servers.iter().filter(|server| server.knows(table.dialogue)) {
        match count(server, table.dialogue) {
            Ok((done, calls)) => line(server, done, &calls),
            Err(why) => println!("| {} | skipped: {why} | |", server.name),
        }
    }
    println!();
}

fn line(server: &Server, done: u32, calls: &BTreeMap<String, u32>) {
    let each = |calls: u32| f64::from(calls) / f64::from(done.max(1));
    let mut most: Vec<_> = calls.iter().collect();
    most.sort_by_key(|&(_, &calls)| std::cmp::Reverse(calls));
    let most = most.iter().filter(|&&(_, &calls)| each(calls) >= 0.01);
    let most: Vec<_> = most
        .map(|&(name, &calls)| format!("{name} {:.2}", each(calls)))
        .collect();
    let all = each(calls.values().sum());
    println!("| {} | {all:.2} | {} |", server.name, most.join(", "));
}

/// How many dialogues there were, and how many calls of each name.
fn count(
    server: &Server,
    dialogue: Dialogue,
) -> Result<(u32, BTreeMap<String, u32>), String> {
    let text = |e: std::io::Error| e.to_string();
    let running = server.start(dialogue)?;
    let mut load =
        Load::new(running.addr, dialogue, CROWDS[AT_64]).map_err(text)?;
    let counts = Path::new(env!("CARGO_TARGET_TMPDIR")).join("strace.counts");
    let mut strace = Command::new("strace")
        .args(["-f", "-c", "-p", &running.id().to_string(), "-o"])
        .arg(&counts)
        .stderr(Stdio::piped())
        .spawn()
        .map_err(text)?;
    // It says so when it has attached itself to all threads.
    let mut said = String::new();
    let errors = strace.stderr.take().ok_or("strace says nothing")?;
    let mut errors = BufReader::new(errors);
    errors.read_line(&mut said).map_err(text)?;
    let first = load.ramp().map_err(text)?;
    let outcome = load.run(TIME).map_err(text)?;
    // On SIGINT it lets go of the server and writes down what it has counted.
    machine::succeeds("kill", &["-INT", &strace.id().to_string()]);
    strace.wait().map_err(text)?;
    if !said.contains("attached") {
        return Err(said.trim().to_owned());
    }
    let table = fs::read_to_string(&counts).map_err(text)?;
    Ok((first + outcome.done, calls(&table)))
}

/// Of `% time  seconds  usecs/call  calls  [errors]  syscall`.
fn calls(table: &str) -> BTreeMap<String, u32> {
    let mut calls = BTreeMap::new();
    for line in table.lines() {
        let words: Vec<_> = line.split_whitespace().collect();
        let (Some(count), Some(name)) = (words.get(3), words.last()) else {
            continue;
        };
        if let (Ok(count), false) = (count.parse(), *name == "total") {
            calls.insert((*name).to_owned(), count);
        }
    }
    calls
}

/// How long is counted.
const TIME: Duration = Duration::from_millis(500);
