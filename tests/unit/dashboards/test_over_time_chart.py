"""What is plotted of the effect over time equals what was computed."""

from __future__ import annotations

from datetime import date

import pytest

from amends.analysis.over_time import effect_by_day
from dashboards import over_time_chart
from dashboards.words import Words
from tests.unit.dashboards.test_charts import plotted, rows_with

COUNTS = [
    (date(2026, 3, day), arm, 40, x)
    for day in (2, 3, 4)
    for arm, x in (("sorry", 20), ("thank_you", 26 + day))
]
DAYS = effect_by_day(COUNTS, [("thank_you", "sorry")], level=0.05, planned={"sorry": 500, "thank_you": 500})


def test_each_day_is_drawn_at_its_effect_inside_its_band() -> None:
    drawn = {row["day"]: row for row in rows_with(over_time_chart.effect(DAYS, Words("en")), "value")}
    for one in DAYS:
        row = drawn[one.day.isoformat()]
        assert row["value"] == pytest.approx(100 * one.effect)
        assert row["low"] == pytest.approx(100 * one.low)
        assert row["high"] == pytest.approx(100 * one.high)


def test_the_planned_difference_and_a_near_end_are_marked() -> None:
    near = over_time_chart.effect(DAYS, Words("id"), detect=0.05, end=date(2026, 3, 6))
    far = over_time_chart.effect(DAYS, Words("id"), end=date(2026, 5, 6))
    assert {row["y"] for row in plotted(near) if "y" in row} == {0, -5, 5}
    assert [row["end"] for row in rows_with(near, "end")] == ["2026-03-06"]
    assert rows_with(far, "end") == []
