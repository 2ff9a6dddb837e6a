//! Rules for every file, whatever it is about.

use crate::tree::{Tree, assert_none, assert_one, has_ext};

/// The most lines a person is asked to read in one file.
const MAX_LINES: usize = 300;

/// The most lines of a step's code, which is read at one sitting.
const MAX_STEP: usize = 180;

/// The most lines of a page of the book without its quoted blocks.
const MAX_PROSE: usize = 250;

/// Files that nobody reads from top to bottom.
const LONG: &[&str] = &["Cargo.lock", ".snap", ".po", ".svg"];

/// In two parts, or this file would break its own rule.
const SLEEP: &str = concat!("thread::", "sleep");

/// Files that may sleep, each with the reason.
const MAY_SLEEP: &[(&str, &str)] = &[];

/// A Rust file says in its first line what it is.
fn headers(tree: &Tree) -> Vec<String> {
    tree.iter()
        .filter(|(path, text)| has_ext(path, "rs") && !text.starts_with("//!"))
        .map(|(path, _)| format!("{path}:1: begin it with a `//!` line"))
        .collect()
}

/// No file is longer than a reader's patience.
fn lengths(tree: &Tree) -> Vec<String> {
    let license =
        |path: &str| path.rsplit('/').next().unwrap().starts_with("LICENSE");
    let too_long = |path: &str, lines: usize, most: usize| {
        let split = format!("{path}: {lines} lines, split it (at most {most})");
        (lines > most).then_some(split)
    };
    let mut complaints = Vec::new();
    for (path, text) in tree.iter() {
        if license(path) || LONG.iter().any(|end| path.ends_with(end)) {
            continue;
        }
        let is_page = path.starts_with("book/src/");
        let lines = text.lines().count();
        if !is_page {
            complaints.extend(too_long(path, lines, MAX_LINES));
        }
        if path.contains("/src/step") {
            complaints.extend(too_long(path, lines, MAX_STEP));
        }
        if is_page {
            // Quoted blocks are at every other mark.
            let prose = text.split("\n```").step_by(2);
            let prose = prose.map(|part| part.lines().count()).sum();
            complaints.extend(too_long(path, prose, MAX_PROSE));
        }
    }
    complaints
}

/// A test that sleeps is slow on one machine and too early on another.
fn sleeps(tree: &Tree) -> Vec<String> {
    tree.iter()
        .filter(|(path, _)| has_ext(path, "rs"))
        .filter(|(path, _)| !MAY_SLEEP.iter().any(|(may, _)| may == path))
        .flat_map(|(path, text)| {
            text.lines().enumerate().filter(|(_, l)| l.contains(SLEEP)).map(
                move |(at, _)| {
                    format!(
                        "{path}:{}: wait for the event, do not sleep (or \
                         name the file and the reason in MAY_SLEEP)",
                        at + 1
                    )
                },
            )
        })
        .collect()
}

#[test]
fn each_rust_file_says_what_it_is() {
    assert_none(&headers(&Tree::project()));
}

#[test]
fn a_file_without_header_is_found() {
    let tree = Tree::of(&[("a.rs", "//! A.\n"), ("b.rs", "fn main() {}\n")]);
    assert_one(&headers(&tree), "b.rs:1:");
}

#[test]
fn no_file_is_too_long() {
    assert_none(&lengths(&Tree::project()));
}

#[test]
fn a_long_file_is_found() {
    let long = "line\n".repeat(MAX_LINES + 1);
    let tree = Tree::of(&[
        ("x/a.md", &long),
        ("x/a.snap", &long),
        ("LICENSE-MIT", &long),
        ("b.md", &long[5..]),
    ]);
    assert_one(&lengths(&tree), "x/a.md: 301 lines");
    let step = "line\n".repeat(MAX_STEP + 1);
    let tree = Tree::of(&[("crates/x/src/step01_a.rs", &step)]);
    assert_one(&lengths(&tree), "step01_a.rs: 181 lines");
    let page = format!("{}```\n{step}```\n", "line\n".repeat(99));
    assert_none(&lengths(&Tree::of(&[("book/src/a.md", &page)])));
    let page = page.replace("```", "");
    assert_one(&lengths(&Tree::of(&[("book/src/a.md", &page)])), "at most 250");
}

#[test]
fn nothing_sleeps() {
    assert_none(&sleeps(&Tree::project()));
}

#[test]
fn a_sleep_is_found() {
    let text = format!("//! A.\nuse std::{SLEEP};\n");
    assert_one(&sleeps(&Tree::of(&[("a.rs", &text)])), "a.rs:2:");
}
