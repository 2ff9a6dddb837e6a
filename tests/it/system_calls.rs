//! The system calls of each program, as strace prints them, held to snapshots:
//! the chapters quote these.
//!
//! strace is Linux's, and on other processors some calls have other names.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

mod step03;
mod step04;
mod step05;
mod step06;
mod step07;
mod step08;
mod step09;
mod step10;
mod threads;
mod trace;
mod udp_step02;
mod udp_step03;
mod udp_step04;
mod udp_step05;
mod udp_step06;

use std::{
    net::{TcpListener, UdpSocket},
    thread,
};

use common::Charset;
use testkit::{DEADLINE, Peer, assert_transcript, within};

use self::{
    threads::traced_threads,
    trace::{traced_client, traced_server},
};

const REQUEST: &[u8] = b"\xbc\xd3\xd3\xcd";
const REPLY: &[u8] =
    b"HTTP/1.1 200 OK \r\n\r\n<h1> \xd2\xbb\xc6\xf0\xbc\xd3\xd3\xcd !!!</h1>";

#[test]
fn of_the_tcp_server() {
    let converse = |addr| {
        let mut client = Peer::connect(addr, Charset::Gb2312);
        client.send(REQUEST);
        assert_eq!(client.receive_to_end(), REPLY);
        drop(client.close());
    };
    within(DEADLINE, move || {
        let calls = traced_server("server", &["--step", "1"], converse);
        let Some(calls) = calls else { return };
        assert_transcript!("calls_tcp_step01_server", calls);
        let calls = traced_threads("std", &["--step", "11"], converse);
        let calls = calls.expect("strace is there");
        assert_transcript!("calls_tcp_step11_server", calls);
    });
}

#[test]
fn of_the_tcp_client() {
    let call = |step: &'static str| {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let addr = listener.local_addr().expect("it is bound");
        thread::spawn(move || {
            let mut server = Peer::accept(&listener, Charset::Gb2312);
            server.receive(REQUEST.len());
            server.send(REPLY);
            server.half_close();
            server.receive_to_end();
        });
        traced_client("client", &["--step", step], addr)
    };
    within(DEADLINE, move || {
        let Some(calls) = call("2") else { return };
        assert_transcript!("calls_tcp_step02_client", calls);
        let calls = call("11").expect("strace is there");
        assert_transcript!("calls_tcp_step11_client", calls);
    });
}

#[test]
fn of_the_udp_server() {
    let serve = |step| {
        traced_server("udp-server", &["--step", step], |addr| {
            let client = UdpSocket::bind("127.0.0.1:0").expect("a free port");
            client.send_to(b"hello", addr).expect("sent");
            let mut buffer = [0; 9];
            assert_eq!(client.recv(&mut buffer).expect("an answer"), 2);
        })
    };
    within(DEADLINE, move || {
        let Some(calls) = serve("1") else { return };
        assert_transcript!("calls_udp_step01_server", calls);
        let calls = serve("7").expect("strace is there");
        assert_transcript!("calls_udp_step07_server", calls);
    });
}

#[test]
fn of_the_udp_client() {
    let ask = |step: &'static str| {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        let addr = socket.local_addr().expect("it is bound");
        thread::spawn(move || {
            let mut buffer = [0; 9];
            let (_, from) = socket.recv_from(&mut buffer).expect("a question");
            socket.send_to(b"ok", from).expect("sent");
        });
        traced_client("udp-client", &["--step", step], addr)
    };
    within(DEADLINE, move || {
        let Some(calls) = ask("1") else { return };
        assert_transcript!("calls_udp_step01_client", calls);
        let calls = ask("7").expect("strace is there");
        assert_transcript!("calls_udp_step07_client", calls);
    });
}
