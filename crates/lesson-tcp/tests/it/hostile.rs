//! Clients that mean harm, or know no better, against each server that a
//! stranger may call. Others go on being served, and afterwards all is as before.
#![cfg(target_os = "linux")]

mod attacks;
mod victim;

use std::{net::SocketAddr, thread};

use testkit::{DEADLINE, assert_transcript, in_own_network, within};

use self::{
    attacks::Attack,
    victim::{Held, Victim, ask_default, ask_echo, ask_http},
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
            thread::scope(|scope| {
                for (number, server) in SERVERS.iter().enumerate() {
                    scope.spawn(move || stands_all(server, number));
                }
            });
            table()
        })
    });
    if let Some(table) = table {
        assert_transcript!("hostile_storms", table);
    }
}

/// All attacks on one server, beginning with that number: each server with
/// another one, or all would wait for the same crowd.
fn stands_all(server: &Server, first: usize) {
    let (others, firsts) = ATTACKS.split_at(first);
    let attacks = firsts.iter().chain(others);
    let victims: Vec<_> = attacks.map(|attack| run(server, attack)).collect();
    // A thread that is free may stay for a while: all of them at the same time.
    for (victim, before) in victims {
        victim.settle(&before);
        victim.stop();
    }
}

/// One attack on one server; gives it with what it held before.
fn run(
    server: &Server,
    &(name, attack, descriptors): &(&str, Attack, u32),
) -> (Victim, Held) {
    let start = std::time::Instant::now();
    let victim = Victim::start(server.args, descriptors);
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
    let (took, peak) = (start.elapsed(), victim.peak());
    println!("{}, {name}: {took:?}, peak {peak} KiB", server.name);
    (victim, before)
}

/// Attacks down, servers across.
fn table() -> String {
    let line = |name: &str, cell: fn(&Server) -> &str| {
        let cells = SERVERS.iter().map(|s| format!("  {:11}", cell(s)));
        let line = format!("{name:32}{}", cells.collect::<String>());
        line.trim_end().to_owned() + "\n"
    };
    let when = |server: &Server| {
        if server.concurrent { "meanwhile" } else { "afterwards" }
    };
    let mut table = line("normal clients are served", |server| server.name);
    for (name, ..) in ATTACKS {
        table += &line(name, when);
    }
    table
}
