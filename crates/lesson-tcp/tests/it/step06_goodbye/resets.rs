//! Resets: what makes one, and what each side sees. Other systems differ in
//! when an error comes and what it is called.

use std::{
    fs,
    io::{ErrorKind, Read, Write},
    net::{TcpListener, TcpStream},
    process::{self, Command},
    time::Duration,
};

use lesson_tcp::step06_goodbye::abort;
use socket2::{SockRef, Socket};
use testkit::{DEADLINE, Program, assert_transcript, within};

use super::{address, seen};
use crate::conversations::{loopback, pair};

/// Three of the four ways. The fourth, a connection that one side has
/// forgotten, needs a wire that loses a packet: `states::a_dead_connection`.
#[test]
fn three_ways_to_a_reset() {
    within(DEADLINE, || {
        let (client, server) = pair();
        (&client).write_all(b"hello").expect("sent");
        // Waits until it has come, and leaves it unread.
        assert_ne!(server.peek(&mut [0; 9]).expect("it comes"), 0);
        drop(server);
        let unread = after(client);

        let (client, server) = pair();
        (&server).write_all(b"last words").expect("sent");
        let aborted = seen(abort(Socket::from(server)));
        let words = seen((&client).read(&mut [0; 99]));
        let linger = after(client);

        let listener = TcpListener::bind(loopback()).expect("a free port");
        let addr = address(&listener);
        drop(listener);
        // A program that another test starts at this moment holds our listener
        // until it is running: then somebody still answers.
        let refused = loop {
            if let Err(error) = TcpStream::connect(addr) {
                break seen::<()>(Err(error));
            }
        };
        let text = format!(
            "The other side has closed with our bytes unread:\n{unread}\
             The other side has sent 10 bytes, then aborts (it sees {aborted}):\
             \n\x20 read      {words}\n{linger}\
             Nobody listens:\n\
             \x20 connect   {refused}\n",
        );
        assert_transcript!("step06_goodbye_resets", text);
    });
}

/// What is left of a connection that has been reset.
fn after(mut stream: TcpStream) -> String {
    format!(
        "\x20 read      {}\n\
         \x20 read      {}\n\
         \x20 write     {}\n",
        seen(stream.read(&mut [0; 99])),
        seen(stream.read(&mut [0; 99])),
        seen(stream.write(b"x")),
    )
}

/// The first write is taken, and answered by an RST. Only the second fails.
#[test]
fn the_write_that_succeeds() {
    within(DEADLINE, || {
        let (mut client, server) = pair();
        drop(server);
        // The end is here.
        assert_eq!(client.peek(&mut [0; 9]).expect("an end"), 0);
        let first = seen(client.write(b"x"));
        // A connection that the RST has ended has no address.
        while client.peer_addr().is_ok() {}
        let text = format!(
            "The other side has closed, and nothing was unread:\n\
             \x20 write     {first}\n\
             \x20 write     {}\n\
             \x20 read      {}\n",
            seen(client.write(b"x")),
            seen(client.read(&mut [0; 99])),
        );
        assert_transcript!("step06_goodbye_writes", text);
    });
}

/// All of it is sent, none of it is read, and no call has failed.
#[test]
fn sent_is_not_delivered() {
    within(DEADLINE, || {
        let (mut client, server) = pair();
        client.write_all(&vec![b'x'; 50_000]).expect("sent");
        client.flush().expect("std has nothing to flush");
        assert!(client.take_error().expect("asked").is_none());
        // Some of it has come: an end that is here before is an end, no reset.
        assert_ne!(server.peek(&mut [0]).expect("it comes"), 0);
        drop(server);
        let error = client.read(&mut [0; 9]).expect_err("it never read it");
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    });
}

/// A whole send buffer is taken, and thrown away.
#[test]
fn an_abort_throws_away_what_is_not_sent() {
    within(DEADLINE, || {
        let (mut client, mut server) = pair();
        // Far less than our own buffer grows to: most of what is taken stays.
        let small = SockRef::from(&server).set_recv_buffer_size(4096);
        small.expect("it can be set");
        // Ends when the server's buffer is full, and then ours.
        let wait = Duration::from_millis(200);
        client.set_write_timeout(Some(wait)).expect("more than zero");
        let mut taken = 0;
        while let Ok(length) = client.write(&[b'x'; 10_000]) {
            taken += length;
        }
        abort(Socket::from(client)).expect("it is connected");
        let mut read = Vec::new();
        let error = server.read_to_end(&mut read).expect_err("no end");
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        assert!(read.len() < taken, "{} of {taken}", read.len());
    });
}

/// SIGPIPE is signal 13, so it is bit 12. Rust ignores it before `main`, and
/// gives it back to the programs that it starts.
#[test]
fn rust_ignores_sigpipe() {
    within(DEADLINE, || {
        let ignores = |status: &str| {
            let line = status.lines().find_map(|l| l.strip_prefix("SigIgn:"));
            let mask = line.expect("Linux has it").trim();
            let mask = u64::from_str_radix(mask, 16).expect("a mask");
            mask & 1 << 12 != 0
        };
        let status = |id: u32| fs::read_to_string(format!("/proc/{id}/status"));
        assert!(ignores(&status(process::id()).expect("we run")));

        let mut server = Command::new(env!("CARGO_BIN_EXE_server"));
        let mut server = Program::start(server.args(["--addr", "127.0.0.1:0"]));
        // When it has said so it is in `main`.
        server.addr();
        assert!(ignores(&status(server.id()).expect("it runs")));

        let mut other = Command::new("cat");
        let other = Program::run(other.arg("/proc/self/status"), b"");
        assert!(!ignores(&other.stdout));
    });
}
