//! Step 7: the server and the client in `std::net`, held to the snapshots of
//! step 1, and each to the other's.

use std::{thread, time::Duration};

use common::{Charset, Entry, Event, Transcript};
use lesson_udp::{step01_datagrams, step07_std};
use testkit::{DEADLINE, assert_transcript, within};

use crate::conversations::{
    loopback, odd_datagrams, step07, step07_ask, stranger, two_clients,
};

#[test]
fn says_what_step_1_says() {
    within(DEADLINE, || {
        assert_transcript!("step01_datagrams", two_clients(step07));
        assert_transcript!("step01_datagrams_odd", odd_datagrams(step07));
        let transcript = stranger(step07_ask);
        assert_transcript!("step01_datagrams_stranger", transcript);
    });
}

/// The longest datagram that IPv4 has, from the raw client to the std server.
#[test]
fn carries_the_longest_datagram() {
    within(DEADLINE, || {
        let socket = step07_std::bind(loopback()).expect("a free port");
        let server = socket.local_addr().expect("it is bound");
        let asking = thread::spawn(move || {
            let socket = step01_datagrams::bind_client(server);
            let socket = socket.expect("a free port");
            let minute = Duration::from_secs(60);
            let ask = |bytes: &[u8]| {
                step01_datagrams::ask(&socket, server, bytes, minute)
            };
            (ask(&vec![b'x'; 65_508]).is_err(), ask(&vec![b'x'; 65_507]))
        });
        let mut transcript = Transcript::of_datagrams(Charset::Utf8);
        step07_std::serve_next(&socket, &mut |event| {
            let lesson_udp::Event::Datagram { bytes, .. } = event else {
                panic!("{event:?}")
            };
            let event = Event::Bytes(bytes.to_vec());
            transcript.push(Entry::new("client", "server", event));
        })
        .expect("a datagram comes");
        let (too_long, answer) = asking.join().expect("no panic");
        assert!(too_long, "one byte more is refused, and nothing is sent");
        let answer = answer.expect("sent").expect("answered");
        transcript.push(Entry::new("server", "client", Event::Bytes(answer)));
        assert_transcript!("step07_std", transcript);
    });
}
