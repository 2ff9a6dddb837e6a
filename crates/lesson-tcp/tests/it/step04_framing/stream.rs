//! What a stream does to messages that nobody marked. Nothing here goes wrong
//! now and then: it happens every time.

use std::io::{Read, Write};

use testkit::{DEADLINE, assert_transcript, within};

use super::{connected, wait_for};

/// TCP_NODELAY changes when bytes leave. It puts no marks between them.
#[test]
fn sends_and_reads_do_not_match() {
    within(DEADLINE, || {
        let mut text = String::new();
        for nodelay in [false, true] {
            let (mut sender, mut reader) = connected();
            sender.set_nodelay(nodelay).expect("it is connected");
            for message in ["AAA", "BBB", "CCC"] {
                sender.write_all(message.as_bytes()).expect("sent");
            }
            wait_for(9, &reader);
            let three = read(&mut reader, 1024);

            sender.write_all(b"0123456789").expect("sent");
            wait_for(10, &reader);
            let one = [4; 3].map(|room| read(&mut reader, room)).join(" | ");
            text += &format!(
                "TCP_NODELAY {nodelay}\n\
                 \x20 three sends, AAA, BBB and CCC; one read: {three}\n\
                 \x20 one send, 0123456789; three reads: {one}\n"
            );
        }
        assert_transcript!("step04_framing_no_messages", text);
    });
}

/// Half a message: the reader is faster than the sender's second send.
#[test]
fn a_read_gives_half_a_message() {
    within(DEADLINE, || {
        let (mut sender, mut reader) = connected();
        sender.write_all(b"hello, ").expect("sent");
        assert_eq!(read(&mut reader, 1024), "hello, ");
        sender.write_all(b"world").expect("sent");
        assert_eq!(read(&mut reader, 1024), "world");
    });
}

/// One send of a megabyte, and a reader with room for all of it. Its kernel has
/// not.
#[test]
fn a_megabyte_is_many_reads() {
    within(DEADLINE, || {
        let (mut sender, mut reader) = connected();
        let kernel = socket2::SockRef::from(&reader);
        kernel.set_recv_buffer_size(1 << 16).expect("it can be");
        let megabyte = vec![b'x'; 1 << 20];
        let sending = std::thread::spawn(move || sender.write_all(&megabyte));
        let mut lengths = Vec::new();
        let mut buffer = vec![0; 1 << 20];
        loop {
            match reader.read(&mut buffer).expect("it comes") {
                0 => break,
                length => lengths.push(length),
            }
        }
        sending.join().expect("no panic").expect("sent");
        println!("{} reads: {lengths:?}", lengths.len());
        assert_eq!(lengths.iter().sum::<usize>(), 1 << 20);
        assert!(lengths.len() > 1);
    });
}

fn read(stream: &mut impl Read, room: usize) -> String {
    let mut buffer = vec![0; room];
    let length = stream.read(&mut buffer).expect("bytes come");
    String::from_utf8_lossy(&buffer[..length]).into_owned()
}

/// Linux counts the packets.
#[cfg(target_os = "linux")]
mod linux {
    use std::{io::Write, process::Command};

    use testkit::{DEADLINE, Program, skip, within};

    use super::{super::connected, read, wait_for};

    /// With TCP_NODELAY each send leaves at once, in a packet of its own. The
    /// reader gets all of them in one read all the same.
    #[test]
    fn three_packets_are_one_read() {
        within(DEADLINE, || {
            let (mut sender, mut reader) = connected();
            sender.set_nodelay(true).expect("it is connected");
            for message in [b"AAA", b"BBB", b"CCC"] {
                sender.write_all(message).expect("sent");
            }
            wait_for(9, &reader);
            let addr = sender.local_addr().expect("connected").to_string();
            let mut ss = Command::new("env");
            let ended =
                Program::run(ss.args(["ss", "-tinH", "src", &addr]), b"");
            assert_eq!(read(&mut reader, 1024), "AAABBBCCC");
            if !ended.stdout.contains(" data_segs_out:") {
                return skip(&format!("no ss that counts: {}", ended.stderr));
            }
            let out = ended.stdout;
            assert!(out.contains(" data_segs_out:3 "), "{out}");
        });
    }
}
