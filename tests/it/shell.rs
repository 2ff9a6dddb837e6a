//! How a shell reads a line, and what `--help` says of a program's flags: as
//! much of both as the pages need.

/// The commands of a text, each as its words, without prompts, comments and
/// settings in front (`NO_COLOR=1 cargo …`). Each end of a pipe is a command.
/// Quoted text falls apart into words that no check looks at.
pub(crate) fn commands(text: &str) -> Vec<Vec<String>> {
    // A line that ends in a backslash goes on in the next one.
    let text = text.replace("\\\n", " ");
    let mut commands = Vec::new();
    for line in text.lines() {
        let words: Vec<_> = line
            .split_whitespace()
            .take_while(|word| !word.starts_with('#'))
            .collect();
        for words in words.split(|word| ["|", "&&", ";"].contains(word)) {
            let words = words.iter().skip_while(|word| is_before(word));
            commands.push(words.map(ToString::to_string).collect());
        }
    }
    commands.retain(|words: &Vec<_>| !words.is_empty());
    commands
}

/// A prompt or a setting, not yet the name of a program.
fn is_before(word: &str) -> bool {
    let upper = |c: char| c.is_ascii_uppercase() || c == '_';
    let name = word.split_once('=').map(|(name, _)| name);
    word == "$" || name.is_some_and(|name| name.chars().all(upper))
}

/// A flag as `--help` explains it.
#[derive(Debug, PartialEq)]
pub(crate) struct Flag {
    /// `-s` and `--step`.
    pub(crate) names: Vec<String>,
    /// What it may be set to; empty where that is left open.
    pub(crate) values: Vec<String>,
}

/// The flags in what clap prints for `--help`.
pub(crate) fn flags(help: &str) -> Vec<Flag> {
    let mut flags: Vec<Flag> = Vec::new();
    for line in help.lines().map(str::trim) {
        if line.starts_with('-') {
            let names = line
                .split_whitespace()
                .take_while(|word| word.starts_with('-'))
                .map(|word| word.split([',', '=', '[']).next().unwrap().into())
                .collect();
            flags.push(Flag { names, values: Vec::new() });
        }
        let values = line
            .split_once("[possible values: ")
            .and_then(|(_, rest)| rest.split_once(']'));
        if let (Some(flag), Some((values, _))) = (flags.last_mut(), values) {
            flag.values = values.split(", ").map(String::from).collect();
        }
    }
    flags
}

#[test]
fn a_text_is_read_as_a_shell_reads_it() {
    let text = "\
# A comment.
$ NO_COLOR=1 cargo run -- 'a  b' # and one more
printf 'x|y\\n' | nc ::1 80 2>&1

ss \\
  -t
cd a && ls";
    let found = commands(text);
    let found: Vec<_> = found.iter().map(|words| words.join("_")).collect();
    let expected = [
        "cargo_run_--_'a_b'",
        "printf_'x|y\\n'",
        "nc_::1_80_2>&1",
        "ss_-t",
        "cd_a",
        "ls",
    ];
    assert_eq!(found, expected);
}

#[test]
fn flags_are_read_from_help() {
    let help = "\
Runs --all steps.

Arguments:
  [TEXT]  What to send [possible values: a]

Options:
  -s, --step <N>     Which step [possible values: 1, 2]
      --port[=<P>]   Where
          Of --those that are free
";
    let flag = |names: &[&str], values: &[&str]| Flag {
        names: names.iter().map(ToString::to_string).collect(),
        values: values.iter().map(ToString::to_string).collect(),
    };
    let step = flag(&["-s", "--step"], &["1", "2"]);
    assert_eq!(flags(help), [step, flag(&["--port"], &[])]);
}
