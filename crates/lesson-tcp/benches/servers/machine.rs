//! The machine: what it is, which core does what, and a network of our own.

use std::{
    env,
    ffi::OsString,
    fs,
    process::{self, Command, Stdio},
    sync::OnceLock,
    thread,
};

/// The core of the servers.
pub(crate) const SERVER: &str = "0";
/// The core of the load.
const LOAD: &str = "1";

/// Set where we run in a network of our own: which rivals there are.
const INSIDE: &str = "BENCH_INSIDE";

static IS_PINNED: OnceLock<bool> = OnceLock::new();

/// What was measured on, in one line.
pub(crate) fn line() -> String {
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
/// is another for the servers. Tells what came of it.
pub(crate) fn pin() -> &'static str {
    let own = process::id().to_string();
    let is_pinned = cores() > 1
        && succeeds("taskset", &["-cp", LOAD, &own])
        && succeeds("taskset", &["-c", SERVER, "true"]);
    // As many files as we may have open: a thousand clients is close to the
    // limit that is common.
    succeeds("prlimit", &["--pid", &own, FILES]);
    let _ = IS_PINNED.set(is_pinned);
    if is_pinned {
        "each server on core 0 with all its threads, the load on core 1"
    } else {
        "nothing is pinned: that takes two cores and taskset"
    }
}

/// Runs something on this core.
pub(crate) fn on_core(core: &str, words: &[OsString]) -> Command {
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
pub(crate) fn cpu(process: Option<u32>) -> Option<f64> {
    let name = process.map_or("self".to_owned(), |id| id.to_string());
    let stat = fs::read_to_string(format!("/proc/{name}/stat")).ok()?;
    // The name of the program may hold blanks; it ends with the last bracket.
    let (_, rest) = stat.rsplit_once(") ")?;
    let fields: Vec<_> = rest.split(' ').collect();
    let ticks = |at: usize| fields.get(at)?.parse::<f64>().ok();
    Some((ticks(11)? + ticks(12)?) / TICKS)
}

/// Which network we are in, and who handles its packets.
pub(crate) fn network() -> &'static str {
    if !is_own_network() {
        return "this machine's loopback interface (unshare does not work \
            here), so that more than 28 000 connections a second run out of \
            ports";
    }
    match fs::read_to_string(STEERED) {
        Ok(cores) if cores.trim().ends_with('1') => {
            "the loopback interface of a namespace of our own, its packets \
            handled on core 0"
        }
        _ => {
            "the loopback interface of a namespace of our own, its packets \
            handled by who sends them, so that the load may be what limits"
        }
    }
}

/// Whether the process is in a network that nobody else sees.
pub(crate) fn is_own_network() -> bool {
    env::var_os(INSIDE).is_some()
}

/// The rivals that were built before this process started.
pub(crate) fn rivals() -> Option<String> {
    env::var(INSIDE).ok()
}

/// Starts this program once more, in a network of its own, where no firewall
/// looks at each packet and all addresses are free. `None` where that cannot be.
pub(crate) fn in_own_network(rivals: &str) -> Option<process::ExitCode> {
    let works = |&&options: &&&[&str]| {
        succeeds("unshare", &[options, &["sh", "-c", UP]].concat())
    };
    let options = UNSHARE.iter().find(works)?;
    let steer = if cores() > 1 { STEER } else { "true" };
    let own = env::current_exe().ok()?;
    let mut inside = Command::new("unshare");
    inside.args(*options).args(["sh", "-c"]);
    inside.arg(format!("{UP}; {steer}; exec \"$@\"")).arg("sh").arg(own);
    inside.args(env::args_os().skip(1)).env(INSIDE, rivals);
    let ended = inside.status().ok()?;
    let code = ended.code().and_then(|code| u8::try_from(code).ok());
    Some(code.unwrap_or(1).into())
}

/// Runs a program for its exit code.
pub(crate) fn succeeds(program: &str, arguments: &[&str]) -> bool {
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

/// On the loopback interface the sender's core does all the work of TCP, for
/// both ends: most of it would be the load's, which would be what limits, and
/// all good servers would look alike. So the kernel is told to handle packets on
/// the servers' core (receive packet steering), as if the network card were
/// there. What is mounted is gone with us.
const STEER: &str = "{ mount -t sysfs none /mnt && \
    echo 1 >/mnt/class/net/lo/queues/rx-0/rps_cpus; } 2>/dev/null";

/// The cores that packets are handled on, a mask; where `STEER` has put it.
const STEERED: &str = "/mnt/class/net/lo/queues/rx-0/rps_cpus";

/// For prlimit: the soft limit alone, which needs no rights.
const FILES: &str = "--nofile=4096:";

/// Of a second: what the kernel counts in, for all that a program can see.
const TICKS: f64 = 100.0;
