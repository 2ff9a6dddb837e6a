//! Code in the book is the code that runs: each block of code is word for word
//! in the file that it names.

use crate::{
    book::pages,
    markdown::{Fence, Page},
    tree::{Tree, assert_none, assert_one},
};

/// What stands in front of the name of the file.
const SOURCE: &str = "file=";

fn quotes(tree: &Tree, path: &str) -> Vec<String> {
    let fences = Page::read(tree.text(path)).fences;
    fences
        .iter()
        .filter_map(|fence| {
            let complaint = quote(tree, fence)?;
            Some(format!("{path}:{}: {complaint}", fence.line))
        })
        .collect()
}

/// What is wrong with one block, if anything is.
fn quote(tree: &Tree, fence: &Fence) -> Option<String> {
    let block: Vec<_> = fence.text.trim_end().lines().collect();
    if block.is_empty() {
        return Some("an empty block, fill it or delete it".into());
    }
    let Some(file) = fence.parts().find_map(|p| p.strip_prefix(SOURCE)) else {
        // The commands are checked one by one in `commands`.
        let commands = fence.info == "sh";
        return (!commands).then(|| {
            format!(
                "a block with info {:?}: quote a file with `{SOURCE}PATH` \
                 (PATH from the workspace root), or give commands in `sh`",
                fence.info
            )
        });
    };
    let Some(text) = tree.get(file) else {
        return Some(format!("quotes {file}, which is not there"));
    };
    let lines: Vec<_> = text.lines().collect();
    // How much of the block stands in the file, at the best place for it.
    let same = (0..lines.len())
        .map(|at| {
            let pairs = block.iter().zip(&lines[at..]);
            pairs.take_while(|(quoted, line)| quoted == line).count()
        })
        .max()
        .unwrap_or(0);
    let other = block.get(same)?;
    let line = fence.line + 1 + same;
    Some(format!("not word for word in {file} from line {line} on: {other}"))
}

#[test]
fn each_block_is_a_quotation() {
    let tree = Tree::project();
    let pages = pages(&tree).map(|(path, _)| path).chain(["README.md"]);
    let found: Vec<_> = pages.flat_map(|path| quotes(&tree, path)).collect();
    assert_none(&found);
}

/// Complaints about one block of a page, where `a.rs` has four lines.
fn quoting(info: &str, block: &str) -> Vec<String> {
    let page = format!("# A\n\n~~~{info}\n{block}~~~\n");
    let file = "fn a() {\n    one();\n    two();\n}\n";
    quotes(&Tree::of(&[("a.rs", file), ("p.md", &page)]), "p.md")
}

#[test]
fn whole_lines_in_a_row_pass() {
    assert_none(&quoting("rust,file=a.rs", "    one();\n    two();\n\n"));
    assert_none(&quoting("rust, file=a.rs", "}\n"));
    assert_none(&quoting("sh", "cargo test\n"));
}

#[test]
fn a_block_that_is_no_quotation_is_found() {
    let wrong = |block| quoting("rust,file=a.rs", block);
    let from = |line| format!("p.md:3: not word for word in a.rs from {line}");
    assert_one(&wrong("fn a() {\n    two();\n"), &from("line 5 on:     two"));
    assert_one(&wrong("one();\ntwo();\n"), &from("line 4 on: one();"));
    assert_one(&wrong("    one\n"), &from("line 4 on:"));
    assert_one(&wrong("}\n\n}\n"), &from("line 5 on:"));
    assert_one(&wrong(""), "empty");
    assert_one(&wrong("\n"), "empty");
}

#[test]
fn a_block_without_source_is_found() {
    assert_one(&quoting("", "}\n"), "file=PATH");
    assert_one(&quoting("rust", "}\n"), "file=PATH");
    assert_one(&quoting("rust,file=b.rs", "}\n"), "b.rs, which is not there");
    let indented = Tree::of(&[("p.md", "# A\n\n    code\n")]);
    assert_one(&quotes(&indented, "p.md"), "p.md:3: a block with info \"\"");
}
