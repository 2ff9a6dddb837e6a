//! The tap in between: what it writes down is what is said without it.

use std::{
    net::{SocketAddr, TcpListener, UdpSocket},
    sync::{
        Arc, Mutex,
        mpsc::{self, Receiver},
    },
    thread,
};

use common::{Charset, Entry, Event, Transcript, tap};
use testkit::{Datagrams, Peer, Program};

use super::{PATIENCE, our_server, ours, run, script, with_programs};

#[test]
fn our_tcp_client_says_the_same_through_the_tap() {
    with_programs(|| {
        for server in &mut servers("server", "tcp_server.py") {
            let server = server.addr();
            let (addr, entries) = tcp_tap(server);
            run(&mut ours("client", &["--addr", &addr.to_string()]), b"");
            assert_eq!(
                transcript(to_the_end(&entries)).to_string(),
                tcp_without_tap(server).to_string()
            );
        }
    });
}

/// A client that reads once may close before the server has sent it all, and
/// then even be told so by an RST. What each has said until then is the same;
/// who says goodbye first, and how, is not.
#[test]
fn python_says_the_same_through_the_tap_over_tcp() {
    with_programs(|| {
        for server in &mut servers("server", "tcp_server.py") {
            let server = server.addr();
            let (addr, entries) = tcp_tap(server);
            let addr = addr.to_string();
            let Some(mut client) = script("tcp_client.py", &[&addr]) else {
                return;
            };
            run(&mut client, b"");
            let said = |entries: &[Entry]| {
                let bytes = |e: &&Entry| matches!(e.event, Event::Bytes(_));
                transcript(entries.iter().filter(bytes).cloned()).to_string()
            };
            assert_eq!(
                said(&to_the_end(&entries)),
                said(tcp_without_tap(server).entries())
            );
        }
    });
}

#[test]
fn udp_clients_say_the_same_through_the_tap() {
    with_programs(|| {
        for server in &mut servers("udp-server", "udp_server.py") {
            let server = server.addr();
            let clients: [fn(&str) -> _; 2] = [
                |addr| Some(ours("udp-client", &["--addr", addr])),
                |addr| script("udp_client.py", &[addr]),
            ];
            for client in clients {
                let (addr, entries) = udp_tap(server);
                let Some(mut client) = client(&addr.to_string()) else {
                    continue;
                };
                let lines = LINES.map(|line| format!("{line}\n")).concat();
                run(&mut client, lines.as_bytes());
                // The tap writes down before it passes on, and the client has
                // its last answer.
                let mut through = Transcript::of_datagrams(Charset::Utf8);
                for entry in entries.try_iter() {
                    through.push(entry);
                }
                let without = udp_without_tap(server);
                assert_eq!(through.to_string(), without.to_string());
            }
        }
    });
}

/// Our server in each of its steps, and Python's.
fn servers(name: &str, python: &str) -> Vec<Program> {
    let mut servers = vec![our_server(name, &[])];
    servers.push(our_server(name, &["--step", "1"]));
    let python = script(python, &["0"]);
    servers.extend(python.map(|mut server| Program::start(&mut server)));
    servers
}

fn tcp_tap(server: SocketAddr) -> (SocketAddr, Receiver<Entry>) {
    let listener = TcpListener::bind(LOOPBACK).expect("a free port");
    let addr = listener.local_addr().expect("it is bound");
    let (seen, entries) = mpsc::channel();
    // Nobody listens when the test is over, and the thread ends with it all.
    let observe = move |entry| drop(seen.send(entry));
    thread::spawn(move || tap::tcp::serve(&listener, server, observe));
    (addr, entries)
}

fn udp_tap(server: SocketAddr) -> (SocketAddr, Receiver<Entry>) {
    let socket = UdpSocket::bind(LOOPBACK).expect("a free port");
    let addr = socket.local_addr().expect("it is bound");
    let (seen, entries) = mpsc::channel();
    let observe = move |entry| drop(seen.send(entry));
    thread::spawn(move || tap::udp::serve(socket, server, observe));
    (addr, entries)
}

/// What comes until both ends have closed, or one has aborted. The client may
/// have gone before the tap sees it.
fn to_the_end(entries: &Receiver<Entry>) -> Vec<Entry> {
    let mut seen = Vec::new();
    let mut open = 2;
    while open > 0 {
        let entry = entries.recv_timeout(PATIENCE).expect("it goes on");
        match entry.event {
            Event::Bytes(_) => {}
            Event::Eof => open -= 1,
            Event::Reset => open = 0,
            _ => panic!("{entry:?} after {seen:?}"),
        }
        seen.push(entry);
    }
    seen
}

fn transcript(entries: impl IntoIterator<Item = Entry>) -> Transcript {
    let mut transcript = Transcript::of_stream(Charset::Gb2312);
    for entry in entries {
        transcript.push(entry);
    }
    transcript
}

fn tcp_without_tap(server: SocketAddr) -> Transcript {
    let mut client = Peer::connect(server, Charset::Gb2312);
    client.send(&Charset::Gb2312.encode("加油").expect("it has both"));
    client.receive_to_end();
    client.close()
}

fn udp_without_tap(server: SocketAddr) -> Transcript {
    let transcript = Transcript::of_datagrams(Charset::Utf8);
    let transcript = Arc::new(Mutex::new(transcript));
    let client = Datagrams::bind("client", &transcript);
    for line in LINES {
        client.send(line.as_bytes(), "server", server);
        client.receive("server");
    }
    transcript.lock().expect("no panic").clone()
}

const LOOPBACK: &str = "127.0.0.1:0";

/// Two questions, each a datagram.
const LINES: [&str; 2] = ["你好", "hello"];
