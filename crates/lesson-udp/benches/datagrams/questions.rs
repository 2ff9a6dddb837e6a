//! What a server does: it answers. One client, of ours, asks and checks each
//! answer; so many questions are under way at a time.

use std::{
    error::Error,
    io,
    net::{Ipv4Addr, SocketAddr, UdpSocket},
    time::{Duration, Instant},
};

use common::{cli, tap};
use lesson_udp::{ANSWER, LARGEST, step01_datagrams, step07_std};
use testkit::{
    Program,
    bench::{Pace, Spread, grouped, machine},
};

use crate::{
    cpu,
    rows::{SIZES, command},
    ways::bind,
};

/// Who answers: what `serve` is told, and what the table says.
struct Server {
    word: &'static str,
    label: &'static str,
    /// Whether it has but this one client, and so has the client.
    is_connected: bool,
    is_behind_tap: bool,
}

const SERVERS: &[Server] = &[
    server("step1", "**step 1**: recvfrom, sendto"),
    server(BASE, "**step 7**: recv_from, send_to"),
    server("kept", "the same, one buffer for all"),
    Server {
        is_connected: true,
        ..server("connected", "connected: recv, send")
    },
    server("python", "Python: recvfrom, sendto"),
    Server {
        is_connected: true,
        ..server("python-connected", "Python, connected: recv, send")
    },
    Server { is_behind_tap: true, ..server(BASE, "step 7 behind a tap") },
];

const BASE: &str = "step7";

const fn server(word: &'static str, label: &'static str) -> Server {
    Server { word, label, is_connected: false, is_behind_tap: false }
}

impl Server {
    fn is_python(&self) -> bool {
        self.word.starts_with("python")
    }
}

/// How many questions are under way.
const AT_A_TIME: [usize; 2] = [1, 32];

/// One measurement: answers a second, and microseconds of the server's CPU for
/// each, where they are known.
struct Sample {
    rate: f64,
    cpu: Option<f64>,
}

/// Measures all, and prints a table.
///
/// # Errors
/// What keeps one from being measured.
pub(crate) fn print(pace: Pace) -> Result<(), String> {
    let has_python = testkit::python().is_some();
    if !has_python {
        println!("skipped: Python: there is none\n");
    }
    let servers = SERVERS.iter().filter(|s| has_python || !s.is_python());
    let mut rows: Vec<_> =
        servers.map(|server| (server, [vec![], vec![]])).collect();
    for round in 1..=pace.rounds {
        eprintln!("questions: round {round} of {}", pace.rounds);
        for (at, questions) in AT_A_TIME.into_iter().enumerate() {
            for (server, samples) in &mut rows {
                let sample = sample(server, questions, pace)
                    .map_err(|why| format!("{}: {why}", server.label))?;
                samples[at].push(sample);
            }
        }
    }
    println!("## Questions of 64 bytes a second, answered with ok\n");
    println!(
        "| server | 1 at a time | by step 7's | CPU µs | 32 at a time | by \
         step 7's | CPU µs |"
    );
    println!("|---|{}", "---:|".repeat(6));
    let rates = |samples: &[Sample]| -> Vec<_> {
        samples.iter().map(|sample| sample.rate).collect()
    };
    let base = rows.iter().find(|(server, _)| server.word == BASE);
    for (server, columns) in &rows {
        let cells = columns.iter().enumerate().map(|(at, samples)| {
            let rate = Spread::of(rates(samples));
            let base = base.map_or(vec![], |(_, base)| rates(&base[at]));
            let ratio = Spread::of_ratios(rates(samples), base);
            let cpu = Spread::of(samples.iter().filter_map(|s| s.cpu));
            let rate = rate.map(|rate| grouped(rate.median));
            let ratio = ratio.map(|ratio| ratio.to_string());
            let cpu = cpu.map(|cpu| format!("{:.1}", cpu.median));
            [rate, ratio, cpu].map(|c| c.unwrap_or("-".into())).join(" | ")
        });
        let cells: Vec<_> = cells.collect();
        println!("| {} | {} |", server.label, cells.join(" | "));
    }
    println!();
    Ok(())
}

