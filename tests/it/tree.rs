//! The project's files in memory, and how a check's complaints are shown.

use std::{collections::BTreeMap, fs, ops::Deref, path::Path};

/// Directories that tools fill and nobody writes by hand.
const GENERATED: &[&str] = &["target", "book/book", "__pycache__"];

/// The hidden directories that are part of the project: others are an
/// editor's or git's.
const HIDDEN: &[&str] = &[".cargo", ".ci", ".github"];

/// Path from the workspace root, with `/` on every system, to text. A file
/// that is not UTF-8 is there with an empty text: a link may still lead to it.
pub(crate) struct Tree(BTreeMap<String, String>);

impl Tree {
    /// What is on the disk now, tracked by git or not.
    pub(crate) fn project() -> Self {
        let mut files = BTreeMap::new();
        walk(root(), "", &mut files);
        Self(files)
    }

    /// A tree made up for a test.
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let own = |&(path, text): &(&str, &str)| (path.into(), text.into());
        Self(files.iter().map(own).collect())
    }

    /// The same tree without one file.
    pub(crate) fn without(mut self, path: &str) -> Self {
        assert!(self.0.remove(path).is_some(), "no {path} to take away");
        self
    }

    /// The same tree with one file more, or with another text in it.
    pub(crate) fn with(mut self, path: &str, text: &str) -> Self {
        self.0.insert(path.into(), text.into());
        self
    }

    /// A file's text, empty if there is no such file.
    pub(crate) fn text(&self, path: &str) -> &str {
        self.0.get(path).map_or("", String::as_str)
    }

    /// Names of the files right in `dir` that end in `end`, without that end.
    pub(crate) fn stems<'a>(
        &'a self,
        dir: &'a str,
        end: &'a str,
    ) -> impl Iterator<Item = &'a str> {
        self.0
            .keys()
            .filter_map(move |path| {
                path.strip_prefix(dir)?.strip_prefix('/')?.strip_suffix(end)
            })
            .filter(|stem| !stem.contains('/'))
    }
}

impl Deref for Tree {
    type Target = BTreeMap<String, String>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

/// Whether the name of a file ends in this, and a dot before it.
pub(crate) fn has_ext(path: &str, ext: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, end)| end == ext)
}

/// The workspace's directory: the parent of this package's.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn walk(dir: &Path, prefix: &str, files: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(dir).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let path = format!("{prefix}{name}");
        if entry.file_type().unwrap().is_dir() {
            let hidden =
                name.starts_with('.') && !HIDDEN.contains(&name.as_str());
            let generated = GENERATED.iter().any(|&g| g == name || g == path);
            if !hidden && !generated {
                walk(&entry.path(), &format!("{path}/"), files);
            }
        } else if let Ok(bytes) = fs::read(entry.path()) {
            // A file may go away while we walk: an editor's backup does.
            // A checkout on Windows may have turned each "\n" to "\r\n".
            let text = String::from_utf8(bytes).unwrap_or_default();
            files.insert(path, text.replace("\r\n", "\n"));
        }
    }
}

/// Fails the test with every complaint, so that one run shows them all.
#[track_caller]
pub(crate) fn assert_none(complaints: &[String]) {
    let count = complaints.len();
    assert!(count == 0, "complaints, {count}:\n{}", complaints.join("\n"));
}

/// That a check has seen what is wrong: one complaint, which says `needle`.
#[track_caller]
pub(crate) fn assert_one(complaints: &[String], needle: &str) {
    assert_eq!(complaints.len(), 1, "not one complaint: {complaints:#?}");
    assert!(
        complaints[0].contains(needle),
        "not about {needle:?}: {}",
        complaints[0]
    );
}
