//! Bytes that are lost when a timeout ends the wrong call, and the mend.

use std::{
    io::{BufRead, BufReader, ErrorKind, Read, Write},
    net::{Shutdown, TcpStream},
    time::Duration,
};

use lesson_tcp::step07_silence::{Deadline, is_timeout, read_exact_by};
use testkit::{DEADLINE, within};

use super::wait_for;
use crate::conversations::pair;

const SHORT: Duration = Duration::from_millis(50);

/// 你好 and a line end: 3 bytes, 3 bytes, 1 byte.
const LINE: &[u8] = "你好\n".as_bytes();

/// Six wanted, three there: `read_exact` has taken them and does not say so.
#[test]
fn read_exact_forgets_how_far_it_was() {
    within(DEADLINE, || {
        let (mut stream, mut peer) = with_timeout();
        peer.write_all(b"abc").expect("sent");
        wait_for(3, &stream);
        let mut buffer = [b'.'; 6];
        let error = stream.read_exact(&mut buffer).expect_err("three of six");
        assert!(is_timeout(&error));
        // The bytes are in the buffer. That there are three, nobody knows.
        assert_eq!(&buffer, b"abc...");

        peer.write_all(b"def").expect("sent");
        wait_for(3, &stream);
        let error = stream.read_exact(&mut buffer).expect_err("three of six");
        assert!(is_timeout(&error));
        // Tried again, it begins again: abc is gone.
        assert_eq!(&buffer, b"def...");
    });
}

/// The same with an end instead of a timeout.
#[test]
fn read_exact_takes_bytes_that_are_too_few() {
    within(DEADLINE, || {
        let (mut stream, mut peer) = with_timeout();
        peer.write_all(b"abc").expect("sent");
        drop(peer);
        let mut buffer = [b'.'; 8];
        let error = loop {
            match stream.read_exact(&mut buffer) {
                // The end is not there yet: another test's program holds it.
                Err(e) if is_timeout(&e) => {}
                result => break result.expect_err("three of eight"),
            }
        };
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
        assert_eq!(&buffer, b"abc.....");
    });
}

/// The caller's buffer remembers, so the second call goes on.
#[test]
fn read_exact_by_goes_on_where_it_was() {
    within(DEADLINE, || {
        let (stream, mut peer) = pair();
        let mut received = Vec::new();
        let mut read = |deadline| {
            let result = read_exact_by(&stream, &mut received, 6, deadline);
            (result.map_err(|error| error.kind()), received.clone())
        };
        peer.write_all(b"abc").expect("sent");
        wait_for(3, &stream);
        loop {
            let (result, received) = read(Deadline::after(SHORT));
            assert_eq!(result, Err(ErrorKind::TimedOut));
            // A machine that stands still so long has no time to read at all.
            if received == b"abc" {
                break;
            }
        }

        peer.write_all(b"def, and more").expect("sent");
        let (result, received) = read(Deadline::after(DEADLINE));
        assert_eq!(result, Ok(()));
        assert_eq!(received, b"abcdef");
        let mut rest = [0; 10];
        (&stream).read_exact(&mut rest).expect("they wait");
        assert_eq!(&rest, b", and more");
        peer.shutdown(Shutdown::Write).expect("it is connected");
        let mut none = Vec::new();
        let deadline = Deadline::after(DEADLINE);
        let error = read_exact_by(&stream, &mut none, 1, deadline);
        let error = error.expect_err("the end").kind();
        assert_eq!(error, ErrorKind::UnexpectedEof);
    });
}

/// A character cut in two, and a timeout between.
pub(super) fn half_a_character() -> String {
    let mut text = String::new();
    for cut in [3, 4] {
        let (stream, mut peer) = with_timeout();
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        text += &format!("{cut} bytes of 你好 and a line end, then a wait:\n");
        peer.write_all(&LINE[..cut]).expect("sent");
        wait_for(cut, reader.get_ref());
        let result = reader.read_line(&mut line);
        assert!(is_timeout(&result.expect_err("no line end")));
        text += &format!("  read_line: timed out, and has kept {line:?}\n");

        peer.write_all(&LINE[cut..]).expect("sent");
        wait_for(LINE.len() - cut, reader.get_ref());
        text += "the rest comes:\n";
        let result = reader.read_line(&mut line);
        let said = match result {
            Ok(_) => format!("a line, {line:?}"),
            Err(e) => format!("{}, and has kept {line:?}", e.kind()),
        };
        text += &format!("  read_line again: {said}\n");
    }
    text
}

/// Bytes first, text when the line is whole.
#[test]
fn read_until_keeps_it() {
    within(DEADLINE, || {
        let (stream, mut peer) = with_timeout();
        let mut reader = BufReader::new(stream);
        let mut line = Vec::new();
        peer.write_all(&LINE[..4]).expect("sent");
        wait_for(4, reader.get_ref());
        let error = reader.read_until(b'\n', &mut line).expect_err("no end");
        assert!(is_timeout(&error));
        assert_eq!(line, LINE[..4]);

        peer.write_all(&LINE[4..]).expect("sent");
        let stream = reader.get_ref();
        stream.set_read_timeout(None).expect("no timeout");
        reader.read_until(b'\n', &mut line).expect("the rest");
        assert_eq!(String::from_utf8(line).expect("whole"), "你好\n");
    });
}

/// Two bytes, and no end: a stream says when it is over, not when a message is.
#[test]
fn read_to_string_waits_for_the_end() {
    within(DEADLINE, || {
        let (mut stream, mut peer) = with_timeout();
        let mut text = String::new();
        peer.write_all(b"hi").expect("sent");
        wait_for(2, &stream);
        let error = stream.read_to_string(&mut text).expect_err("no end");
        assert!(is_timeout(&error));
        assert_eq!(text, "hi", "read, and no sign of an end");
        peer.shutdown(Shutdown::Write).expect("it is connected");
        assert_eq!(stream.read_to_string(&mut text).expect("an end"), 0);
    });
}

/// A connection, and a timeout on our side.
fn with_timeout() -> (TcpStream, TcpStream) {
    let (stream, peer) = pair();
    stream.set_read_timeout(Some(SHORT)).expect("more than zero");
    (stream, peer)
}
