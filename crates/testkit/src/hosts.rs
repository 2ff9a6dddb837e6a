//! Two machines and a wire between them, for one test.

use std::process::{ChildStdin, Command};

use crate::Program;

/// Another machine, as far as the network can tell: interfaces, addresses and
/// routes of its own. It is there until it is dropped, and the ends of wires
/// that are in it go with it.
///
/// Inside of [`in_own_network`](crate::in_own_network) only.
pub struct Host {
    /// It does nothing: a network lives as long as somebody is in it.
    somebody: Program,
    _input: ChildStdin,
}

impl Host {
    /// A machine with nothing but `lo`, which is down.
    pub fn new() -> Self {
        let mut unshare = Command::new("unshare");
        // The line says that it is in there. Then it waits for the end of its
        // input, so that it goes even where nobody can drop it.
        unshare.args(["--net", "sh", "-c", "echo in; exec cat"]);
        let (mut somebody, input) = Program::start_with_input(&mut unshare);
        assert_eq!(somebody.line(), "in");
        Self { somebody, _input: input }
    }

    /// Runs a shell script in it.
    pub fn sh(&self, script: &str) -> String {
        run(self.command("sh").args(["-ec", script]))
    }

    /// A program to be started in it.
    pub fn command(&self, program: &str) -> Command {
        let mut nsenter = Command::new("nsenter");
        nsenter.args(["--net", "--target", &self.pid(), program]);
        nsenter
    }

    /// What `ip link … netns` takes for its name.
    pub fn pid(&self) -> String {
        self.somebody.id().to_string()
    }

    /// Lays a wire from the interface `near` here to `far` there, both up.
    ///
    /// `near` has the link-local IPv6 address `fe80::1` and `far` `fe80::2`; any
    /// others are up to the caller.
    pub fn wire(&self, near: &str, far: &str) {
        let pid = self.pid();
        sh(&format!("ip link add {near} type veth peer {far} netns {pid}"));
        // The kernel would make an address of its own, another one each time,
        // and ask for seconds whether anybody has it.
        let up = |end: &str, address: &str| {
            format!(
                "ip link set {end} addrgenmode none
                 ip address add {address}/64 dev {end} nodad
                 ip link set {end} up"
            )
        };
        sh(&up(near, "fe80::1"));
        self.sh(&up(far, "fe80::2"));
        // With both ends up there is a carrier, and a moment later the kernel
        // has seen it. Until then what is sent is lost.
        let seen = |end: &str| {
            format!(
                "until ip link show {end} up | grep -q 'state UP'; do :; done"
            )
        };
        sh(&seen(near));
        self.sh(&seen(far));
    }
}

impl Default for Host {
    fn default() -> Self {
        Self::new()
    }
}

/// Runs a shell script here, in the network that the test runs in.
pub fn sh(script: &str) -> String {
    run(Command::new("sh").args(["-ec", script]))
}

/// What it prints, and it prints no complaints.
fn run(command: &mut Command) -> String {
    let ended = Program::run(command, b"");
    assert_eq!((ended.code, &*ended.stderr), (Some(0), ""), "{command:?}");
    ended.stdout
}
