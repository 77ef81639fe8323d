"""What those who did not answer may hide: one comparison drawn, all in figures, the words a click away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from amends.analysis.section import Section
from dashboards import charts, drawing, frame, parts, sections
from dashboards.look import table
from dashboards.words import Words

Figures = Mapping[str, Any]


def picture(contrasts: Sequence[Figures], texts: Words) -> None:
    """Drawn for the first comparison, in figures for all of them."""
    held = [item for item in contrasts if isinstance(item["bounds"], Mapping)]
    asked = (charts.bounds, held[0], texts) if held else None
    if asked is None or drawing.spec(*asked, look=frame.look()) is None:
        return
    st.subheader(texts.say("bounds"), anchor=False, help=texts.say("term_bounds"))
    st.markdown(f"**{frame.plain(texts.pair(held[0]['arm'], held[0]['versus']))}**")
    parts.chart(texts.say("bounds_alt"), *asked, look=frame.look())
    st.caption(texts.say("bounds_caption"))


def numbers(contrasts: Sequence[Figures], texts: Words) -> None:
    rows = []
    for item in contrasts:
        if isinstance(item["bounds"], Mapping):
            lee, manski = item["bounds"]["lee"], item["bounds"]["manski"]
            rows.append(
                (
                    texts.pair(item["arm"], item["versus"]),
                    texts.amount(item["effect"], item["kind"], signed=True),
                    texts.between(lee.get("low"), lee.get("high"), item["kind"]),
                    texts.between(lee.get("ci_low"), lee.get("ci_high"), item["kind"]),
                    texts.between(manski.get("low"), manski.get("high"), item["kind"]),
                    texts.amount(item["bounds"]["tipping_point"], item["kind"]),
                )
            )
    if rows:
        heads = ("comparison", "naive", "lee", "lee_region", "manski", "tipping_point")
        with parts.folded_if_long(rows, texts):
            st.html(table([texts.say(head) for head in heads], rows, caption=texts.say("bounds")))


def words(found: Sequence[Section], texts: Words) -> None:
    """The same in sentences, comparison after comparison, with the method: a click away."""
    section = sections.named(found, "nonresponse")
    if section is None:
        return
    with st.expander(section.title[texts.language]):
        for said in section.more or section.said:
            st.markdown(frame.plain(said[texts.language]))
        sections.methods(section, texts)