fn sample(
    server: &Server,
    questions: usize,
    pace: Pace,
) -> Result<Sample, String> {
    let start = |is_python: bool, words: &[&str]| {
        let mut command = command(is_python, machine::SERVER, words)?;
        Ok::<_, String>(Program::start(&mut command))
    };
    let mut running = start(server.is_python(), &["serve", server.word])?;
    let mut addr = running.addr();
    let tap = if server.is_behind_tap {
        let mut tap = start(false, &["relay", &addr.to_string()])?;
        addr = tap.addr();
        Some(tap)
    } else {
        None
    };
    let id = Some(tap.as_ref().unwrap_or(&running).id());
    let measure = || {
        let client = Client::new(addr, server.is_connected)?;
        for _ in 0..questions {
            client.ask()?;
        }
        client.go_on(pace.warm_up)?;
        let before = cpu::seconds(id);
        let (answers, time) = client.go_on(pace.time)?;
        let cpu = cpu::seconds(id).zip(before).map(|(a, b)| a - b);
        let answers = f64::from(answers);
        let cpu = cpu.map(|cpu| cpu * 1e6 / answers);
        Ok(Sample { rate: answers / time.as_secs_f64(), cpu })
    };
    measure().map_err(|e: io::Error| cli::plain(&e))
}

struct Client {
    socket: UdpSocket,
    server: SocketAddr,
    is_connected: bool,
}

impl Client {
    fn new(server: SocketAddr, is_connected: bool) -> io::Result<Self> {
        let socket = bind()?;
        if is_connected {
            socket.connect(server)?;
        }
        Ok(Self { socket, server, is_connected })
    }

    fn ask(&self) -> io::Result<usize> {
        let question = [0x55; SIZES[0]];
        if self.is_connected {
            self.socket.send(&question)
        } else {
            self.socket.send_to(&question, self.server)
        }
    }

    fn answer(&self) -> io::Result<()> {
        let mut buffer = [0; 16];
        let (length, from) = if self.is_connected {
            (self.socket.recv(&mut buffer)?, self.server)
        } else {
            self.socket.recv_from(&mut buffer)?
        };
        if from != self.server || &buffer[..length] != ANSWER {
            return Err(io::Error::other("not the server's answer"));
        }
        Ok(())
    }

    /// Asks anew for each answer. Tells how many there were, and in which time.
    fn go_on(&self, time: Duration) -> io::Result<(u32, Duration)> {
        let start = Instant::now();
        let mut answers = 0;
        while start.elapsed() < time {
            self.answer()?;
            self.ask()?;
            answers += 1;
        }
        Ok((answers, start.elapsed()))
    }
}

/// The process that answers, until it is ended.
///
/// # Errors
/// What the kernel says.
pub(crate) fn serve(word: &str) -> Result<(), Box<dyn Error>> {
    let any = (Ipv4Addr::LOCALHOST, 0).into();
    let tell = |addr: SocketAddr| cli::say(format!("receiving on {addr}"));
    if word == "step1" {
        let socket = step01_datagrams::bind(any)?;
        tell(socket.local_addr()?.as_socket().unwrap_or(any));
        return Err(step01_datagrams::serve(&socket, &mut |_| {}).into());
    }
    let socket = step07_std::bind(any)?;
    tell(socket.local_addr()?);
    match word {
        BASE => Err(step07_std::serve(&socket, &mut |_| {}).into()),
        "kept" => {
            let mut buffer = vec![0; LARGEST];
            loop {
                let (_, peer) = socket.recv_from(&mut buffer)?;
                socket.send_to(ANSWER, peer)?;
            }
        }
        "connected" => {
            let mut buffer = vec![0; LARGEST];
            let (_, peer) = socket.peek_from(&mut buffer)?;
            socket.connect(peer)?;
            loop {
                socket.recv(&mut buffer)?;
                socket.send(ANSWER)?;
            }
        }
        _ => Err(format!("no server: {word}").into()),
    }
}

/// The process that stands in between, until it is ended.
///
/// # Errors
/// What the kernel says.
pub(crate) fn relay(server: SocketAddr) -> io::Result<()> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    cli::say(format!("receiving on {}", socket.local_addr()?));
    Err(tap::udp::serve(socket, server, |_| {}))
}
