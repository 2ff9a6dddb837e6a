//! Step 1: the server and the client in socket2.

use lesson_udp::step01_datagrams::{ask, bind, bind_client};
use testkit::{DEADLINE, assert_transcript, within};

use crate::conversations::{
    flood, late, loopback, odd_datagrams, step01, step01_ask, stranger,
    two_clients,
};

#[test]
fn one_socket_serves_two_clients() {
    within(DEADLINE, || {
        assert_transcript!("step01_datagrams", two_clients(step01));
    });
}

#[test]
fn answers_an_empty_datagram_and_one_that_is_no_text() {
    within(DEADLINE, || {
        assert_transcript!("step01_datagrams_odd", odd_datagrams(step01));
    });
}

#[test]
fn a_stranger_is_not_the_server() {
    within(DEADLINE, || {
        let transcript = stranger(step01_ask);
        assert_transcript!("step01_datagrams_stranger", transcript);
    });
}

#[test]
fn a_stranger_cannot_prolong_the_wait() {
    within(DEADLINE, || flood(step01_ask));
}

#[test]
fn a_late_answer_is_taken_for_the_next_one() {
    within(DEADLINE, || {
        let socket = bind(loopback()).expect("a free port");
        let client = socket.local_addr().expect("it is bound");
        let client = client.as_socket().expect("an IP address");
        let transcript = late(client, |server, question, timeout| {
            ask(&socket, server, question, timeout).expect("sent")
        });
        assert_transcript!("step01_datagrams_late", transcript);
    });
}

/// A server on 0.0.0.0 is asked at 127.0.0.2 and answers from 127.0.0.1, as the
/// route has it: to the client that is a stranger.
#[test]
#[cfg(target_os = "linux")]
fn a_server_on_every_address_answers_from_one() {
    use lesson_udp::step01_datagrams::serve_next;

    within(DEADLINE, || {
        let every = "0.0.0.0:0".parse().expect("an address");
        let socket = bind(every).expect("a free port");
        let port = socket.local_addr().expect("it is bound").as_socket();
        let port = port.expect("an IP address").port();
        let serving = std::thread::spawn(move || {
            for _ in 0..2 {
                serve_next(&socket, &mut |_| {}).expect("a datagram");
            }
        });
        let question = |ip: [u8; 4], millis| {
            let server = (ip, port).into();
            let client = bind_client(server).expect("a free port");
            let timeout = std::time::Duration::from_millis(millis);
            ask(&client, server, b"hello", timeout).expect("sent")
        };
        assert_eq!(question([127, 0, 0, 2], 200), None);
        let answer = question([127, 0, 0, 1], 30_000);
        assert_eq!(answer.as_deref(), Some(&b"ok"[..]));
        serving.join().expect("no panic");
    });
}

/// A port that is taken by a TCP server is free for UDP: two name spaces.
#[test]
fn tcp_and_udp_share_no_ports() {
    within(DEADLINE, || {
        // Another test may have the UDP port of that number by chance.
        let both = (0..100).any(|_| {
            let tcp = std::net::TcpListener::bind(loopback());
            let tcp = tcp.expect("a free port");
            bind(tcp.local_addr().expect("it is bound")).is_ok()
        });
        assert!(both);
    });
}

/// Without a bind of one's own, the first `sendto` binds: to any free port, on
/// every address. (On Windows an unbound socket has no address to ask for.)
#[test]
#[cfg(unix)]
fn the_first_send_gets_a_port() {
    use socket2::{Domain, Socket, Type};

    within(DEADLINE, || {
        let server = bind(loopback()).expect("a free port");
        let socket = Socket::new(Domain::IPV4, Type::DGRAM, None);
        let socket = socket.expect("room for one more");
        let addr = || {
            let addr = socket.local_addr().expect("a socket").as_socket();
            addr.expect("an IP address")
        };
        assert_eq!(addr().to_string(), "0.0.0.0:0");
        let to = server.local_addr().expect("it is bound");
        socket.send_to(b"hello", &to).expect("sent");
        let port = addr().port();
        assert_ne!(port, 0);
        assert_eq!(addr().to_string(), format!("0.0.0.0:{port}"));
        // And it keeps it.
        socket.send_to(b"hello", &to).expect("sent");
        assert_eq!(addr().port(), port);
    });
}

/// Nobody listens, nothing is lost on the way, and still: no answer, no error
/// that an unconnected socket would see on Linux.
#[test]
fn nobody_there_is_silence() {
    within(DEADLINE, || {
        let socket = bind(loopback()).expect("a free port");
        let nobody = socket.local_addr().expect("it is bound");
        let nobody = nobody.as_socket().expect("an IP address");
        drop(socket);
        let client = bind_client(nobody).expect("a free port");
        let timeout = std::time::Duration::from_millis(100);
        let answer = ask(&client, nobody, b"hello", timeout);
        assert_eq!(answer.expect("sent"), None);
    });
}
