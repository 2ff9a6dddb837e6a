//! A person at a terminal: a prompt, the end by Ctrl-D, colours.

use std::process::Command;

use testkit::{Ended, Program};

use super::{our_server, ours, printed, script, with_programs};

/// Ours shows what Python's `input(">>:")` shows.
#[test]
fn udp_clients_prompt_a_person() {
    with_programs(|| {
        let mut server = our_server("udp-server", &[]);
        let addr = server.addr().to_string();
        let ours = ours("udp-client", &["--addr", &addr]);
        let Some(python) = script("udp_client.py", &[&addr]) else { return };
        for client in [ours, python] {
            let Some(mut client) = on_a_terminal(&client) else { return };
            let shown = printed(&mut client, "你好\nhello\n");
            // BSD and macOS show Ctrl-D, and go back over it.
            let shown = shown.trim_end_matches("^D\u{8}\u{8}");
            assert_eq!(shown, ">>:你好\nok\n>>:hello\nok\n>>:");
        }
    });
}

/// Colours are for a person who has not said no: not for a file or a pipe.
#[test]
fn the_tap_has_colours_on_a_terminal_only() {
    with_programs(|| {
        let mut server = our_server("server", &[]);
        let addr = server.addr().to_string();
        let args = ["tcp", "--listen", "127.0.0.1:0", "--to", &addr];
        let plain = conversation_shown(ours("tap", &args).env_remove(NO));
        assert!(plain.starts_with("client -> server  4 bytes"), "{plain}");

        let terminal = || on_a_terminal(&ours("tap", &args));
        let Some(mut tap) = terminal() else { return };
        let coloured = conversation_shown(tap.env_remove(NO));
        let Some(mut tap) = terminal() else { return };
        let refused = conversation_shown(tap.env(NO, "1"));

        let (client, server, end) = ("\x1b[36m", "\x1b[32m", "\x1b[0m");
        assert!(
            coloured.starts_with(&format!("{client}client -> ")),
            "{coloured:?}"
        );
        assert!(coloured.contains(&format!("{server}server -> ")));
        let bare = [client, server, end]
            .iter()
            .fold(coloured, |text, escape| text.replace(escape, ""));
        assert_eq!(bare, plain);
        assert_eq!(refused, plain);
    });
}

/// What the tap shows of a conversation of our client's.
fn conversation_shown(tap: &mut Command) -> String {
    // What whoever runs the tests likes to see is not what we test.
    tap.env_remove("CLICOLOR").env_remove("CLICOLOR_FORCE");
    let mut tap = Program::start(tap.env("TERM", "xterm"));
    let addr = tap.addr().to_string();
    assert!(tap.line().starts_with("passing everything on to "));
    let mut client = ours("client", &["--addr", &addr]);
    let Ended { code, stderr, .. } = Program::run(&mut client, b"");
    assert_eq!((code, &*stderr), (Some(0), ""));
    let mut shown = String::new();
    while !shown.contains("client -> server  eof") {
        shown += &format!("{}\n", tap.line());
    }
    shown
}

/// The same program, on a pseudo-terminal where somebody types.
fn on_a_terminal(program: &Command) -> Option<Command> {
    let mut terminal = script("on_a_terminal.py", &[])?;
    terminal.arg(program.get_program()).args(program.get_args());
    Some(terminal)
}

/// Set to anything, it asks every program for no colours: no-color.org.
const NO: &str = "NO_COLOR";
