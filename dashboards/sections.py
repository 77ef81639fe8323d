"""The analyses beside the contrasts: sentences and pictures in view, figures and methods folded away."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import streamlit as st

from amends.analysis.rendering.words import label
from amends.analysis.section import CHAPTERS, Section, SectionChart
from dashboards import frame, parts
from dashboards.look import LIGHT, Look, table
from dashboards.marks import finished, row_labels
from dashboards.words import Words

SHOWN_ELSEWHERE = frozenset({"done", "checks", "funnel", "nonresponse", "segments"})
"""Sections beside what the page shows of the same matter: texts, split, funnel, bounds, segments."""
MOST_CHARTS = 4
"""More of them say no more than their table does."""


def draw(sections: Sequence[Section], texts: Words) -> None:
    """Every section under the heading of its chapter, in reading order."""
    for chapter in CHAPTERS:
        mine = [item for item in sections if item.chapter == chapter and item.name not in SHOWN_ELSEWHERE]
        if mine:
            st.header(label(f"chapter_{chapter}", texts.language), anchor=False)
        for section in mine:
            _section(section, texts)


def named(found: Sequence[Section], name: str) -> Section | None:
    """The section of that name, if the report has it."""
    return next((item for item in found if item.name == name), None)


def beside(found: Sequence[Section], name: str, texts: Words) -> None:
    """A section under the heading that the page already has for its matter."""
    section = named(found, name)
    if section is not None:
        _found(section, texts)
        _folded_detail(section, texts)


def _section(section: Section, texts: Words) -> None:
    if section.folded:
        with st.expander(section.title[texts.language]):
            _found(section, texts)
            _detail(section, texts)
        return
    st.subheader(section.title[texts.language], anchor=False)
    _found(section, texts)
    _folded_detail(section, texts)


def _folded_detail(section: Section, texts: Words) -> None:
    if section.tables or section.notes or section.more:
        with st.expander(texts.say("section_figures")):
            _detail(section, texts)


def _found(section: Section, texts: Words) -> None:
    language = texts.language
    for said in section.said:
        st.markdown(frame.plain(said[language]))
    for chart in section.charts if len(section.charts) <= MOST_CHARTS else ():
        if chart.lines:
            parts.chart(chart.title[language], intervals, chart, texts, look=frame.look())
            st.caption(frame.plain(chart.title[language]))


def _detail(section: Section, texts: Words) -> None:
    language = texts.language
    for held in section.tables:
        if held.rows:
            st.html(
                table(
                    [name[language] for name in held.columns],
                    [[cell[language] for cell in row] for row in held.rows],
                    caption=(held.caption or section.title)[language],
                    numeric_from=held.words,
                )
            )
    for said in section.more:
        st.markdown(frame.plain(said[language]))
    methods(section, texts)


def methods(section: Section, texts: Words) -> None:
    """How its figures were made."""
    for note in section.notes:
        st.caption(frame.plain(note[texts.language]))


def intervals(chart: SectionChart, texts: Words, *, look: Look = LIGHT) -> alt.LayerChart:
    """Points with their intervals on one axis, each named and said above its row."""
    language = texts.language
    rows = [
        {
            "row": place,
            "value": line.value,
            "low": line.low,
            "high": line.high,
            "label": line.name[language],
            "detail": line.said[language],
            "strong": line.strong,
        }
        for place, line in enumerate(chart.lines)
    ]
    y = alt.Y("row:O", axis=None, sort=[row["row"] for row in rows])
    x = {"scale": alt.Scale(zero=chart.zero, nice=True)}
    base = alt.Chart(alt.Data(values=rows)).encode(y=y)
    layers: list[alt.Chart | alt.LayerChart] = []
    if chart.zero:
        layers.append(
            alt.Chart(alt.Data(values=[{"x": 0}]))
            .mark_rule(strokeDash=[4, 3], color=look.ink)
            .encode(x=alt.X("x:Q"))
        )
    layers += [
        base.mark_rule(strokeWidth=4, opacity=0.55, yOffset=14, color=look.muted).encode(
            x=alt.X("low:Q", **x), x2=alt.X2("high:Q")
        ),
        base.mark_point(filled=True, size=170, opacity=1, yOffset=14).encode(
            x=alt.X("value:Q", title=chart.unit[language], axis=alt.Axis(tickCount=6), **x),
            color=alt.condition("datum.strong", alt.value("#0072B2"), alt.value(look.muted)),
            tooltip=[
                alt.Tooltip("label:N", title=chart.title[language]),
                alt.Tooltip("detail:N", title=chart.unit[language]),
            ],
        ),
        row_labels(rows, y, look, dy=-18, bold=True),
        row_labels(rows, y, look, dy=-1, field="detail"),
    ]
    return finished(alt.layer(*layers), texts, look, rows=len(rows), row_height=72, extra=58)
