//! Nagle's algorithm and delayed acknowledgements: each is a good idea.

use std::{
    io::{Read, Write},
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use lesson_tcp::step08_slow_reader::info::info;
use testkit::{DEADLINE, assert_transcript, counter, in_own_network, within};

use super::{super::streams, WIRE};

/// A request in two parts, and how it is sent.
struct Form {
    name: &'static str,
    writes: &'static [&'static [u8]],
    no_delay_here: bool,
    no_delay_there: bool,
}

const PLAIN: Form = Form {
    name: "write, write, read",
    writes: &[b"head", b"body"],
    no_delay_here: false,
    no_delay_there: false,
};

const FORMS: [Form; 4] = [
    PLAIN,
    Form {
        name: "write, write, read, the receiver with TCP_NODELAY",
        no_delay_there: true,
        ..PLAIN
    },
    Form {
        name: "write, write, read, the sender with TCP_NODELAY",
        no_delay_here: true,
        ..PLAIN
    },
    Form { name: "one write, read", writes: &[b"headbody"], ..PLAIN },
];

/// Linux delays an acknowledgement by at least 40 ms, counted in ticks of up to
/// 10 ms; a round on loopback takes a thousandth of that.
const DELAY: Duration = Duration::from_millis(25);

#[test]
fn write_write_read_waits_for_the_delayed_ack() {
    let test = "step08_slow_reader::linux::delay::\
                write_write_read_waits_for_the_delayed_ack";
    let seen = in_own_network(test, WIRE, || {
        within(DEADLINE, || {
            let mut shown =
                "A request in two parts, head and body, 20 times:\n".to_owned();
            for form in FORMS {
                let mut rounds = rounds(&form);
                rounds.sort();
                println!("{}: {rounds:?}", form.name);
                // A busy machine makes some rounds slower than they are, and
                // Linux begins each connection with acknowledgements at once,
                // so the first rounds are fast in any form. A quarter of fast
                // ones says that there is nothing to wait for.
                let waits =
                    if rounds[4] >= DELAY { "40 ms" } else { "at once" };
                shown += &format!("  {}: {waits}\n", form.name);
            }
            shown
        })
    });
    if let Some(seen) = seen {
        assert_transcript!("step08_slow_reader_delay", seen);
    }
}

/// How long the reply takes to come, 20 times.
fn rounds(form: &Form) -> Vec<Duration> {
    let (mut client, mut server) = streams(None, None);
    client.set_nodelay(form.no_delay_here).expect("it is connected");
    server.set_nodelay(form.no_delay_there).expect("it is connected");
    let serving = thread::spawn(move || {
        let mut request = [0; 8];
        while server.read_exact(&mut request).is_ok() {
            assert_eq!(&request, b"headbody");
            server.write_all(b"ok").expect("the client waits");
        }
    });
    let rounds = (0..20).map(|_| {
        let start = Instant::now();
        for part in form.writes {
            client.write_all(part).expect("the server is there");
        }
        client.read_exact(&mut [0; 2]).expect("the reply");
        start.elapsed()
    });
    let rounds = rounds.collect();
    drop(client);
    serving.join().expect("no panic");
    rounds
}

/// With the option at both ends, and a kernel that delays acknowledgements all
/// the same: it is about sending small segments, and about nothing else.
#[test]
fn nodelay_does_not_hurry_an_ack() {
    let test =
        "step08_slow_reader::linux::delay::nodelay_does_not_hurry_an_ack";
    in_own_network(test, WIRE, || {
        within(DEADLINE, || {
            let (mut client, mut server) = streams(None, None);
            for end in [&client, &server] {
                end.set_nodelay(true).expect("it is connected");
            }
            let before = counter("TcpExt", "DelayedACKs");
            // Who has answered is expected to answer again, and to bring the
            // acknowledgement along; the second byte gets no answer.
            while counter("TcpExt", "DelayedACKs") < before + 3 {
                pass(&mut client, &mut server);
                pass(&mut server, &mut client);
                pass(&mut client, &mut server);
                while info(&client).expect("ss is there").send_queue > 0 {}
            }
            String::new()
        })
    });
}

fn pass(from: &mut TcpStream, to: &mut TcpStream) {
    from.write_all(b"x").expect("it is connected");
    to.read_exact(&mut [0]).expect("a byte");
}
