#!/usr/bin/env python3
"""Check the book as mdBook made it: `book/check_links.py` after `mdbook build`.

Three things can go wrong without a word from mdBook, and each is an error here:

- a link, an image or a fragment that leads nowhere in the built HTML;
- a listing (a fence with `file=`) that came out other than it was written:
  empty, or without a line that began with `# `, which mdBook hides;
- a chapter in src/ that SUMMARY.md leaves out, and so nobody can read.

Links to other sites are not followed. Exits with 1 if anything is wrong.
"""

import os
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

BOOK = Path(__file__).resolve().parent
SRC = BOOK / "src"
HTML = BOOK / "book"

FENCE = re.compile(r"^( *)(`{3,}|~{3,})(.*)$")
FILE = re.compile(r"file=([^\s,]+)")


class Page(HTMLParser):
    """One built page: what can be linked to, what it links to, its listings."""

    def __init__(self, path):
        super().__init__()
        self.ids = set()
        self.links = []
        self.listings = []
        self.text = None
        # mdBook copies `audio` as it is onto the page with all chapters, where
        # its link leads nowhere: nobody hears paper.
        self.unheard = {"audio"} if path.name == "print.html" else set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.ids.update(attrs[a] for a in ("id", "name") if attrs.get(a))
        if tag != "base" and tag not in self.unheard:
            line = self.getpos()[0]
            self.links += [
                (attrs[a], line) for a in ("href", "src") if a in attrs
            ]
        if tag == "code" and (name := FILE.search(attrs.get("class") or "")):
            self.text = []
            self.listings.append((name[1], self.text))

    def handle_endtag(self, tag):
        if tag == "code":
            self.text = None

    def handle_data(self, data):
        if self.text is not None:
            self.text.append(data)


def listings(path):
    """The (name, text) of each fence with a `file=`, as the author wrote it."""
    found, end, lines = [], None, []
    for line in path.read_text(encoding="utf-8").splitlines():
        fence = FENCE.match(line)
        if end is None and fence:
            indent, end = len(fence[1]), fence[2]
            name, lines = FILE.search(fence[3]), []
        elif fence and fence[2].startswith(end) and not fence[3].strip():
            end = None
            if name:
                found.append((name[1], "\n".join(lines)))
        elif end is not None:
            blank = line[:indent].strip() == ""
            lines.append(line[indent:] if blank else line)
    return found


def target(page, link):
    """The file and fragment that `link` on `page` leads to, None if away."""
    url = urlsplit(link or "")
    if url.scheme or url.netloc:
        return None
    path = unquote(url.path)
    # 404.html may be served for any address, so mdBook counts from the root.
    from_root = path.startswith("/") or page.name == "404.html"
    home = HTML if from_root else page.parent
    file = Path(os.path.normpath(home / path.lstrip("/"))) if path else page
    if file.is_dir():
        file /= "index.html"
    return file, unquote(url.fragment)


def check_links(pages):
    for path, page in pages.items():
        for link, line in page.links:
            if (to := target(path, link)) is None:
                continue
            file, fragment = to
            where = f"{path.relative_to(BOOK)}:{line}: {link}"
            if HTML not in file.parents or not file.is_file():
                yield f"{where}: no such page in the built book"
            elif fragment and file in pages and fragment not in pages[file].ids:
                yield f"{where}: no such place on that page"


def check_listings(pages):
    for source in sorted(SRC.rglob("*.md")):
        if source == SRC / "SUMMARY.md":
            continue
        where = source.relative_to(BOOK)
        built = HTML / source.relative_to(SRC).with_suffix(".html")
        if built.stem == "README":
            built = built.with_name("index.html")
        if built not in pages:
            yield f"{where}: not built, SUMMARY.md leaves it out"
            continue
        written = listings(source)
        made = [
            (name, "".join(text).rstrip("\n"))
            for name, text in pages[built].listings
        ]
        if [name for name, _ in written] != [name for name, _ in made]:
            names = ", ".join(name for name, _ in made)
            yield f"{where}: the built page has other listings: {names}"
            continue
        for (name, text), (_, html) in zip(written, made):
            if not html.strip():
                yield f"{where}: the listing of {name} is empty"
            elif text.rstrip("\n") != html:
                shown = set(html.splitlines())
                lost = [line for line in text.splitlines() if line not in shown]
                yield f"{where}: mdBook altered the listing of {name}: {lost}"


def main():
    pages = {path: Page(path) for path in sorted(HTML.rglob("*.html"))}
    if not pages:
        sys.exit("book/book is empty: run `mdbook build book` first")
    errors = [*check_links(pages), *check_listings(pages)]
    print(*errors, sep="\n", end="\n" if errors else "")
    links = sum(len(page.links) for page in pages.values())
    blocks = sum(len(page.listings) for page in pages.values())
    print(f"{len(pages)} pages, {links} links, {blocks} listings: "
          f"{len(errors)} wrong")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
