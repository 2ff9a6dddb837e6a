//! What `write`, `write_all` and `flush` promise.

use std::io::{BufWriter, Read, Write};

use testkit::{DEADLINE, within};

use super::{assert_nothing_comes, connected};

/// A `BufWriter` keeps what is written until it has 8 KiB, or until it is told.
#[test]
fn the_peer_has_nothing_before_flush() {
    within(DEADLINE, || {
        let (stream, mut peer) = connected();
        let mut writer = BufWriter::new(stream);
        write!(writer, "GET /index HTTP/1.{}\r\nX: 1\r\n", 1).expect("kept");
        assert_nothing_comes(&peer);
        writer.flush().expect("sent");
        let mut request = [0; 27];
        peer.read_exact(&mut request).expect("all of it");
        assert_eq!(&request, b"GET /index HTTP/1.1\r\nX: 1\r\n");
    });
}

/// A `TcpStream` keeps nothing back: the bytes are under way, and `flush` has
/// nothing to do.
#[test]
fn the_peer_has_everything_without_flush() {
    within(DEADLINE, || {
        let (mut stream, mut peer) = connected();
        stream.write_all(b"no flush").expect("sent");
        let mut bytes = [0; 8];
        peer.read_exact(&mut bytes).expect("all of it");
        assert_eq!(&bytes, b"no flush");
    });
}

/// Dropping a `BufWriter` sends what it has, and nobody hears of an error.
#[test]
fn a_dropped_bufwriter_tells_nobody() {
    within(DEADLINE, || {
        let (stream, mut peer) = connected();
        let mut writer = BufWriter::new(stream);
        writer.write_all(b"at last").expect("kept");
        drop(writer);
        let mut bytes = Vec::new();
        peer.read_to_end(&mut bytes).expect("all of it");
        assert_eq!(bytes, b"at last");

        let (stream, mut peer) = connected();
        stream.shutdown(std::net::Shutdown::Write).expect("connected");
        let mut writer = BufWriter::new(stream);
        writer.write_all(b"never").expect("kept, so there is no error yet");
        drop(writer);
        assert_eq!(peer.read(&mut [0]).expect("an end"), 0);
    });
}

/// How much a `write` takes is Linux's affair here; other systems take more, or
/// all.
#[cfg(target_os = "linux")]
mod linux {
    use std::{
        io::{ErrorKind, Read, Write},
        net::Shutdown,
        thread,
        time::Duration,
    };

    use testkit::{DEADLINE, within};

    use super::super::connected;

    const LENGTH: usize = 10_000_000;

    /// It takes what fits into the kernel's buffers. The rest is ours to send.
    #[test]
    fn a_nonblocking_write_takes_a_part() {
        within(DEADLINE, || {
            let (mut stream, mut peer) = connected();
            stream.set_nonblocking(true).expect("it can be");
            let bytes = vec![b'x'; LENGTH];
            let taken = stream.write(&bytes).expect("there was room");
            assert!((1..LENGTH).contains(&taken), "took {taken}");
            println!("write took {taken} of {LENGTH} bytes");

            // From here on another thread reads, and `write_all` waits.
            stream.set_nonblocking(false).expect("it can be");
            let reading = thread::spawn(move || {
                let mut bytes = Vec::new();
                peer.read_to_end(&mut bytes).expect("no error");
                bytes.len()
            });
            stream.write_all(&bytes[taken..]).expect("the rest");
            drop(stream);
            assert_eq!(reading.join().expect("no panic"), LENGTH);
        });
    }

    /// A timeout is no better: a part, and no error.
    #[test]
    fn a_timed_out_write_takes_a_part() {
        within(DEADLINE, || {
            let (mut stream, _peer) = connected();
            let patience = Duration::from_millis(100);
            stream.set_write_timeout(Some(patience)).expect("not zero");
            let taken = stream.write(&vec![b'x'; LENGTH]).expect("a part");
            assert!((1..LENGTH).contains(&taken), "took {taken}");
        });
    }

    /// `write_all` loops. Where the loop breaks it gives the error and not how
    /// far it came: what to send next, nobody knows.
    #[test]
    fn a_write_all_that_fails_has_sent_a_part() {
        within(DEADLINE, || {
            let (mut stream, mut peer) = connected();
            stream.set_nonblocking(true).expect("it can be");
            let error = stream.write_all(&vec![b'x'; LENGTH]);
            let error = error.expect_err("nobody reads");
            assert_eq!(error.kind(), ErrorKind::WouldBlock);
            stream.shutdown(Shutdown::Write).expect("it is connected");
            let mut bytes = Vec::new();
            peer.read_to_end(&mut bytes).expect("no error");
            assert!((1..LENGTH).contains(&bytes.len()), "{}", bytes.len());
        });
    }
}
