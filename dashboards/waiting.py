"""Waiting times: who waits now, how long people wait beside the target, when events come in."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from dashboards import access, data, frame, parts
from dashboards.look import table
from dashboards.words import Words, capital, title

if TYPE_CHECKING:
    from amends.analysis.rendering.tables import Table
    from amends.analysis.service_log import ServiceLog

REFRESH = 30.0
"""Seconds between two readings of an open page: a log is long, and waits are minutes at least."""


def page() -> None:
    texts = frame.words()
    st.title(texts.say("waiting_title"), anchor=False)
    st.html(f'<p class="am-lede">{escape(texts.say("waiting_intro"))}</p>')
    st.fragment(frame.guarded(draw), run_every=REFRESH)(texts.language)


def draw(language: str) -> None:
    """Every figure of the log as of now."""
    texts = Words(language)
    log = data.service_log(st.context.timezone or "UTC")
    from amends.analysis.rendering.service_log import tables

    found = tables(log, language)
    if not log.incidents:
        _first_step(texts)
        _table(found["targets"], texts)
        return
    _sentences(log, texts)
    if "now" in found:
        _table(found["now"], texts)
    _eligible(texts)
    _times(log, found, texts)
    _table(found["targets"], texts)
    for sentence in log.published:
        st.caption(frame.plain(sentence[language]))
    _hours(log, found, texts)
    for name in ("mailboxes", "agents"):
        if name in found:
            _table(found[name], texts)
    _left_out(log, texts)
    who = access.actor()
    if who.may("export"):
        st.download_button(
            texts.say("download_waits"),
            access.taken(None, who, "response_times.csv", lambda: str(log.to_frame().to_csv(index=False))),
            file_name="response_times.csv",
            mime="text/csv",
            on_click="ignore",
            icon=":material/download:",
        )
        st.caption(texts.say("downloads_recorded"))
    else:
        st.caption(f"{texts.say('downloads_not_yours')} {access.who_else(texts)}")


def _first_step(texts: Words) -> None:
    st.header(texts.say("waiting_empty"), anchor=False)
    st.markdown(texts.say("waiting_empty_how"))
    st.code(
        "amends events import tickets.csv --channel email --column incident=ticket_id \\\n"
        "  --column received_at=created_at --column answered_at=first_reply_at",
        language=None,
        wrap_lines=True,
    )


def _sentences(log: ServiceLog, texts: Words) -> None:
    first, *rest = [sentence[texts.language] for sentence in log.said]
    more = "".join(f'<p class="am-more">{escape(said)}</p>' for said in rest)
    updated = texts.say("updated", time=parts.clock(log.as_of, texts))
    st.html(
        f'<div class="am-hero"><p class="am-sentence">{escape(first)}</p>{more}'
        f'<p class="am-meta">{escape(updated)}</p></div>'
    )


def _eligible(texts: Words) -> None:
    """Whom each running experiment would take, by the delay that it asks for."""
    rows = [(title(key), texts.duration(least), texts.count(n)) for key, least, n in data.late_enough_now()]
    if not rows:
        return
    st.header(texts.say("eligible_now"), anchor=False)
    heads = [texts.say(head) for head in ("experiment_column", "late_by", "waiting_that_long")]
    st.html(table(heads, rows, caption=texts.say("eligible_now"), titled=True))
    st.caption(texts.say("eligible_caption"))


def _times(log: ServiceLog, found: dict[str, Table], texts: Words) -> None:
    if "times" not in found:
        return
    from dashboards import waiting_charts

    st.header(capital(found["times"].title), anchor=False)
    parts.chart(texts.say("waits_alt"), waiting_charts.waits, log, texts, look=frame.look())
    st.caption(texts.say("waits_caption"))
    _body(found["times"])


def _hours(log: ServiceLog, found: dict[str, Table], texts: Words) -> None:
    if "hours" not in found:
        return
    from dashboards import waiting_charts

    st.header(capital(found["hours"].title), anchor=False)
    parts.chart(texts.say("hours_alt"), waiting_charts.hours, log, texts, look=frame.look())
    st.caption(texts.say("hours_caption", zone=log.timezone))
    with st.expander(texts.say("as_table")):
        _body(found["hours"])


def _table(made: Table, texts: Words) -> None:
    st.header(capital(made.title), anchor=False)
    _body(made)


def _body(made: Table) -> None:
    st.html(
        table(
            [capital(column) for column in made.columns],
            made.rows,
            caption=capital(made.title),
            numeric_from=made.words,
            titled=True,
        )
    )


def _left_out(log: ServiceLog, texts: Words) -> None:
    from amends.analysis.service_words import left_out_reason

    for reason, n in log.left_out.items():
        said = left_out_reason(reason, texts.language)
        st.caption(frame.plain(texts.say("left_out", n=texts.count(n), reason=said)))
