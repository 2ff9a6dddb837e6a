//! TCP step 3: reads of five bytes, and an end that is no close.

use std::{net::TcpListener, thread};

use common::Charset;
use testkit::{DEADLINE, Peer, assert_transcript, within};

use super::trace::{traced_client, traced_server};

/// 你好世界 in GB2312.
const HELLO: &[u8] = b"\xc4\xe3\xba\xc3\xca\xc0\xbd\xe7";

#[test]
fn of_the_server() {
    within(DEADLINE, || {
        let calls = traced_server("server", &["--step", "3"], |addr| {
            let mut client = Peer::connect(addr, Charset::Gb2312);
            client.send(HELLO);
            client.half_close();
            assert_eq!(client.receive_to_end(), HELLO);
            drop(client.close());
        });
        let Some(calls) = calls else { return };
        assert_transcript!("calls_tcp_step03_server", calls);
    });
}

#[test]
fn of_the_client() {
    within(DEADLINE, || {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let addr = listener.local_addr().expect("it is bound");
        let serving = thread::spawn(move || {
            let mut server = Peer::accept(&listener, Charset::Gb2312);
            assert_eq!(server.receive_to_end(), HELLO);
            server.send(HELLO);
            drop(server.close());
        });
        let args = ["--step", "3", "你好世界"];
        let Some(calls) = traced_client("client", &args, addr) else { return };
        serving.join().expect("no panic");
        assert_transcript!("calls_tcp_step03_client", calls);
    });
}
