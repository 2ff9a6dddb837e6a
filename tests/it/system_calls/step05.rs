//! Step 5 of the TCP track: two requests on one connection, in its own thread.

use common::Charset;
use testkit::{DEADLINE, Peer, assert_transcript, within};

use super::threads::traced_threads;

#[test]
fn of_the_http_server() {
    let converse = |addr| {
        let mut client = Peer::connect(addr, Charset::Gb2312);
        for path in ["/", "/favicon.ico"] {
            let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
            client.send(request.as_bytes());
            // Where it is found or not, the page has 22 bytes.
            let length = if path == "/" { 102 } else { 109 };
            client.receive(length);
        }
        client.half_close();
        client.receive_to_end();
        drop(client.close());
    };
    within(DEADLINE, move || {
        let calls = traced_threads("http", &["--step", "5"], converse);
        let Some(calls) = calls else { return };
        assert_transcript!("calls_tcp_step05_server", calls);
    });
}
