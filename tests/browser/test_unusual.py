"""Every page where there is little, nothing, or more than usual to draw: on a desk, then on a telephone."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import TimeoutError as NotInTime

from tests.browser.test_dashboard import assert_sound

pytestmark = pytest.mark.browser

# What must be on the page, and how many charts at least.
EMPTY = {
    "/": ("amends new late_parcel", 0),
    "/?experiment=": ("One experiment", 0),
    "/studies": ("not known to us", 5),
    "/plan": ("What the number rests on", 1),
    "/try": ("Try a message", 0),
    "/waiting-times": ("Waiting times", 0),
    "/calculator?kind=means&margin=0.3": ("Hedges", 1),
}
UNUSUAL = {
    "/": ("eight_arms", 0),
    "/?experiment=nobody_yet": ("What customers read", 0),
    "/?experiment=one_answer": ("By segment", 1),
    "/?experiment=three_arms&segment=channel": ("Figures and method", 8),
    "/?experiment=eight_arms&segment=delay_band": ("The difference at every level", 6),
    "/try?experiment=eight_arms": ("How alike the arms are", 0),
}


def walk(opened: Any, name: str, text: str, charts: int) -> None:
    """Sound at both widths, and nothing grave for those who see, hear or move otherwise."""
    # Of eight arms there are 28 comparisons, each with analyses of its own: the whole report takes a while.
    opened.settle(charts=charts, text=text, seconds=180)
    assert_sound(opened)
    found = Axe().run(opened.page).response["violations"]
    grave = [
        f"{item['id']}: {item['help']} {[node['target'] for node in item['nodes']][:3]}"
        for item in found
        if item["impact"] in ("serious", "critical")
    ]
    assert grave == []
    opened.page.set_viewport_size({"width": 390, "height": 900})
    opened.settle(charts=charts, text=text)
    opened.page.wait_for_function(
        "() => document.querySelector('[data-testid=stMain]').clientWidth <= 390", timeout=20_000
    )
    assert_sound(opened)
    opened.keep(f"{name}-390")


def named(path: str) -> str:
    return "".join(sign if sign.isalnum() else "-" for sign in path.strip("/")) or "home"


def at(url: str, path: str) -> str:
    return f"{url}{path}{'&' if '?' in path else '?'}lang=en"


@pytest.mark.parametrize("path", EMPTY)
def test_every_page_stands_with_an_empty_database(empty: Any, visit: Any, path: str) -> None:
    text, charts = EMPTY[path]
    walk(visit(at(empty.url, path)), f"empty-{named(path)}", text, charts)


@pytest.mark.parametrize("path", UNUSUAL)
def test_every_page_stands_with_nobody_one_answer_three_arms_and_eight(
    unusual: Any, visit: Any, path: str
) -> None:
    text, charts = UNUSUAL[path]
    opened = visit(at(unusual.url, path))
    walk(opened, f"unusual-{named(path)}", text.replace("eight_arms", "Eight arms"), charts)


def test_the_segment_of_the_address_is_the_one_shown(unusual: Any, visit: Any) -> None:
    opened = visit(at(unusual.url, "/?experiment=three_arms&segment=delay_band"))
    opened.settle(charts=11, text="The difference at every level")
    report = unusual.lab().analyze("three_arms").to_dict()["sections"]["segments"]["segments"]
    levels = {
        level["level"]
        for item in report
        if item["moderator"] == "delay_band"
        for level in item.get("levels", [])
    }
    assert levels == {"1-24 h", "24-48 h"}
    assert "segment=delay_band" in opened.page.url
    # By keyboard, as often as it takes: while the report above is still drawn, the box may move from under
    # a pointer, or be drawn anew under the key.
    box = opened.page.locator(".st-key-segment input")
    for _ in range(6):
        box.press("ArrowDown")
        box.fill("Channel")
        box.press("Enter")
        with suppress(NotInTime):
            opened.page.wait_for_url("**segment=channel**", timeout=5_000)
            break
    assert "segment=channel" in opened.page.url
    assert "experiment=three_arms" in opened.page.url
    assert_sound(opened)
