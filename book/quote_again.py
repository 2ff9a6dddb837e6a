#!/usr/bin/env python3
"""Quotes a file again in the pages of the book, after it was written anew.

    python3 book/quote_again.py crates/lesson-udp/benches/results.txt

A block keeps its first line and its number of lines: what stands in the file
from that line on takes its place. So a block has to begin with a line that stays
as it is, and stands in the file once.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def main(quoted):
    lines = (ROOT / quoted).read_text(encoding="utf-8").splitlines()

    def again(fence):
        head, text, foot = fence.groups()
        block = text.splitlines()
        found = [at for at, line in enumerate(lines) if line == block[0]]
        if len(found) != 1:
            sys.exit(f"{quoted} has {len(found)} lines {block[0]!r}")
        block = lines[found[0] : found[0] + len(block)]
        return head + "".join(line + "\n" for line in block) + foot

    fence = rf"(```\w+,file={re.escape(quoted)}\n)(.*?)(```\n)"
    for page in sorted((ROOT / "book/src").rglob("*.md")):
        old = page.read_text(encoding="utf-8")
        new = re.sub(fence, again, old, flags=re.DOTALL)
        if new != old:
            page.write_text(new, encoding="utf-8")
            print(f"quoted again: {page.relative_to(ROOT)}")


main(*sys.argv[1:])
