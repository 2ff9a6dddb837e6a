//! A Markdown page taken apart by the parser that mdBook itself uses, with the
//! options that book.toml leaves it.

use pulldown_cmark::{
    CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd,
    TextMergeWithOffset,
};

/// What the checks ask of a page. Each part knows its line, counted from 1.
#[derive(Default)]
pub(crate) struct Page {
    pub(crate) fences: Vec<Fence>,
    pub(crate) headings: Vec<Heading>,
    pub(crate) links: Vec<Link>,
    /// Inline code.
    pub(crate) spans: Vec<(usize, String)>,
    /// Everything else that is read as language.
    pub(crate) prose: Vec<(usize, String)>,
}

/// A block of code; one that is indented rather than fenced has no info.
pub(crate) struct Fence {
    pub(crate) line: usize,
    pub(crate) info: String,
    pub(crate) text: String,
}

pub(crate) struct Heading {
    pub(crate) line: usize,
    pub(crate) level: HeadingLevel,
    pub(crate) text: String,
    /// From `{#id}`; a heading without it gets one made from its text.
    pub(crate) id: Option<String>,
}

/// A link or an image.
pub(crate) struct Link {
    pub(crate) line: usize,
    pub(crate) text: String,
    pub(crate) to: String,
}

impl Page {
    pub(crate) fn read(text: &str) -> Self {
        let mut page = Self::default();
        // What is open at the moment: text goes there too.
        let mut in_code = false;
        let mut in_heading = false;
        let mut in_link = false;
        let events = Parser::new_ext(text, options()).into_offset_iter();
        for (event, range) in TextMergeWithOffset::new(events) {
            let line = text[..range.start].matches('\n').count() + 1;
            match event {
                Event::Start(Tag::CodeBlock(kind)) => {
                    in_code = true;
                    page.fences.push(Fence::open(line, kind));
                }
                Event::End(TagEnd::CodeBlock) => in_code = false,
                Event::Start(Tag::Heading { level, id, .. }) => {
                    in_heading = true;
                    let (text, id) = (String::new(), id.map(String::from));
                    page.headings.push(Heading { line, level, text, id });
                }
                Event::End(TagEnd::Heading(_)) => in_heading = false,
                Event::Start(
                    Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. },
                ) => {
                    in_link = true;
                    let (text, to) = (String::new(), dest_url.into());
                    page.links.push(Link { line, text, to });
                }
                Event::End(TagEnd::Link | TagEnd::Image) => in_link = false,
                Event::Text(text) if in_code => {
                    page.fences.last_mut().unwrap().text += &text;
                }
                Event::Text(ref words) | Event::Code(ref words) => {
                    if in_heading {
                        page.headings.last_mut().unwrap().text += words;
                    }
                    if in_link {
                        page.links.last_mut().unwrap().text += words;
                    }
                    let part = match event {
                        Event::Code(_) => &mut page.spans,
                        _ => &mut page.prose,
                    };
                    part.push((line, words.to_string()));
                }
                _ => {}
            }
        }
        page
    }
}

impl Fence {
    fn open(line: usize, kind: CodeBlockKind) -> Self {
        let info = match kind {
            CodeBlockKind::Fenced(info) => info.into(),
            CodeBlockKind::Indented => String::new(),
        };
        Self { line, info, text: String::new() }
    }

    /// The parts of the info string: `rust,file=a.rs` has two.
    pub(crate) fn parts(&self) -> impl Iterator<Item = &str> {
        self.info.split(',').map(str::trim)
    }
}

fn options() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_DEFINITION_LIST
        | Options::ENABLE_GFM
}

#[test]
fn every_part_knows_its_line() {
    let page = Page::read(
        "# A `b`\n\nIt's [on\n`c`](d.md).\n\n```rust,file=e\nf\n```\n",
    );
    let [heading] = &page.headings[..] else { panic!("one heading") };
    assert_eq!((heading.line, heading.text.as_str()), (1, "A b"));
    let [link] = &page.links[..] else { panic!("one link") };
    assert_eq!((link.line, link.to.as_str()), (3, "d.md"));
    let [fence] = &page.fences[..] else { panic!("one fence") };
    assert_eq!((fence.line, fence.text.as_str()), (6, "f\n"));
    assert!(fence.parts().eq(["rust", "file=e"]));
    assert!(page.prose.contains(&(3, "It's ".to_string())));
    assert!(page.spans.contains(&(4, "c".to_string())));
}
