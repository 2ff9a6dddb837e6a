//! Ctrl-Z and `fg`, which interrupt a call that has a timeout: signal(7).
#![cfg(target_os = "linux")]

use std::process::Command;

use testkit::{DEADLINE, Peer, Program, within};

use crate::conversations::{CHARSET, REQUEST};

/// The server waits for the client's request meanwhile.
#[test]
fn a_stopped_server_goes_on_where_it_was() {
    within(DEADLINE, || {
        for (step, request, length) in [
            ("1", REQUEST, 42),
            ("4", b"ok\r\n", 4),
            ("7", REQUEST, 42),
            ("11", REQUEST, 42),
        ] {
            let mut server = Command::new(env!("CARGO_BIN_EXE_server"));
            server.args(["--addr", "127.0.0.1:0", "--step", step]);
            let mut server = Program::start(&mut server);
            let mut client = Peer::connect(server.addr(), CHARSET);
            // Several times: the first may come before the server waits.
            for _ in 0..5 {
                server.stop_and_continue();
            }
            client.send(request);
            client.half_close();
            assert_eq!(client.receive_to_end().len(), length);
            drop(client.close());
        }
    });
}
