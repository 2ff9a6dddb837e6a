//! Clients that mean harm, or know no better, against each server that a
//! stranger may call. Others go on being served, and afterwards all is as before.
#![cfg(target_os = "linux")]

mod attacks;
mod victim;

use std::{net::SocketAddr, thread};

use testkit::{DEADLINE, assert_transcript, in_own_network, within};

use self::{
    attacks::Attack,
    victim::{Victim, ask_default, ask_echo, ask_http},
};

/// A server, and what it promises.
struct Server {
    name: &'static str,
    args: &'static [&'static str],
    /// A normal client: panics unless it gets its reply.
    ask: fn(SocketAddr),
    /// Whether it promises to serve the others meanwhile.
    concurrent: bool,
}

const SERVERS: &[Server] = &[
    Server {
        name: "5",
        args: &["--step", "5"],
        ask: ask_http,
        concurrent: true,
    },
    Server {
        name: "9 iterative",
        args: &["--step", "9", "--kind", "iterative"],
        ask: ask_echo,
        concurrent: false,
    },
    Server {
        name: "9 threads",
        args: &["--step", "9", "--kind", "threads"],
        ask: ask_echo,
        concurrent: true,
    },
    Server {
        name: "9 pool",
        args: &["--step", "9", "--kind", "pool"],
        ask: ask_echo,
        concurrent: false,
    },
    Server {
        name: "9 elastic",
        args: &["--step", "9", "--kind", "elastic"],
        ask: ask_echo,
        concurrent: true,
    },
    Server {
        name: "9 readiness",
        args: &["--step", "9", "--kind", "readiness"],
        ask: ask_echo,
        concurrent: true,
    },
    Server { name: "11", args: &[], ask: ask_default, concurrent: true },
];

/// Each attack, with the number of descriptors that the server may have.
const ATTACKS: &[(&str, Attack, u32)] = &[
    ("2 000 idle connections", attacks::idle, 1100),
    ("a byte now and then", attacks::drip, 1100),
    ("headers without end", attacks::endless_headers, 1100),
    ("a line of a megabyte", attacks::megabyte_line, 1100),
    ("invalid bytes", attacks::invalid_bytes, 1100),
    ("resets at every point", attacks::resets, 1100),
    ("connect and vanish, 1 000 times", attacks::vanish, 1100),
    ("200 clients, 64 descriptors", attacks::too_many, 64),
];

/// Normal clients while an attack is on.
const MEANWHILE: usize = 10;

/// Clients in numbers need descriptors and ports: a network of one's own has
/// all of its ports free.
const NETWORK: &str = "ip link set lo up\nulimit -n 4096";

#[test]
fn storms() {
    let name = "hostile::storms";
    let table = in_own_network(name, NETWORK, || {
        within(DEADLINE * 3, || {
            let columns = SERVERS.iter().map(|server| {
                thread::spawn(|| {
                    let cells =
                        ATTACKS.iter().map(|attack| run(server, attack));
                    cells.collect()
                })
            });
            let columns: Vec<_> = columns.collect();
            let columns = columns.into_iter().map(|column| {
                column.join().expect("this server stands the attacks")
            });
            table(&columns.collect::<Vec<_>>())
        })
    });
    if let Some(table) = table {
        assert_transcript!("hostile_storms", table);
    }
}

/// One attack on one server; says when normal clients were served.
fn run(
    server: &Server,
    &(name, attack, descriptors): &(&str, Attack, u32),
) -> &'static str {
    let start = std::time::Instant::now();
    let victim = Victim::start(server.name, server.args, descriptors);
    // A thread may outlive its client a little: what it holds is what it held
    // when it held least.
    let held = (0..10).map(|_| {
        (server.ask)(victim.addr);
        victim.held()
    });
    let before = held.min_by_key(|held| held.threads).expect("ten of them");
    let attack = attack(victim.addr);
    if server.concurrent {
        for _ in 0..MEANWHILE {
            (server.ask)(victim.addr);
        }
    }
    drop(attack);
    (server.ask)(victim.addr);
    victim.settle(&before);
    println!(
        "{}, {name}: {:?}, peak {} KiB",
        server.name,
        start.elapsed(),
        victim.peak()
    );
    victim.stop();
    if server.concurrent { "meanwhile" } else { "afterwards" }
}

/// Attacks down, servers across.
fn table(columns: &[Vec<&str>]) -> String {
    let line = |name: &str, cells: &mut dyn Iterator<Item = &str>| {
        let mut line = format!("{name:32}");
        for cell in cells {
            line += &format!("  {cell:11}");
        }
        line.trim_end().to_owned() + "\n"
    };
    let names = &mut SERVERS.iter().map(|server| server.name);
    let mut table = line("normal clients are served", names);
    for (row, (name, ..)) in ATTACKS.iter().enumerate() {
        table += &line(name, &mut columns.iter().map(|column| column[row]));
    }
    table
}
