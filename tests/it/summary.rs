//! SUMMARY.md: what the book has, in which order, and what is still to come.

use pulldown_cmark::HeadingLevel;

use crate::{
    markdown::Page,
    tree::{Tree, assert_none, assert_one, has_ext},
};

const SUMMARY: &str = "book/src/SUMMARY.md";

/// How the title of a part begins, its directory, its number of steps.
const PARTS: &[(&str, &str, usize)] = &[("TCP", "tcp", 11), ("UDP", "udp", 8)];

/// The fewest words that are a chapter rather than a stub.
const MIN_WORDS: usize = 150;

/// What somebody leaves in a page that is not done.
const UNDONE: &[&str] = &["TODO", "TBD"];

/// One chapter's line.
pub(crate) struct Entry {
    line: usize,
    /// Title of the part that the chapter stands in.
    part: String,
    title: String,
    to: String,
}

impl Entry {
    /// From the workspace root; a draft's leads nowhere.
    pub(crate) fn path(&self) -> String {
        format!("book/src/{}", self.to.trim_start_matches("./"))
    }

    fn is_draft(&self) -> bool {
        self.to.is_empty()
    }

    /// The N of a title like "Step N: …".
    fn step(&self) -> Option<usize> {
        let (number, _) = self.title.strip_prefix("Step ")?.split_once(':')?;
        number.parse().ok()
    }
}

pub(crate) fn entries(text: &str) -> Vec<Entry> {
    let page = Page::read(text);
    let part = |line| {
        let mut parts = page.headings.iter().filter(|h| h.line < line);
        parts.next_back().map_or(String::new(), |h| h.text.clone())
    };
    page.links
        .iter()
        .map(|link| Entry {
            line: link.line,
            part: part(link.line),
            title: link.text.clone(),
            to: link.to.clone(),
        })
        .collect()
}

/// Each chapter is there, has its title and is more than a stub.
fn chapters(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    let entries = entries(tree.text(SUMMARY));
    for entry in entries.iter().filter(|e| !e.is_draft()) {
        let path = entry.path();
        let Some(text) = tree.get(&path) else {
            let line = entry.line;
            complaints.push(format!("{SUMMARY}:{line}: there is no {path}"));
            continue;
        };
        let page = Page::read(text);
        let title = page.headings.iter().find(|h| h.level == HeadingLevel::H1);
        let title = title.map_or("", |h| h.text.as_str());
        if title != entry.title {
            let listed = &entry.title;
            complaints.push(format!(
                "{path}: its title is {title:?}, in SUMMARY.md {listed:?}"
            ));
        }
        let prose = page.prose.iter();
        let words: usize =
            prose.map(|(_, text)| text.split_whitespace().count()).sum();
        if words < MIN_WORDS {
            complaints.push(format!(
                "{path}: {words} words, write at least {MIN_WORDS} or make \
                 it a draft: [{}]()",
                entry.title
            ));
        }
        for word in UNDONE.iter().filter(|word| text.contains(**word)) {
            complaints.push(format!("{path}: it still has a {word}"));
        }
    }
    for path in tree.keys() {
        let is_page = path.starts_with("book/src/") && has_ext(path, "md");
        let listed = entries.iter().any(|e| e.path() == *path);
        if is_page && path != SUMMARY && !listed {
            complaints.push(format!("{path}: SUMMARY.md does not list it"));
        }
    }
    complaints
}

/// Each part has all its steps, in order, done or draft.
fn syllabus(text: &str) -> Vec<String> {
    let entries = entries(text);
    let mut complaints = Vec::new();
    for &(part, dir, count) in PARTS {
        let found: Vec<_> = entries
            .iter()
            .filter(|e| e.part.starts_with(part))
            .filter_map(Entry::step)
            .collect();
        if !found.iter().copied().eq(1..=count) {
            complaints.push(format!(
                "{SUMMARY}: part {part} has steps {found:?}, not 1 to {count}"
            ));
        }
        for entry in entries.iter().filter(|e| e.to.starts_with(dir)) {
            let number = entry.step().unwrap_or_default();
            if !entry.to.starts_with(&format!("{dir}/step{number:02}_")) {
                complaints.push(format!(
                    "{SUMMARY}:{}: {:?} leads to {}",
                    entry.line, entry.title, entry.to
                ));
            }
        }
    }
    complaints
}

#[test]
fn each_chapter_is_whole() {
    assert_none(&chapters(&Tree::project()));
}

#[test]
fn the_syllabus_is_whole() {
    assert_none(&syllabus(Tree::project().text(SUMMARY)));
}

#[test]
fn a_chapter_that_is_not_whole_is_found() {
    let page = format!("# A `b`\n\n{}\n", "word ".repeat(MIN_WORDS));
    let tree = |text: &str, summary: &str| {
        Tree::of(&[(SUMMARY, summary), ("book/src/a.md", text)])
    };
    let summary = "- [A `b`](a.md)\n- [C]()\n";
    assert_none(&chapters(&tree(&page, summary)));
    let found = |text: &str| chapters(&tree(text, summary));
    assert_one(&found("# A `b`\n\nWords.\n"), "a.md: 2 words");
    assert_one(&found(&page.replace("# A", "# An")), "\"An b\"");
    assert_one(&found(&format!("{page}TODO\n")), "TODO");
    assert_one(&chapters(&tree(&page, "- [A]()\n")), "does not list it");
    let found = chapters(&tree(&page, "- [A b](./a.md)\n- [C](c.md)\n"));
    assert_one(&found, "SUMMARY.md:2: there is no book/src/c.md");
}

#[test]
fn a_hole_in_the_syllabus_is_found() {
    let part = |title: &str, steps: &[usize]| {
        let step = |n| format!("- [Step {n}: A]()\n");
        let steps: String = steps.iter().map(step).collect();
        format!("# {title}\n\n{steps}\n")
    };
    let udp = part("UDP: datagrams", &[1, 2, 3, 4, 5, 6, 7, 8]);
    let tcp = part("TCP: a stream", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    assert_none(&syllabus(&format!("{tcp}{udp}")));
    let tcp = tcp.replace("A]()\n- [Step 2", "A](tcp/step02_a.md)\n- [Step 2");
    assert_one(&syllabus(&format!("{tcp}{udp}")), "\"Step 1: A\" leads to");
    let tcp = part("TCP: a stream", &[1, 2, 3, 4, 5, 6, 8, 7, 9, 10, 11]);
    assert_one(&syllabus(&format!("{tcp}{udp}")), "6, 8, 7");
}
