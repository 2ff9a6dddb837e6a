//! TCP with the Python programs: who gets the whole reply, and who may not.

use testkit::{Ended, Program};

use super::{
    BODY, STATUS_LINE, TIMES, our_server, ours, printed, script, with_programs,
};

/// Our client reads to the end: the server's two sends are one reply.
#[test]
fn our_client_gets_all_from_python() {
    with_programs(|| {
        let Some(mut server) = script("tcp_server.py", &["0"]) else { return };
        let mut server = Program::start(&mut server);
        let addr = server.addr().to_string();
        let reply = format!("{}{BODY}\n", STATUS_LINE.escape_default());
        for _ in 0..TIMES {
            let mut client = ours("client", &["--addr", &addr]);
            let Ended { code, stdout, stderr } = Program::run(&mut client, b"");
            assert_eq!((code, &*stderr), (Some(0), ""));
            assert_eq!(stdout, reply);
            let line = server.line();
            assert!(line.ends_with(") 加油"), "{line}");
        }
    });
}

/// Our server sends its reply in one piece: one read gets all of it.
#[test]
fn python_gets_all_from_our_server() {
    with_programs(|| {
        let mut server = our_server("server", &[]);
        let addr = server.addr().to_string();
        // Four bytes of GB2312, then six.
        for text in ["加油", "加油！"] {
            let Some(whole) = whole_replies(&addr, text) else { return };
            assert_eq!(whole, TIMES);
            for _ in 0..TIMES {
                let line = server.line();
                assert!(line.ends_with(&format!(": {text}")), "{line}");
            }
        }
    });
}

/// Two sends and one read: all of the reply or half of it, as it happens.
#[test]
fn python_gets_all_or_half_from_step_1() {
    with_programs(|| {
        let mut server = our_server("server", &["--step", "1"]);
        let Some(whole) = whole_replies(&server.addr().to_string(), "加油")
        else {
            return;
        };
        eprintln!("step 1 to Python: {whole} of {TIMES} replies were whole");
    });
}

/// How the original fares with itself.
#[test]
fn python_gets_all_or_half_from_python() {
    with_programs(|| {
        let Some(mut server) = script("tcp_server.py", &["0"]) else { return };
        let mut server = Program::start(&mut server);
        let Some(whole) = whole_replies(&server.addr().to_string(), "加油")
        else {
            return;
        };
        eprintln!("Python to Python: {whole} of {TIMES} replies were whole");
    });
}

/// In how many of its conversations Python's single read got the whole reply.
/// In the others it got the first send alone, and never anything else.
fn whole_replies(addr: &str, text: &str) -> Option<usize> {
    let args = [addr, text, &TIMES.to_string()];
    let printed = printed(&mut script("tcp_client.py", &args)?, "");
    let status_line = STATUS_LINE.replace('\r', "");
    let mut bodies = printed.split(&status_line);
    assert_eq!(bodies.next(), Some(""), "the first reply: {printed}");
    let (whole, half): (Vec<_>, Vec<_>) =
        bodies.partition(|body| *body == format!("{BODY}\n"));
    assert!(half.iter().all(|body| *body == "\n"), "cut elsewhere: {half:?}");
    assert_eq!(whole.len() + half.len(), TIMES);
    Some(whole.len())
}
