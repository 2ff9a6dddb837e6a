//! The form that every page of the book keeps, and the words it does without.

use pulldown_cmark::HeadingLevel;

use crate::{
    markdown::Page,
    tree::{Tree, assert_none, assert_one, has_ext},
};

/// What a reader finds in each chapter of a track, always in this order.
const HEADINGS: &[&str] = &[
    "What you will see",
    "The code",
    "The wire",
    "The system calls",
    "What goes wrong",
    "Questions people ask",
    "Exercise",
    "Sources",
];

/// Words that tell a reader who is stuck that it is their own fault.
const UNKIND: &[&str] = &["simply", "just", "obviously"];

/// The pages of the book, with their paths.
pub(crate) fn pages(tree: &Tree) -> impl Iterator<Item = (&str, &str)> {
    tree.iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .filter(|(path, _)| path.starts_with("book/src/"))
        .filter(|(path, _)| has_ext(path, "md"))
}

/// A chapter has the headings, in order. It may have others between them.
fn headings(path: &str, text: &str) -> Vec<String> {
    let page = Page::read(text);
    let found: Vec<_> = page
        .headings
        .iter()
        .filter(|h| h.level == HeadingLevel::H2)
        .map(|h| h.text.as_str())
        .filter(|text| HEADINGS.contains(text))
        .collect();
    if found == HEADINGS {
        return Vec::new();
    }
    vec![format!("{path}: it has ## {found:?}, it needs {HEADINGS:?}")]
}

/// A page says how long it takes before it asks for the time.
fn minutes(path: &str, text: &str) -> Vec<String> {
    let mut blocks = text.split("\n\n").map(str::trim);
    let titled = blocks.next().is_some_and(|block| block.starts_with("# "));
    let timed = blocks
        .next()
        .and_then(|block| block.strip_prefix('*')?.strip_suffix(" minutes*"))
        .is_some_and(|number| number.parse::<u16>().is_ok());
    if titled && timed {
        return Vec::new();
    }
    vec![format!("{path}:1: begin with a title, then `*N minutes*`")]
}

/// Nothing is simple while one learns it.
fn words(path: &str, text: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    for (line, prose) in Page::read(text).prose {
        for word in prose.split(|c: char| !c.is_alphanumeric()) {
            if UNKIND.contains(&word.to_lowercase().as_str()) {
                complaints.push(format!("{path}:{line}: do without {word:?}"));
            }
        }
    }
    complaints
}

/// Translated builds break on `> [!NOTE]`.
fn admonitions(path: &str, text: &str) -> Vec<String> {
    text.lines()
        .enumerate()
        .filter(|(_, line)| {
            let quoted = line.trim_start().strip_prefix('>');
            quoted.is_some_and(|rest| rest.trim_start().starts_with("[!"))
        })
        .map(|(at, line)| {
            format!("{path}:{}: write a paragraph, not {line:?}", at + 1)
        })
        .collect()
}

#[test]
fn each_chapter_has_the_headings() {
    let tree = Tree::project();
    let chapters = pages(&tree).filter(|(path, _)| {
        path.starts_with("book/src/tcp/") || path.starts_with("book/src/udp/")
    });
    let found: Vec<_> = chapters.flat_map(|(p, t)| headings(p, t)).collect();
    assert_none(&found);
}

#[test]
fn each_page_says_how_long_it_takes() {
    let tree = Tree::project();
    let found: Vec<_> = pages(&tree)
        .filter(|(path, _)| !path.ends_with("/SUMMARY.md"))
        .flat_map(|(path, text)| minutes(path, text))
        .collect();
    assert_none(&found);
}

#[test]
fn no_page_says_that_it_is_simple() {
    let tree = Tree::project();
    let readme = ("README.md", tree.text("README.md"));
    let pages = pages(&tree).chain([readme]);
    let found: Vec<_> = pages.flat_map(|(p, t)| words(p, t)).collect();
    assert_none(&found);
}

#[test]
fn no_page_has_admonitions() {
    let tree = Tree::project();
    let found: Vec<_> =
        pages(&tree).flat_map(|(p, t)| admonitions(p, t)).collect();
    assert_none(&found);
}

#[test]
fn headings_out_of_order_are_found() {
    let text =
        |names: &[&str]| format!("# A\n\n## {}\n", names.join("\n\n## "));
    assert_none(&headings("a.md", &text(HEADINGS)));
    assert_one(&headings("a.md", &text(&HEADINGS[1..])), "a.md");
    let mut swapped = HEADINGS.to_vec();
    swapped.swap(2, 3);
    assert_one(&headings("a.md", &text(&swapped)), "a.md");
}

#[test]
fn a_page_without_minutes_is_found() {
    assert_none(&minutes("a.md", "# A\n\n*20 minutes*\n\nText.\n"));
    assert_one(&minutes("a.md", "# A\n\nText.\n\n*20 minutes*\n"), "a.md");
    assert_one(&minutes("a.md", "# A\n\n*few minutes*\n"), "a.md");
    assert_one(&minutes("a.md", "*20 minutes*\n\n# A\n"), "a.md");
}

#[test]
fn unkind_words_are_found() {
    let text = "Adjust it.\n\nIt is `just`\nJust\ntext.\n\n```\njust\n```\n";
    assert_one(&words("a.md", text), "a.md:4: do without \"Just\"");
}

#[test]
fn an_admonition_is_found() {
    let text = "> A quotation.\n\n> [!NOTE]\n> Text.\n";
    assert_one(&admonitions("a.md", text), "a.md:3:");
}
