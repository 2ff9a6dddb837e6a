//! What `read`, `read_exact`, `read_line` and `BufReader` promise, and what they
//! do not.

use std::{
    io::{BufRead, BufReader, ErrorKind, Read, Write},
    net::Shutdown,
    time::Duration,
};

use testkit::{DEADLINE, within};

use super::{assert_nothing_comes, connected, wait_for};

/// `read` fills what is there, not what could be: a buffer of no bytes gets none,
/// and 0 looks like the end.
#[test]
fn an_empty_buffer_gets_nothing() {
    within(DEADLINE, || {
        let (mut sender, mut reader) = connected();
        sender.write_all(b"abc").expect("sent");
        wait_for(3, &reader);
        assert_eq!(reader.read(&mut Vec::new()).expect("no error"), 0);
        let mut capacity = Vec::with_capacity(100);
        assert_eq!(reader.read(&mut capacity).expect("no error"), 0);
        let mut length = vec![0; 100];
        assert_eq!(reader.read(&mut length).expect("bytes"), 3);
    });
}

/// The 4096 is room. `read_exact` is the one that waits for all of it.
#[test]
fn read_takes_what_is_there_and_read_exact_waits() {
    within(DEADLINE, || {
        let (mut sender, mut reader) = connected();
        sender.write_all(b"abc").expect("sent");
        assert_eq!(reader.read(&mut [0; 4096]).expect("bytes"), 3);

        let waiting = std::thread::spawn(move || {
            let mut eight = [0; 8];
            reader.read_exact(&mut eight).map(|()| (reader, eight))
        });
        sender.write_all(b"1234").expect("sent");
        sender.write_all(b"5678").expect("sent");
        let (mut reader, eight) =
            waiting.join().expect("no panic").expect("eight bytes");
        assert_eq!(&eight, b"12345678");

        sender.write_all(b"xx").expect("sent");
        sender.shutdown(Shutdown::Write).expect("it is connected");
        let error = reader.read_exact(&mut [0; 8]).expect_err("only two");
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    });
}

/// Looking is not taking.
#[test]
fn peek_leaves_the_bytes() {
    within(DEADLINE, || {
        let (mut sender, mut reader) = connected();
        sender.write_all(b"abc").expect("sent");
        wait_for(3, &reader);
        let mut buffer = [0; 9];
        assert_eq!(reader.peek(&mut buffer).expect("bytes"), 3);
        assert_eq!(reader.read(&mut buffer).expect("the same bytes"), 3);
        assert_eq!(&buffer[..3], b"abc");
    });
}

/// The first reader takes all that is there, 8 KiB at most, and gives one line.
/// The other line is in its buffer, where no other reader finds it.
#[test]
fn a_second_bufreader_misses_lines() {
    within(DEADLINE, || {
        let (mut sender, stream) = connected();
        let other = stream.try_clone().expect("a second handle");
        sender.write_all(b"line1\nline2\n").expect("sent");
        wait_for(12, &stream);
        let mut one = BufReader::new(stream);
        let mut line = String::new();
        one.read_line(&mut line).expect("a line");
        assert_eq!(line, "line1\n");
        assert_eq!(one.buffer(), b"line2\n");
        // The kernel has nothing more: a second reader would wait for ever.
        assert_nothing_comes(&other);
        // And what is in the buffer goes with it.
        let stream = one.into_inner();
        assert_nothing_comes(&stream);
    });
}

/// One reader for the whole life of the connection; the other handle writes.
#[test]
fn one_bufreader_a_connection_finds_all() {
    within(DEADLINE, || {
        let (mut sender, stream) = connected();
        let mut writer = stream.try_clone().expect("a second handle");
        sender.write_all(b"line1\nline2\n").expect("sent");
        let mut lines = BufReader::new(stream).lines();
        for expected in ["line1", "line2"] {
            let line = lines.next().expect("one more").expect("a line");
            assert_eq!(line, expected);
            writeln!(writer, "{line}").expect("sent");
        }
        let mut echo = [0; 12];
        sender.read_exact(&mut echo).expect("both lines");
        assert_eq!(&echo, b"line1\nline2\n");
    });
}

