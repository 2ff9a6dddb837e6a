//! Two ends that both write, and queues with and without a limit.

use std::{
    io::{self, ErrorKind, Read, Write},
    net::{Shutdown, TcpStream},
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::Duration,
};

use lesson_tcp::{
    step06_goodbye::abort,
    step08_slow_reader::exchange::{echo, exchange, exchange_in_turn, relay},
};
use testkit::{DEADLINE, assert_transcript, within};

use super::{MUCH, SMALL, bytes, streams};
use crate::conversations::pair;

/// The client has not ended however long we wait, for nobody reads what comes
/// back; when somebody does, out of turn, it goes on at once.
#[test]
fn in_turn_they_wait_for_each_other() {
    within(DEADLINE, || {
        let (client, server) = streams(SMALL, SMALL);
        let mut reply = Vec::new();
        thread::scope(|scope| {
            scope.spawn(|| echo(&server).expect("the client is there"));
            let result = exchange_in_turn(&client, &bytes(1000), &mut reply);
            result.expect("little data fits into the buffers");
        });
        assert_eq!(reply, bytes(1000));

        let (client, server) = streams(SMALL, SMALL);
        let (end, ended) = mpsc::channel();
        let sent = bytes(MUCH);
        thread::scope(|scope| {
            scope.spawn(|| echo(&server).expect("the client is there"));
            let calling = scope.spawn(|| {
                let mut reply = Vec::new();
                exchange_in_turn(&client, &sent, &mut reply).expect("an end");
                end.send(()).expect("the test waits");
                reply.len()
            });
            let waited = ended.recv_timeout(Duration::from_millis(300));
            assert_eq!(waited, Err(RecvTimeoutError::Timeout));
            // Both read now, and each gets a part.
            let ours = io::copy(&mut &client, &mut io::sink()).expect("an end");
            ended.recv().expect("the client ends");
            let theirs = calling.join().expect("no panic");
            assert_eq!(usize::try_from(ours).expect("it fits") + theirs, MUCH);
        });
        assert_transcript!(
            "step08_slow_reader_in_turn",
            "A client writes all, then reads all; the server echoes:\n\
             \x20 1000 bytes: the reply comes\n\
             \x20 4194304 bytes: the client waits in write, for ever\n\
             Another thread reads from the client's socket:\n\
             \x20 the client comes to its end\n"
        );
    });
}

#[test]
fn at_the_same_time_they_come_to_an_end() {
    within(DEADLINE, || {
        let (client, server) = streams(SMALL, SMALL);
        let sent = bytes(MUCH);
        let mut reply = Vec::new();
        thread::scope(|scope| {
            scope.spawn(|| echo(&server).expect("the client is there"));
            exchange(&client, &sent, &mut reply).expect("an end");
        });
        assert!(reply == sent, "not all, in order");
    });
}

/// The server reads a little and goes: nobody is left in a `write`.
#[test]
fn an_exchange_ends_when_the_server_goes() {
    within(DEADLINE, || {
        let (client, mut server) = streams(SMALL, SMALL);
        let going = thread::spawn(move || {
            server.read_exact(&mut [0; 1000]).expect("they come");
        });
        let mut reply = Vec::new();
        let result = exchange(&client, &bytes(MUCH), &mut reply);
        result.expect_err("the server has gone");
        going.join().expect("no panic");
    });
}

/// The server says that it has no more to say, and does not read: the client
/// ends its own writing. (Whether that ends a send that is already waiting is
/// another question on Windows.)
#[cfg(unix)]
#[test]
fn an_exchange_ends_when_the_reply_does() {
    within(DEADLINE, || {
        let (client, mut server) = streams(SMALL, SMALL);
        server.write_all(b"enough").expect("it is connected");
        server.shutdown(Shutdown::Write).expect("it is connected");
        // What the caller has there already is no reply.
        let mut reply = bytes(MUCH);
        let result = exchange(&client, &bytes(MUCH), &mut reply);
        result.expect_err("not all was written");
        assert_eq!(reply[MUCH..], *b"enough");
        drop(server);
    });
}

