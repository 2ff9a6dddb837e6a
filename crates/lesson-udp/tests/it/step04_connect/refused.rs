//! Nobody has the port: who is told, and when. In a network of the test's own,
//! whose counters tell what crossed.

use std::{
    io::ErrorKind,
    net::{SocketAddr, UdpSocket},
    thread,
    time::Duration,
};

use lesson_udp::step04_connect::{
    ask, ask_again, connect, is_refused, serve_next,
};
use testkit::{DEADLINE, assert_transcript, counter, in_own_network, within};

use super::{
    connect::{receive, somebody},
    kernel::told,
};

const NETWORK: &str = "ip link set lo up";

#[test]
fn a_refusal_is_told_once_and_to_the_connected() {
    let test =
        "step04_connect::refused::a_refusal_is_told_once_and_to_the_connected";
    let found = in_own_network(test, NETWORK, || within(DEADLINE, experiment));
    if let Some(text) = found {
        assert_transcript!("step04_connect_refused", text);
    }
}

fn experiment() -> String {
    [unconnected(), connected(), overtaken(), over_ipv6()].concat()
}

fn unconnected() -> String {
    let (socket, nobody) = (somebody(), nobody());
    let sent = [1, 2, 3].map(|count| {
        let sent = socket.send_to(b"hello", nobody);
        until("Icmp", "InDestUnreachs", count);
        told(sent)
    });
    // The errors are back on this machine, and nobody has them.
    let error = socket.take_error().expect("it can be asked");
    format!(
        "not connected, nobody has the port:\n\
         \x20 send_to:  {}\n\
         \x20 ICMP:     3 times, port unreachable\n\
         \x20 recv:     {}\n\
         \x20 SO_ERROR: {error:?}\n",
        sent.join(", "),
        recv_now(&socket),
    )
}

fn connected() -> String {
    // A moment passes between the kernel's count and the socket's error. Should
    // a send come in between, the next attempt is ours.
    loop {
        let socket = connect(nobody()).expect("a free port");
        let unreachable = counter("Icmp", "InDestUnreachs");
        socket.send(b"1").expect("sent");
        until("Icmp", "InDestUnreachs", unreachable + 1);
        let before = counter("Udp", "OutDatagrams");
        let Err(refused) = socket.send(b"2") else { continue };
        let not_sent = counter("Udp", "OutDatagrams") - before;
        socket.send(b"3").expect("sent");
        let recv = socket.recv(&mut [0; 9]);
        return format!(
            "connected, nobody has the port:\n\
             \x20 send: ok\n\
             \x20 send: {}, and {not_sent} datagrams sent\n\
             \x20 send: ok\n\
             \x20 recv: {}\n\
             \x20 recv: {}\n",
            told(Err::<(), _>(refused)),
            told(recv),
            recv_now(&socket),
        );
    }
}

/// What was in the queue is not lost, but the error comes first.
fn overtaken() -> String {
    let server = somebody();
    let socket = connect(server.local_addr().expect("it is bound"));
    let socket = socket.expect("a free port");
    let client = socket.local_addr().expect("it is connected");
    server.send_to(b"bye", client).expect("sent");
    socket.peek(&mut [0; 9]).expect("it has come");
    drop(server);
    let unreachable = counter("Icmp", "InDestUnreachs");
    socket.send(b"hello").expect("sent");
    until("Icmp", "InDestUnreachs", unreachable + 1);
    let Err(refused) = socket.recv(&mut [0; 9]) else {
        // Not told yet, as in `connected`.
        return overtaken();
    };
    format!(
        "connected, the server says \"bye\" and is gone:\n\
         \x20 send: ok\n\
         \x20 recv: {}\n\
         \x20 recv: {:?}\n",
        told(Err::<(), _>(refused)),
        receive(&socket),
    )
}

fn over_ipv6() -> String {
    let somebody = UdpSocket::bind("[::1]:0").expect("lo has ::1");
    let nobody = somebody.local_addr().expect("it is bound");
    drop(somebody);
    let socket = connect(nobody).expect("a free port");
    let sent = told(socket.send(b"hello"));
    let recv = told(socket.recv(&mut [0; 9]));
    format!("connected, over IPv6:\n\x20 send: {sent}\n\x20 recv: {recv}\n")
}

#[test]
fn ask_sends_its_question_although_an_old_error_waits() {
    let test = "step04_connect::refused::\
                ask_sends_its_question_although_an_old_error_waits";
    in_own_network(test, NETWORK, || within(DEADLINE, stale));
}

/// Asked once, nobody was there. Then the server starts, and the next question
/// is answered: by the same socket, and at the first try.
fn stale() -> String {
    let nobody = nobody();
    let socket = connect(nobody).expect("a free port");
    let error = ask(&socket, 1, b"hello", DEADLINE, &mut |_| {});
    assert!(is_refused(&error.expect_err("nobody is there")));
    socket.send(b"one that nobody waits for").expect("sent");
    until("Icmp", "InDestUnreachs", 2);

    let server = UdpSocket::bind(nobody).expect("it is free");
    let serving = thread::spawn(move || {
        serve_next(&server, &mut |_| {}).expect("a datagram");
    });
    let answer = ask(&socket, 2, b"hello", DEADLINE, &mut |_| {});
    assert_eq!(answer.expect("no error").as_deref(), Some(&b"ok"[..]));
    serving.join().expect("no panic");
    String::new()
}

#[test]
fn ask_again_waits_for_a_server_that_is_starting() {
    let test = "step04_connect::refused::\
                ask_again_waits_for_a_server_that_is_starting";
    in_own_network(test, NETWORK, || within(DEADLINE, starting));
}

fn starting() -> String {
    let nobody = nobody();
    let asking = thread::spawn(move || {
        let socket = connect(nobody).expect("a free port");
        ask_again(&socket, 1, b"hello", DEADLINE, &mut |_| {})
    });
    // It has been refused once, and again.
    until("Icmp", "InDestUnreachs", 2);
    let server = UdpSocket::bind(nobody).expect("it is free");
    serve_next(&server, &mut |_| {}).expect("a datagram");
    let answer = asking.join().expect("no panic").expect("no error");
    assert_eq!(answer.as_deref(), Some(&b"ok"[..]));

    // And in the end a refusal is one.
    drop(server);
    let socket = connect(nobody).expect("a free port");
    let wait = Duration::from_millis(250);
    let sent = counter("Udp", "OutDatagrams");
    let error = ask_again(&socket, 1, b"hello", wait, &mut |_| {});
    let sent = counter("Udp", "OutDatagrams") - sent;
    assert_eq!(
        error.expect_err("nobody is there").kind(),
        ErrorKind::ConnectionRefused
    );
    assert!((1..=3).contains(&sent), "{sent} questions in a quarter second");
    String::new()
}

/// An address that was somebody's a moment ago.
fn nobody() -> SocketAddr {
    somebody().local_addr().expect("it is bound")
}

/// What `recv` says when it does not wait.
fn recv_now(socket: &UdpSocket) -> String {
    socket.set_nonblocking(true).expect("it can be");
    match socket.recv(&mut [0; 9]) {
        Err(e) if e.kind() == ErrorKind::WouldBlock => "nothing there".into(),
        result => told(result),
    }
}

/// Waits until the kernel has counted so many.
fn until(group: &str, name: &str, count: usize) {
    while counter(group, name) < count {}
}
