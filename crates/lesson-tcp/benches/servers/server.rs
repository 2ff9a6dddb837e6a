//! The servers: black boxes, each a process that prints where it listens.

use std::{
    ffi::OsString,
    fs::{self, File},
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use testkit::bench::machine::{self, Network};

use crate::{load::Dialogue, rivals};

/// A server that takes part.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Server {
    pub(crate) name: &'static str,
    maker: Maker,
    /// What comes after the address.
    arguments: &'static [&'static str],
    dialogues: &'static [Dialogue],
}

/// Who made a server, and what its command line looks like.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Maker {
    /// `server --addr IP:0 …`
    Ours,
    /// `PROGRAM IP echo|page`
    Native(&'static str),
    /// `python SCRIPT IP echo|page …`
    Python(&'static str),
}

/// All of them, ours first.
pub(crate) const SERVERS: &[Server] = &[
    ours("iterative", &["--step", "9", "--kind", "iterative"], ECHO),
    ours(
        "threads",
        &["--step", "9", "--kind", "threads", ALL[0], ALL[1]],
        ECHO,
    ),
    ours("pool", &["--step", "9", "--kind", "pool"], ECHO),
    ours(
        "elastic",
        &["--step", "9", "--kind", "elastic", ALL[0], ALL[1]],
        ECHO,
    ),
    ours(
        READINESS,
        &["--step", "9", "--kind", "readiness", ALL[0], ALL[1]],
        ECHO,
    ),
    ours(DEFAULT, &[], &[Dialogue::Page]),
    rival("Python threads", Maker::Python("socketserver_threads.py"), &[]),
    rival("Python asyncio", Maker::Python("asyncio_echo.py"), &[]),
    rival(UVLOOP, Maker::Python("asyncio_echo.py"), &["--uvloop"]),
    rival("tokio", Maker::Native("tokio-rival"), &[]),
    rival(EPOLL, Maker::Native("c_epoll"), &[]),
];

pub(crate) const READINESS: &str = "readiness";
pub(crate) const DEFAULT: &str = "default";
pub(crate) const UVLOOP: &str = "Python uvloop";
/// What the others are measured by.
pub(crate) const EPOLL: &str = "C epoll";

/// The two that take any number of clients take all of ours. The pool keeps to
/// its few threads.
const ALL: [&str; 2] = ["--clients", "2000"];

const ECHO: &[Dialogue] = &[Dialogue::Kept, Dialogue::Whole];
const ANY: &[Dialogue] = &[Dialogue::Kept, Dialogue::Whole, Dialogue::Page];

const fn ours(
    name: &'static str,
    arguments: &'static [&'static str],
    dialogues: &'static [Dialogue],
) -> Server {
    Server { name, maker: Maker::Ours, arguments, dialogues }
}

const fn rival(
    name: &'static str,
    maker: Maker,
    arguments: &'static [&'static str],
) -> Server {
    Server { name, maker, arguments, dialogues: ANY }
}

impl Server {
    pub(crate) fn is_ours(&self) -> bool {
        self.maker == Maker::Ours
    }

    pub(crate) fn is_python(&self) -> bool {
        matches!(self.maker, Maker::Python(_))
    }

    /// Whether what it takes is there, according to [`rivals::build`].
    pub(crate) fn is_built(&self, there: &str) -> bool {
        match self.maker {
            Maker::Ours => true,
            Maker::Native(program) => there.contains(program),
            Maker::Python(_) if self.name == UVLOOP => there.contains("uvloop"),
            Maker::Python(_) => there.contains("python"),
        }
    }

    pub(crate) fn knows(&self, dialogue: Dialogue) -> bool {
        self.dialogues.contains(&dialogue)
    }

    /// Starts it, on a core of its own where there are two.
    ///
    /// # Errors
    /// Why it does not serve: what it complained about.
    pub(crate) fn start(&self, dialogue: Dialogue) -> Result<Running, String> {
        let ip = match machine::network() {
            Network::Shared => Ipv4Addr::LOCALHOST,
            Network::Own | Network::Steered => Ipv4Addr::UNSPECIFIED,
        };
        let word = if dialogue == Dialogue::Page { "page" } else { "echo" };
        let mut words: Vec<OsString> = Vec::new();
        match self.maker {
            Maker::Ours => {
                words.push(env!("CARGO_BIN_EXE_server").into());
                words.extend(["--addr".into(), format!("{ip}:0").into()]);
            }
            Maker::Native(program) => {
                words.push(rivals::built(program).into());
                words.extend([ip.to_string().into(), word.into()]);
            }
            Maker::Python(script) => {
                words.push(rivals::python().into());
                words.push(rivals::script(script).into());
                words.extend([ip.to_string().into(), word.into()]);
            }
        }
        words.extend(self.arguments.iter().map(OsString::from));
        Running::start(machine::on_core(machine::SERVER, &words))
    }
}

/// A server that is running; it is ended when this is dropped.
pub(crate) struct Running {
    child: Child,
    log: PathBuf,
    pub(crate) addr: SocketAddr,
}

impl Running {
    /// Starts a program and waits until it has said where it listens. What it
    /// prints goes into a file, as in daily use: a pipe would fill up, or cost
    /// the load's core the time to read it.
    pub(crate) fn start(command: Command) -> Result<Self, String> {
        let mut running = Self::start_saying(command, LISTENS)?;
        let text = fs::read_to_string(&running.log).unwrap_or_default();
        let said = text
            .split_once(LISTENS)
            .and_then(|(_, rest)| rest.lines().next()?.trim_end().parse().ok());
        running.addr = said.ok_or_else(|| format!("no address in {text:?}"))?;
        Ok(running)
    }

    /// Starts a program and waits until it has printed a line with these words.
    pub(crate) fn start_saying(
        mut command: Command,
        words: &str,
    ) -> Result<Self, String> {
        let log = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("server-{}.log", std::process::id()));
        let file = File::create(&log).map_err(|e| e.to_string())?;
        let errors = file.try_clone().map_err(|e| e.to_string())?;
        let child = command
            .stdin(Stdio::null())
            .stdout(file)
            .stderr(errors)
            .spawn()
            .map_err(|e| format!("{:?}: {e}", command.get_program()))?;
        let addr = (IpAddr::V4(Ipv4Addr::LOCALHOST), 0).into();
        let mut running = Self { child, log, addr };
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            let text = fs::read_to_string(&running.log).unwrap_or_default();
            let rest = text.split_once(words).map_or("", |(_, rest)| rest);
            if rest.contains('\n') {
                return Ok(running);
            }
            if !matches!(running.child.try_wait(), Ok(None)) {
                return Err(text.lines().last().unwrap_or("").to_owned());
            }
            thread::park_timeout(Duration::from_millis(1));
        }
        Err("it does not say where it listens".to_owned())
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Killing what has ended already fails, and that is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_file(&self.log);
    }
}

/// What a server says before its address.
const LISTENS: &str = "listening on ";

/// Until a server listens.
const PATIENCE: Duration = Duration::from_secs(10);
