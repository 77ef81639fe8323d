"""The documentation's pages in a real browser: readable without a network, on a desk and on a telephone."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from scripts.documentation import site

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]


class Quiet(SimpleHTTPRequestHandler):
    """A file server that prints nothing."""

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the built pages."""
    folder = tmp_path_factory.mktemp("pages")
    shutil.copytree(ROOT / "docs", folder / "docs")
    shutil.copy(ROOT / "zensical.toml", folder)
    site.build(folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder / "site"))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize(
    "page", ["index", "tutorial/care-team", "statistics/explained", "reference/http-api"]
)
def test_a_page_fetches_nothing_from_elsewhere_and_fits_the_screen(
    pages: str, visit: Any, page: str, width: int
) -> None:
    opened = visit(f"{pages}/{page}.html", width=width)
    opened.page.wait_for_selector("h1")
    assert opened.trouble == []
    broken = opened.page.evaluate(
        "[...document.images].filter(i => i.complete && !i.naturalWidth).map(i => i.src)"
    )
    assert broken == []
    assert opened.page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0


@pytest.mark.parametrize("light", ["light", "dark"])
@pytest.mark.parametrize("page", ["tutorial/care-team", "statistics/explained"])
def test_axe_finds_nothing_serious(pages: str, visit: Any, page: str, light: str) -> None:
    opened = visit(f"{pages}/{page}.html")
    opened.page.emulate_media(color_scheme=light)
    opened.page.wait_for_selector("h1")
    found = Axe().run(opened.page).response["violations"]
    assert [item["id"] for item in found if item["impact"] in ("serious", "critical")] == []


def test_searching_finds_a_page(pages: str, visit: Any) -> None:
    opened = visit(f"{pages}/index.html")
    opened.page.get_by_role("button", name="Search").first.click()
    opened.page.keyboard.type("tipping point")
    opened.page.get_by_text("Read the bounds of a rating").locator("visible=true").first.wait_for(
        timeout=20_000
    )
    assert opened.trouble == []
