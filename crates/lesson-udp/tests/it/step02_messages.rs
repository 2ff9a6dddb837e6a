//! Step 2: a datagram is a message.

mod empty;
mod fields;
#[cfg(target_os = "linux")]
mod linux;
mod programs;
mod room;
/// macOS sends less than IP would take, unless told otherwise.
#[cfg(not(target_vendor = "apple"))]
mod sizes;

use std::{
    net::{SocketAddr, UdpSocket},
    sync::{Arc, Mutex},
};

use common::{Charset, Transcript};
use lesson_udp::{Event, step01_datagrams::bind, step02_messages::serve_next};
use testkit::{DEADLINE, Datagrams, assert_transcript, within};

use crate::conversations::loopback;

/// All sends before the first receive, and still one for one: two are never
/// glued together, and none comes in halves.
#[test]
fn three_sends_are_three_receives() {
    within(DEADLINE, || {
        let transcript = served(16, &[b"AAA", b"BB", b"", b"CCC"]);
        assert_transcript!("step02_messages", transcript);
    });
}

/// The next receive gives the next datagram, not the rest of this one.
#[test]
fn what_finds_no_room_is_gone() {
    within(DEADLINE, || {
        let transcript = served(4, &[b"0123456789", b"next"]);
        assert_transcript!("step02_messages_room", transcript);
    });
}

#[test]
#[cfg(target_os = "linux")]
fn who_notices_that_the_rest_is_gone() {
    within(DEADLINE, || {
        assert_transcript!("step02_messages_notice", room::who_notices());
    });
}

#[test]
#[cfg(target_os = "linux")]
fn large_datagrams_go_in_fragments() {
    let test = "step02_messages::large_datagrams_go_in_fragments";
    if let Some(text) = linux::in_network(test, linux::fragments) {
        assert_transcript!("step02_messages_fragments", text);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn the_first_that_is_too_long_for_the_path_is_lost() {
    let test =
        "step02_messages::the_first_that_is_too_long_for_the_path_is_lost";
    if let Some(text) = linux::in_network(test, linux::narrow) {
        assert_transcript!("step02_messages_path", text);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn the_kernel_looks_at_the_checksum() {
    let test = "step02_messages::the_kernel_looks_at_the_checksum";
    if let Some(text) = linux::in_network(test, linux::checksums) {
        assert_transcript!("step02_messages_checksums", text);
    }
}

#[test]
fn programs_say_how_much_arrived() {
    within(DEADLINE, || {
        assert_transcript!("step02_messages_programs", programs::tried());
    });
}

/// What the step's server, with that much room for each, makes of datagrams
/// that have all been sent before it looks.
fn served(room: usize, datagrams: &[&[u8]]) -> Transcript {
    let socket = bind(loopback()).expect("a free port");
    let server = socket.local_addr().expect("it is bound");
    let server = server.as_socket().expect("an IP address");
    let transcript = Transcript::of_datagrams(Charset::Utf8);
    let transcript = Arc::new(Mutex::new(transcript));
    let client = Datagrams::bind("client", &transcript);
    for datagram in datagrams {
        client.send(datagram, "server", server);
    }
    for sent in datagrams {
        serve_next(&socket, room, &mut |event| match event {
            Event::Datagram { bytes, .. } => assert_eq!(bytes, *sent),
            Event::Truncated { bytes, .. } => assert_eq!(bytes, &sent[..room]),
            Event::Failed { error, .. } => panic!("{error}"),
        })
        .expect("receiving works");
        client.receive("server");
    }
    let transcript = transcript.lock().expect("no panic");
    transcript.clone()
}

/// A socket to send from, and one to receive at, with its address.
fn sockets() -> (UdpSocket, UdpSocket, SocketAddr) {
    let bind = || UdpSocket::bind(loopback()).expect("a free port");
    let (sender, receiver) = (bind(), bind());
    let addr = receiver.local_addr().expect("it is bound");
    (sender, receiver, addr)
}

/// What a receiving call says to a datagram that is longer than its buffer.
fn cut_off(result: std::io::Result<(usize, SocketAddr)>, room: usize) {
    if cfg!(windows) {
        // WSAEMSGSIZE: it has filled the buffer, and fails all the same.
        let error = result.expect_err("it did not fit");
        assert_eq!(error.raw_os_error(), Some(10_040));
    } else {
        assert_eq!(result.expect("not a word of it").0, room);
    }
}
