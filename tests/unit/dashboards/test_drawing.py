"""A chart is drawn again when what it shows has changed, and only then."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from amends.analysis.over_time import DayOfEffect
from dashboards import charts, drawing
from dashboards.look import DARK, LIGHT
from dashboards.words import Words

EN = Words("en")
DRAWN: list[str] = []


class Chart:
    """As much of a chart as a drawing needs."""

    def __init__(self, shown: str) -> None:
        self.shown = shown

    def to_dict(self, *, validate: bool) -> dict[str, Any]:
        assert not validate
        return {"title": self.shown}


def noting(figures: Any, words: Words, *, look: Any = LIGHT) -> Chart | None:
    DRAWN.append(str(figures))
    return Chart(words.language) if figures else None


def times(*asked: tuple[Any, Words, Any]) -> int:
    before = len(DRAWN)
    for figures, words, look in asked:
        drawing.spec(noting, figures, words, look=look)
    return len(DRAWN) - before


def test_the_same_figures_are_drawn_once_for_all_who_look() -> None:
    assert times(({"rate": 0.4}, EN, LIGHT), ({"rate": 0.4}, Words("en"), LIGHT)) == 1


def test_another_figure_language_or_ground_is_drawn_anew() -> None:
    asked = [
        ({"rate": 0.5}, EN, LIGHT),
        ({"rate": 0.5000001}, EN, LIGHT),
        ({"rate": 0.5}, Words("id"), LIGHT),
        ({"rate": 0.5}, EN, DARK),
        (DayOfEffect("sorry", "silence", date(2026, 3, 2), 10, 0.1, 0.0, 0.2), EN, LIGHT),
        (DayOfEffect("sorry", "silence", date(2026, 3, 3), 10, 0.1, 0.0, 0.2), EN, LIGHT),
    ]
    assert times(*asked) == len(asked)


def test_what_one_viewer_does_with_the_chart_no_other_sees() -> None:
    first = drawing.spec(noting, "shared", EN)
    assert first is not None
    first.clear()
    assert drawing.spec(noting, "shared", EN) == {"title": "en"}


def test_a_chart_without_anything_to_show_is_none() -> None:
    assert drawing.spec(noting, {}, EN) is None


def test_an_argument_that_cannot_be_compared_is_refused() -> None:
    with pytest.raises(TypeError, match="object is the same as another"):
        drawing.spec(noting, object(), EN)


def test_the_chart_is_the_one_that_the_function_makes(figures: dict[str, Any]) -> None:
    made = charts.rates(figures["arms"], "completed", EN).to_dict()
    found = drawing.spec(charts.rates, figures["arms"], "completed", EN)
    assert found is not None
    assert [layer.get("mark") for layer in found["layer"]] == [layer.get("mark") for layer in made["layer"]]
    assert found["config"] == made["config"]
