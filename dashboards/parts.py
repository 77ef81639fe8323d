"""Parts that several pages draw: a forest of differences, the table beneath it, the tests folded away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence, Sized
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from html import escape
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from amends.analysis.reasons import explained
from amends.analysis.rendering.tables import MANY_ROWS
from amends.analysis.rendering.words import TEST_NAMES
from amends.analysis.reported import Report
from amends.analysis.result import BEING_COMPUTED
from dashboards import charts, drawing, frame, terms
from dashboards.look import table
from dashboards.words import Words

Figures = Mapping[str, Any]


def forest(
    contrasts: Sequence[Figures], kind: str, detect: float | None, texts: Words, *, level: int = 3
) -> None:
    """The differences with their intervals under a heading of that level."""
    (st.header if level == 2 else st.subheader)(
        texts.say("differences"), anchor=False, help=texts.say("term_interval")
    )
    if not contrasts:
        st.markdown(texts.say("not_enough"))
        return
    near = against_reference(contrasts)
    marked = {"kind": kind, "detect": detect, "look": frame.look()}
    if near:
        chart(texts.say("forest_alt"), charts.forest, near, texts, **marked)
    with folded_if_long(contrasts, texts):
        chart(texts.say("forest_alt"), charts.forest, contrasts, texts, **marked)
    said = [
        texts.say("differences_caption" if any(_known(item["low"]) for item in contrasts) else "no_interval")
    ]
    if detect:
        unit = texts.say("points" if kind == "proportion" else "scale_points")
        said.append(texts.say("planned_smallest", value=f"{texts.amount(detect, kind)} {unit}"))
    st.caption(" ".join(said))


def against_reference(contrasts: Sequence[Figures]) -> list[Figures]:
    """Where there are too many comparisons to take in, those with the arm that most are compared with.

    >>> pairs = [{"arm": str(i), "versus": str(j)} for i in range(7) for j in range(i + 1, 7)]
    >>> [item["arm"] for item in against_reference(pairs)], against_reference(pairs[:3])
    (['0', '1', '2', '3', '4', '5'], [])
    """
    if len(contrasts) <= MANY_ROWS:
        return []
    reference = Counter(item["versus"] for item in contrasts).most_common(1)[0][0]
    return [item for item in contrasts if item["versus"] == reference]


def folded_if_long(rows: Sized, texts: Words) -> AbstractContextManager[Any]:
    """A place for every comparison: a click away where they are too many to take in."""
    if len(rows) <= MANY_ROWS:
        return nullcontext()
    return st.expander(texts.say("all_comparisons", n=texts.count(len(rows))))


def contrast_table(contrasts: Sequence[Figures], kind: str, texts: Words) -> None:
    if not contrasts:
        return
    adjusted = any(item["adjustment"] != "none" for item in contrasts)
    heads = ["comparison", "difference", "interval", "always_valid", "p_value"]
    heads += ["p_adjusted"] if adjusted else []
    heads += ["test", "verdict"]
    if all(item.get("always_valid") is None for item in contrasts):
        heads.remove("always_valid")
    rows = []
    for item in contrasts:
        always = item.get("always_valid") or {}
        cells = {
            "comparison": texts.pair(item["arm"], item["versus"]),
            "difference": texts.amount(item["effect"], kind, signed=True),
            "interval": texts.between(item["low"], item["high"], kind),
            "always_valid": texts.between(always.get("low"), always.get("high"), kind),
            "p_value": texts.p_cell(item["p_value"]),
            "p_adjusted": texts.p_cell(item["p_adjusted"]),
            "test": item["test"] if _known(item["p_value"]) else "–",
            "verdict": texts.verdict(item["verdict"]),
        }
        rows.append([cells[head] for head in heads])
    with folded_if_long(contrasts, texts):
        named = [texts.say(head) for head in heads]
        st.html(table(named, rows, caption=texts.say("contrast_caption"), terms=terms.defined(texts)))
    if any(item["verdict"] == "still collecting" for item in contrasts):
        st.caption(texts.say("p_while_collecting"))
    said = dict.fromkeys(explained(reason)[texts.language] for reason in _reasons(contrasts))
    for reason in said:
        st.caption(texts.say("missing_because", reason=frame.plain(reason)))


def _reasons(contrasts: Sequence[Figures]) -> list[str]:
    """Why figures are missing, each reason once."""
    values = (item[name] for item in contrasts for name in ("effect", "low", "p_value"))
    missing = [value for value in values if isinstance(value, Mapping) and value != BEING_COMPUTED.to_dict()]
    return list(dict.fromkeys(value["not_enough"] for value in missing))


def _known(value: object) -> bool:
    return isinstance(value, (int, float))


def customary(contrasts: Sequence[Figures], omnibus: Sequence[Figures], texts: Words) -> None:
    """Folded away: five p-values in view invite choosing one."""
    tests, effects = [], []
    for item in contrasts:
        where = f"{texts.metric(item['metric'])}: {texts.pair(item['arm'], item['versus'])}"
        for name, held in item["tests"].items():
            statistic = texts.decimal(held["statistic"], 3)
            tests.append((where, TEST_NAMES.get(name, name), statistic, texts.p_cell(held["p_value"])))
        for name, value in item["effect_sizes"].items():
            ends = item["effect_intervals"].get(name) or {}
            span = texts.between(ends.get("low"), ends.get("high"), "mean")
            effects.append((where, texts.effect(name), texts.decimal(value), span))
    overall = [
        (
            texts.metric(item["metric"]),
            item["test"],
            texts.decimal(item["statistic"]),
            texts.p_cell(item["p_value"]),
        )
        for item in omnibus
    ]
    with st.expander(texts.say("other_tests")):
        st.caption(texts.say("other_tests_help"))
        heads = [texts.say(head) for head in ("comparison", "test", "statistic", "p_value")]
        st.html(table(heads, tests, caption=texts.say("other_tests"), numeric_from=2))
        if overall:
            heads = [texts.say(head) for head in ("metric", "omnibus", "statistic", "p_value")]
            st.html(table(heads, overall, caption=texts.say("omnibus"), numeric_from=2))
        st.caption(texts.say("effect_sizes_help"))
        heads = [texts.say(head) for head in ("comparison", "effect_sizes", "estimate", "interval")]
        st.html(table(heads, effects, caption=texts.say("effect_sizes"), numeric_from=2))


def filled(whole: Report | None, texts: Words, *, current: bool) -> None:
    """Of which counts the analyses beside the comparisons are; a line that always takes the same room."""
    if whole is None:
        said = texts.say("being_computed")
    else:
        said = "" if current else texts.say("computed_before", time=clock(whole.as_of, texts))
    st.html(f'<p class="am-filled" role="status">{escape(said)}</p>')


def coming(pixels: int) -> None:
    """A pale place of about the height of what will stand there, so that nothing jumps when it comes."""
    st.html(f'<div class="am-coming" style="min-height:{pixels}px"></div>')


def local(at: datetime) -> datetime:
    """The moment by the viewer's own clock."""
    try:
        zone = ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        zone = ZoneInfo("UTC")
    return at.astimezone(zone)


def clock(at: datetime, texts: Words) -> str:
    """The time of day where the viewer is."""
    moment = local(at)
    clock = moment.strftime("%H.%M.%S" if texts.language == "id" else "%H:%M:%S")
    return f"{clock} {moment.tzname() or ''}"


def chart(said: str, draw: Callable[..., Any], *figures: Any, **named: Any) -> None:
    """The chart that `draw` makes of the figures.

    Args:
        said: What the chart shows, for those who do not see it.
        draw: A function of this package; see `drawing.spec`.
        figures: Its arguments.
        named: Its named arguments.
    """
    st.vega_lite_chart(
        spec=drawing.spec(draw, *figures, **named), width="stretch", theme="streamlit", alt=said
    )
