//! Of step 10: the option that a listener for both families needs, and a name
//! that has one address.

use std::net::TcpListener;

use common::Charset;
use testkit::{DEADLINE, Peer, assert_transcript, skip, within};

use super::trace::{traced_client, traced_server};

#[test]
fn of_the_tcp_server_step10() {
    if TcpListener::bind("[::1]:0").is_err() {
        return skip("this machine has no IPv6");
    }
    within(DEADLINE, || {
        let args = ["--step", "10", "--addr", "[::]:0", "--only-v6", "false"];
        let Some(calls) = traced_server("server", &args, |addr| {
            let addr = ([127, 0, 0, 1], addr.port()).into();
            let mut client = Peer::connect(addr, Charset::Utf8);
            client.receive_to_end();
            drop(client.close());
        }) else {
            return;
        };
        assert_transcript!("calls_tcp_step10_server", calls);
    });
}

#[test]
fn of_the_tcp_client_step10() {
    within(DEADLINE, || {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let addr = listener.local_addr().expect("it is bound");
        let serving = std::thread::spawn(move || {
            let mut server = Peer::accept(&listener, Charset::Utf8);
            server.send(b"you are 127.0.0.1, and you called 127.0.0.1\n");
            drop(server.close());
        });
        let name = addr.to_string();
        let args = ["--step", "10", "--name", &name];
        let Some(calls) = traced_client("client", &args, addr) else { return };
        serving.join().expect("no panic");
        assert_transcript!("calls_tcp_step10_client", calls);
    });
}
