"""Every chart looks as its reference picture does, in both languages, on light and on dark ground.

The pictures under tests/reference/pictures are drawn by vl-convert with the letters that it brings, so they
are the same on every machine up to a letter's edge. Pages in Chromium are not compared as pictures: their
letters are those of the machine. What holds of them anywhere (nothing overlaps, nothing is wider than the
screen) is measured in tests/browser.
"""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest
from PIL import Image

import dashboards
from dashboards import charts
from dashboards.look import LIGHT
from dashboards.words import Words
from tests.reference.drawings import DRAWINGS, contrasts, figures
from tests.reference.pictures import FOLDER, TOLERANCE, apart, drawn, kinds, named, picture

EN = Words("en")
HERE_TO_BUILD = {"marks.dots", "marks.finished", "marks.row_labels"}
"""Parts of charts, which are seen in the charts that they are parts of."""


def test_every_chart_of_the_dashboard_has_its_pictures() -> None:
    found = set()
    for module in pkgutil.iter_modules(dashboards.__path__):
        if module.name == "app":
            continue
        there = import_module(f"dashboards.{module.name}")
        for name, function in inspect.getmembers(there, inspect.isfunction):
            gives = str(inspect.signature(function).return_annotation)
            if function.__module__ == there.__name__ and not name.startswith("_") and "LayerChart" in gives:
                found.add(f"{module.name}.{name}")
    assert found - HERE_TO_BUILD == set(DRAWINGS)
    files = {named(function, *kind).name for function in DRAWINGS for kind in kinds()}
    assert {file.name for file in FOLDER.glob("*.png")} == files
    assert max(file.stat().st_size for file in FOLDER.glob("*.png")) <= 40_000


@pytest.mark.parametrize("function", DRAWINGS)
def test_a_chart_looks_as_its_reference_picture_does(function: str) -> None:
    """After a change that is wanted: `python -m tests.reference`, and look at the pictures it names."""
    for kind in kinds():
        file = named(function, *kind)
        far = apart(drawn(function, *kind), Image.open(file))
        assert far <= TOLERANCE, f"{file.name} is off by {far}; python -m tests.reference draws it anew"


def rates(change: Callable[[dict[str, Any]], None]) -> Image.Image:
    """The rates' picture after a change to the figures of those who were thanked."""
    arms = {name: {**arm, "metrics": {**arm["metrics"]}} for name, arm in figures()["arms"].items()}
    held = arms["thank_you"]["metrics"]["completed"] = {**arms["thank_you"]["metrics"]["completed"]}
    change(held)
    return picture(charts.rates(arms, "completed", EN), LIGHT)


@pytest.mark.parametrize("figure", ["rate", "low", "high", "events"])
def test_the_comparison_fails_where_a_figure_has_changed(figure: str) -> None:
    def change(held: dict[str, Any]) -> None:
        held[figure] += 10 if figure == "events" else 0.02

    reference = Image.open(named("charts.rates", "en", "light"))
    assert apart(rates(lambda _: None), reference) <= TOLERANCE
    assert apart(rates(change), reference) > TOLERANCE


def test_the_comparison_fails_where_a_mark_a_word_or_a_colour_has_changed() -> None:
    reference = Image.open(named("charts.forest", "en", "light"))
    completed = contrasts("completed")
    as_it_is = charts.forest(completed, EN, kind="proportion", detect=0.05)
    not_found = [{**completed[0], "verdict": "too early"}, *completed[1:]]
    changed = [
        charts.forest(completed, EN, kind="proportion", detect=0.06),
        charts.forest(not_found, EN, kind="proportion", detect=0.05),
        charts.forest(completed, Words("id"), kind="proportion", detect=0.05),
    ]
    assert apart(picture(as_it_is, LIGHT), reference) <= TOLERANCE
    assert [apart(picture(chart, LIGHT), reference) > TOLERANCE for chart in changed] == [True] * 3
    assert apart(reference, Image.open(named("charts.forest", "en", "dark"))) > TOLERANCE
    assert apart(reference, reference.convert("RGB").crop((0, 0, 400, 300))) == 255