#[test]
fn read_line_keeps_the_end_of_the_line() {
    within(DEADLINE, || {
        let (mut sender, stream) = connected();
        sender.write_all(b"one\r\ntwo\n\r\n").expect("sent");
        let mut reader = BufReader::new(stream);
        for expected in ["one\r\n", "two\n", "\r\n"] {
            let mut line = String::new();
            reader.read_line(&mut line).expect("a line");
            assert_eq!(line, expected);
        }
    });
}

/// An end without a newline is a line as well; only the next call says 0.
#[test]
fn read_line_takes_the_end_for_a_newline() {
    within(DEADLINE, || {
        let (mut sender, stream) = connected();
        sender.write_all(b"no newline").expect("sent");
        drop(sender);
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        assert_eq!(reader.read_line(&mut line).expect("bytes"), 10);
        assert_eq!(reader.read_line(&mut line).expect("the end"), 0);
    });
}

/// It waits for the newline, not for a packet. After a timeout the half line is
/// in the string, and the next call adds to it.
#[test]
fn read_line_waits_for_the_newline() {
    within(DEADLINE, || {
        let (mut sender, stream) = connected();
        sender.write_all(b"no newline").expect("sent");
        wait_for(10, &stream);
        let patience = Duration::from_millis(50);
        stream.set_read_timeout(Some(patience)).expect("more than zero");
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        let error = reader.read_line(&mut line).expect_err("it waits");
        assert_eq!(common::cli::plain(&error), "timed out");
        assert_eq!(line, "no newline");
        sender.write_all(b" done\r\n").expect("sent");
        reader.get_ref().set_read_timeout(None).expect("no timeout");
        reader.read_line(&mut line).expect("the rest");
        assert_eq!(line, "no newline done\r\n");
    });
}

/// A line without end fills the memory, unless somebody says how much it may.
#[test]
fn read_line_needs_a_limit() {
    within(DEADLINE, || {
        let (mut sender, stream) = connected();
        sender.write_all(&[b'x'; 100]).expect("sent");
        let mut reader = BufReader::new(stream).take(10);
        let mut line = String::new();
        assert_eq!(reader.read_line(&mut line).expect("bytes"), 10);
        assert!(!line.ends_with('\n'), "this is how one sees that it was cut");
    });
}

/// A `String` is UTF-8. A line in GB2312 is an error, and it is gone.
#[test]
fn read_line_wants_utf_8() {
    within(DEADLINE, || {
        let (mut sender, stream) = connected();
        sender.write_all(b"\xbc\xd3\xd3\xcd\nnext\n").expect("sent");
        sender.write_all(b"\xbc\xd3\xd3\xcd\n").expect("sent");
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        let error = reader.read_line(&mut line).expect_err("not UTF-8");
        assert_eq!(error.kind(), ErrorKind::InvalidData);
        assert_eq!(line, "");
        reader.read_line(&mut line).expect("the line after it");
        assert_eq!(line, "next\n");
        let mut bytes = Vec::new();
        reader.read_until(b'\n', &mut bytes).expect("any bytes");
        assert_eq!(bytes, b"\xbc\xd3\xd3\xcd\n");
    });
}

/// A flag of `recv` that std does not have.
#[cfg(target_os = "linux")]
mod linux {
    use std::{io::Write, mem::MaybeUninit, net::Shutdown, thread};

    use socket2::SockRef;
    use testkit::{DEADLINE, within};

    use super::super::connected;

    /// From recv(2).
    const MSG_WAITALL: i32 = 0x100;

    #[test]
    fn waitall_waits_for_all_or_for_the_end() {
        within(DEADLINE, || {
            let (mut sender, reader) = connected();
            let waiting = thread::spawn(move || {
                let reader = SockRef::from(&reader);
                let mut eight = [MaybeUninit::uninit(); 8];
                [(); 2].map(|()| {
                    let taken = reader.recv_with_flags(&mut eight, MSG_WAITALL);
                    taken.expect("no error")
                })
            });
            sender.write_all(b"1234").expect("sent");
            sender.write_all(b"5678").expect("sent");
            sender.write_all(b"xx").expect("sent");
            sender.shutdown(Shutdown::Write).expect("it is connected");
            assert_eq!(waiting.join().expect("no panic"), [8, 2]);
        });
    }
}
