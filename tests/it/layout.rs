//! A step is one name in five places: code, `lib.rs`, test, snapshot, chapter.

use crate::{
    summary,
    tree::{Tree, assert_none, assert_one, has_ext},
};

/// A track's crate and the directory of its chapters.
const TRACKS: &[(&str, &str)] = &[
    ("crates/lesson-tcp", "book/src/tcp"),
    ("crates/lesson-udp", "book/src/udp"),
];

/// Each step has its parts, and each part its step.
fn steps(tree: &Tree) -> Vec<String> {
    TRACKS
        .iter()
        .flat_map(|(package, chapters)| {
            let mut complaints = missing_parts(tree, package, chapters);
            complaints.extend(lost_parts(tree, package, chapters));
            complaints
        })
        .collect()
}

fn missing_parts(tree: &Tree, package: &str, chapters: &str) -> Vec<String> {
    let summary = summary::entries(tree.text("book/src/SUMMARY.md"));
    let has_line = |path: &str, line: &str| {
        tree.text(path).lines().any(|l| l.trim() == line)
    };
    let mut complaints = Vec::new();
    for step in steps_in(tree, &format!("{package}/src"), ".rs") {
        let mut want = |found: bool, part: String| {
            if !found {
                complaints.push(format!("{package}: {step} has no {part}"));
            }
        };
        let lib = format!("{package}/src/lib.rs");
        let line = format!("pub mod {step};");
        want(has_line(&lib, &line), format!("`{line}` in {lib}"));

        let tests = format!("{package}/tests/it");
        let test = format!("{tests}/{step}.rs");
        want(tree.contains_key(&test), format!("test file {test}"));
        let line = format!("mod {step};");
        let main = format!("{tests}/main.rs");
        want(has_line(&main, &line), format!("`{line}` in {main}"));
        let body = tree.text(&test);
        let named = tree
            .stems(&format!("{tests}/snapshots"), ".snap")
            .filter(|snapshot| belongs(snapshot, step))
            .any(|snapshot| body.contains(&format!("\"{snapshot}\"")));
        want(named, format!("snapshot of its own that {test} names"));

        let chapter = format!("{chapters}/{step}.md");
        want(tree.contains_key(&chapter), format!("chapter {chapter}"));
        let listed = summary.iter().any(|e| e.path() == chapter);
        want(listed, format!("line for {chapter} in SUMMARY.md"));
    }
    complaints
}

fn lost_parts(tree: &Tree, package: &str, chapters: &str) -> Vec<String> {
    let source = format!("{package}/src");
    let tests = format!("{package}/tests/it");
    let snapshots = format!("{tests}/snapshots");
    [(chapters, ".md"), (&tests, ".rs"), (&snapshots, ".snap")]
        .into_iter()
        .flat_map(|(dir, end)| {
            steps_in(tree, dir, end).map(move |part| (dir, part, end))
        })
        .filter(|&(_, part, end)| {
            !steps_in(tree, &source, ".rs").any(|step| {
                part == step || (end == ".snap" && belongs(part, step))
            })
        })
        .map(|(dir, part, end)| {
            format!("{dir}/{part}{end}: there is no such step in {source}")
        })
        .collect()
}

fn steps_in<'a>(
    tree: &'a Tree,
    dir: &'a str,
    end: &'a str,
) -> impl Iterator<Item = &'a str> {
    tree.stems(dir, end).filter(|stem| stem.starts_with("step"))
}

/// `step01_server` owns `step01_server.snap` and `step01_server_two_clients`.
fn belongs(snapshot: &str, step: &str) -> bool {
    snapshot
        .strip_prefix(step)
        .is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
}

/// Each snapshot is named by a test beside it: insta keeps those of tests
/// that are gone, and says nothing.
fn orphans(tree: &Tree) -> Vec<String> {
    tree.keys()
        .filter_map(|path| {
            let (dir, name) = path.strip_suffix(".snap")?.rsplit_once('/')?;
            let tests = dir.strip_suffix("snapshots").unwrap_or(dir);
            let quoted = format!("\"{name}\"");
            let named = tree.iter().any(|(path, text)| {
                path.starts_with(tests)
                    && has_ext(path, "rs")
                    && text.contains(&quoted)
            });
            (!named).then(|| {
                format!("{path}: no test in {tests} names {quoted}, delete it")
            })
        })
        .collect()
}

#[test]
fn each_step_has_its_parts() {
    assert_none(&steps(&Tree::project()));
}

#[test]
fn each_snapshot_has_its_test() {
    assert_none(&orphans(&Tree::project()));
}

/// One step with all its parts.
fn one_step() -> Tree {
    Tree::of(&[
        ("book/src/SUMMARY.md", "- [Step 1: A](tcp/step01_a.md)\n"),
        ("book/src/tcp/step01_a.md", ""),
        ("crates/lesson-tcp/src/lib.rs", "pub mod step01_a;\n"),
        ("crates/lesson-tcp/src/step01_a.rs", ""),
        ("crates/lesson-tcp/tests/it/main.rs", "mod step01_a;\n"),
        ("crates/lesson-tcp/tests/it/step01_a.rs", "(\"step01_a_one\")"),
        ("crates/lesson-tcp/tests/it/snapshots/step01_a_one.snap", ""),
    ])
}

#[test]
fn a_part_that_is_missing_is_found() {
    assert_none(&steps(&one_step()));
    for part in one_step().keys() {
        let count = match part.as_str() {
            // Its test, its snapshot and its chapter are lost.
            "crates/lesson-tcp/src/step01_a.rs" => 3,
            // Nobody names its snapshot.
            "crates/lesson-tcp/tests/it/step01_a.rs" => 2,
            _ => 1,
        };
        let found = steps(&one_step().without(part));
        assert_eq!(found.len(), count, "without {part}: {found:#?}");
    }
}

#[test]
fn a_draft_is_not_a_chapter() {
    let tree = one_step().with("book/src/SUMMARY.md", "- [Step 1: A]()\n");
    assert_one(&steps(&tree), "line for book/src/tcp/step01_a.md");
}

#[test]
fn a_snapshot_without_test_is_found() {
    assert_none(&orphans(&one_step()));
    let tests = "crates/lesson-tcp/tests/it/step01_a.rs";
    let tree = one_step().with(tests, "(\"step01_a\")");
    assert_one(&orphans(&tree), "names \"step01_a_one\"");
}
