//! UDP with the Python programs: every line is answered.

#[cfg(target_os = "linux")]
use testkit::assert_transcript;
use testkit::{Ended, Program};

use super::{TIMES, our_server, ours, printed, script, with_programs};

#[test]
fn our_client_is_answered_by_python() {
    with_programs(|| {
        for step in ["1", "2", "7"] {
            let Some(mut server) = script("udp_server.py", &["0"]) else {
                return;
            };
            let mut server = Program::start(&mut server);
            let addr = server.addr().to_string();
            let mut client =
                ours("udp-client", &["--addr", &addr, "--step", step]);
            let input = lines().concat();
            let Ended { code, stdout, stderr } =
                Program::run(&mut client, input.as_bytes());
            assert_eq!((code, &*stderr), (Some(0), ""));
            assert_eq!(stdout, "ok\n".repeat(TIMES));
            has_received(&mut server);
        }
    });
}

#[test]
fn python_is_answered_by_our_server() {
    with_programs(|| {
        for step in [&[][..], &["--step", "1"], &["--step", "4"]] {
            let mut server = our_server("udp-server", step);
            if asked_by_python(&mut server).is_none() {
                return;
            }
        }
    });
}

#[test]
fn python_is_answered_by_python() {
    with_programs(|| {
        let Some(mut server) = script("udp_server.py", &["0"]) else { return };
        asked_by_python(&mut Program::start(&mut server));
    });
}

/// The listing's client takes what comes first: a stranger's lie, and from then
/// on each answer for the next one's.
#[test]
fn python_believes_a_stranger() {
    with_programs(|| {
        let mut server =
            our_server("udp-server", &["--step", "4", "--stranger"]);
        let addr = server.addr().to_string();
        let Some(mut client) = script("udp_client.py", &[&addr]) else {
            return;
        };
        let printed = printed(&mut client, "one\ntwo\n");
        assert_eq!(printed, ">>:trust me\n>>:ok\n>>:");
    });
}

/// What std does not offer: errors without `connect`, and `connect` undone.
#[test]
#[cfg(target_os = "linux")]
fn what_connect_has_beside_std() {
    with_programs(|| {
        let Some(mut script) = script("udp_connect.py", &[]) else { return };
        assert_transcript!("peers_udp_connect", printed(&mut script, ""));
    });
}

fn asked_by_python(server: &mut Program) -> Option<()> {
    let addr = server.addr().to_string();
    let mut client = script("udp_client.py", &[&addr])?;
    // Python shows its prompt to a pipe as well.
    let printed = printed(&mut client, &lines().concat());
    assert_eq!(printed, format!("{}>>:", ">>:ok\n".repeat(TIMES)));
    has_received(server);
    Some(())
}

/// The server has shown each line, and who sent it.
fn has_received(server: &mut Program) {
    for line in lines() {
        let shown = server.line();
        let start = format!("recv: {} ", line.trim_end());
        assert!(shown.starts_with(&start), "{shown} for {line}");
    }
}

/// What is sent: a datagram each.
fn lines() -> Vec<String> {
    (0..TIMES).map(|number| format!("你好 {number}\n")).collect()
}
