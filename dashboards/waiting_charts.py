"""A log of delays → Altair: how long people wait beside the target, and when events come in."""

from __future__ import annotations

from itertools import chain

import altair as alt

from amends.analysis.durations import duration
from amends.analysis.service_figures import ALL
from amends.analysis.service_log import ServiceLog
from amends.analysis.service_words import WEEKDAYS, channel_name, spell
from amends.analysis.waiting_times import Spell
from dashboards.look import LIGHT, Look
from dashboards.marks import Row, finished, row_labels
from dashboards.words import Words, capital

TICKS = (1, 10, 60, 600, 3_600, 21_600, 86_400, 604_800, 2_592_000)
MARKS = {"median": "circle", "p90": "diamond", "target": "triangle-down", "published": "cross"}
"""Each figure has its own sign, so that none is told by colour alone."""

LIGHT_BLUES = ("#eef4f8", "#0b5c8a")
DARK_BLUES = ("#1a212b", "#6cb8e6")


def waits(log: ServiceLog, words: Words, *, look: Look = LIGHT) -> alt.LayerChart:
    """Per channel the median and the wait of nine in ten, beside its target and the published average.

    The axis is logarithmic: chats are answered in seconds, letters in days.

    Args:
        log: The log, read.
        words: The page's language.
        look: Colours of text and lines.
    """
    names = [group.channel for group in log.groups if group.days == "all" and group.figures.n]
    names = names if len(names) > 2 else [name for name in names if name != ALL]
    points = [row for name in names for row in _points(log, name, words)]
    kinds = [kind for kind in MARKS if any(row["kind"] == words.say(f"wait_{kind}") for row in points)]
    labels = [
        {"channel": name, "label": f"{capital(channel_name(name, words.language))} ({_n(log, name, words)})"}
        for name in names
    ]
    y = alt.Y("channel:N", sort=names, axis=None)
    shown = [words.say(f"wait_{kind}") for kind in kinds]
    scale = alt.Scale(type="log", domain=_reach(points), nice=False, clamp=True)
    axis = alt.Axis(values=list(TICKS), labelExpr=_spoken_axis(words), grid=True)
    colours = {"median": look.ink, "p90": look.muted, "target": "#b3261e", "published": "#0b5c8a"}
    if look is not LIGHT:
        colours |= {"target": "#ff9d8f", "published": "#6cb8e6"}
    marks = (
        alt.Chart(alt.Data(values=points))
        .mark_point(filled=True, size=150, opacity=1, strokeWidth=3, yOffset=14)
        .encode(
            y=y,
            x=alt.X("at:Q", title=words.say("wait_axis"), scale=scale, axis=axis),
            shape=alt.Shape(
                "kind:N",
                scale=alt.Scale(domain=shown, range=[MARKS[kind] for kind in kinds]),
                legend=alt.Legend(title=None, orient="top", columns=2, labelLimit=300),
            ),
            color=alt.Color("kind:N", scale=alt.Scale(domain=shown, range=[colours[kind] for kind in kinds])),
            tooltip=[
                alt.Tooltip("label:N", title=words.say("channel")),
                alt.Tooltip("kind:N", title=words.say("figure")),
                alt.Tooltip("shown:N", title=words.say("wait_axis")),
            ],
        )
    )
    names_above = row_labels(labels, y, look, dy=-12, bold=True)
    return finished(alt.layer(marks, names_above), words, look, rows=len(names), row_height=62, extra=110)


def _n(log: ServiceLog, channel: str, words: Words) -> str:
    return words.say(
        "answered_of", x=words.count(log[channel].figures.answered), n=_count(log, channel, words)
    )


def _count(log: ServiceLog, channel: str, words: Words) -> str:
    return words.count(log[channel].figures.n)


def _points(log: ServiceLog, channel: str, words: Words) -> list[Row]:
    figures = log[channel].figures
    found: list[tuple[str, float, str]] = [
        (kind, value.seconds, spell(value, words.language))
        for kind, value in (("median", figures.median), ("p90", figures.p90))
        if isinstance(value, Spell)
    ]
    for target in log.targets:
        if target.channel == channel:
            found.append(("target", target.seconds, duration(target.seconds, words.language)))
            found += (
                (
                    "published",
                    time.seconds,
                    f"{duration(time.seconds, words.language)}: {time.source[words.language]}",
                )
                for time in target.published
            )
    label = capital(channel_name(channel, words.language))
    return [
        {
            "channel": channel,
            "label": label,
            "kind": words.say(f"wait_{kind}"),
            "seconds": seconds,
            "at": max(seconds, 1.0),  # a logarithm needs more than nothing; the words say what it was
            "shown": shown,
        }
        for kind, seconds, shown in found
    ]


def _reach(points: list[Row]) -> list[float]:
    ends = [row["at"] for row in points] or [1.0, 86_400.0]
    return [min(ends) / 1.6, max(ends) * 1.6]


def _spoken_axis(words: Words) -> str:
    """Vega's words for seconds, minutes, hours and days."""
    seconds, minutes, hours, days = (words.say(f"short_{unit}") for unit in ("s", "min", "h", "d"))
    value = "datum.value"
    return (
        f"{value} < 60 ? {value} + ' {seconds}' : {value} < 3600 ? {value} / 60 + ' {minutes}' : "
        f"{value} < 86400 ? {value} / 3600 + ' {hours}' : {value} / 86400 + ' {days}'"
    )


def hours(log: ServiceLog, words: Words, *, look: Look = LIGHT) -> alt.LayerChart:
    """How many events come in at each hour of each weekday; how many of them were late stands in the tip.

    Args:
        log: The log, read.
        words: The page's language.
        look: Colours of text and lines.
    """
    days = [name[words.language] for name in WEEKDAYS]
    point = "." if words.language == "id" else ":"
    cells = [
        {
            "day": days[day],
            "hour": hour,
            "n": n,
            "late": log.late_hours[day][hour],
            "when": f"{days[day]} {hour:02}{point}00",
        }
        for day, row in enumerate(log.hours)
        for hour, n in enumerate(row)
    ]
    most = max(chain([1], (cell["n"] for cell in cells)))
    x = alt.X(
        "hour:O",
        title=words.say("hour_of_day"),
        axis=alt.Axis(labelAngle=0, labelOverlap=True, labelExpr=f"datum.value + '{point}00'"),
    )
    squares = (
        alt.Chart(alt.Data(values=cells))
        .mark_rect(stroke=look.surface, strokeWidth=1)
        .encode(
            x=x,
            y=alt.Y("day:O", sort=days, title=None),
            color=alt.Color(
                "n:Q",
                title=words.say("came_in"),
                scale=alt.Scale(domain=[0, most], range=list(LIGHT_BLUES if look is LIGHT else DARK_BLUES)),
                legend=alt.Legend(orient="top", gradientLength=160, values=sorted({0, most // 2, most})),
            ),
            tooltip=[
                alt.Tooltip("when:N", title=words.say("hour_of_day")),
                alt.Tooltip("n:Q", title=words.say("came_in")),
                alt.Tooltip("late:Q", title=words.say("came_in_late")),
            ],
        )
    )
    return finished(alt.layer(squares), words, look, rows=7, row_height=30, extra=110)
