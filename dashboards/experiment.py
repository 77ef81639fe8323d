"""One experiment, live: the sentence first, then the picture, then every number underneath."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from html import escape
from typing import Any

import streamlit as st

from dashboards import access, data, downloads, frame, live, running, segments, terms, wording
from dashboards.words import Words, title


def page(room: Any) -> None:
    """Chooser and question stand still; the figures below them refresh by themselves.

    Args:
        room: Where the chooser goes, beside the language switch.
    """
    texts = frame.words()
    lines = {line.key: line for line in data.overview()}
    asked = st.query_params.get("experiment")
    if not lines:
        st.title(texts.say("experiment"), anchor=False)
        st.info(texts.say("nothing_to_show"), icon=":material/info:")
        return
    key = _choose(list(lines), _busiest(lines), room)
    if asked and asked not in lines:
        _unknown(asked, list(lines), texts)
        return
    line, definition = lines[key], data.lab().experiment(key)
    state = data.lab().state(key)
    st.title(title(key), anchor=False)
    st.html(
        f'<p class="am-lede">{escape(line.questions[texts.language])}</p>'
        + frame.status_chips(
            line.status, texts, simulated=line.simulated, after_the_fact=bool(state and state.after_the_fact)
        )
    )
    if line.simulated:
        st.caption(texts.say("simulated_help"))
    if line.changed:
        st.warning(texts.say("changed", fields=", ".join(line.changed)), icon=":material/edit_off:")
    who = access.actor()
    frame.guarded(running.draw)(key, line.status, definition, who, texts)
    # Only a running experiment changes while somebody looks at it.
    updating = line.status == "running" and st.toggle(
        texts.say("live_updates"), True, key="live_updates", help=texts.say("live_updates_help")
    )
    every = data.REFRESH if updating else None
    st.fragment(frame.guarded(live.draw), run_every=every)(key, texts.language, updating)
    segments.page(key, definition, texts, every=every)
    wording.draw(definition, texts, hidden=data.hides_arms(key))
    _plan(definition, texts)
    terms.draw(texts)
    with st.container(key="am-downloads"):
        downloads.draw(key, who, texts)


def _choose(keys: list[str], default: str, room: Any) -> str:
    asked = st.query_params.get("experiment")
    frame.from_url("experiment", keys, default)
    chosen: str = room.selectbox(
        frame.words().say("choose"), keys, format_func=title, key="experiment", label_visibility="collapsed"
    )
    if not asked or asked in keys:
        frame.to_url("experiment")
    return chosen


def _busiest(lines: Mapping[str, Any]) -> str:
    """What to open when nobody asked for one: running first, then the most customers."""
    return max(lines, key=lambda key: (lines[key].status == "running", lines[key].assigned))


def _unknown(asked: str, keys: list[str], texts: Words) -> None:
    st.title(texts.say("experiment"), anchor=False)
    close = get_close_matches(asked, keys, n=1)
    remedy = texts.say("did_you_mean", name=close[0]) if close else ""
    st.error(
        frame.plain(f"{texts.say('unknown', name=asked)} {remedy} {texts.say('unknown_help')}"),
        icon=":material/search_off:",
    )


def _plan(definition: Any, texts: Words) -> None:
    """How many are needed, and everything that number rests on."""
    from amends.design.plan import plan

    planned = plan(definition)
    st.header(texts.say("plan"), anchor=False)
    total = texts.say("plan_intro", n=texts.count(planned.smallest), total=texts.count(planned.total))
    items = "".join(f"<li>{escape(said)}</li>" for said in planned.assumptions[texts.language])
    st.html(f'<p class="am-more"><strong>{escape(total)}</strong></p><ul class="am-list">{items}</ul>')
