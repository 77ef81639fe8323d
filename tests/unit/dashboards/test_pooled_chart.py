"""What the pooled forest plot draws equals what the pooled result says."""

from __future__ import annotations

from math import exp
from typing import Any

import pytest

from amends.analysis.formatting import Sentence
from amends.analysis.pooled_rows import EffectRow
from amends.analysis.pooling import PAIR, PooledExperiments, pool_rows
from amends.analysis.study_effects import effect_of_counts
from dashboards.look import DARK
from dashboards.pooled_chart import pooled_forest
from dashboards.words import Words
from tests.unit.dashboards.test_charts import rows_with

TABLES = [(51, 56, 40, 51), (88, 110, 80, 109), (42, 60, 35, 61)]


def pooled(tables: list[tuple[int, int, int, int]], measure: str = "rd") -> PooledExperiments:
    said = Sentence("completed surveys", "survei selesai")
    rows = []
    for place, table in enumerate(tables):
        effect = effect_of_counts(*table, measure=measure.upper())
        assert effect
        rows.append(EffectRow(f"e{place}", "own", "completed", said, *PAIR, effect))
    return pool_rows(rows, measure=measure)


def drawn(found: PooledExperiments, language: str = "en", **more: Any) -> dict[str, dict[str, Any]]:
    return {row["row"]: row for row in rows_with(pooled_forest(found, Words(language), **more), "kind")}


def test_every_row_stands_at_its_effect_with_its_interval_and_weight() -> None:
    found = pooled(TABLES)
    rows = drawn(found)
    heaviest = max(found.weights)
    for place, (row, weight) in enumerate(zip(found.rows, found.weights, strict=True)):
        own = row.interval()
        held = rows[f"{place}"]
        assert (held["value"], held["low"], held["high"]) == pytest.approx(
            (100 * row.effect.value, 100 * own.low, 100 * own.high)
        )
        assert held["area"] / 420 == pytest.approx(weight / heaviest)
    assert rows["0"]["detail"] == "12.6 (−0.9 to 26.2) · 32.2%"


def test_the_diamond_spans_the_interval_and_the_dashes_the_prediction() -> None:
    found = pooled(TABLES)
    diamond = rows_with(pooled_forest(found, Words("en")), "height")
    limits = found.pooled.interval
    assert [point["at"] for point in diamond] == pytest.approx(
        [100 * limits.low, 100 * found.pooled.value, 100 * limits.high]
    )
    assert [point["height"] for point in diamond] == [0, 20, 0]
    ahead = drawn(found)["prediction"]
    assert (ahead["low"], ahead["high"]) == pytest.approx(
        (100 * found.pooled.prediction.low, 100 * found.pooled.prediction.high)
    )


def test_two_experiments_have_no_prediction_to_draw() -> None:
    ahead = drawn(pooled(TABLES[:2]), "id")["prediction"]
    assert (ahead["low"], ahead["detail"], ahead["label"]) == (None, "–", "Eksperimen baru")


def test_one_experiment_is_drawn_without_an_average() -> None:
    assert set(drawn(pooled(TABLES[:1]), look=DARK)) == {"0"}


def test_ratios_are_drawn_on_a_logarithmic_axis_and_said_as_ratios() -> None:
    found = pooled(TABLES, "or")
    row = drawn(found, "id")["0"]
    assert exp(row["value"]) == pytest.approx((51 / 5) / (40 / 11))
    assert row["detail"].startswith("2,80 (0,90 sampai 8,73)")
    assert "exp(datum.value)" in str(pooled_forest(found, Words("id")).to_dict())
