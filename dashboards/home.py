"""The list: every experiment with its question, its state and what it says so far."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboards import data, frame, refusals
from dashboards.words import Words, title

if TYPE_CHECKING:
    from amends.lab.reading import Overview

GROUPS = ("running", "paused", "stopped", "draft")


def page(detail: Any) -> None:
    """Draws the list; `detail` is the page that a card leads to."""
    texts = frame.words()
    st.title(texts.say("home_title"), anchor=False)
    st.html(f'<p class="am-lede">{escape(texts.say("tagline"))}</p>')
    lines, problems = data.overview(), data.discovery().problems
    if problems:
        _problems(problems, texts)
    if not lines:
        if not problems:
            _first_step(texts)
        return
    # Cards first, sentences after: the list stands before the statistics libraries are loaded.
    waiting = []
    for status in GROUPS:
        group = [line for line in lines if line.status == status]
        if group:
            st.header(texts.say(f"group_{status}"), anchor=False)
            for first in range(0, len(group), 2):
                row = group[first : first + 2]
                # One alone takes the whole width; the last of many keeps its half.
                columns = [st.container()] if len(group) == 1 else st.columns(2, gap="medium")
                for line, column in zip(row, columns, strict=False):
                    with column:
                        waiting.append((line, _card(line, detail, texts)))
    for line, place in waiting:
        _headline(line, place, texts)


def _card(line: Overview, detail: Any, texts: Words) -> Any:
    """The card without its sentence; returns the place where the sentence goes."""
    with st.container(border=True, height="stretch", key=f"card_{line.key}"):
        st.subheader(title(line.key), anchor=False)
        st.html(
            f'<div class="am-experiment"><p class="am-question">{escape(line.questions[texts.language])}</p>'
            + frame.status_chips(
                line.status, texts, simulated=line.simulated, after_the_fact=line.after_the_fact
            )
            + frame.arm_chips(line.arms, texts)
            + "</div>"
        )
        place = st.empty()
        if line.assigned:
            place.html(f'<div class="am-experiment">{frame.meter(line.reached, line.planned, texts)}</div>')
        st.page_link(
            detail,
            label=texts.say("open_draft" if line.status == "draft" else "open"),
            icon=":material/arrow_forward:",
            query_params={"experiment": line.key, "lang": texts.language},
        )
    return place


@frame.guarded
def _headline(line: Overview, place: Any, texts: Words) -> None:
    progress = frame.meter(line.reached, line.planned, texts)
    if not line.assigned:
        sentence = f'<p class="am-headline">{escape(texts.say("nothing_yet"))}</p>'
        if line.status == "draft":
            command = f"<code>amends start {escape(line.key)}</code>"
            sentence += f'<p class="am-meta">{escape(texts.say("draft_hint"))} {command}</p>'
        place.html(f'<div class="am-experiment">{sentence}</div>')
        return
    figures = data.newest(line.key).first_look()
    place.html(
        f'<div class="am-experiment"><p class="am-headline">{escape(figures["headline"][texts.language])}</p>'
        f"{progress}{health(figures, texts)}</div>"
    )


def health(figures: Mapping[str, Any], texts: Words) -> str:
    """Whether the split is as planned, as a sign and words."""
    ok = figures["sample_ratio"]["ok"]
    if ok is False or figures["verdict"] == "not trustworthy":
        return f'<p class="am-health am-bad">⚠ {escape(texts.say("unhealthy"))}</p>'
    if ok is True:
        return f'<p class="am-health">✓ {escape(texts.say("healthy"))}</p>'
    # What cannot be checked is a dictionary with the reason, which must never read as a tick.
    return f'<p class="am-health">◔ {escape(texts.say("health_unknown"))}</p>'


def _problems(problems: Any, texts: Words) -> None:
    st.header(texts.say("problems"), anchor=False)
    st.caption(texts.say("problems_intro"))
    for problem in problems:
        said = refusals.said_in(problem.message, texts.language)
        st.error(f"**{frame.plain(str(problem.path))}**\n\n{frame.plain(said)}", icon=":material/build:")


def _first_step(texts: Words) -> None:
    """What to do with an empty folder: three commands that work as they stand."""
    st.header(texts.say("empty_title"), anchor=False)
    for step, command in enumerate(
        ("amends new late_parcel", "amends check", "amends start late_parcel"), start=1
    ):
        st.markdown(f"**{step}.** {texts.say(f'empty_{step}')}")
        st.code(command, language="bash")
    folder = data.lab().experiments_folder
    st.caption(texts.say("empty_end", folder=frame.plain(str(folder.absolute()) if folder else "–")))
