"""Effects by day → Altair: a line inside its always-valid band, zero and the planned difference marked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import altair as alt

from amends.analysis.over_time import DayOfEffect
from dashboards.look import LIGHT, Look
from dashboards.marks import finished, scaled
from dashboards.words import Words


def effect(
    days: Sequence[DayOfEffect],
    words: Words,
    *,
    detect: float | None = None,
    end: date | None = None,
    look: Look = LIGHT,
) -> alt.LayerChart:
    """One pair's difference in percentage points after each day.

    Args:
        days: Of one pair, in order.
        words: The page's language.
        detect: The planned smallest difference, as a share.
        end: When the planned sample will be there; drawn where it is no further away than the data are long.
        look: Colours of text and lines.
    """
    rows = [
        {
            "day": one.day.isoformat(),
            "value": scaled(one.effect, 100),
            "low": scaled(one.low, 100),
            "high": scaled(one.high, 100),
            "when": words.date(one.day),
            "shown": _shown(one, words),
        }
        for one in days
    ]
    known = [row for row in rows if row["low"] is not None]
    x = alt.X("day:T", title=None, axis=alt.Axis(format="%-d/%-m", tickCount=8))
    y_title = words.say("difference_points")
    colour = "#0b5c8a" if look is LIGHT else "#6cb8e6"
    layers: list[alt.Chart] = [
        alt.Chart(alt.Data(values=known))
        .mark_area(opacity=0.22, color=colour)
        .encode(x=x, y=alt.Y("low:Q", title=y_title), y2=alt.Y2("high:Q")),
        alt.Chart(alt.Data(values=[{"y": 0}]))
        .mark_rule(color=look.ink, strokeWidth=1.2)
        .encode(y=alt.Y("y:Q")),
    ]
    if detect:
        planned = [{"y": sign * 100 * detect} for sign in (-1, 1)]
        layers.append(
            alt.Chart(alt.Data(values=planned))
            .mark_rule(color=look.muted, strokeDash=[4, 4])
            .encode(y=alt.Y("y:Q"))
        )
    if end is not None and days and (end - days[-1].day) <= (days[-1].day - days[0].day):
        layers.append(
            alt.Chart(alt.Data(values=[{"end": end.isoformat()}]))
            .mark_rule(color=look.muted, strokeDash=[2, 3], strokeWidth=2)
            .encode(x=alt.X("end:T"))
        )
    layers.append(
        alt.Chart(alt.Data(values=rows))
        .mark_line(color=colour, strokeWidth=2.5, point=alt.OverlayMarkDef(size=36, color=colour))
        .encode(
            x=x,
            y=alt.Y("value:Q", title=y_title),
            tooltip=[
                alt.Tooltip("when:N", title=words.say("day")),
                alt.Tooltip("shown:N", title=y_title),
            ],
        )
    )
    return finished(alt.layer(*layers), words, look, rows=1, row_height=170, extra=50)


def _shown(one: DayOfEffect, words: Words) -> str:
    value = words.amount(one.effect, "proportion", signed=True)
    ends = words.between(one.low, one.high, "proportion")
    return value if ends == "–" else f"{value} ({ends})"
