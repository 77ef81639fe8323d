"""The effect on completion over time: drawn day by day with the interval that allows looking."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from amends.analysis.result import NotEnough
from dashboards import data, frame, parts
from dashboards.look import table
from dashboards.words import Words

if TYPE_CHECKING:
    from amends.analysis.over_time import DayOfEffect

LEAST_DAYS = 2
MOST_DRAWN = 3
"""Pairs in view; more of them are a click away."""


def draw(key: str, detect: float | None, texts: Words) -> None:
    """A chart per pair, the days as a table underneath; nothing where there are not two days yet.

    Args:
        key: The experiment's key.
        detect: The planned smallest difference worth acting on.
        texts: The page's language.
    """
    found, end = data.over_time(key)
    if isinstance(found, NotEnough) or len({one.day for one in found}) < LEAST_DAYS:
        return
    from dashboards import over_time_chart

    st.subheader(texts.say("over_time"), anchor=False, help=texts.say("term_always_valid"))
    pairs = list(dict.fromkeys((one.arm, one.versus) for one in found))
    for pair in pairs[:MOST_DRAWN]:
        own = [one for one in found if (one.arm, one.versus) == pair]
        st.markdown(f"**{frame.plain(texts.pair(*pair))}**")
        asked = {"detect": detect, "end": end, "look": frame.look()}
        parts.chart(texts.say("over_time_alt"), over_time_chart.effect, own, texts, **asked)
    said = [texts.say("over_time_caption")]
    if end is not None:
        said.append(texts.say("over_time_end", date=texts.date(end)))
    st.caption(" ".join(said))
    with st.expander(texts.say("as_table")):
        st.html(_table(found, texts))


def _table(found: Sequence[DayOfEffect], texts: Words) -> str:
    rows: list[tuple[Any, ...]] = [
        (
            texts.date(one.day),
            texts.pair(one.arm, one.versus),
            texts.count(one.n),
            texts.amount(one.effect, "proportion", signed=True),
            texts.between(one.low, one.high, "proportion"),
        )
        for one in found
    ]
    heads = [texts.say(head) for head in ("day", "comparison", "units_so_far", "difference", "always_valid")]
    return table(heads, rows, caption=texts.say("over_time"), numeric_from=2)
