"""What every page shares: language, colours, links that keep the language, the way trouble is shown."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import wraps
from html import escape
from pathlib import Path
from typing import Any

import streamlit as st

from amends.errors import AmendsError, StoreUnavailable
from dashboards.look import DARK, LIGHT, Look, arm_styles
from dashboards.refusals import said_in
from dashboards.words import LANGUAGES, Words

log = logging.getLogger("amends.dashboard")

# The signs of the charts' marks, so that a name, a card and a mark are recognised as the same arm.
_MARKS = {
    "circle": "●",
    "square": "■",
    "diamond": "◆",
    "triangle-up": "▲",
    "triangle-down": "▼",
    "triangle-left": "◀",
    "triangle-right": "▶",
    "cross": "✚",
    "stroke": "▬",
    "arrow": "⬆",
}


def words() -> Words:
    """The texts in the page's language."""
    return Words(st.session_state.get("lang", "en"))


def look() -> Look:
    """Chart colours that suit the viewer's light or dark theme."""
    return DARK if st.context.theme.type == "dark" else LIGHT


def styles() -> None:
    """The page's own styles; a style sheet alone takes no room on the page."""
    css = Path(__file__).with_name("styles.css").read_text(encoding="utf-8")
    if look() is DARK:
        css += (
            ":root { --am-ink: #f1f4f7; --am-muted: #b8c2cc; --am-line: #3d4854; --am-soft: #1a212b;"
            " --am-accent: #6cb8e6; --am-card: #12171f; }"
        )
    st.html(f"<style>{css}</style>")


def from_url(name: str, options: Sequence[str], default: str) -> str:
    """The value of a widget that lives in the address: a link sets it, and so does the widget.

    Call it before the widget of key `name`; call `to_url` after it.
    """
    asked = st.query_params.get(name)
    if asked in options and asked != st.session_state.get(f"url_{name}"):
        st.session_state[name] = asked
    if st.session_state.get(name) not in options:
        st.session_state[name] = default
    chosen: str = st.session_state[name]
    return chosen


def to_url(name: str) -> None:
    """Writes the widget's value into the address, so that the address can be passed on."""
    st.session_state[f"url_{name}"] = st.session_state[name]
    if st.query_params.get(name) != st.session_state[name]:
        st.query_params[name] = st.session_state[name]


def settle_language() -> None:
    """The language of this run: the address's, then the switch's, then the browser's."""
    browser = (st.context.locale or "en").split("-")[0].lower()
    from_url("lang", list(LANGUAGES), browser if browser in LANGUAGES else "en")


def small_menu(pages: Sequence[Any]) -> None:
    """The pages as a row of links, for telephones, where Streamlit's drawer would cover the page."""
    with st.container(horizontal=True, key="am-menu", gap="small"):
        for page in pages:
            st.page_link(page, label=page.title, query_params={"lang": words().language})


def bar() -> Any:
    """The language switch at the top.

    Returns:
        The room to its left, where a page may put a chooser of its own.
    """
    row = st.container(
        horizontal=True, horizontal_alignment="right", vertical_alignment="center", key="am-bar"
    )
    room = row.container(key="am-room")
    row.container(width="content").segmented_control(
        words().say("language"),
        list(LANGUAGES),
        format_func=lambda code: LANGUAGES[code],
        key="lang",
        required=True,
        label_visibility="collapsed",
    )
    to_url("lang")
    return room


def guarded(draw: Callable[..., Any]) -> Callable[..., Any]:
    """Draws, or says in plain words what went wrong; the traceback goes to the log, not to the page."""

    @wraps(draw)
    def drawn(*args: Any, **kwargs: Any) -> Any:
        try:
            return draw(*args, **kwargs)
        except StoreUnavailable:
            log.exception("the database did not answer")
            st.warning(words().say("store_down"), icon=":material/cloud_off:")
        except AmendsError as error:
            log.exception("the page met an error it knows")
            trouble(said_in(str(error), words().language))
        except Exception as error:
            log.exception("the page could not be drawn")
            trouble(f"{type(error).__name__}.")
        return None

    return drawn


def trouble(message: str) -> None:
    st.error(
        f"**{words().say('error_title')}**\n\n{plain(words().say('error_body', message=message))}",
        icon=":material/error:",
    )


def plain(text: str) -> str:
    """Text for a Markdown element, with nothing in it read as Markdown.

    >>> plain("a $5 *offer*")
    'a \\\\$5 \\\\*offer\\\\*'
    """
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]()#+!|$:<>~" else sign for sign in text)


def mark(arm: str, arms: Sequence[str]) -> str:
    """The arm's mark in its colour; its name always stands beside it."""
    colour, form = arm_styles(arms)[arm]
    return f'<span class="am-mark" style="color:{colour}" aria-hidden="true">{_MARKS[form]}</span>'


def arm_chips(arms: Sequence[str], texts: Words) -> str:
    """The arms in a row, each with its mark."""
    chips = "".join(f'<li class="am-chip">{mark(arm, arms)}{escape(texts.arm(arm))}</li>' for arm in arms)
    return f'<ul class="am-chips" aria-label="{escape(texts.say("arm"))}">{chips}</ul>'


def status_chips(status: str, texts: Words, *, simulated: bool, after_the_fact: bool = False) -> str:
    """Status, and whether the customers are invented or the plan came late."""
    strong = " am-strong" if status == "running" else ""
    sign = {"draft": "✎", "running": "▶", "paused": "❚❚", "stopped": "■"}.get(status, "")
    sign = f'<span aria-hidden="true">{sign}</span>'
    chips = [f'<li class="am-chip{strong}">{sign} {escape(texts.status(status))}</li>']
    if simulated:
        chips.append(f'<li class="am-chip am-warn">⚗ {escape(texts.say("simulated"))}</li>')
    if after_the_fact:
        chips.append(f'<li class="am-chip am-warn">⚑ {escape(texts.say("after_the_fact"))}</li>')
    return f'<ul class="am-chips">{"".join(chips)}</ul>'


def meter(reached: int, planned: int, texts: Words) -> str:
    """Progress to the planned sample, drawn and said."""
    if not planned:
        return f'<p class="am-meta">{escape(texts.say("no_plan"))}</p>'
    share = min(100.0, 100 * reached / planned)
    said = texts.say("progress", reached=texts.count(reached), planned=texts.count(planned))
    return (
        f'<div class="am-meter"><div class="am-track" role="img" aria-label="{escape(said)}">'
        f'<div class="am-fill" style="width:{share:.1f}%"></div></div><p>{escape(said)}</p></div>'
    )
