//! The commands that pages give: their packages, programs and flags exist.

use std::collections::BTreeMap;

use crate::{
    book::pages,
    links::OTHERS,
    markdown::Page,
    programs::help,
    shell::{commands, flags},
    tree::{Tree, assert_none, assert_one},
    workspace::{is_a, list, members, text},
};

/// What a reader may be told to run, all on the list of things to install.
const KNOWN: &[&str] = &[
    "./ci.sh", "cargo", "cd", "curl", "echo", "git", "mdbook", "nc", "printf",
    "grep", "python3", "ss", "strace",
];

/// Flags of `cargo run` itself that pages use.
const CARGO_FLAGS: &[&str] = &["-q", "--quiet", "--release"];

/// Program to package.
type Bins = BTreeMap<String, String>;

/// What a program, or its subcommand, answers to `--help`.
type Help = dyn Fn(&str, Option<&str>) -> String;

fn bins() -> Bins {
    let mut bins = Bins::new();
    for member in members() {
        for target in list(&member, "targets").filter(|t| is_a(t, "bin")) {
            let package = text(&member, "name").into();
            bins.insert(text(target, "name").into(), package);
        }
    }
    bins
}

fn page_commands(
    path: &str,
    text: &str,
    bins: &Bins,
    help: &Help,
) -> Vec<String> {
    let page = Page::read(text);
    let fences = page.fences.iter().filter(|fence| fence.info == "sh");
    let texts = fences.map(|fence| (fence.line, &fence.text));
    let spans = page.spans.iter().map(|(line, code)| (*line, code));
    let spans = spans.filter(|(_, code)| code.starts_with("cargo run"));
    let mut complaints = Vec::new();
    for (line, text) in texts.chain(spans) {
        for words in commands(text) {
            let words: Vec<_> = words.iter().map(String::as_str).collect();
            let found = match words[..] {
                ["cargo", "run", ref words @ ..] => run(words, bins, help),
                [name, ..] if !KNOWN.contains(&name) => {
                    Err("not a command that pages may use".into())
                }
                _ => Ok(()),
            };
            if let Err(found) = found {
                let words = words.join(" ");
                complaints.push(format!("{path}:{line}: `{words}`: {found}"));
            }
        }
    }
    complaints
}

/// What is wrong with the words behind `cargo run`, if anything is.
fn run(words: &[&str], bins: &Bins, help: &Help) -> Result<(), String> {
    let (mut package, mut bin) = (None, None);
    let mut words = words.iter().copied();
    while let Some(word) = words.next() {
        match word {
            "-p" => package = words.next(),
            "--bin" => bin = words.next(),
            "--" => break,
            _ if CARGO_FLAGS.contains(&word) => {}
            _ => return Err(format!("{word:?} in front of \" -- \"")),
        }
    }
    let package = package.ok_or("it names no package, use -p")?;
    let bin = bin.ok_or("it names no program, use --bin")?;
    if bins.get(bin).is_none_or(|owner| owner != package) {
        return Err(format!("{package} has no program {bin}"));
    }
    let mut about = help(bin, None);
    if about.contains("\nCommands:\n") {
        let subcommand = words.next().unwrap_or_default();
        about = help(bin, Some(subcommand));
        if about.is_empty() {
            return Err(format!("{bin} has no {subcommand:?}"));
        }
    }
    let flags = flags(&about);
    while let Some(word) = words.next() {
        if !word.starts_with('-') {
            continue;
        }
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (word, None),
        };
        let flag = flags.iter().find(|f| f.names.iter().any(|n| n == name));
        let flag = flag.ok_or(format!("{bin} --help has no {name}"))?;
        if !flag.values.is_empty() {
            let value = value.or_else(|| words.next()).unwrap_or_default();
            if !flag.values.iter().any(|v| v == value) {
                return Err(format!("{name} may not be {value:?}"));
            }
        }
    }
    Ok(())
}

#[test]
fn each_command_can_be_run() {
    let tree = Tree::project();
    let others = OTHERS.iter().map(|&path| (path, tree.text(path)));
    let bins = bins();
    let found: Vec<_> = pages(&tree)
        .chain(others)
        .flat_map(|(path, text)| page_commands(path, text, &bins, &help))
        .collect();
    assert_none(&found);
}

/// Complaints about a block of commands where package `a` has a server, and a
/// tap with a subcommand.
fn telling(commands: &str) -> Vec<String> {
    let page = format!("# A\n\n```sh\n{commands}\n```\n");
    let bins = ["server", "tap"].map(|bin| (bin.into(), "a".into())).into();
    let help = |bin: &str, subcommand: Option<&str>| {
        let help = match (bin, subcommand) {
            ("server", None) => {
                "-n <N>\n--step <N>  [possible values: 1, 2]\n--text <T>\n"
            }
            ("tap", None) => "Usage\n\nCommands:\n  tcp  Relays\n",
            ("tap", Some("tcp")) => "--to <ADDR>\n",
            _ => "",
        };
        help.to_string()
    };
    page_commands("a.md", &page, &bins, &help)
}

#[test]
fn a_command_that_can_be_run_passes() {
    assert_none(&telling("cargo test\n$ nc -l 80  # listens"));
    assert_none(&telling("cargo run -q -p a --bin server"));
    assert_none(&telling("cargo run -p a --bin server -- --step 2 x -n 3"));
    assert_none(&telling("cargo run -p a --bin server -- --step=1 | nc ::1"));
    assert_none(&telling("cargo run -p a --bin tap -- tcp --to ::1"));
}

#[test]
fn a_command_that_cannot_be_run_is_found() {
    let wrong = |flags: &str| {
        telling(&format!("# A\ncargo run -p a --bin server {flags}"))
    };
    assert_one(&wrong("-- --stop 1"), "a.md:3: `cargo run");
    assert_one(&wrong("-- --stop 1"), "server --help has no --stop");
    assert_one(&wrong("-- --step 3"), "--step may not be \"3\"");
    assert_one(&wrong("-- --text x --step"), "--step may not be \"\"");
    assert_one(&wrong("--step 1"), "\"--step\" in front of");
    assert_one(&telling("cargo run -p a --bin tap -- tcp -n"), "no -n");
    assert_one(&telling("cargo run -p a --bin tap -- ip"), "has no \"ip\"");
    assert_one(&telling("cargo run --bin server"), "use -p");
    assert_one(&telling("cargo run -p a"), "use --bin");
    assert_one(&telling("cargo run -p a --bin echo"), "a has no program");
    assert_one(&telling("cargo run -p b --bin server"), "b has no");
    assert_one(&telling("cargo test && rm -r /"), "rm -r /`: not a command");
    let span = "# A\n\nRun\n`cargo run`.\n";
    let found = page_commands("a.md", span, &Bins::new(), &help);
    assert_one(&found, "a.md:4:");
}
