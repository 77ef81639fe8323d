"""The pages: builds docs/ into site/, and looks at what was built.

    python -m scripts.documentation.site         builds; a broken link or a page without a place fails

Run by `make docs` after the reference and the pictures were made anew.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).parents[2]
FETCHING = {"src", "srcset", "poster", "data", "action"}
"""Attributes whose address a browser fetches; those of `<a href>` it follows when asked to."""

LANGUAGES = ("id",)
"""Folders of docs/ in another language than English, named by it; a screen reader must know."""


class _Addresses(HTMLParser):
    """The addresses of a page: those that a browser fetches, and those in the navigation."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.linked: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if not value:
                continue
            if tag == "a" and name == "href":
                self.linked.append(value)
            elif name in FETCHING or (tag == "link" and name == "href"):
                self.fetched.append(value)


def build(root: Path = ROOT) -> None:
    """Builds the pages.

    Raises:
        subprocess.CalledProcessError: A link or a heading that is pointed to does not exist.
    """
    zensical = Path(sys.executable).with_name("zensical")
    subprocess.run([str(zensical), "build", "--strict", "--clean"], cwd=root, check=True)
    for folder in LANGUAGES:
        for page in (root / "site" / folder).rglob("*.html"):
            text = page.read_text(encoding="utf-8")
            page.write_text(text.replace('<html lang="en"', f'<html lang="{folder}"', 1), encoding="utf-8")


def trouble(root: Path = ROOT) -> Iterator[str]:
    """What is wrong with the built pages, each in a sentence: nothing where all is well."""
    site = root / "site"
    read = {page: _addresses(page) for page in sorted(site.rglob("*.html"))}
    for page, found in read.items():
        yield from _off_the_host(page.relative_to(site), found.fetched)
        yield from _missing(page, site, found.fetched)
    for style in sorted(site.rglob("*.css")):
        addresses = re.findall(r"url\(\s*['\"]?([^'\")]+)", style.read_text(encoding="utf-8"))
        yield from _off_the_host(style.relative_to(site), addresses)
    yield from _without_a_place(root, read[site / "index.html"].linked)


def _addresses(page: Path) -> _Addresses:
    found = _Addresses()
    found.feed(page.read_text(encoding="utf-8"))
    return found


def _off_the_host(page: Path, addresses: Iterable[str]) -> Iterator[str]:
    for address in addresses:
        if urlsplit(address).netloc:
            yield f"{page} fetches {address}: the pages must be readable without a network"


def _missing(page: Path, site: Path, addresses: Iterable[str]) -> Iterator[str]:
    if page.name == "404.html":  # its addresses begin at the host's root
        return
    for address in addresses:
        parts = urlsplit(address)
        if parts.scheme or parts.netloc or not parts.path:
            continue
        if not (page.parent / unquote(parts.path)).exists():
            yield f"{page.relative_to(site)} shows {address}, which does not exist"


def _without_a_place(root: Path, linked: Iterable[str]) -> Iterator[str]:
    """Pages that the navigation does not lead to; the first page has all of it."""
    reached = {urlsplit(address).path.removeprefix("./") for address in linked}
    for document in sorted((root / "docs").rglob("*.md")):
        page = document.relative_to(root / "docs").with_suffix(".html")
        built = page.with_name("index.html") if page.stem == "README" else page
        if built.as_posix() not in reached:
            yield f"docs/{document.relative_to(root / 'docs')} is not in the navigation: see docs/.nav.yml"


def main() -> int:
    """Builds, and names what is wrong."""
    try:
        build()
    except subprocess.CalledProcessError:
        return 1
    found = list(trouble())
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
