//! The programs, as a learner tries their patience.

use std::process::Command;

use testkit::{Ended, Program};

/// The server's pauses are a tenth of a second: 42 bytes take 4.1 s and more.
pub(super) fn tried() -> String {
    let mut server = Command::new(env!("CARGO_BIN_EXE_server"));
    server.args(["--addr", "127.0.0.1:0", "--step", "7"]);
    let mut server = Program::start(&mut server);
    let addr = server.addr().to_string();
    let client = |args: &[&str]| {
        let mut client = Command::new(env!("CARGO_BIN_EXE_client"));
        client.args(["--addr", &addr, "--step", "7"]).args(args);
        Program::run(&mut client, b"")
    };
    // Should this machine stand still for so long, it gets more time.
    let waits = ["1.5", "2.5", "4"].map(|time| ["--timeout", time]);
    let ended = waits.iter().map(|wait| client(wait));
    let ended = ended.into_iter().find(|ended| ended.code == Some(0));
    let Ended { stdout, stderr, .. } = ended.expect("all are in time");
    assert_eq!(stderr, "");
    let (_, took) = stdout.trim_end().split_once('\n').expect("two lines");
    let words: Vec<_> = took.split(' ').collect();
    let [took, .., timeout] = words[..] else { panic!("{took}") };
    assert!(took.parse::<f64>().expect("a number") >= 4.1, "{took}");
    let mut shown = stdout.replace(took, "4.2").replace(timeout, "300ms");

    let args = ["--timeout", "0.3", "--deadline"];
    let Ended { code, stdout, stderr } = client(&args);
    assert_eq!(code, Some(1));
    // How much had come by then is the machine's affair.
    let had_come = stdout.trim_end();
    assert!(shown.starts_with(had_come), "{had_come}");
    shown += "---\nHTT\n";
    shown += &stderr.replace(&addr, "127.0.0.1:8888");
    shown
}
