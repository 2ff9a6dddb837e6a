//! The machine: what it is, which core does what, and a network of our own.

use std::{
    env,
    ffi::OsString,
    fs,
    process::{self, Command, Stdio},
    sync::OnceLock,
    thread,
};

/// The core of what is measured.
pub const SERVER: &str = "0";
/// The core of the load.
pub const LOAD: &str = "1";

/// Set where we run in a network of our own, to what the process outside says.
const INSIDE: &str = "BENCH_INSIDE";

static IS_PINNED: OnceLock<bool> = OnceLock::new();

/// What was measured on, in one line.
pub fn line() -> String {
    let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpus
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or("unknown CPU", |name| {
            name.trim_start_matches([' ', '\t', ':'])
        });
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease");
    format!(
        "{model}, {} cores, {} {}",
        cores(),
        env::consts::OS,
        kernel.as_deref().unwrap_or("").trim_end(),
    )
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Pins this process, and so whatever it starts, to the load's core, where there
/// is another for what is measured. Tells whether there is.
pub fn pin() -> bool {
    let own = process::id().to_string();
    let is_pinned = cores() > 1
        && succeeds("taskset", &["-cp", LOAD, &own])
        && succeeds("taskset", &["-c", SERVER, "true"]);
    let _ = IS_PINNED.set(is_pinned);
    is_pinned
}

/// What is to be said where [`pin`] cannot.
pub const UNPINNED: &str =
    "nothing is pinned: that takes two cores and taskset";

/// Runs something on this core.
pub fn on_core(core: &str, words: &[OsString]) -> Command {
    let is_pinned = IS_PINNED.get().copied().unwrap_or_default();
    let pin: &[_] = if is_pinned { &["taskset", "-c", core] } else { &[] };
    let pin = pin.iter().map(OsString::from);
    let mut words = pin.chain(words.iter().cloned());
    let mut command = Command::new(words.next().unwrap_or_default());
    command.args(words);
    command
}

/// Seconds of CPU that a process has used, in the kernel and outside; ours
/// without an id. `None` where there is no /proc.
pub fn cpu(process: Option<u32>) -> Option<f64> {
    let name = process.map_or("self".to_owned(), |id| id.to_string());
    let stat = fs::read_to_string(format!("/proc/{name}/stat")).ok()?;
    // The name of the program may hold blanks; it ends with the last bracket.
    let (_, rest) = stat.rsplit_once(") ")?;
    let fields: Vec<_> = rest.split(' ').collect();
    let ticks = |at: usize| fields.get(at)?.parse::<f64>().ok();
    Some((ticks(11)? + ticks(12)?) / TICKS)
}

/// A loopback interface, and who handles its packets.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// The machine's own.
    Shared,
    /// In a namespace of our own: whoever sends a packet handles it too.
    Own,
    /// The same, but the core of what is measured handles all packets.
    Steered,
}

/// The network that we are in.
pub fn network() -> Network {
    let steered = || fs::read_to_string(STEERED).unwrap_or_default();
    if outside().is_none() {
        Network::Shared
    } else if steered().trim().ends_with('1') {
        Network::Steered
    } else {
        Network::Own
    }
}

/// In a network of our own, what the process outside had to say to this one.
pub fn outside() -> Option<String> {
    env::var(INSIDE).ok()
}

/// Starts this program once more, in a network of its own, where no firewall
/// looks at each packet and all addresses are free; [`outside`] gives it `message`.
/// With `is_steered` the core of what is measured handles all packets there, if
/// that can be had. `None` where no such network can be.
pub fn in_own_network(
    message: &str,
    is_steered: bool,
) -> Option<process::ExitCode> {
    let works = |&&options: &&&[&str]| {
        succeeds("unshare", &[options, &["sh", "-c", UP]].concat())
    };
    let options = UNSHARE.iter().find(works)?;
    let steer = if is_steered && cores() > 1 { STEER } else { "true" };
    let own = env::current_exe().ok()?;
    let mut inside = Command::new("unshare");
    inside.args(*options).args(["sh", "-c"]);
    inside.arg(format!("{UP}; {steer}; exec \"$@\"")).arg("sh").arg(own);
    inside.args(env::args_os().skip(1)).env(INSIDE, message);
    let ended = inside.status().ok()?;
    let code = ended.code().and_then(|code| u8::try_from(code).ok());
    Some(code.unwrap_or(1).into())
}

/// Runs a program for its exit code.
pub fn succeeds(program: &str, arguments: &[&str]) -> bool {
    Command::new(program)
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// For root, and for those who are root in their own namespace only.
const UNSHARE: [&[&str]; 2] =
    [&["--net", "--mount"], &["--net", "--mount", "--map-root-user"]];

/// Where `ip` is not on a user's path.
const UP: &str = "PATH=$PATH:/usr/sbin:/sbin && ip link set lo up";

/// On the loopback interface the sender's core does all the work of both ends:
/// most of it would be the load's, which would be what limits, and all good
/// servers would look alike. So the kernel is told to handle packets on the
/// servers' core (receive packet steering), as if the network card were there.
/// What is mounted is gone with us.
const STEER: &str = "{ mount -t sysfs none /mnt && \
    echo 1 >/mnt/class/net/lo/queues/rx-0/rps_cpus; } 2>/dev/null";

/// The cores that packets are handled on, a mask; where `STEER` has put it.
const STEERED: &str = "/mnt/class/net/lo/queues/rx-0/rps_cpus";

/// Of a second: what the kernel counts in, for all that a program can see.
const TICKS: f64 = 100.0;
