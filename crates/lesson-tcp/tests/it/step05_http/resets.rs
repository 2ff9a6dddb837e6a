//! A reply that is cut off, and the close that does not cut it off.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    thread,
};

use lesson_tcp::{step05_http::hear_out, step07_silence::Deadline};
use testkit::{DEADLINE, within};

use super::LONG;
use crate::conversations::loopback;

#[test]
fn hearing_the_client_out_does_not() {
    within(DEADLINE, || {
        let (page, got, end) = heard_out();
        assert_eq!((page, end.as_str()), (got, "the end"));
    });
}

/// The same server, which hears the client out: how long the page is, how much of
/// it came, and how it ended.
fn heard_out() -> (usize, usize, String) {
    let (mut client, mut server) = asked();
    let page = vec![b'x'; 8 << 20];
    let length = page.len();
    let serving = thread::spawn(move || {
        server.write_all(&page).expect("it reads");
        hear_out(&server, Deadline::after(LONG));
    });
    let mut got = vec![0; length];
    client.read_exact(&mut got).expect("all of it");
    let end = match client.read(&mut [0]) {
        Ok(0) => "the end".to_owned(),
        other => format!("{other:?}"),
    };
    drop(client);
    serving.join().expect("no panic");
    (length, got.len(), end)
}

/// A client that has sent 2000 bytes, and a server that has read 512 of them.
fn asked() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind(loopback()).expect("a free port");
    let addr = listener.local_addr().expect("it is bound");
    let mut client = TcpStream::connect(addr).expect("it listens");
    client.write_all(&[b'x'; 2000]).expect("sent");
    let (mut server, _) = listener.accept().expect("a client");
    // All of it is there, so that what the server leaves unread is.
    while server.peek(&mut [0; 2000]).expect("it comes") < 2000 {}
    server.read_exact(&mut [0; 512]).expect("there is more");
    (client, server)
}

/// On Linux what the client's kernel has taken can still be read after an RST.
/// Elsewhere that may be gone as well.
#[cfg(target_os = "linux")]
mod linux {
    use std::{
        io::{ErrorKind, Read, Write},
        iter,
    };

    use testkit::{DEADLINE, assert_transcript, within};

    use super::{asked, heard_out};

    #[test]
    fn reading_a_part_of_the_request_cuts_off_the_reply() {
        within(DEADLINE, || {
            // A program that another test starts at this moment holds our
            // sockets until it is running: then the RST comes too late.
            let mut tries = iter::repeat_with(cut_off).take(20);
            let (page, got, error) =
                tries.find(|(page, got, _)| got < page).expect("cut off");
            println!("the kernel took {page} bytes, the client got {got}");
            assert!(got > 0);

            let (page, mended, end) = heard_out();
            assert_eq!(mended, page);
            let text = format!(
                "The request has 2000 bytes. The server reads 512 of them, \
                 writes a page, and closes:\n\
                 \x20 the client gets a part of the page, then: {error}\n\
                 It reads the rest of the request before it closes:\n\
                 \x20 the client gets the whole page, then: {end}\n",
            );
            assert_transcript!("step05_http_cut_off", text);
        });
    }

    /// What many a first web server does: one read of 512 bytes, a page that is
    /// larger than what the client takes at once, and a close. How long the page
    /// is, how much of it comes, and how it ends.
    fn cut_off() -> (usize, usize, String) {
        let (mut client, mut server) = asked();
        let mut page = 0;
        server.set_nonblocking(true).expect("it can be");
        let full = loop {
            match server.write(&[b'x'; 1 << 14]) {
                Ok(length) => page += length,
                Err(error) => break error.kind(),
            }
        };
        assert_eq!(full, ErrorKind::WouldBlock, "the kernel has enough");
        drop(server);
        let mut got = Vec::new();
        let error = client.read_to_end(&mut got).expect_err("a reset");
        (page, got.len(), common::cli::plain(&error))
    }
}
