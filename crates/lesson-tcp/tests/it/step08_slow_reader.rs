//! Step 8: a slow reader.

mod exchange;
#[cfg(target_os = "linux")]
mod linux;
mod programs;

use std::{
    io::Read,
    net::{Shutdown, TcpStream},
};

use lesson_tcp::step08_slow_reader::{Buffers, connect, fill, listen};
use testkit::{DEADLINE, assert_transcript, within};

use crate::conversations::loopback;

/// What we ask for; each system makes something of its own of it.
const SMALL: Option<Buffers> = Some(Buffers { send: 65_536, receive: 65_536 });

/// More than all small buffers on the way hold together.
const MUCH: usize = 4_194_304;

/// The kernel takes some, then no more; when the reader reads, all is there.
#[test]
fn nothing_is_lost() {
    within(DEADLINE, || {
        let (client, mut server) = streams(SMALL, SMALL);
        let sent = bytes(MUCH);
        let mut taken = 0;
        // What has left the send buffer by then makes room for a little more.
        loop {
            match fill(&client, &sent[taken..]).expect("it is connected") {
                0 => break,
                more => taken += more,
            }
        }
        assert!(0 < taken && taken < MUCH, "{taken} bytes taken");
        if cfg!(unix) {
            let ours = Buffers::of(&client).expect("it is open").send;
            let theirs = Buffers::of(&server).expect("it is open").receive;
            println!("{taken} bytes taken, buffers of {ours} and {theirs}");
            // A buffer that has room for a byte takes a piece.
            assert!(taken <= ours + theirs + 2 * 65_536, "{taken}");
        }
        client.shutdown(Shutdown::Write).expect("it is connected");
        let mut read = Vec::new();
        server.read_to_end(&mut read).expect("all comes");
        assert!(read == sent[..taken], "not all that was taken, in order");
        assert_transcript!(
            "step08_slow_reader",
            "The reader does not read:\n\
             \x20 write takes some bytes\n\
             \x20 and then says WouldBlock, or waits\n\
             The reader reads:\n\
             \x20 all that write took is there, in order\n"
        );
    });
}

/// Where other systems are said to do it otherwise, and Windows leaves it open
/// how much a send took that timed out.
#[cfg(unix)]
mod on_unix {
    use std::{
        io::{ErrorKind, Write},
        time::{Duration, Instant},
    };

    use super::*;

    const PATIENCE: Duration = Duration::from_millis(100);

    /// A write that runs out of time gives what it could do; only one that could
    /// do nothing fails.
    #[test]
    fn a_write_with_a_timeout_is_partial() {
        within(DEADLINE, || {
            let (mut client, mut server) = streams(SMALL, SMALL);
            client.set_write_timeout(Some(PATIENCE)).expect("it is open");
            let sent = bytes(MUCH);
            let start = Instant::now();
            let mut taken = client.write(&sent).expect("some bytes");
            assert!(0 < taken && taken < MUCH, "{taken} bytes taken");
            // A kernel's clock may be a tick early.
            assert!(start.elapsed() > PATIENCE / 2, "it has not waited");
            print!("{MUCH} bytes in one write: {taken}");
            let error = loop {
                match client.write(&sent[taken..]) {
                    Ok(more) => {
                        print!(", then {more}");
                        taken += more;
                    }
                    Err(error) => break error,
                }
            };
            assert_eq!(error.kind(), ErrorKind::WouldBlock);
            client.shutdown(Shutdown::Write).expect("it is connected");
            let mut read = Vec::new();
            server.read_to_end(&mut read).expect("all comes");
            assert!(read == sent[..taken], "the caller knows what is missing");
        });
    }

    /// `write_all` counts, and keeps the number to itself.
    #[test]
    fn a_write_all_that_times_out_does_not_say_how_far_it_came() {
        within(DEADLINE, || {
            let (mut client, mut server) = streams(SMALL, SMALL);
            client.set_write_timeout(Some(PATIENCE)).expect("it is open");
            let error = client.write_all(&bytes(MUCH)).expect_err("no room");
            assert_eq!(error.kind(), ErrorKind::WouldBlock);
            assert!(error.get_ref().is_none(), "a number of bytes, perhaps?");
            drop(client);
            let mut read = Vec::new();
            server.read_to_end(&mut read).expect("some came");
            assert!(!read.is_empty() && read.len() < MUCH);
        });
    }
}

/// The two ends of a connection, with buffers: a client's and a server's.
fn streams(
    client: Option<Buffers>,
    server: Option<Buffers>,
) -> (TcpStream, TcpStream) {
    let listener = listen(loopback(), server).expect("a free port");
    let addr = listener.local_addr().expect("it is bound");
    let client = connect(addr, client).expect("it listens");
    (client, listener.accept().expect("it came").0)
}

/// A row of bytes, its period a prime, so that a lost or misplaced piece shows.
fn bytes(length: usize) -> Vec<u8> {
    (0..251).cycle().take(length).collect()
}