/// The sender behind a relay, whose reader does not read.
#[test]
fn a_queue_with_a_limit_makes_the_sender_wait() {
    within(DEADLINE, || {
        let sent = bytes(MUCH);
        let (mut sender, from) = streams(SMALL, SMALL);
        let (mut reader, to) = streams(SMALL, SMALL);
        thread::scope(|scope| {
            scope.spawn(|| relay_without_limit(&from, &to));
            // All of it is in the memory of this process: nothing was read.
            sender.write_all(&sent).expect("somebody takes it");
            sender.shutdown(Shutdown::Write).expect("it is connected");
            assert!(all(&mut reader) == sent);
        });

        let (mut sender, from) = streams(SMALL, SMALL);
        let (mut reader, to) = streams(SMALL, SMALL);
        let (end, ended) = mpsc::channel();
        thread::scope(|scope| {
            let relaying = scope.spawn(|| relay(&from, &to, 4));
            scope.spawn(|| {
                sender.write_all(&sent).expect("somebody takes it");
                sender.shutdown(Shutdown::Write).expect("it is connected");
                end.send(()).expect("the test waits");
            });
            let waited = ended.recv_timeout(Duration::from_millis(300));
            assert_eq!(waited, Err(RecvTimeoutError::Timeout));
            assert!(all(&mut reader) == sent);
            ended.recv().expect("the sender ends");
            let passed = relaying.join().expect("no panic");
            assert_eq!(passed.expect("no error"), MUCH);
        });
    });
}

/// A reset is no end, so the reader is not told of one: here its caller resets.
#[test]
fn a_relay_passes_on_no_end_where_there_was_none() {
    within(DEADLINE, || {
        let (sender, from) = pair();
        let (mut reader, to) = pair();
        abort(sender.into()).expect("it is connected");
        let error = relay(&from, &to, 4).expect_err("a reset");
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        abort(to.into()).expect("it is connected");
        let error = reader.read(&mut [0]).expect_err("a reset, and no end");
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    });
}

/// The reader has gone, and the sender goes on: the relay ends all the same.
#[test]
fn a_relay_ends_when_its_reader_goes() {
    within(DEADLINE, || {
        let (mut sender, from) = pair();
        let (reader, to) = pair();
        abort(reader.into()).expect("it is connected");
        let relaying = thread::spawn(move || relay(&from, &to, 4));
        // Until the relay has ended, and closed `from`.
        while sender.write_all(&bytes(1000)).is_ok() {}
        let relayed = relaying.join().expect("no panic");
        relayed.expect_err("nobody reads");
    });
}

/// The step's `relay`, without the limit: the mistake.
fn relay_without_limit(mut from: &TcpStream, mut to: &TcpStream) {
    let (queue, queued) = mpsc::channel::<Vec<u8>>();
    thread::scope(|scope| {
        scope.spawn(move || {
            for piece in queued {
                to.write_all(&piece).expect("the reader is there");
            }
            to.shutdown(Shutdown::Write).expect("it is connected");
        });
        let mut buffer = vec![0; 16_384];
        while let Ok(length @ 1..) = from.read(&mut buffer) {
            queue.send(buffer[..length].to_vec()).expect("it is written");
        }
        drop(queue);
    });
}

fn all(stream: &mut TcpStream) -> Vec<u8> {
    let mut read = Vec::new();
    stream.read_to_end(&mut read).expect("all comes");
    read
}

/// Seen from both ends: nobody can write. So that this does not depend on who
/// is faster, the way back is narrower than the way there.
#[cfg(unix)]
#[test]
fn both_ends_are_out_of_time() {
    use lesson_tcp::step08_slow_reader::Buffers;

    within(DEADLINE, || {
        let client = Buffers { send: 200_000, receive: 4096 };
        let server = Buffers { send: 4096, receive: 200_000 };
        let (client, server) = streams(Some(client), Some(server));
        let patience = Some(Duration::from_millis(300));
        for end in [&client, &server] {
            end.set_write_timeout(patience).expect("it is open");
        }
        thread::scope(|scope| {
            let echoing = scope.spawn(|| echo(&server));
            let called =
                exchange_in_turn(&client, &bytes(MUCH), &mut Vec::new());
            assert_eq!(
                called.expect_err("no room").kind(),
                ErrorKind::WouldBlock
            );
            let echoed = echoing.join().expect("no panic");
            assert_eq!(
                echoed.expect_err("no room").kind(),
                ErrorKind::WouldBlock
            );
        });
    });
}
