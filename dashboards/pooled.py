"""Our finished experiments beside the published ones, pooled: drawn here, computed elsewhere."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from amends.analysis.rendering.pooled import figures, left_out_table, rows_table
from amends.analysis.rendering.tables import Table
from dashboards import data, frame, parts, pooled_chart
from dashboards.look import table
from dashboards.words import Words, capital

if TYPE_CHECKING:
    from amends.analysis.pooling import PooledExperiments


@frame.guarded
def section(texts: Words) -> None:
    """The sentence, the forest plot, the figures behind it, and what was left out."""
    st.header(texts.say("pooled_title"), anchor=False)
    st.markdown(texts.say("pooled_intro"))
    both = st.toggle(texts.say("pooled_published"), value=True, key="pooled_published")
    with st.spinner(texts.say("computing")):
        found = data.pooled(include_published=both)
    st.html(f'<div class="am-hero"><p class="am-sentence">{escape(found.summary[texts.language])}</p></div>')
    if found.rows:
        parts.chart(texts.say("pooled_alt"), pooled_chart.pooled_forest, found, texts, look=frame.look())
        st.caption(texts.say("pooled_caption"))
        _grid(rows_table(found, texts.language))
        _figures(found, texts)
    for note in found.notes:
        st.caption(frame.plain(note[texts.language]))
    if found.left_out:
        with st.expander(texts.say("pooled_left_out", n=len(found.left_out))):
            _grid(left_out_table(found, texts.language))


def _figures(found: PooledExperiments, texts: Words) -> None:
    with st.expander(texts.say("pooled_figures")):
        for line in figures(found, texts.language):
            st.markdown(frame.plain(line))


def _grid(held: Table) -> None:
    columns = [capital(name) for name in held.columns]
    st.html(table(columns, held.rows, caption=held.title, numeric_from=held.words))
