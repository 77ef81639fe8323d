"""What every chart is made of: a dot with its interval, a label above its row, one finish for all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, floor, isfinite
from typing import Any

import altair as alt

from dashboards.look import Look, arm_styles
from dashboards.words import Words

Row = Mapping[str, Any]
MIN_HEIGHT = 180
SIZE = 13


def dots(
    rows: Sequence[Row],
    order: list[str],
    words: Words,
    *,
    look: Look,
    title: str,
    limits: tuple[float, float],
    step: float,
) -> alt.LayerChart:
    """A dot with its interval per arm, labelled above."""
    styles = arm_styles(order)
    scale = alt.Scale(domain=_domain(rows, limits, step), nice=False)
    y = alt.Y("arm:N", sort=order, axis=None)
    colour = alt.Color(
        "arm:N", scale=alt.Scale(domain=order, range=[styles[arm][0] for arm in order]), legend=None
    )
    drawn = [row for row in rows if row["value"] is not None]
    tooltip = [alt.Tooltip("label:N", title=words.say("arm")), alt.Tooltip("detail:N", title=title)]
    layers = [
        alt.Chart(
            alt.Data(values=[row for row in drawn if row["low"] is not None and row["high"] is not None])
        )
        .mark_rule(strokeWidth=4, opacity=0.55, yOffset=14)
        .encode(y=y, x=alt.X("low:Q", scale=scale), x2=alt.X2("high:Q"), color=colour),
        alt.Chart(alt.Data(values=drawn))
        .mark_point(filled=True, size=190, opacity=1, yOffset=14)
        .encode(
            y=y,
            x=alt.X("value:Q", title=title, scale=scale, axis=alt.Axis(tickCount=6)),
            color=colour,
            shape=alt.Shape(
                "arm:N", scale=alt.Scale(domain=order, range=[styles[arm][1] for arm in order]), legend=None
            ),
            tooltip=tooltip,
        ),
        row_labels(rows, y, look, dy=-18, bold=True),
        row_labels(rows, y, look, dy=-1, field="detail"),
    ]
    return finished(alt.layer(*layers), words, look, rows=len(order), row_height=72, extra=58)


def _domain(rows: Sequence[Row], limits: tuple[float, float], step: float) -> list[float]:
    """A window on the scale that holds every interval, on round numbers, never wider than the scale."""
    ends = [row[key] for row in rows for key in ("value", "low", "high") if row[key] is not None]
    if not ends:
        return list(limits)
    low, high = floor(min(ends) / step) * step, ceil(max(ends) / step) * step
    while high - low < 4 * step:
        low, high = low - step, high + step
    return [max(limits[0], low - step), min(limits[1], high + step)]


def row_labels(
    rows: Sequence[Row], y: alt.Y, look: Look, *, dy: int, field: str = "label", bold: bool = False
) -> Any:
    """Text at the left edge of each row, with a rim that keeps grid lines away from the letters."""
    text: dict[str, Any] = {
        "align": "left",
        "dy": dy,
        "fontSize": SIZE,
        "fontWeight": 600 if bold else 400,
        "limit": alt.ExprRef("width"),
    }
    base = alt.Chart(alt.Data(values=list(rows))).encode(y=y, x=alt.value(0), text=alt.Text(f"{field}:N"))
    rim = base.mark_text(**text, color=look.surface, stroke=look.surface, strokeWidth=5, strokeJoin="round")
    return alt.layer(rim, base.mark_text(**text, color=look.ink))


def finished(
    chart: Any, words: Words, look: Look, *, rows: int, row_height: int, extra: int
) -> alt.LayerChart:
    """Width of its container, a height that is never squeezed, numbers as the language writes them."""
    number = alt.NumberLocale(
        decimal="," if words.language == "id" else ".",
        thousands="." if words.language == "id" else ",",
        grouping=[3],
        currency=["", ""],
        minus="−",
    )
    config = alt.Config(
        locale=alt.Locale(number=number),
        axis=alt.AxisConfig(
            labelFontSize=SIZE,
            titleFontSize=SIZE,
            titleFontWeight=400,
            labelColor=look.muted,
            titleColor=look.muted,
            gridColor=look.line,
            domain=False,
            ticks=False,
            labelPadding=6,
            titlePadding=10,
        ),
        legend=alt.LegendConfig(
            labelFontSize=SIZE,
            titleFontSize=SIZE,
            titleFontWeight=400,
            labelColor=look.ink,
            titleColor=look.muted,
        ),
        view=alt.ViewConfig(stroke=None),
        # The chart has one description as a whole; its hundreds of marks would only clutter a screen reader.
        mark=alt.MarkConfig(aria=False),
    )
    # In one call: each of them copies the whole chart, data and all.
    height = max(MIN_HEIGHT, rows * row_height + extra)
    finished: alt.LayerChart = chart.properties(
        width="container", height=height, background="transparent", config=config
    )
    return finished


def scaled(value: object, factor: float = 1) -> float | None:
    """The number times the factor; None for None, for `not_enough` and for an infinite end."""
    return value * factor if isinstance(value, (int, float)) and isfinite(value) else None
