"""The list: every experiment with its question, its state and what it says so far."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from time import monotonic
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboards import data, frame, parts, refusals, sections
from dashboards.words import Words, title

if TYPE_CHECKING:
    from amends.lab.reading import Overview

GROUPS = ("running", "paused", "stopped", "draft")
PATIENCE = 30.0
"""Seconds that the list waits for whole reports after everything else stands."""


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
    waiting = [card for status in GROUPS for card in _group(status, lines, detail, texts)]
    for line, place in waiting:
        _headline(line, place, texts)
    _checks([(line, place) for line, place in waiting if line.assigned], texts)


def _group(
    status: str, lines: Sequence[Overview], detail: Any, texts: Words
) -> Iterator[tuple[Overview, Any]]:
    """The cards of one status under its heading, two in a row; each with the place of its sentence."""
    group = [line for line in lines if line.status == status]
    if group:
        st.header(texts.say(f"group_{status}"), anchor=False)
    for first in range(0, len(group), 2):
        row = group[first : first + 2]
        # One alone takes the whole width; the last of many keeps its half.
        columns = [st.container()] if len(group) == 1 else st.columns(2, gap="medium")
        for line, column in zip(row, columns, strict=False):
            with column:
                yield line, _card(line, detail, texts)


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
            place.html(f'<div class="am-experiment">{_progress(line, texts)}</div>')
        st.page_link(
            detail,
            label=texts.say("open_draft" if line.status == "draft" else "open"),
            icon=":material/arrow_forward:",
            query_params={"experiment": line.key, "lang": texts.language},
        )
    return place


@frame.guarded
def _headline(line: Overview, place: Any, texts: Words) -> None:
    if line.assigned:
        _told(line, place, texts, checks=texts.say("checks_coming"))
        return
    sentence = f'<p class="am-headline">{escape(texts.say("nothing_yet"))}</p>'
    if line.status == "draft":
        command = f"<code>amends start {escape(line.key)}</code>"
        sentence += f'<p class="am-meta">{escape(texts.say("draft_hint"))} {command}</p>'
    place.html(f'<div class="am-experiment">{sentence}{_days(line, texts)}</div>')


def _checks(cards: Sequence[tuple[Overview, Any]], texts: Words) -> None:
    """What the data checks found, on each card as soon as its whole report is there."""
    until = monotonic() + PATIENCE
    while cards and monotonic() < until:
        cards = [(line, place) for line, place in cards if _still_coming(line, place, texts)]


@frame.guarded
def _still_coming(line: Overview, place: Any, texts: Words) -> bool:
    whole, _ = data.whole(line.key)
    if whole is not None and (found := sections.named(whole.sections, "checks")):
        _told(line, place, texts, checks=checks_said(found.figures["counts"], texts))
    return whole is None


def _told(line: Overview, place: Any, texts: Words, *, checks: str) -> None:
    figures = data.newest(line.key).first_look()
    place.html(
        f'<div class="am-experiment"><p class="am-headline">{escape(figures["headline"][texts.language])}</p>'
        f"{_progress(line, texts)}"
        f'<p class="am-health">{health(figures, texts)} · <span>{escape(checks)}</span></p></div>'
    )


def _progress(line: Overview, texts: Words) -> str:
    return frame.meter(line.reached, line.planned, texts) + _days(line, texts)


def _days(line: Overview, texts: Words) -> str:
    """How long it has been running, or when it ran; data that came finished have no such days."""
    if line.started_at is None or line.after_the_fact:
        return ""
    started = parts.local(line.started_at)
    if line.stopped_at is None:
        today = (parts.local(data.lab().clock()).date() - started.date()).days + 1
        said = texts.say("days_running", n=texts.count(today), start=texts.date(started))
    else:
        end = texts.date(parts.local(line.stopped_at))
        said = texts.say("days_ran", start=texts.date(started), end=end)
    return f'<p class="am-meta">{escape(said)}</p>'


def health(figures: Mapping[str, Any], texts: Words) -> str:
    """Whether the split is as planned, as a sign and words."""
    ok = figures["sample_ratio"]["ok"]
    if ok is False or figures["verdict"] == "not trustworthy":
        return f'<span class="am-bad">⚠ {escape(texts.say("unhealthy"))}</span>'
    if ok is True:
        return f"<span>✓ {escape(texts.say('healthy'))}</span>"
    # What cannot be checked is a dictionary with the reason, which must never read as a tick.
    return f"<span>◔ {escape(texts.say('health_unknown'))}</span>"


def checks_said(counts: Mapping[str, int], texts: Words) -> str:
    """How many data checks found what, as a sign and words.

    Args:
        counts: Checks by their state, as the section's figures have them.
        texts: The page's language.

    >>> checks_said({"ok": 16, "look at this": 1, "broken": 1}, Words("en"))
    '⚠ Data checks: 1 broken, 1 to look at'
    >>> checks_said({"ok": 18, "look at this": 0, "broken": 0}, Words("id"))
    '✓ Pemeriksaan data: tidak ada temuan'
    """
    broken, look = counts["broken"], counts["look at this"]
    said = [texts.say("checks_broken", n=texts.count(broken))] if broken else []
    said += [texts.say("checks_look", n=texts.count(look))] if look else []
    sign = "⚠" if broken else "◔" if look else "✓"
    return f"{sign} {texts.say('checks_found', what=', '.join(said) or texts.say('checks_nothing'))}"


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
        st.code(command, language="bash", wrap_lines=True)
    folder = data.lab().experiments_folder
    st.caption(texts.say("empty_end", folder=frame.plain(str(folder.absolute()) if folder else "–")))
