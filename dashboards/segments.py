"""One experiment by segment: the arms' difference at every level of what was known before the message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from amends.analysis.reasons import explained
from amends.analysis.section import ChartLine, SectionChart, both
from amends.analysis.sections.moderator_tables import level_said, moderator_cell
from amends.analysis.segments import names
from dashboards import data, frame, parts, sections
from dashboards.look import table
from dashboards.words import Words, capital

if TYPE_CHECKING:
    from amends.analysis.formatting import Sentence
    from amends.design.experiment import Experiment

Item = Mapping[str, Any]
"""One segment in one contrast, as the report's JSON object has it."""


def page(key: str, definition: Experiment, texts: Words, *, every: float | None) -> None:
    """The chooser stands still, what it chose refreshes by itself; both live in the address.

    Args:
        key: The experiment's key.
        definition: The definition in force.
        texts: The page's language.
        every: Seconds between two refreshes; None where nothing changes any more.
    """
    options = [*definition.moderators, *names(definition)]
    st.header(texts.say("segments"), anchor=False, help=texts.say("term_segment"))
    st.caption(texts.say("segments_caption"))
    frame.from_url("segment", options, options[0])
    segment = st.selectbox(
        texts.say("segment"),
        options,
        format_func=lambda name: capital(moderator_cell(name)[texts.language]),
        key="segment",
        help=texts.say("segment_help"),
        width=320,
    )
    frame.to_url("segment")
    st.fragment(frame.guarded(_draw), run_every=every)(key, segment, texts.language)


def _draw(key: str, segment: str, language: str) -> None:
    texts = Words(language)
    # Where units still come the page does not wait for the whole report.
    state = data.lab().state(key)
    collecting = state is not None and state.status == "running"
    report = data.whole(key)[0] if collecting else data.report(key)
    if report is None:
        st.markdown(texts.say("being_computed"))
        return
    told = data.told(key, report)["sections"]
    items = of_segment(told, segment)
    if all("not_enough" in item for item in items):
        st.markdown(texts.say("segment_none"))
        _say_reasons(items, texts)
        return
    for said in findings(told, items, texts):
        st.markdown(frame.plain(said))
    for metric in dict.fromkeys(item["metric"] for item in items):
        _metric([item for item in items if item["metric"] == metric], texts)


def of_segment(told: Mapping[str, Any], segment: str) -> list[Item]:
    """The segment in every contrast: a declared moderator from its own section."""
    listed = [
        *told.get("moderators", {}).get("moderators", []),
        *told.get("segments", {}).get("segments", []),
    ]
    return [item for item in listed if item["moderator"] == segment]


def findings(told: Mapping[str, Any], items: Sequence[Item], texts: Words) -> list[str]:
    """What the report says of this segment, or why it says nothing yet."""
    language = texts.language
    withheld = told.get("segments", {}).get("withheld")
    if any("said" not in item for item in items):
        return [texts.say("segment_declared")]
    if withheld:
        return [withheld[language]]
    found = [item["said"][language] for item in items if item["said"]]
    return found or [texts.say("segment_not_shown")]


def _metric(items: Sequence[Item], texts: Words) -> None:
    name, kind = items[0]["metric"], items[0]["of"]
    heading = texts.metric(name)
    if items[0]["among"] == "answered":
        heading += f" ({texts.say('among_answered')})"
    st.subheader(heading, anchor=False)
    drawn = picture(items, kind, texts)
    if drawn.lines:
        with parts.folded_if_long(drawn.lines, texts):
            said = drawn.title[texts.language]
            parts.chart(said, sections.intervals, drawn, texts, look=frame.look())
        st.caption(texts.say("segment_chart_caption"))
    with st.expander(texts.say("section_figures")):
        _figures(items, kind, texts)
    _say_reasons(items, texts)


def picture(items: Sequence[Item], kind: str, texts: Words) -> SectionChart:
    """The levels of one metric in all contrasts: what has no interval is left to the table."""
    several = len(items) > 1
    times = 100 if kind == "proportion" else 1
    lines = [
        ChartLine(
            _named(item, level, place, several=several, texts=texts),
            times * level["value"],
            times * level["interval"]["low"],
            times * level["interval"]["high"],
            both(lambda locale, level=level: _said(level, kind, locale)),  # type: ignore[misc]
        )
        for item in items
        for place, level in enumerate(item.get("levels", []))
        if isinstance(level["value"], (int, float)) and "low" in level["interval"]
    ]
    unit = texts.say("segment_points" if kind == "proportion" else "segment_scale")
    title = texts.say("segment_alt", metric=texts.metric(items[0]["metric"]))
    return SectionChart(both(lambda _: title), both(lambda _: unit), tuple(lines))


def _named(item: Item, level: Item, place: int, *, several: bool, texts: Words) -> Sentence:
    at = level_said(item["moderator"], level["level"], place)[texts.language]
    pair = texts.pair(item["arm"], item["versus"])
    return both(lambda _: f"{pair}, {at}" if several else capital(at))


def _said(level: Item, kind: str, locale: str) -> str:
    words = Words(locale)
    span = words.between(level["interval"]["low"], level["interval"]["high"], kind)
    sizes = " / ".join(words.count(n) for n in level["ns"])
    return f"{words.amount(level['value'], kind, signed=True)} ({span}); n = {sizes}"


def _figures(items: Sequence[Item], kind: str, texts: Words) -> None:
    tests = [
        (
            texts.pair(item["arm"], item["versus"]),
            str(held.get("name", "–")),
            texts.p_cell(held.get("p_value")),
            texts.p_cell(item.get("p_adjusted")),
        )
        for item in items
        for held in [item.get("test") or {}]
    ]
    heads = [texts.say(head) for head in ("comparison", "test", "p_value", "p_adjusted")]
    st.html(table(heads, tests, caption=texts.say("segment_test"), numeric_from=2))
    rows = [
        (
            texts.pair(item["arm"], item["versus"]),
            capital(level_said(item["moderator"], level["level"], place)[texts.language]),
            texts.amount(level["value"], kind, signed=True),
            texts.between(level["interval"].get("low"), level["interval"].get("high"), kind),
            " / ".join(texts.count(n) for n in level["ns"]),
        )
        for item in items
        for place, level in enumerate(item.get("levels", []))
    ]
    if rows:
        heads = [texts.say(head) for head in ("comparison", "segment", "difference", "interval", "units")]
        st.html(table(heads, rows, caption=texts.say("segment_levels"), numeric_from=2))


def _say_reasons(items: Sequence[Item], texts: Words) -> None:
    said = (explained(reason)[texts.language] for reason in _reasons(items))
    for reason in dict.fromkeys(said):
        st.caption(texts.say("missing_because", reason=frame.plain(reason)))


def _reasons(items: Sequence[Item]) -> list[str]:
    """Why figures are missing, each reason once."""
    found = []
    for item in items:
        figures = [item, item.get("test"), *(level["value"] for level in item.get("levels", []))]
        found += [
            held["not_enough"] for held in figures if isinstance(held, Mapping) and "not_enough" in held
        ]
    return list(dict.fromkeys(found))
