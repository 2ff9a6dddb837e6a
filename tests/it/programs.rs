//! The programs of the workspace, built once for all tests.

use std::{
    collections::BTreeMap, path::PathBuf, process::Command, sync::OnceLock,
};

use serde_json::Value;

use crate::{tree::root, workspace::text};

/// Where the program of this name lies, newly built.
pub(crate) fn program(name: &str) -> PathBuf {
    static BUILT: OnceLock<BTreeMap<String, PathBuf>> = OnceLock::new();
    let programs = BUILT.get_or_init(build);
    let path = programs.get(name);
    path.unwrap_or_else(|| panic!("no bin {name} among {programs:?}")).clone()
}

/// What a program says about itself, or about its subcommand; nothing about
/// one that it does not have.
pub(crate) fn help(name: &str, subcommand: Option<&str>) -> String {
    let mut program = Command::new(program(name));
    let output = program.args(subcommand).arg("--help").output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// Cargo builds a package's own bins before its tests, but this package has
/// none: it needs those of the others.
fn build() -> BTreeMap<String, PathBuf> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--bins"]);
    cargo.arg("--message-format=json-render-diagnostics");
    if !cfg!(debug_assertions) {
        // The tests were built so: another profile would build all again.
        cargo.arg("--release");
    }
    let output = cargo.current_dir(root()).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo build: {errors}");
    let lines = output.stdout.split(|&byte| byte == b'\n');
    lines
        .filter_map(|line| serde_json::from_slice::<Value>(line).ok())
        .filter(|message| text(message, "reason") == "compiler-artifact")
        .filter_map(|message| {
            let path = message["executable"].as_str()?.into();
            Some((text(&message["target"], "name").into(), path))
        })
        .collect()
}
