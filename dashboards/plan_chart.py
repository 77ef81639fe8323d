"""A plan → Altair: the chance of finding the difference, by the number of customers."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from amends.design.plan import Plan
from dashboards.look import LIGHT, Look
from dashboards.marks import SIZE, finished
from dashboards.words import Words


def power(
    points: Sequence[tuple[int, float]], planned: Plan, words: Words, *, look: Look = LIGHT
) -> alt.LayerChart:
    """Power against customers per arm, with the planned sample marked.

    Args:
        points: Customers of an arm, and the chance that they find the difference.
        planned: The plan.
        words: The page's language.
        look: Colours of text and lines.
    """
    rows = [
        {
            "n": n,
            "power": 100 * chance,
            "shown": words.percent(chance),
            "customers": words.count(n),
        }
        for n, chance in points
    ]
    here = [
        {
            "n": planned.smallest,
            "power": 100 * planned.power,
            "label": words.say(
                "power_here", n=words.count(planned.smallest), power=words.percent(planned.power)
            ),
        }
    ]
    x = alt.X("n:Q", title=words.say("customers_per_arm"), scale=alt.Scale(nice=False, zero=True))
    y = alt.Y("power:Q", title=words.say("chance_of_finding"), scale=alt.Scale(domain=[0, 100]))
    line = (
        alt.Chart(alt.Data(values=rows))
        .mark_line(color=look.ink, strokeWidth=2.5, point=alt.OverlayMarkDef(size=24, color=look.ink))
        .encode(
            x=x,
            y=y,
            tooltip=[
                alt.Tooltip("customers:N", title=words.say("customers_per_arm")),
                alt.Tooltip("shown:N", title=words.say("chance_of_finding")),
            ],
        )
    )
    at = alt.Chart(alt.Data(values=here)).encode(x=alt.X("n:Q"), y=alt.Y("power:Q"))
    rules = [
        alt.Chart(alt.Data(values=here))
        .mark_rule(color=look.muted, strokeDash=[4, 4])
        .encode(x=alt.X("n:Q")),
        alt.Chart(alt.Data(values=here))
        .mark_rule(color=look.muted, strokeDash=[4, 4])
        .encode(y=alt.Y("power:Q")),
    ]
    dot = at.mark_point(filled=True, size=170, opacity=1, color="#0b5c8a" if look is LIGHT else "#6cb8e6")
    label = at.mark_text(
        align="left", baseline="top", dx=10, dy=10, fontSize=SIZE, fontWeight=600, color=look.ink
    ).encode(text=alt.Text("label:N"))
    return finished(alt.layer(*rules, line, dot, label), words, look, rows=1, row_height=260, extra=60)
