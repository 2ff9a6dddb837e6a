//! A network for one test: interfaces and rules that nobody else sees.

use std::{
    env, fs,
    io::{self, Write},
    process::Command,
};

use crate::{Program, skip};

/// Set in the process that runs inside. The other gets what it writes.
const INSIDE: &str = "TESTKIT_INSIDE_NETWORK";

/// Runs the calling test once more in a network of its own, as the root of a
/// user namespace, and gives what `experiment` returned there.
///
/// `test` is the caller's path as `cargo test` prints it, `module::name`.
/// `setup` is a shell script that builds the network (`lo` is there, and down).
/// `None` means that there is nothing left to do: this is the inner run, or
/// there can be no such network here, which [`skip`] has said.
pub fn in_own_network(
    test: &str,
    setup: &str,
    experiment: impl FnOnce() -> String,
) -> Option<String> {
    if env::var_os(INSIDE).is_some() {
        let found = experiment();
        // Not `eprint!`, which a test harness may keep to itself.
        io::stderr().write_all(found.as_bytes()).expect("somebody reads");
        return None;
    }
    let own = env::current_exe().expect("it runs");
    let script =
        format!("PATH=$PATH:/usr/sbin:/sbin\nset -e\n{setup}\nexec \"$@\"\n");
    // `env` is everywhere, `unshare` perhaps is not.
    let mut network = Command::new("env");
    network.args(["unshare", "--net", "--map-root-user"]).env(INSIDE, "1");
    network.args(["sh", "-c", &script, "sh"]).arg(own);
    network.args(["--exact", test, "--nocapture"]);
    let inside = Program::run(&mut network, b"");
    if inside.stdout.is_empty() {
        skip(&format!("no network of one's own: {}", inside.stderr));
        return None;
    }
    println!("{}", inside.stdout);
    assert!(inside.stdout.contains("1 passed"), "{}", inside.stderr);
    Some(inside.stderr)
}

/// Adds to the rules of such a network's packet filter.
pub fn nft(rules: &str) {
    let ended = Program::run(Command::new("nft").arg(rules), b"");
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
}

/// What `ss` prints.
pub fn ss(args: &[&str]) -> String {
    let ended = Program::run(Command::new("ss").args(args), b"");
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    ended.stdout
}

/// One of the numbers that the kernel keeps for each network: `Tcp` and
/// `OutSegs`, or `TcpExt` and `DelayedACKs`, or `Ip6` and `FragCreates`.
pub fn counter(group: &str, name: &str) -> usize {
    if group.ends_with('6') {
        return counter_v6(&format!("{group}{name}"));
    }
    let text = ["/proc/net/snmp", "/proc/net/netstat"]
        .map(|path| fs::read_to_string(path).expect("Linux has it"))
        .concat();
    let group = format!("{group}: ");
    let mut rows = text.lines().filter(|line| line.starts_with(&group));
    let mut row = || rows.next().expect("names, then values").split(' ');
    let pair = row().zip(row()).find(|pair| pair.0 == name);
    pair.expect("this name").1.parse().expect("a number")
}

/// Those of IPv6 have a line each.
fn counter_v6(name: &str) -> usize {
    let text = fs::read_to_string("/proc/net/snmp6").expect("Linux has it");
    let mut lines = text.lines().filter_map(|line| line.split_once(' '));
    let line = lines.find(|line| line.0 == name).expect("this name");
    line.1.trim().parse().expect("a number")
}
