//! A socket on another machine: this test binary once more, in that machine's
//! network. It does what it is told line by line.

use std::{
    cell::RefCell,
    env,
    io::{self, BufRead, ErrorKind, Write},
    net::{SocketAddr, UdpSocket},
    process::ChildStdin,
};

use testkit::{Host, Program};

/// Set for the process that is one.
const PEER: &str = "STEP04_PEER";

/// Where it is bound.
pub(super) const INSIDE: SocketAddr = {
    let ip = std::net::Ipv4Addr::new(192, 168, 1, 2);
    SocketAddr::new(std::net::IpAddr::V4(ip), 4000)
};

/// The hand that holds the socket.
pub(super) struct Peer {
    program: RefCell<Program>,
    orders: ChildStdin,
}

impl Peer {
    pub(super) fn new(host: &Host) -> Self {
        let own = env::current_exe().expect("it runs");
        let own = own.to_str().expect("a path that is text");
        let mut command = host.command(own);
        command.args(["--exact", super::TEST, "--nocapture"]).env(PEER, "");
        let (mut program, orders) = Program::start_with_input(&mut command);
        // The test harness says something first.
        while program.line() != READY {}
        Self { program: RefCell::new(program), orders }
    }

    pub(super) fn send(&self, to: SocketAddr, text: &str) {
        self.order(&format!("send {to} {text}"));
    }

    /// Waits for the next datagram: who sent it, and its text.
    pub(super) fn receive(&self) -> (SocketAddr, String) {
        let line = self.order("receive");
        let (from, text) = line.split_once(' ').expect("a datagram");
        (from.parse().expect("an address"), text.to_owned())
    }

    /// The next datagram, or `nothing`, without waiting.
    pub(super) fn look(&self) -> String {
        self.order("look")
    }

    fn order(&self, line: &str) -> String {
        writeln!(&self.orders, "{line}").expect("it reads");
        self.program.borrow_mut().line()
    }
}

pub(super) fn is_one() -> bool {
    env::var_os(PEER).is_some()
}

/// The other end of the pipe.
pub(super) fn obey() {
    let socket = UdpSocket::bind(INSIDE).expect("our address");
    println!("{READY}");
    for line in io::stdin().lock().lines() {
        let line = line.expect("text");
        let words: Vec<_> = line.splitn(3, ' ').collect();
        match words[..] {
            ["send", to, text] => {
                socket.send_to(text.as_bytes(), to).expect("sent");
                println!("sent");
            }
            ["receive"] => println!("{}", receive(&socket).expect("it comes")),
            ["look"] => {
                socket.set_nonblocking(true).expect("it can be");
                let seen = match receive(&socket) {
                    Err(e) if e.kind() == ErrorKind::WouldBlock => {
                        "nothing".into()
                    }
                    result => result.expect("no error"),
                };
                socket.set_nonblocking(false).expect("it can be");
                println!("{seen}");
            }
            _ => panic!("{line}"),
        }
    }
}

fn receive(socket: &UdpSocket) -> io::Result<String> {
    let mut buffer = [0; 99];
    let (length, from) = socket.recv_from(&mut buffer)?;
    Ok(format!("{from} {}", String::from_utf8_lossy(&buffer[..length])))
}

const READY: &str = "a peer";
