//! Bytes a second in one direction, beside iperf3's.

use std::{
    env,
    error::Error,
    ffi::OsString,
    io::{self, Read, Write},
    net::{Ipv4Addr, Shutdown, TcpListener, TcpStream},
    process::Command,
    time::{Duration, Instant},
};

use common::cli;
use testkit::bench::{Pace, Spread, machine};

use crate::{aims::Aim, server::Running};

/// Measures both with each size of buffer, and prints a table.
///
/// # Errors
/// What keeps us from measuring.
pub(crate) fn print(pace: Pace) -> Result<Vec<Aim>, Box<dyn Error>> {
    println!("## Bytes in one direction, in GB a second\n");
    let has_iperf = machine::succeeds("iperf3", &["--version"]);
    if !has_iperf {
        println!("skipped: iperf3: there is none (apt-get install iperf3)\n");
    }
    // iperf3 knows whole seconds only.
    let time = Duration::from_secs_f64(pace.time.as_secs_f64().ceil());
    let sizes = if pace.is_quick { &SIZES[3..5] } else { SIZES };
    let mut ours: Vec<Vec<f64>> = vec![Vec::new(); sizes.len()];
    let mut theirs = ours.clone();
    for round in 1..=pace.rounds {
        eprintln!("bulk: round {round} of {}", pace.rounds);
        for (at, &size) in sizes.iter().enumerate() {
            ours[at].push(send(size, time)?);
            if has_iperf {
                theirs[at].push(iperf(size, time)?);
            }
        }
    }
    println!(
        "| buffer | **std::net** | iperf3 | ratio |\n|---|---:|---:|---:|"
    );
    let mut aims = Vec::new();
    for (at, &size) in sizes.iter().enumerate() {
        let [a, b] = [&ours[at], &theirs[at]];
        let [a, b] = [a, b].map(|figures| Spread::of(figures.iter().copied()));
        let ratio = Spread::of_ratios(ours[at].clone(), theirs[at].clone());
        let text = |spread: Option<Spread>| {
            spread.map_or("-".to_owned(), |spread| spread.to_string())
        };
        let mut label = format!("{} KiB", size >> 10);
        if size == IPERF_SIZE {
            label.push_str(", iperf3's own");
            aims.push(Aim {
                what: format!("bulk, {label}: by iperf3"),
                least: 0.95,
                found: ratio,
            });
        }
        println!("| {label} | {} | {} | {} |", text(a), text(b), text(ratio));
    }
    println!();
    Ok(aims)
}

/// The receiver, a process of its own: takes what comes, then tells how many
/// bytes that was.
///
/// # Errors
/// What the kernel says.
pub(crate) fn receive(size: usize) -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    cli::say(format!("listening on {}", listener.local_addr()?));
    let (mut stream, _) = listener.accept()?;
    let mut buffer = vec![0; size];
    let mut total = 0u64;
    loop {
        match stream.read(&mut buffer)? {
            0 => break,
            length => total += length as u64,
        }
    }
    stream.write_all(&total.to_be_bytes())
}

/// Sends for so long, and gives GB a second, until the last byte was received.
fn send(size: u32, time: Duration) -> Result<f64, Box<dyn Error>> {
    let words: Vec<OsString> = vec![
        env::current_exe()?.into(),
        "--receive".into(),
        size.to_string().into(),
    ];
    let receiver = Running::start(machine::on_core(machine::SERVER, &words))?;
    let mut stream = TcpStream::connect(receiver.addr)?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let buffer = vec![0x55; size as usize];
    let mut writes = 0u32;
    let start = Instant::now();
    while start.elapsed() < time {
        stream.write_all(&buffer)?;
        writes += 1;
    }
    stream.shutdown(Shutdown::Write)?;
    let mut total = [0; 8];
    stream.read_exact(&mut total)?;
    let seconds = start.elapsed().as_secs_f64();
    if u64::from_be_bytes(total) != u64::from(writes) * u64::from(size) {
        return Err("not as many bytes came as went".into());
    }
    Ok(f64::from(writes) * f64::from(size) / seconds / 1e9)
}

/// The same, as iperf3 tells it of its receiver.
fn iperf(size: u32, time: Duration) -> Result<f64, Box<dyn Error>> {
    let port =
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
    let port = port.to_string();
    let words = ["iperf3", "-s", "-1", "--forceflush", "-p", &port];
    let words = words.map(OsString::from);
    let server = machine::on_core(machine::SERVER, &words);
    let _server = Running::start_saying(server, "Server listening on ")?;
    let output = Command::new("iperf3")
        .args(["-c", "127.0.0.1", "-f", "k", "-p", &port])
        .args(["-l", &size.to_string()])
        .args(["-t", &time.as_secs().to_string()])
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().find(|line| line.ends_with("receiver"));
    let words = line.unwrap_or("").split_once(" Kbits/sec");
    let rate = words.and_then(|(before, _)| before.split(' ').next_back());
    let rate: f64 = rate.unwrap_or("").parse().map_err(|_| {
        let errors = String::from_utf8_lossy(&output.stderr);
        format!("iperf3 says {} {}", errors.trim(), text.trim())
    })?;
    Ok(rate * 1000.0 / 8.0 / 1e9)
}

/// What one write takes, and one read at most.
const SIZES: &[u32] =
    &[1 << 10, 4 << 10, 16 << 10, 64 << 10, IPERF_SIZE, 256 << 10, 1 << 20];

/// What iperf3 takes where it is not told.
const IPERF_SIZE: u32 = 128 << 10;

/// Until the receiver takes or tells something.
const PATIENCE: Duration = Duration::from_secs(10);
