//! The rivals are built here, into target/. Where a tool is missing, so is the
//! row, and a line says why.

use std::{
    env,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Builds a rival, or says why not.
type Build = fn() -> Result<(), String>;

/// Builds all of them, and names those that there are.
pub(crate) fn build() -> String {
    let mut there = String::new();
    let rivals: [(&str, Build); 4] = [
        ("c_epoll", c_epoll),
        ("tokio-rival", tokio),
        ("python", find_python),
        ("uvloop", uvloop),
    ];
    for (name, build) in rivals {
        match build() {
            Ok(()) => there.extend([name, " "]),
            Err(why) => println!("skipped: {name}: {why}\n"),
        }
    }
    there
}

/// Of what the rivals are made, as far as it is there.
pub(crate) fn versions() -> String {
    let tools = [cc(), Command::new(python()), Command::new("iperf3")];
    let versions = tools.into_iter().filter_map(|mut tool| {
        let output = tool.arg("--version").output().ok()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.lines().next().map(str::to_owned)
    });
    // In a lock, the version comes behind the name.
    let lock = include_str!("../rivals/tokio/Cargo.lock");
    let tokio =
        lock.split_once("\"tokio\"\nversion = \"").unwrap_or_default().1;
    let tokio = tokio.split('"').next().unwrap_or_default();
    let locked = [format!("uvloop {UVLOOP}"), format!("tokio {tokio}")];
    versions.chain(locked).collect::<Vec<_>>().join("; ")
}

/// A program that was built.
pub(crate) fn built(name: &str) -> PathBuf {
    match name {
        "tokio-rival" => target("bench-rivals/tokio/release/tokio-rival"),
        _ => target("bench-rivals").join(name),
    }
}

/// The interpreter for the scripts: the one that knows uvloop, if there is one.
pub(crate) fn python() -> PathBuf {
    let own = target("bench-venv/bin/python");
    if own.exists() { own } else { "python3".into() }
}

pub(crate) fn script(name: &str) -> PathBuf {
    source("python").join(name)
}

fn c_epoll() -> Result<(), String> {
    let program = built("c_epoll");
    // Else an old one would take part where the new one cannot be built.
    let _ = fs::remove_file(&program);
    fs::create_dir_all(target("bench-rivals")).map_err(|e| e.to_string())?;
    let mut cc = cc();
    cc.args(["-O2", "-Wall", "-Wextra", "-o"]).arg(program);
    run(cc.arg(source("c_epoll.c")))
}

fn cc() -> Command {
    Command::new(env::var_os("CC").unwrap_or("cc".into()))
}

fn tokio() -> Result<(), String> {
    let cargo = env::var_os("CARGO").unwrap_or("cargo".into());
    let mut build = Command::new(cargo);
    build.args(["build", "--release", "--locked", "--manifest-path"]);
    build.arg(source("tokio").join("Cargo.toml"));
    run(build.arg("--target-dir").arg(target("bench-rivals/tokio")))
}

fn find_python() -> Result<(), String> {
    run(Command::new("python3").arg("--version"))
}

fn uvloop() -> Result<(), String> {
    let venv = target("bench-venv");
    if !venv.exists() {
        run(Command::new("python3").args(["-m", "venv"]).arg(&venv))?;
    }
    let is_there =
        format!("import uvloop as u; exit(u.__version__ != '{UVLOOP}')");
    if run(Command::new(python()).args(["-c", &is_there])).is_ok() {
        return Ok(());
    }
    let mut pip = Command::new(python());
    pip.args(["-m", "pip", "install", "--quiet", "--only-binary", ":all:"]);
    run(pip.arg(format!("uvloop=={UVLOOP}")))
}

/// Runs a command that prints nothing of interest, unless it fails.
fn run(command: &mut Command) -> Result<(), String> {
    let name = Path::new(command.get_program()).file_name();
    let name = name.unwrap_or(OsStr::new("")).to_string_lossy().into_owned();
    let output = command.output().map_err(|e| format!("{name}: {e}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let last = said.lines().rfind(|line| !line.trim().is_empty());
    Err(format!("{name}: {}", last.unwrap_or("failed")))
}

fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/rivals").join(name)
}

/// A place beside `target/tmp`, which cargo makes for benchmarks.
fn target(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("..").join(name)
}

/// The version that pip installs.
const UVLOOP: &str = "0.23.0";
