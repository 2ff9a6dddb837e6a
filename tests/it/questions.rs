//! questions.md names a test for each question: the test has to be there.

use crate::{
    markdown::Page,
    tree::{Tree, assert_none, assert_one},
};

const QUESTIONS: &str = "book/src/questions.md";

/// Where tests live.
const TESTS: &[&str] =
    &["crates/lesson-tcp/tests/it", "crates/lesson-udp/tests/it", "tests/it"];

/// Each path of a test leads to one.
fn lost(tree: &Tree) -> Vec<String> {
    let page = Page::read(tree.text(QUESTIONS));
    let paths = page.spans.iter().filter(|(_, code)| is_test(code));
    paths
        .filter(|(_, path)| !TESTS.iter().any(|dir| has(tree, dir, path)))
        .map(|(line, path)| format!("{QUESTIONS}:{line}: no test {path}"))
        .collect()
}

/// `module::name`, and not `fe80::…`.
fn is_test(code: &str) -> bool {
    let is_name = |c: char| c.is_ascii_alphanumeric() || "_:".contains(c);
    code.contains("::") && code.chars().all(is_name)
}

/// Whether the function is in one of the files that the path can mean: a module
/// may be a file, or a part of its parent's.
fn has(tree: &Tree, dir: &str, path: &str) -> bool {
    let (modules, name) = path.rsplit_once("::").unwrap_or(("", path));
    let names: Vec<_> = modules.split("::").collect();
    (1..=names.len()).any(|depth| {
        let file = format!("{dir}/{}.rs", names[..depth].join("/"));
        let text = tree.text(&file);
        let inner = &names[depth..];
        let opens = |module: &&str| text.contains(&format!("mod {module} {{"));
        inner.iter().all(opens) && text.contains(&format!("fn {name}()"))
    })
}

#[test]
fn each_question_has_its_test() {
    assert_none(&lost(&Tree::project()));
}

#[test]
fn a_question_without_test_is_found() {
    let page = |path: &str| format!("# A\n\n| Why? | `{path}` |\n");
    let telling = |path: &str| {
        lost(&Tree::of(&[
            (QUESTIONS, &page(path)),
            ("tests/it/a/b.rs", "fn c() {}\nmod on_linux {\n    fn d() {}\n}"),
        ]))
    };
    assert_none(&telling("a::b::c"));
    assert_none(&telling("a::b::on_linux::d"));
    assert_none(&telling("ordinary_code"));
    assert_one(&telling("a::c"), "book/src/questions.md:3: no test a::c");
    assert_one(&telling("a::b::e"), "no test");
    assert_one(&telling("a::b::on_bsd::d"), "no test");
}
