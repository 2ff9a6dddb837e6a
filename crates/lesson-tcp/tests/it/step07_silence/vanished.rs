//! A peer that goes without a word, as when a cable is pulled: in a network of
//! the test's own, where packets can be made to vanish.

use std::{
    fs,
    io::{ErrorKind, Read, Write},
    net::{TcpListener, TcpStream},
    process::Command,
    time::{Duration, Instant},
};

use lesson_tcp::step07_silence::watch;
use socket2::{SockRef, TcpKeepalive};
use testkit::{DEADLINE, Program, in_own_network, nft, ss, within};

use crate::conversations::loopback;

const NETWORK: &str = "ip link set lo up; ss -V >/dev/null";
const SECOND: Duration = Duration::from_secs(1);
const QUESTION: &[u8] = b"are you there?";

/// Runs the experiment in such a network, for the test of that path.
pub(super) fn in_network(
    test: &str,
    experiment: fn() -> String,
) -> Option<String> {
    in_own_network(test, NETWORK, || within(DEADLINE, experiment))
}

pub(super) fn vanish() -> String {
    let far = TcpListener::bind(loopback()).expect("a free port");
    let near = TcpListener::bind(loopback()).expect("a free port");
    // What the peers hold stays open until the end: nobody says goodbye.
    let mut peers = Vec::new();
    let mut connect = |listener: &TcpListener| {
        let addr = listener.local_addr().expect("it is bound");
        let ours = TcpStream::connect(addr).expect("it listens");
        peers.push(listener.accept().expect("it is there"));
        ours
    };
    let [idle, idle_watched] = [connect(&far), connect(&far)];
    let [waits, waits_asking, waits_watched] =
        [connect(&far), connect(&far), connect(&far)];
    let hung = connect(&near);
    for stream in [&idle_watched, &waits_watched, &hung] {
        watch(stream, SECOND, SECOND, 1).expect("Linux has it all");
    }
    let asks = TcpKeepalive::new().with_time(SECOND).with_interval(SECOND);
    let socket = SockRef::from(&waits_asking);
    socket.set_tcp_keepalive(&asks.with_retries(1)).expect("it can be set");

    // A packet of 52 bytes is headers: 20 of IP, 20 of TCP, 12 of options.
    nft(&format!(
        "table ip wire {{
            counter empty {{ }}
            counter full {{ }}
            chain input {{
                type filter hook input priority 0
                tcp dport {far} drop
                tcp sport {far} drop
                tcp dport {near} meta length <= 52 counter name empty
                tcp dport {near} meta length > 52 counter name full
            }}
        }}",
        far = port(&far),
        near = port(&near),
    ));
    let start = Instant::now();
    for mut stream in [&waits, &waits_asking, &waits_watched] {
        let length = stream.write(QUESTION).expect("the kernel takes it");
        assert_eq!(length, QUESTION.len());
    }
    let [watched, wrote_watched] =
        [&idle_watched, &waits_watched].map(|stream| dead(stream, start));
    // By now those who asked have their answer. And the others?
    let [idle, wrote, wrote_asking, hung] =
        [&idle, &waits, &waits_asking, &hung].map(still_there);
    assert!(packets("empty") > 0, "nobody was asked");
    assert_eq!(packets("full"), 0);
    let [after, each, count, again] =
        ["keepalive_time", "keepalive_intvl", "keepalive_probes", "retries2"]
            .map(default);
    format!(
        "A cable is pulled; nobody says so. Whose kernel notices?\n\
         \x20 says nothing, nothing set:     {idle}\n\
         \x20 says nothing, watched:         {watched}\n\
         \x20 has written, nothing set:      {wrote}\n\
         \x20 has written, keepalive alone:  {wrote_asking}\n\
         \x20 has written, watched:          {wrote_watched}\n\
         Nothing is pulled, but the other program hangs:\n\
         \x20 says nothing, watched:         {hung}\n\
         \x20 on the wire meanwhile:         packets without data\n\
         What the kernel does where nobody sets it:\n\
         \x20 keepalive is off; once on, it asks after {after} s, then each\n\
         \x20 {each} s, {count} times; data is sent again up to {again} times\n",
    )
}

/// One lost packet at the very beginning, and `connect` takes a second more:
/// as long as the kernel waits before it asks again.
#[test]
fn the_first_packet_costs_a_second() {
    let test = "step07_silence::vanished::the_first_packet_costs_a_second";
    in_network(test, lose_first);
}

fn lose_first() -> String {
    let listener = TcpListener::bind(loopback()).expect("a free port");
    let addr = listener.local_addr().expect("it is bound");
    nft(&format!(
        "table ip wire {{ chain input {{
            type filter hook input priority 0
            tcp dport {} numgen inc mod 1000 == 0 drop
        }}; }}",
        addr.port()
    ));
    let start = Instant::now();
    TcpStream::connect_timeout(&addr, DEADLINE).expect("the second gets there");
    let took = start.elapsed();
    println!("connected after {took:?}");
    // A clock that ticks 100 times a second may be one tick early.
    assert!(took >= SECOND * 99 / 100);
    String::new()
}

/// What our program sees of a connection that its kernel has given up.
fn dead(mut stream: &TcpStream, start: Instant) -> String {
    let error = stream.read(&mut [0; 9]).expect_err("nobody answers");
    println!("{error} after {:?}", start.elapsed());
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert!(error.raw_os_error().is_some(), "the kernel says so, not std");
    // The error is told once. After it there is an end like any other.
    assert_eq!(stream.read(&mut [0; 9]).expect("an end"), 0);
    let error = stream.write(b"x").expect_err("nobody to write to");
    assert_eq!(error.kind(), ErrorKind::BrokenPipe);
    "timed out, and then an end".to_owned()
}

/// What our program sees of a connection that has no error, and what `ss` does.
fn still_there(mut stream: &TcpStream) -> String {
    stream.set_nonblocking(true).expect("it can be");
    let error = stream.read(&mut [0; 9]).expect_err("nothing has come");
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
    let addr = stream.local_addr().expect("it is connected").to_string();
    let shown = ss(&["-tnH", "src", &addr]);
    let words: Vec<_> = shown.split_whitespace().take(3).collect();
    let [state, _, unsent] = words[..] else { panic!("{shown:?}") };
    format!("still waiting; {state}, Send-Q {unsent}")
}

fn port(listener: &TcpListener) -> u16 {
    listener.local_addr().expect("it is bound").port()
}

/// How many packets a counter has seen.
fn packets(counter: &str) -> u32 {
    let mut nft = Command::new("nft");
    let list = ["list", "counter", "ip", "wire", counter];
    let shown = Program::run(nft.args(list), b"").stdout;
    let mut words = shown.split_whitespace();
    words.find(|word| *word == "packets").expect("a counter");
    words.next().expect("its value").parse().expect("a number")
}

/// What a new network has for an option of TCP.
fn default(name: &str) -> String {
    let path = format!("/proc/sys/net/ipv4/tcp_{name}");
    fs::read_to_string(path).expect("it is there").trim().to_owned()
}
