"""What the words of the pages mean: beside a heading, over a column, and all of them in one list."""

from __future__ import annotations

from html import escape

import streamlit as st

from dashboards.words import Words

TERMS = (
    "interval",
    "always_valid",
    "p_value",
    "p_adjusted",
    "verdict",
    "effect_sizes",
    "srm",
    "bounds",
    "matured",
    "segment",
)
"""Texts of words.toml that have a definition under `term_NAME`."""


def defined(texts: Words) -> dict[str, str]:
    """Every term as it is written over a column, with what it means."""
    return {texts.say(name): texts.say(f"term_{name}") for name in TERMS}


def draw(texts: Words) -> None:
    """All terms in one list, for those who cannot point at a word."""
    items = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(said)}</dd>" for name, said in defined(texts).items()
    )
    with st.expander(texts.say("terms")):
        st.html(f'<dl class="am-terms">{items}</dl>')
