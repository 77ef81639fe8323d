"""Every page over a million customers, on a desk and on a telephone; `make test` does it over a few."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import monotonic
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from amends.analysis.formatting import count
from bench.crowd import KEY, gather
from tests.browser.conftest import Served, serving
from tests.browser.test_dashboard import assert_sound

pytestmark = pytest.mark.browser

# What must be on the page, and how many charts at least. The first two know how many customers there are.
PAGES = {
    "/": ("planned per arm", 0),
    f"/?experiment={KEY}": ("Every count", 6),
    "/studies": ("not known to us", 5),
    "/plan": ("What the number rests on", 1),
    f"/try?experiment={KEY}": ("How alike the arms are", 0),
    "/waiting-times": ("Waiting times", 0),
    "/calculator": ("91.1%", 1),
}


@pytest.fixture(scope="module")
def crowded(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, int]]:
    """A running experiment whose customers are all invented, served."""
    n = 1_000_000 if request.config.getoption("--soak") else 1_000
    folder = tmp_path_factory.mktemp("crowd")
    settings = gather(folder, n)
    for served in serving(folder, settings):
        yield served, n


def grave(opened: Any) -> list[str]:
    found = Axe().run(opened.page).response["violations"]
    return [
        f"{item['id']}: {item['help']} {[node['target'] for node in item['nodes']][:3]}"
        for item in found
        if item["impact"] in ("serious", "critical")
    ]


def test_every_page_stands_over_a_million_customers(
    crowded: tuple[Served, int],
    visit: Any,
    at_size: Callable[..., int],
    found: Callable[[str], None],
) -> None:
    """No exception, no console error, no request off the machine, no sideways scroll, axe clean."""
    served, n = crowded
    lab = served.lab()
    assert sum(arm.assigned for arm in lab.tally(KEY).arms) == n
    slowest = 0.0
    for path in list(PAGES)[: at_size(small=2, full=len(PAGES))]:
        text, charts = PAGES[path]
        started = monotonic()
        opened = visit(f"{served.url}{path}{'&' if '?' in path else '?'}lang=en")
        opened.settle(charts=charts, text=text)
        slowest = max(slowest, monotonic() - started)
        if KEY in path and "try" not in path:
            assigned = [arm.assigned for arm in lab.tally(KEY).arms]
            assert all(count(number, "en") in opened.text() for number in assigned)
        for width in (1280, 390):
            opened.page.set_viewport_size({"width": width, "height": 900})
            opened.page.wait_for_function(
                "width => document.querySelector('[data-testid=stMain]').clientWidth <= width", arg=width
            )
            opened.settle(charts=charts, text=text)
            assert_sound(opened)
            assert grave(opened) == []
    found(
        f"Every page of the dashboard stood over {n:,} customers at 1280 and 390 pixels: no exception, no "
        f"console error, no request off the machine, no sideways scroll, nothing grave from axe; the slowest "
        f"was there after {slowest:.1f} s."
    )
