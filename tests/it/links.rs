//! Every link within the project leads to a file, and to a heading of it.

use std::collections::BTreeSet;

use crate::{
    book::pages,
    markdown::Page,
    tree::{Tree, assert_none, assert_one, has_ext},
};

/// Pages beside the book's that a reader comes by.
pub(crate) const OTHERS: &[&str] =
    &["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"];

fn links(tree: &Tree, path: &str) -> Vec<String> {
    let Some(text) = tree.get(path) else {
        return vec![format!("{path}: it is not there")];
    };
    let page = Page::read(text);
    page.links
        .iter()
        .filter(|link| !link.to.contains(':'))
        // A chapter that is still to come has an empty link in SUMMARY.md.
        .filter(|link| !link.to.is_empty() || !path.ends_with("/SUMMARY.md"))
        .filter_map(|link| {
            let complaint = link_from(tree, path, &link.to)?;
            Some(format!("{path}:{}: {complaint}", link.line))
        })
        .collect()
}

/// What is wrong with one link, if anything is.
fn link_from(tree: &Tree, page: &str, link: &str) -> Option<String> {
    if link.is_empty() {
        return Some("a link that leads nowhere yet".into());
    }
    let (file, fragment) = match link.split_once('#') {
        Some((file, fragment)) => (file, Some(fragment)),
        None => (link, None),
    };
    let Some(target) = resolve(page, file) else {
        return Some(format!("{link} leads out of the project"));
    };
    let in_book = |path: &str| path.starts_with("book/src/");
    if in_book(page) && !in_book(&target) {
        return Some(format!(
            "{link} leads out of the book, which is built \
             without it"
        ));
    }
    // A code host shows a directory too; the book has files only.
    let dir = format!("{}/", target.trim_end_matches('/'));
    let is_dir = tree.keys().any(|path| path.starts_with(&dir));
    if !tree.contains_key(&target) && (in_book(page) || !is_dir) {
        return Some(format!("{link} leads to {target}, which is not there"));
    }
    let fragment = fragment?;
    let found =
        has_ext(&target, "md") && ids(tree.text(&target)).contains(fragment);
    (!found).then(|| format!("{target} has no heading #{fragment}"))
}

/// The path that a link in `page` means, from the workspace root.
fn resolve(page: &str, link: &str) -> Option<String> {
    if link.is_empty() {
        return Some(page.into());
    }
    let mut parts: Vec<_> = page.split('/').collect();
    parts.pop();
    for part in link.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()?),
            _ => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The ids that mdBook 0.5 gives to a page's headings.
fn ids(text: &str) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    for heading in Page::read(text).headings {
        let id = heading.id.unwrap_or_else(|| id(&heading.text));
        let mut unique = id.clone();
        let mut count = 1;
        while !ids.insert(unique) {
            unique = format!("{id}-{count}");
            count += 1;
        }
    }
    ids
}

fn id(heading: &str) -> String {
    let keep = |c: char| match c {
        '_' | '-' => Some(c),
        _ if c.is_alphanumeric() => Some(c),
        _ => c.is_whitespace().then_some('-'),
    };
    heading.trim().to_lowercase().chars().filter_map(keep).collect()
}

#[test]
fn each_link_leads_somewhere() {
    let tree = Tree::project();
    let pages = pages(&tree).map(|(path, _)| path);
    let pages = pages.chain(OTHERS.iter().copied());
    let found: Vec<_> = pages.flat_map(|path| links(&tree, path)).collect();
    assert_none(&found);
}

#[test]
fn ids_are_those_of_mdbook() {
    let text = "# A\n## What `--step` does…\n## 中文 b_c\n## A\n## D {#e}\n";
    let expected = ["a", "what---step-does", "中文-b_c", "a-1", "e"];
    assert_eq!(ids(text), expected.map(String::from).into());
}

/// Complaints about one link in a page of the book.
fn linking(link: &str) -> Vec<String> {
    let tree = Tree::of(&[
        ("README.md", ""),
        ("book/src/a.md", "# A\n\n## An end\n"),
        ("book/src/img/b.svg", ""),
        ("book/src/tcp/c.md", &format!("# C\n\n[c]({link})\n")),
    ]);
    links(&tree, "book/src/tcp/c.md")
}

#[test]
fn a_good_link_passes() {
    assert_none(&linking("https://example.org/#x"));
    assert_none(&linking("../a.md"));
    assert_none(&linking("../a.md#an-end"));
    assert_none(&linking("#c"));
    assert_none(&linking("./../img/b.svg"));
}

#[test]
fn a_link_that_leads_nowhere_is_found() {
    assert_one(&linking("a.md"), "c.md:3: a.md leads to book/src/tcp/a.md");
    assert_one(&linking("../a.md#the-end"), "no heading #the-end");
    assert_one(&linking("../img/b.svg#L3"), "no heading #L3");
    assert_one(&linking(""), "leads nowhere yet");
    assert_one(&linking("../img"), "which is not there");
    assert_one(&linking("../../../README.md"), "out of the book");
    assert_one(&linking("../../../../README.md"), "out of the project");
}

#[test]
fn a_directory_is_a_target_outside_the_book() {
    let tree = Tree::of(&[
        ("README.md", "[a](crates/a) [b](crates/b/)\n"),
        ("crates/a/Cargo.toml", ""),
    ]);
    assert_one(&links(&tree, "README.md"), "crates/b/ leads to crates/b/");
    assert_one(&links(&tree, "CONTRIBUTING.md"), "not there");
}
