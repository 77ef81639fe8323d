"""Pooled experiments → Altair: squares as large as their weight, a diamond for the average, the prediction's
line. Draws figures that the result holds; no streamlit import.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt

from amends.analysis.pooled_rows import RATIOS
from amends.analysis.pooled_words import UNITS, shown, spanned
from amends.analysis.rendering.pooled import row_name, word
from amends.analysis.result import Interval, NotEnough
from dashboards.look import LIGHT, Look
from dashboards.marks import finished, row_labels
from dashboards.words import Words, capital

if TYPE_CHECKING:
    from amends.analysis.pooling import PooledExperiments

BELOW = 16
"""How far below the middle of its row a mark stands, the name being above it."""

LARGEST = 420
"""Area of the heaviest square, in square pixels."""

AVERAGE, AHEAD = "average", "prediction"


def pooled_forest(found: PooledExperiments, words: Words, *, look: Look = LIGHT) -> alt.LayerChart:
    """The rows, their average and what a new experiment may show, on one axis with zero marked.

    Args:
        found: The pooled reading; ratios are drawn on a logarithmic axis.
        words: The page's language.
        look: Colours of text and lines.
    """
    rows = [*_rows(found, words), *_totals(found, words)]
    scale = alt.Scale(domain=_window(rows), nice=False)
    y = alt.Y("row:N", sort=[row["row"] for row in rows], axis=None)
    x = alt.X("value:Q", title=UNITS[found.measure][words.language], scale=scale, axis=_axis(found))
    own = [row for row in rows if row["kind"] == "row"]
    tooltip = [
        alt.Tooltip("label:N", title=words.say("experiment_name")),
        alt.Tooltip("detail:N", title=words.say("difference")),
    ]
    zero = alt.Chart(alt.Data(values=[{"x": 0}])).mark_rule(color=look.ink, strokeWidth=1.2)
    layers = [
        zero.encode(x=alt.X("x:Q", scale=scale)),
        _spans(own, y, scale).mark_rule(color=look.ink, strokeWidth=2, yOffset=BELOW),
        alt.Chart(alt.Data(values=own))
        .mark_point(filled=True, shape="square", opacity=1, color=look.ink, yOffset=BELOW)
        .encode(y=y, x=x, size=alt.Size("area:Q", scale=None, legend=None), tooltip=tooltip),
        alt.Chart(alt.Data(values=_diamond(rows)))
        .mark_trail(color=look.accent, yOffset=BELOW)
        .encode(
            y=y,
            x=alt.X("at:Q", scale=scale),
            size=alt.Size("height:Q", scale=None, legend=None),
            order=alt.Order("step:Q"),
        ),
        _spans([row for row in rows if row["kind"] == AHEAD and row["low"] is not None], y, scale).mark_rule(
            color=look.accent, strokeWidth=4, strokeDash=[7, 4], yOffset=BELOW
        ),
        row_labels(rows, y, look, dy=-20, bold=True),
        row_labels(rows, y, look, dy=-3, field="detail"),
    ]
    return finished(alt.layer(*layers), words, look, rows=len(rows), row_height=70, extra=70)


def _rows(found: PooledExperiments, words: Words) -> list[dict[str, Any]]:
    heaviest = max((weight for weight in found.weights if not isinstance(weight, NotEnough)), default=1.0)
    rows = []
    for place, (row, weight) in enumerate(zip(found.rows, found.weights, strict=True)):
        own = row.interval(found.confidence)
        share = "" if isinstance(weight, NotEnough) else f" · {words.percent(weight)}"
        rows.append(
            {
                "row": f"{place}",
                "kind": "row",
                **_scaled(found, row.effect.value, own.low, own.high),
                "area": LARGEST * (0.25 if isinstance(weight, NotEnough) else weight / heaviest),
                "label": row_name(row, words.language),
                "detail": f"{_said(found, row.effect.value, own, words)}{share}",
            }
        )
    return rows


def _totals(found: PooledExperiments, words: Words) -> list[dict[str, Any]]:
    """The average and the prediction, which stands there as a dash where there is none."""
    pooled = found.pooled
    if isinstance(pooled, NotEnough):
        return []
    limits = pooled.interval if isinstance(pooled.interval, Interval) else None
    ahead = pooled.prediction if isinstance(pooled.prediction, Interval) else None
    return [
        {
            "row": AVERAGE,
            "kind": AVERAGE,
            **_scaled(found, pooled.value, limits and limits.low, limits and limits.high),
            "label": capital(word("pooled", words.language)),
            "detail": _said(found, pooled.value, limits, words),
        },
        {
            "row": AHEAD,
            "kind": AHEAD,
            **_scaled(found, pooled.value, ahead and ahead.low, ahead and ahead.high),
            "label": capital(word("prediction", words.language)),
            "detail": "–" if ahead is None else spanned(ahead, found.measure, words.language),
        },
    ]


def _said(found: PooledExperiments, value: float, limits: Interval | None, words: Words) -> str:
    figure = shown(value, found.measure, words.language)
    return figure if limits is None else f"{figure} ({spanned(limits, found.measure, words.language)})"


def _scaled(
    found: PooledExperiments, value: float, low: float | None, high: float | None
) -> dict[str, float | None]:
    factor = 100 if found.measure == "rd" else 1
    ends = {"value": value, "low": low, "high": high}
    return {name: None if end is None else factor * end for name, end in ends.items()}


def _diamond(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """From the lower limit over the average to the upper one, thick in the middle."""
    average = next((row for row in rows if row["kind"] == AVERAGE), None)
    if average is None or average["low"] is None:
        return []
    ends = ((average["low"], 0), (average["value"], 20), (average["high"], 0))
    return [
        {"row": AVERAGE, "at": at, "height": height, "step": step} for step, (at, height) in enumerate(ends)
    ]


def _spans(rows: list[dict[str, Any]], y: alt.Y, scale: alt.Scale) -> alt.Chart:
    return alt.Chart(alt.Data(values=rows)).encode(y=y, x=alt.X("low:Q", scale=scale), x2=alt.X2("high:Q"))


def _window(rows: list[dict[str, Any]]) -> list[float]:
    ends = [row[name] for row in rows for name in ("value", "low", "high") if row[name] is not None]
    low, high = min([0.0, *ends]), max([0.0, *ends])
    rim = 0.05 * (high - low or 1.0)
    return [low - rim, high + rim]


def _axis(found: PooledExperiments) -> alt.Axis:
    if found.measure in RATIOS:
        return alt.Axis(tickCount=7, labelExpr="format(exp(datum.value), '.2f')")
    return alt.Axis(tickCount=7)
