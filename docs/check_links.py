"""Look for links of the built documentation that lead nowhere inside it.

Usage: python docs/check_links.py docs/_build/html
"""

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class Page(HTMLParser):
    """What a page links to, and what of it can be linked to."""

    def __init__(self, path):
        super().__init__()
        self.targets, self.links = set(), set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.targets |= {attributes.get("id"), attributes.get("name")}
        self.links |= {attributes.get("href"), attributes.get("src")} - {None}


def find_broken_links(folder):
    """Return (page, link) for each link that leads to no file, or to no place in one."""
    folder = Path(folder).resolve()
    # The theme's own files are no pages.
    paths = [path for path in folder.rglob("*.html") if "_static" not in path.parts]
    if not paths:
        raise FileNotFoundError(f"There are no pages in {folder}.")
    pages = {path: Page(path) for path in paths}
    broken = []
    for path, page in pages.items():
        for link in sorted(page.links):
            url = urlsplit(link)
            if url.scheme or url.netloc:
                continue
            target = (path.parent / unquote(url.path)).resolve() if url.path else path
            is_found = target.exists()
            if is_found and url.fragment and target in pages:
                is_found = unquote(url.fragment) in pages[target].targets
            if not is_found:
                broken.append((path.relative_to(folder), link))
    return broken


if __name__ == "__main__":
    problems = find_broken_links(sys.argv[1])
    sys.exit("\n".join(f"{page}: {link}" for page, link in problems) or None)
