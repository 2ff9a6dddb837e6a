//! A server starts again on its port: what Linux says to that.

use std::{
    io::{ErrorKind, Read},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use lesson_tcp::step06_goodbye::{listen, serve};
use socket2::{Domain, Socket, Type};
use testkit::{DEADLINE, Peer, Program, assert_transcript, within};

use super::programs::{client, server};
use crate::conversations::{CHARSET, REQUEST};

#[test]
fn who_gets_the_port_back() {
    within(DEADLINE, || {
        let mut text = String::from(
            "SO_REUSEADDR on the old listener, on the new one:\n\
             the server has closed first\n",
        );
        for [old, new] in
            [[false, false], [false, true], [true, false], [true, true]]
        {
            let addr = served(old, true);
            // What must fail fails at once, or it would after a minute only.
            let again = bind(addr, new, old && new);
            text += &format!("  {:4}{:4} {again}\n", word(old), word(new));
        }
        let again = bind(served(false, false), false, true);
        text += &format!("the client has closed first\n  no  no   {again}\n");
        let listener = listen(any(), true).expect("a free port");
        let addr = listener.local_addr().expect("it is bound");
        let again = bind(addr.as_socket().expect("IPv4"), true, false);
        text += &format!("the old one still listens\n  yes yes  {again}\n");
        drop(listener);
        assert_transcript!("step06_goodbye_restart", text);
    });
}

/// Stopped and started again at once, as a learner does it: the server of step 1
/// has closed first and does not ask for its port.
#[test]
fn start_again_at_once() {
    within(DEADLINE, || {
        for (step, client_step) in [("6", "6"), ("1", "11")] {
            // An address that no other test uses, so that nobody takes the port.
            let args = ["--addr", "127.0.6.2:0", "--step", step];
            let mut first = Program::start(&mut server(&args));
            let addr = first.addr();
            let args = ["--addr", &addr.to_string(), "--step", client_step];
            let ended = Program::run(&mut client(&args), b"");
            assert_eq!((ended.code, &*ended.stderr), (Some(0), ""));
            drop(first);
            let args = ["--addr", &addr.to_string(), "--step", step];
            if step == "1" {
                assert_eq!(Program::run(&mut server(&args), b"").code, Some(1));
                continue;
            }
            // Once more, from the middle of a conversation.
            let mut second = Program::start(&mut server(&args));
            assert_eq!(second.addr(), addr);
            let mut unanswered = Peer::connect(addr, CHARSET);
            unanswered.send(REQUEST);
            drop(second);
            let mut third = Program::start(&mut server(&args));
            assert_eq!(third.addr(), addr);
        }
    });
}

/// What ends the listener ends the server: here it has never listened.
#[test]
fn server_ends_when_it_cannot_accept() {
    within(DEADLINE, || {
        let unbound = Socket::new(Domain::IPV4, Type::STREAM, None);
        let error = serve(&unbound.expect("a socket"), &mut |_| {});
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    });
}

fn word(set: bool) -> &'static str {
    if set { "yes" } else { "no" }
}

/// An address that no other test uses, so that nobody takes the port.
fn any() -> SocketAddr {
    SocketAddr::from(([127, 0, 6, 1], 0))
}

/// Where a server has served one client, and is there no more.
fn served(reuse: bool, server_first: bool) -> SocketAddr {
    let listener = listen(any(), reuse).expect("a free port");
    let addr = listener.local_addr().expect("it is bound");
    let addr = addr.as_socket().expect("IPv4");
    let client = TcpStream::connect(addr).expect("it listens");
    let (server, _) = listener.accept().expect("a client");
    if server_first {
        drop(server);
        assert_eq!((&client).read(&mut [0]).expect("an end"), 0);
    } else {
        drop(client);
        assert_eq!((&server).read(&mut [0]).expect("an end"), 0);
    }
    addr
}

/// Binds and listens; tries again for a while where it `will` succeed. A program
/// that another test starts holds our sockets until it is running.
fn bind(addr: SocketAddr, reuse: bool, will: bool) -> &'static str {
    let start = Instant::now();
    loop {
        match listen(addr, reuse) {
            Ok(_) => return "ok",
            Err(error) => assert_eq!(error.kind(), ErrorKind::AddrInUse),
        }
        // TIME_WAIT would last for a minute.
        if !will || start.elapsed() > Duration::from_secs(20) {
            return "address in use";
        }
    }
}
