//! Who may lean on whom, from cargo's own view of the workspace.

use serde_json::Value;

use crate::{
    tree::{Tree, assert_none, assert_one},
    workspace::{is_a, list, members, text},
};

/// What a member may depend on. ARCHITECTURE.md says why.
struct Allowed {
    member: &'static str,
    normal: &'static [&'static str],
    dev: &'static [&'static str],
}

const ALLOWED: &[Allowed] = &[
    Allowed {
        member: "common",
        normal: &[
            "anstream",
            "anstyle",
            "clap",
            "encoding_rs",
            "oorandom",
            "socket2",
        ],
        dev: &["proptest", "testkit"],
    },
    Allowed {
        member: "testkit",
        normal: &["clap", "common", "insta"],
        dev: &[],
    },
    Allowed {
        member: "lesson-tcp",
        normal: &["clap", "common", "ctrlc", "httparse", "mio", "socket2"],
        dev: &["proptest", "testkit"],
    },
    Allowed {
        member: "lesson-udp",
        normal: &["clap", "common", "hound", "plotters", "socket2"],
        dev: &["nix", "quinn-udp", "testkit"],
    },
    Allowed {
        member: "course-tests",
        normal: &[],
        dev: &["common", "pulldown-cmark", "serde_json", "testkit"],
    },
];

/// `common` runs in a browser too, where there are no sockets.
const NATIVE: &str = "cfg(not(target_family = \"wasm\"))";

/// The only files of `common` that know of sockets below std's.
const TAP: &str = "crates/common/src/tap/";

/// What a member takes from the workspace rather than say it again.
const INHERITED: &[&str] = &[
    "\nedition.workspace = true\n",
    "\nrust-version.workspace = true\n",
    "\nlicense.workspace = true\n",
    "\n[lints]\nworkspace = true\n",
];

fn dependencies(members: &[Value]) -> Vec<String> {
    members.iter().flat_map(dependencies_of).collect()
}

fn dependencies_of(member: &Value) -> Vec<String> {
    let name = text(member, "name");
    let Some(allowed) = ALLOWED.iter().find(|a| a.member == name) else {
        return vec![format!(
            "{name} is new: add it to ALLOWED in tests/it/imports.rs and to \
             ARCHITECTURE.md"
        )];
    };
    let mut complaints = Vec::new();
    for dependency in list(member, "dependencies") {
        let other = text(dependency, "name");
        let (kind, may) = match text(dependency, "kind") {
            "" => ("dependencies", allowed.normal),
            "dev" => ("dev-dependencies", allowed.dev),
            _ => ("build-dependencies", &[][..]),
        };
        if !may.contains(&other) {
            complaints.push(format!("{name}: {other} in its {kind}"));
        } else if other == "testkit" && kind != "dev-dependencies" {
            complaints.push(format!("{name}: testkit is for tests only"));
        } else if (name, other) == ("common", "socket2")
            && text(dependency, "target") != NATIVE
        {
            complaints.push(format!("{name}: {other} only under {NATIVE}"));
        }
    }
    complaints
}

/// Two bins of one name race for one file in target/, and cargo only warns.
fn targets(members: &[Value]) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut taken: Vec<(&str, &str)> = Vec::new();
    for member in members {
        let package = text(member, "name");
        for target in list(member, "targets") {
            if !is_a(target, "bin") && !is_a(target, "example") {
                continue;
            }
            let name = text(target, "name");
            if let Some((_, other)) = taken.iter().find(|t| t.0 == name) {
                complaints.push(format!("{package}: {other} has a {name} too"));
            }
            taken.push((name, package));
            if target["test"] != false {
                complaints
                    .push(format!("{package}: {name} needs test = false"));
            }
        }
    }
    complaints
}

fn manifest(path: &str, toml: &str) -> Vec<String> {
    INHERITED
        .iter()
        .filter(|line| !toml.contains(**line))
        .map(|line| format!("{path}: it has no {:?}", line.trim()))
        .collect()
}

/// A cfg in Cargo.toml does not help where the code itself needs sockets.
fn sockets(tree: &Tree) -> Vec<String> {
    tree.iter()
        .filter(|(path, _)| path.starts_with("crates/common/src/"))
        .filter(|(path, text)| {
            !path.starts_with(TAP) && text.contains("socket2")
        })
        .map(|(path, _)| format!("{path}: only {TAP} may name socket2"))
        .collect()
}

#[test]
fn members_lean_on_whom_they_may() {
    assert_none(&dependencies(&members()));
    assert_none(&sockets(&Tree::project()));
}

#[test]
fn programs_have_names_of_their_own() {
    assert_none(&targets(&members()));
}

#[test]
fn manifests_inherit() {
    let tree = Tree::project();
    let members = tree
        .iter()
        .filter(|(path, _)| path.ends_with("/Cargo.toml"))
        // A workspace of its own has nobody to take it from.
        .filter(|(_, toml)| !toml.contains("\n[workspace]\n"));
    let found: Vec<_> =
        members.flat_map(|(path, toml)| manifest(path, toml)).collect();
    assert_none(&found);
}

/// Complaints about one dependency of `common`.
fn common_on(other: &str, kind: &str, target: &str) -> Vec<String> {
    let dependency = serde_json::json!({
        "name": other, "kind": kind, "target": target
    });
    dependencies(&[serde_json::json!({
        "name": "common", "dependencies": [dependency]
    })])
}

#[test]
fn a_dependency_that_may_not_be_is_found() {
    assert_none(&common_on("socket2", "", NATIVE));
    assert_one(&common_on("socket2", "", ""), "only under cfg(not(");
    assert_one(&common_on("insta", "", ""), "insta in its dependencies");
    assert_none(&common_on("testkit", "dev", ""));
    assert_one(&common_on("testkit", "", ""), "testkit in its dependencies");
    assert_one(&common_on("clap", "build", ""), "build-dependencies");
    let new = dependencies(&[serde_json::json!({ "name": "new" })]);
    assert_one(&new, "ARCHITECTURE.md");
    let tree = Tree::of(&[("crates/common/src/link.rs", "use socket2::Type;")]);
    assert_one(&sockets(&tree), "link.rs: only crates/common/src/tap/");
}

#[test]
fn two_programs_of_one_name_are_found() {
    let member = |name: &str, test: bool| {
        let bin = serde_json::json!({
            "name": "server", "kind": ["bin"], "test": test
        });
        serde_json::json!({ "name": name, "targets": [bin] })
    };
    let both = targets(&[member("a", false), member("b", false)]);
    assert_one(&both, "b: a has a server too");
    assert_one(&targets(&[member("a", true)]), "test = false");
}

#[test]
fn a_manifest_that_says_it_again_is_found() {
    let toml = INHERITED.concat();
    assert_none(&manifest("Cargo.toml", &toml));
    let own = toml.replace("edition.workspace = true", "edition = \"2021\"");
    assert_one(&manifest("Cargo.toml", &own), "edition.workspace");
}
