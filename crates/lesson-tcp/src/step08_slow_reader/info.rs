//! What the kernel knows about a connection, asked of the program `ss`.
//!
//! The call is `getsockopt(TCP_INFO)`. std and socket2 have no name for it, and
//! without one it takes `unsafe`. `ss` asks the kernel the same (by netlink,
//! sock_diag(7)) and prints the answer:
//!
//! ```text
//! ESTAB 0  87040  127.0.0.1:54321  127.0.0.1:8888  timer:(persist,200ms,0)
//!          … rto:204 rtt:0.021/0.009 mss:65483 cwnd:10 …
//! ```
//!
//! Sources: ss(8), tcp(7).

use std::{net::TcpStream, process::Command};

/// What `ss` prints about one end of a connection.
#[derive(Debug)]
pub struct Info {
    /// Bytes that have come and that the program has not read (Recv-Q).
    pub receive_queue: usize,
    /// Bytes that the program has written and that the peer's *kernel* has not
    /// acknowledged (Send-Q). What is not in here any more has arrived at the
    /// machine; whether the peer's program has read it no kernel tells.
    pub send_queue: usize,
    /// Everything else, `name:value` between blanks.
    details: String,
}

impl Info {
    /// Reads what `ss -tinoH` prints about one connection.
    pub fn parse(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace();
        let _state = words.next()?;
        let receive_queue = words.next()?.parse().ok()?;
        let send_queue = words.next()?.parse().ok()?;
        Some(Self { receive_queue, send_queue, details: text.to_owned() })
    }

    /// What `ss` says of `name`, such as `cwnd`, `rtt` or `timer`. What is zero
    /// it does not mention.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.details
            .split_whitespace()
            .find_map(|word| word.strip_prefix(name)?.strip_prefix(':'))
    }
}

/// What the kernel knows about this end of a connection, or `None` where there
/// is no `ss`: it is Linux's.
pub fn info(stream: &TcpStream) -> Option<Info> {
    let local = stream.local_addr().ok()?.to_string();
    let peer = stream.peer_addr().ok()?.to_string();
    let output = Command::new("ss")
        .args(["-tinoH", "src", &local, "dst", &peer])
        .output()
        .ok()?;
    Info::parse(&String::from_utf8(output.stdout).ok()?)
}
