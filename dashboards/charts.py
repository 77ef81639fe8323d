"""Report → Altair. Every chart draws figures that the report already holds; nothing is computed here
but positions. No streamlit import, so that charts can be made anywhere.

Rows are labelled above their marks instead of beside them: the full width is left for the
marks, on a telephone too. Each function takes `Report.to_dict()` or a part of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import altair as alt

from dashboards.look import LIGHT, Look, arm_styles
from dashboards.marks import SIZE, Row, dots, finished, row_labels, scaled
from dashboards.words import Words

# Brown to teal through grey: told apart with every common colour blindness, and unlike any arm's colour.
DIVERGING = ("#7f4a12", "#bf812d", "#dfc27d", "#d9dde1", "#80cdc1", "#35978f", "#01524a")
DARK_SHADES = {"#7f4a12", "#01524a"}


def rates(arms: Mapping[str, Row], metric: str, words: Words, *, look: Look = LIGHT) -> alt.LayerChart:
    """A proportion per arm with its interval; the row's label carries the raw counts.

    Args:
        arms: `to_dict()["arms"]`.
        metric: Name of the proportion, for instance `completed`.
        words: The page's language.
        look: Colours of text and lines.
    """
    rows = []
    for name, arm in arms.items():
        held = arm["metrics"][metric]
        counts = words.say("x_of_n", x=words.count(held["events"]), n=words.count(held["n"]))
        rows.append(
            {
                "arm": name,
                "value": scaled(held["rate"], 100),
                "low": scaled(held["low"], 100),
                "high": scaled(held["high"], 100),
                "label": words.arm(name),
                "detail": f"{words.percent(held['rate'])} ({counts})",
            }
        )
    title = f"{words.metric(metric)} (%)"
    return dots(rows, list(arms), words, look=look, title=title, limits=(0, 100), step=5)


def means(
    arms: Mapping[str, Row],
    metric: str,
    words: Words,
    *,
    scale: Sequence[float] | None = None,
    look: Look = LIGHT,
) -> alt.LayerChart:
    """A mean per arm with its interval; `scale` keeps the window inside the points it was asked on."""
    rows = []
    for name, arm in arms.items():
        held = arm["metrics"][metric]
        low, high = held.get("low"), held.get("high")
        rows.append(
            {
                "arm": name,
                "value": scaled(held.get("mean")),
                "low": scaled(low),
                "high": scaled(high),
                "label": words.arm(name),
                "detail": f"{words.decimal(held.get('mean'))} ({words.between(low, high, 'mean')})",
            }
        )
    limits = (float(scale[0]), float(scale[-1])) if scale else (-1e12, 1e12)
    title = f"{words.metric(metric)}: {words.say('mean').lower()}"
    return dots(rows, list(arms), words, look=look, title=title, limits=limits, step=0.25)


def ratings(
    arms: Mapping[str, Row], metric: str, words: Words, *, scale: Sequence[int], look: Look = LIGHT
) -> alt.LayerChart:
    """Diverging stacked bars: ratings below the middle of the scale to the left, above it to the right."""
    points = list(range(int(scale[0]), int(scale[-1]) + 1))
    rows = [row for name, arm in arms.items() for row in _stack(name, arm["metrics"][metric], points, words)]
    answered = words.say("answered").lower()
    labels = [
        {"arm": name, "label": f"{words.arm(name)}: {words.count(arm['metrics'][metric]['n'])} {answered}"}
        for name, arm in arms.items()
    ]
    rows_of = {"sort": list(arms), "axis": None, "scale": alt.Scale(paddingInner=0.5, paddingOuter=0.35)}
    y, top = alt.Y("arm:N", **rows_of), alt.Y("arm:N", bandPosition=0, **rows_of)
    legend = alt.Legend(
        title=words.say("ratings_legend", low=points[0], high=points[-1]),
        orient="top",
        columns=min(len(points), 7),
        symbolType="square",
        titleLimit=320,
    )
    bars = (
        alt.Chart(alt.Data(values=rows))
        .mark_bar(stroke=look.surface, strokeWidth=1)
        .encode(
            y=y,
            x=alt.X(
                "from:Q",
                title=f"{words.say('share_answered')} (%)",
                axis=alt.Axis(labelExpr="format(abs(datum.value), '.0f')", tickCount=6),
            ),
            x2=alt.X2("to:Q"),
            color=alt.Color(
                "rating:O",
                sort=points,
                scale=alt.Scale(domain=points, range=_diverging(len(points))),
                legend=legend,
            ),
            tooltip=[
                alt.Tooltip("name:N", title=words.say("arm")),
                alt.Tooltip("rating:O", title=words.metric(metric)),
                alt.Tooltip("shown:N", title=words.say("answered")),
            ],
        )
    )
    inside = (
        alt.Chart(alt.Data(values=[row for row in rows if row["share"] >= 0.09]))
        .mark_text(fontSize=12)
        .encode(y=y, x=alt.X("middle:Q"), text=alt.Text("rating:O"), color=alt.Color("ink:N", scale=None))
    )
    middle = alt.Chart(alt.Data(values=[{"x": 0}])).mark_rule(color=look.muted).encode(x=alt.X("x:Q"))
    names = row_labels(labels, top, look, dy=-10, bold=True)
    chart = alt.layer(middle, bars, inside, names).resolve_scale(color="independent")
    return finished(chart, words, look, rows=len(arms), row_height=72, extra=125)


def _stack(name: str, arm: Row, points: Sequence[int], words: Words) -> list[Row]:
    counts = [int(arm["ratings"].get(str(point), 0)) for point in points]
    total = sum(counts)
    if not total:
        return []
    shares = [count / total for count in counts]
    middle = (points[0] + points[-1]) / 2
    below = sum(
        share if point < middle else share / 2 if point == middle else 0
        for point, share in zip(points, shares, strict=True)
    )
    edges = [-below]
    for share in shares:
        edges.append(edges[-1] + share)
    colours = _diverging(len(points))
    return [
        {
            "arm": name,
            "name": words.arm(name),
            "rating": point,
            "count": counts[index],
            "share": shares[index],
            "from": 100 * left,
            "to": 100 * right,
            "middle": 50 * (left + right),
            "shown": f"{words.count(counts[index])} ({words.percent(shares[index])})",
            "ink": "#ffffff" if colours[index] in DARK_SHADES else "#1b2733",
        }
        for index, (point, (left, right)) in enumerate(zip(points, pairwise(edges), strict=True))
    ]


def _diverging(n: int) -> list[str]:
    """As many colours of the diverging palette as the scale has points, ends kept."""
    if n <= 1:
        return [DIVERGING[3]]
    return [DIVERGING[round(index * (len(DIVERGING) - 1) / (n - 1))] for index in range(n)]


def forest(
    contrasts: Sequence[Row],
    words: Words,
    *,
    kind: str,
    detect: float | None = None,
    look: Look = LIGHT,
) -> alt.LayerChart:
    """Differences with their 95% intervals, zero and the planned smallest effect marked.

    Args:
        contrasts: Contrast objects of one metric, in order.
        words: The page's language.
        kind: `"proportion"` (drawn in percentage points) or `"mean"`.
        detect: The planned smallest difference worth acting on, in the metric's own unit.
        look: Colours of text and lines.
    """
    factor = 100 if kind == "proportion" else 1
    rows = [
        {
            "row": f"{item['arm']}/{item['versus']}",
            "value": scaled(item["effect"], factor),
            "low": scaled(item["low"], factor),
            "high": scaled(item["high"], factor),
            "label": words.pair(item["arm"], item["versus"]),
            "detail": _effect_text(item, kind, words),
            "shape": "circle" if item.get("verdict") == "difference" else "hollow",
        }
        for item in contrasts
    ]
    y = alt.Y("row:N", sort=[row["row"] for row in rows], axis=None)
    ends = [value for row in rows for value in (row["value"], row["low"], row["high"]) if value is not None]
    planned = [sign * detect * factor for sign in (-1, 1)] if detect else []
    reach = max([abs(value) for value in [*ends, *planned]] or [1]) * 1.08
    x_scale = alt.Scale(domain=[-reach, reach], nice=False)
    unit = words.say("difference_points" if kind == "proportion" else "difference_mean")
    x = alt.X("value:Q", title=[unit, words.say("better_right")], scale=x_scale, axis=alt.Axis(tickCount=7))
    drawn = [row for row in rows if row["value"] is not None]
    layers = [
        alt.Chart(alt.Data(values=[{"x": 0}]))
        .mark_rule(color=look.ink, strokeWidth=1.2)
        .encode(x=alt.X("x:Q", scale=x_scale)),
        alt.Chart(alt.Data(values=[{"x": value} for value in planned]))
        .mark_rule(color=look.muted, strokeDash=[4, 4])
        .encode(x=alt.X("x:Q", scale=x_scale)),
        alt.Chart(
            alt.Data(values=[row for row in drawn if row["low"] is not None and row["high"] is not None])
        )
        .mark_rule(color=look.ink, strokeWidth=3, yOffset=16)
        .encode(y=y, x=alt.X("low:Q", scale=x_scale), x2=alt.X2("high:Q")),
        alt.Chart(alt.Data(values=drawn))
        .mark_point(filled=True, size=130, opacity=1, stroke=look.ink, strokeWidth=2, yOffset=16)
        .encode(
            y=y,
            x=x,
            fill=alt.Fill(
                "shape:N",
                scale=alt.Scale(domain=["circle", "hollow"], range=[look.ink, look.surface]),
                legend=None,
            ),
            tooltip=[
                alt.Tooltip("label:N", title=words.say("comparison")),
                alt.Tooltip("detail:N", title=unit),
            ],
        ),
        row_labels(rows, y, look, dy=-20, bold=True),
        row_labels(rows, y, look, dy=-3, field="detail"),
    ]
    return finished(alt.layer(*layers), words, look, rows=len(rows), row_height=76, extra=75)


def _effect_text(item: Row, kind: str, words: Words) -> str:
    if not isinstance(item["effect"], (int, float)):
        return words.say("not_enough")
    shown = words.amount(item["effect"], kind, signed=True)
    ends = words.between(item["low"], item["high"], kind)
    return shown if ends == "–" else f"{shown} ({ends})"


def funnel(arms: Mapping[str, Row], words: Words, *, look: Look = LIGHT) -> alt.LayerChart:
    """Assigned → sent → started → finished: the share of those assigned, per arm, with the counts."""
    # What masked arms hide is no number.
    stages = [
        stage
        for stage in ("assigned", "sent", "started", "finished")
        if all(isinstance(arm[stage], int) for arm in arms.values())
    ]
    styles = arm_styles(list(arms))
    rows = [
        {
            "stage": words.stage(stage),
            "row": f"{position}/{name}",
            "arm": name,
            "value": 100 * arm[stage] / arm["assigned"] if arm["assigned"] else 0,
            "label": f"{words.arm(name)}: {words.count(arm[stage])}"
            + (f" ({words.percent(arm[stage] / arm['assigned'])})" if arm["assigned"] else ""),
        }
        for position, stage in enumerate(stages)
        for name, arm in arms.items()
    ]
    order = []
    heads = []
    for position, stage in enumerate(stages):
        head = f"{position}/"
        order.append(head)
        heads.append({"row": head, "label": words.stage(stage)})
        order.extend(f"{position}/{name}" for name in arms)
    y = alt.Y(
        "row:N", sort=order, axis=None, scale=alt.Scale(domain=order, paddingInner=0.18, paddingOuter=0.1)
    )
    x = alt.X("value:Q", title=None, scale=alt.Scale(domain=[0, 100]), axis=None)
    bars = (
        alt.Chart(alt.Data(values=rows))
        .mark_bar(opacity=0.32, cornerRadiusEnd=3)
        .encode(
            y=y,
            x=x,
            color=alt.Color(
                "arm:N",
                scale=alt.Scale(domain=list(arms), range=[styles[name][0] for name in arms]),
                legend=None,
            ),
            tooltip=[
                alt.Tooltip("stage:N", title=words.say("step")),
                alt.Tooltip("label:N", title=words.say("arm")),
            ],
        )
    )
    texts = (
        alt.Chart(alt.Data(values=rows))
        .mark_text(align="left", dx=8, fontSize=SIZE, color=look.ink)
        .encode(y=y, x=alt.value(0), text=alt.Text("label:N"))
    )
    titles = (
        alt.Chart(alt.Data(values=heads))
        .mark_text(align="left", fontSize=SIZE, fontWeight=600, color=look.ink, dy=2)
        .encode(y=y, x=alt.value(0), text=alt.Text("label:N"))
    )
    return finished(alt.layer(bars, texts, titles), words, look, rows=len(order), row_height=27, extra=10)


def bounds(item: Row, words: Words, *, look: Look = LIGHT) -> alt.LayerChart | None:
    """What the satisfaction difference could be if those who did not answer are thought of.

    Returns:
        The naive interval above the Lee bounds, their region and the worst case; None without bounds.
    """
    held = item.get("bounds")
    if not isinstance(held, Mapping):
        return None
    lee, manski = held.get("lee") or {}, held.get("manski") or {}
    factor = 100 if item["kind"] == "proportion" else 1
    unit = words.say("difference_points" if item["kind"] == "proportion" else "difference_mean")
    spans = [
        ("naive", item["low"], item["high"], item["effect"]),
        ("lee", lee.get("low"), lee.get("high"), None),
        ("lee_region", lee.get("ci_low"), lee.get("ci_high"), None),
        ("manski", manski.get("low"), manski.get("high"), None),
    ]
    rows = [
        {
            "row": name,
            "low": factor * low,
            "high": factor * high,
            "value": scaled(value, factor),
            "label": words.say(name),
            "detail": words.between(low, high, item["kind"]),
        }
        for name, low, high, value in spans
        if isinstance(low, (int, float)) and isinstance(high, (int, float))
    ]
    if not rows:
        return None
    reach = max(abs(end) for row in rows for end in (row["low"], row["high"])) * 1.08 or 1
    scale = alt.Scale(domain=[-reach, reach], nice=False)
    y = alt.Y("row:N", sort=[row["row"] for row in rows], axis=None)
    layers = [
        alt.Chart(alt.Data(values=[{"x": 0}])).mark_rule(color=look.ink).encode(x=alt.X("x:Q", scale=scale)),
        alt.Chart(alt.Data(values=rows))
        .mark_rule(strokeWidth=5, yOffset=12, color=look.muted)
        .encode(
            y=y,
            x=alt.X("low:Q", title=unit, scale=scale, axis=alt.Axis(tickCount=7)),
            x2=alt.X2("high:Q"),
            tooltip=[alt.Tooltip("label:N"), alt.Tooltip("detail:N")],
        ),
        alt.Chart(alt.Data(values=[row for row in rows if isinstance(row["value"], (int, float))]))
        .mark_point(filled=True, size=110, opacity=1, color=look.ink, yOffset=12)
        .encode(y=y, x=alt.X("value:Q", scale=scale)),
        row_labels([{**row, "label": f"{row['label']}: {row['detail']}"} for row in rows], y, look, dy=-8),
    ]
    return finished(alt.layer(*layers), words, look, rows=len(rows), row_height=52, extra=58)


def candidate_pairs(
    pairs: Sequence[Row], words: Words, *, alpha: float = 0.05, look: Look = LIGHT
) -> alt.LayerChart:
    """p against N for every pair of counts that rounds to two published percentages.

    Args:
        pairs: Each with `n` (both arms together), `p_value` and `label` (`"51/56, 40/51"`).
        words: The page's language.
        alpha: Where the dashed line stands.
        look: Colours of text and lines.
    """
    below, above = (words.say(key, alpha=words.decimal(alpha)) for key in ("below", "above"))
    rows = [
        {**pair, "side": below if pair["p_value"] < alpha else above, "p": words.p(pair["p_value"])}
        for pair in pairs
    ]
    names = [below, above]
    points = (
        alt.Chart(alt.Data(values=rows))
        .mark_point(filled=True, size=85, opacity=0.85)
        .encode(
            x=alt.X(
                "n:Q",
                title=words.say("participants"),
                scale=alt.Scale(zero=False, nice=True),
                axis=alt.Axis(tickCount=7),
            ),
            y=alt.Y(
                "p_value:Q",
                title=words.say("p_value"),
                scale=alt.Scale(domainMin=0),
                axis=alt.Axis(tickCount=6, format=".2f"),
            ),
            color=alt.Color(
                "side:N",
                scale=alt.Scale(domain=names, range=["#0072B2", "#B25000"]),
                legend=alt.Legend(title=None, orient="top", labelLimit=300),
            ),
            shape=alt.Shape("side:N", scale=alt.Scale(domain=names, range=["circle", "diamond"])),
            tooltip=[
                alt.Tooltip("label:N", title=words.say("completed")),
                alt.Tooltip("n:Q", title=words.say("participants")),
                alt.Tooltip("p:N", title=words.say("p_value")),
            ],
        )
    )
    line = (
        alt.Chart(alt.Data(values=[{"y": alpha}]))
        .mark_rule(strokeDash=[5, 4], color=look.ink)
        .encode(y=alt.Y("y:Q"))
    )
    return finished(alt.layer(line, points), words, look, rows=1, row_height=340, extra=60)
