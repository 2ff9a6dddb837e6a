//! Step 7: when nothing comes.

#[cfg(target_os = "linux")]
mod interrupted;
mod late;
mod lost;
mod program;
mod timeouts;
#[cfg(target_os = "linux")]
mod vanished;

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    thread,
    time::{Duration, Instant},
};

use common::cli;
use lesson_tcp::{
    STATUS_LINE, body,
    step07_silence::{
        Deadline, call_by, call_with_timeout, is_timeout, serve_next,
    },
    step11_std::listen,
};
use testkit::{DEADLINE, assert_transcript, within};

use crate::conversations::{
    CHARSET, REQUEST, Serving, abort_then_ask, answer, answer_half, ask,
    loopback, report, say_nothing,
};

/// A reply of 42 bytes has so many pauses.
const PAUSES: u32 = 41;

/// Byte by byte, and the same bytes as step 1's.
#[test]
fn server_says_what_step_1_says() {
    within(DEADLINE, || {
        assert_transcript!("step01_server", ask(step07, REQUEST));
        assert_transcript!("step01_server_silent", say_nothing(step07));
        assert_transcript!("step01_server", abort_then_ask(step07));
    });
}

#[test]
fn clients_say_what_step_2_says() {
    fn with_timeout(
        addr: SocketAddr,
        text: &[u8],
        to: &mut Vec<u8>,
    ) -> Option<String> {
        told(call_with_timeout(addr, text, DEADLINE, to))
    }
    fn by(addr: SocketAddr, text: &[u8], to: &mut Vec<u8>) -> Option<String> {
        told(call_by(addr, text, Deadline::after(DEADLINE), to))
    }
    within(DEADLINE, || {
        assert_transcript!(
            "step02_client",
            answer(|addr, text| {
                let mut reply = Vec::new();
                let error = with_timeout(addr, text, &mut reply);
                (reply, error)
            })
        );
        assert_transcript!(
            "step02_client",
            answer(|addr, text| {
                let mut reply = Vec::new();
                let error = by(addr, text, &mut reply);
                (reply, error)
            })
        );
        answer_half(|addr, reply| {
            with_timeout(addr, REQUEST, reply).expect("the server aborts")
        });
        answer_half(|addr, reply| {
            by(addr, REQUEST, reply).expect("the server aborts")
        });
    });
}

/// Each byte is in time, and the whole is not.
#[test]
fn a_timeout_starts_anew_with_each_byte() {
    within(DEADLINE, || {
        let (mut timeout, mut pause) =
            (Duration::from_millis(150), Duration::from_millis(25));
        loop {
            let server = dripping(pause);
            let start = Instant::now();
            let mut reply = Vec::new();
            match call_with_timeout(server, REQUEST, timeout, &mut reply) {
                // This machine stood still for longer than that.
                Err(e) if is_timeout(&e) => {
                    timeout *= 2;
                    pause *= 2;
                    continue;
                }
                result => result.expect("the whole reply"),
            }
            let took = start.elapsed();
            println!("{took:?} with a timeout of {timeout:?}");
            assert_eq!(reply, [STATUS_LINE, &body(CHARSET)].concat());
            assert!(took >= pause * PAUSES, "there were so many pauses");
            assert!(took > timeout * 6);
            break;
        }
    });
}

#[test]
fn a_deadline_does_not() {
    within(DEADLINE, || {
        // Two seconds, had the server its way.
        let server = dripping(Duration::from_millis(50));
        let deadline = Deadline::after(Duration::from_millis(300));
        let mut reply = b"before, ".to_vec();
        let error = call_by(server, REQUEST, deadline, &mut reply);
        let error = error.expect_err("it takes longer");
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        // What had come is not lost.
        let whole = [b"before, ", STATUS_LINE, &body(CHARSET)].concat();
        assert!(whole.starts_with(&reply) && reply.starts_with(b"before, "));
        assert!(reply.len() < whole.len());
    });
}

/// A client that has given up does not end the server, or hold it up for long.
#[test]
fn server_goes_on_when_a_client_gives_up() {
    within(DEADLINE, || {
        let listener = listen(loopback()).expect("a free port");
        let addr = listener.local_addr().expect("it is bound");
        let serving = thread::spawn(move || {
            // Half an hour and more for one reply, did the server only sleep.
            let minute = Duration::from_secs(60);
            report(1, |observe| {
                serve_next(&listener, CHARSET, minute, observe)
            });
            let pause = Duration::from_millis(1);
            report(1, |observe| serve_next(&listener, CHARSET, pause, observe))
        });
        let mut gives_up = TcpStream::connect(addr).expect("it listens");
        gives_up.write_all(REQUEST).expect("sent");
        gives_up.read_exact(&mut [0]).expect("the first byte");
        drop(gives_up);
        let deadline = Deadline::after(DEADLINE);
        call_by(addr, REQUEST, deadline, &mut Vec::new()).expect("a reply");
        let events = serving.join().expect("no panic");
        assert_eq!(events, ["request 加油"]);
    });
}

#[test]
fn two_that_both_read_first_wait_for_ever() {
    within(DEADLINE, || {
        assert_transcript!("step07_silence_both_read", late::both_read_first());
    });
}

#[test]
fn a_timeout_calls_nothing_back() {
    within(DEADLINE, || {
        assert_transcript!("step07_silence_late", late::late_answer());
    });
}

#[test]
fn read_line_loses_half_a_character() {
    within(DEADLINE, || {
        assert_transcript!(
            "step07_silence_read_line",
            lost::half_a_character()
        );
    });
}

#[test]
fn programs_say_how_long_it_took() {
    within(DEADLINE, || {
        assert_transcript!("step07_silence_programs", program::tried());
    });
}

#[test]
#[cfg(target_os = "linux")]
fn a_vanished_peer_is_noticed_by_those_who_ask() {
    let test = "step07_silence::a_vanished_peer_is_noticed_by_those_who_ask";
    if let Some(text) = vanished::in_network(test, vanished::vanish) {
        assert_transcript!("step07_silence_vanished", text);
    }
}

/// The step's server for so many clients, in a hurry.
fn step07(clients: usize) -> Serving {
    let listener = listen(loopback()).expect("a free port");
    let addr = listener.local_addr().expect("it is bound");
    let pause = Duration::from_millis(1);
    let events = thread::spawn(move || {
        report(clients, |observe| {
            serve_next(&listener, CHARSET, pause, observe)
        })
    });
    Serving { addr, events, stop: None }
}

/// The address of a server that drips for one client.
fn dripping(pause: Duration) -> SocketAddr {
    let listener = listen(loopback()).expect("a free port");
    let addr = listener.local_addr().expect("it is bound");
    thread::spawn(move || {
        report(1, |observe| serve_next(&listener, CHARSET, pause, observe))
    });
    addr
}

/// What an error says, in words that are the same on every system.
fn told<T>(result: io::Result<T>) -> Option<String> {
    result.err().map(|error| cli::plain(&error))
}

/// Waits until so many bytes can be read at once: `read` may then count on them.
/// The stream's own timeout may pass meanwhile.
fn wait_for(length: usize, stream: &TcpStream) {
    while !stream.peek(&mut [0; 99]).is_ok_and(|there| there >= length) {}
}
