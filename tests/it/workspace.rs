//! The workspace as cargo sees it.

use std::process::Command;

use serde_json::Value;

use crate::tree::root;

/// The members, each as `cargo metadata` describes a package.
pub(crate) fn members() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps"])
        .current_dir(root())
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo metadata: {errors}");
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

/// A string of cargo's, empty where it is null.
pub(crate) fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

/// The elements of an array of cargo's.
pub(crate) fn list<'a>(
    value: &'a Value,
    key: &str,
) -> impl Iterator<Item = &'a Value> {
    value[key].as_array().into_iter().flatten()
}

/// Whether a target is of this kind: "bin", "example", "test", …
pub(crate) fn is_a(target: &Value, kind: &str) -> bool {
    list(target, "kind").any(|k| k == kind)
}
