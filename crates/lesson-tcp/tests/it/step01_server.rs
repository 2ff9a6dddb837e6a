//! Step 1: the server in socket2.

use std::{net::TcpListener, time::Duration};

use testkit::{DEADLINE, Peer, assert_transcript, within};

use crate::conversations::{
    CHARSET, REQUEST, abort_then_ask, ask, say_nothing, step01,
};

#[test]
fn answers_and_closes() {
    within(DEADLINE, || {
        assert_transcript!("step01_server", ask(step01, REQUEST));
    });
}

/// As curl and a browser ask: the request is not text in GB2312 on purpose, and
/// the reply is the same.
#[test]
fn answers_a_browser() {
    within(DEADLINE, || {
        let request = b"GET / HTTP/1.1\r\nHost: 127.0.0.1:8888\r\n\r\n";
        assert_transcript!("step01_server_http", ask(step01, request));
    });
}

/// 加油 in UTF-8: six bytes that are not GB2312.
#[test]
fn answers_what_it_cannot_decode() {
    within(DEADLINE, || {
        let request = "加油".as_bytes();
        assert_transcript!("step01_server_not_gb2312", ask(step01, request));
    });
}

#[test]
fn closes_when_the_client_says_nothing() {
    within(DEADLINE, || {
        assert_transcript!("step01_server_silent", say_nothing(step01));
    });
}

#[test]
fn goes_on_when_a_client_aborts() {
    within(DEADLINE, || {
        assert_transcript!("step01_server", abort_then_ask(step01));
    });
}

/// The kernel completes the second client's handshake and takes its request,
/// but the server sits in `recv` with the first.
#[test]
fn a_silent_client_keeps_the_next_one_waiting() {
    within(DEADLINE, || {
        let server = step01(2);
        let silent = Peer::connect(server.addr, CHARSET);
        let mut next = Peer::connect(server.addr, CHARSET);
        next.send(REQUEST);
        next.receive_nothing_for(Duration::from_millis(200));
        silent.close();
        next.receive_to_end();
        assert_transcript!("step01_server_waits", next.close());
    });
}

/// The server closes with bytes unread, and that is an RST: the client has its
/// reply here, and an error instead of an end. (On a slower road the RST may
/// overtake the reply.)
#[test]
#[cfg(target_os = "linux")]
fn aborts_a_client_that_says_more_than_the_buffer_holds() {
    within(DEADLINE, || {
        let request = [b'x'; 4096];
        assert_transcript!("step01_server_resets", ask(step01, &request));
    });
}

/// The server closed first, so its port is in TIME_WAIT: a server that does not
/// ask for SO_REUSEADDR cannot have it back for a minute.
#[test]
#[cfg(target_os = "linux")]
fn cannot_have_its_port_back_at_once() {
    use lesson_tcp::step01_server::listen;

    within(DEADLINE, || {
        // An address that no other test uses, so that nobody takes the port.
        let any = "127.0.1.1:0".parse().expect("an address");
        let listener = listen(any).expect("a free port");
        let addr = listener.local_addr().expect("it is bound");
        let addr = addr.as_socket().expect("an IP address");
        let client = Peer::connect(addr, CHARSET);
        // Closes first, and leaves its port in TIME_WAIT.
        drop(listener.accept().expect("a client"));
        client.close();
        drop(listener);
        let error = listen(addr).expect_err("TIME_WAIT");
        assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
        drop(TcpListener::bind(addr).expect_err("the first one did not ask"));
    });
}
