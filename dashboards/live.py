"""The part of an experiment's page that refreshes by itself. It holds no widget, so nothing resets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from typing import TYPE_CHECKING, Any

import streamlit as st

from amends.analysis.reasons import explained
from amends.analysis.section import Section
from dashboards import bounds, charts, data, frame, over_time, parts, sections
from dashboards.look import arm_styles, table
from dashboards.words import Words

if TYPE_CHECKING:
    from amends.analysis.report import Report

Figures = Mapping[str, Any]

WORDS_TALL, SECTION_TALL, CHAPTERS_TALL = 39, 82, 564
"""Pixels that a folded sentence takes, a section with one sentence, and all that stand for themselves."""
NOT_ENROLLED = ("not_eligible", "not_covered", "holdout", "not_started", "paused", "stopped", "error")
"""Statuses of those who got the usual message; answers that were refused or came twice are data checks."""


def draw(key: str, language: str, updating: bool) -> None:
    """Every figure of the experiment as of now, and whether it will be drawn again by itself."""
    texts = Words(language)
    figures = data.newest(key).first_look()
    definition = data.lab().experiment(key)
    _sentence(figures, texts, updating=updating)
    _arms(figures, definition.primary_metric, texts)
    _progress(figures, texts)
    if not any(arm["assigned"] for arm in figures["arms"].values()):
        st.info(texts.say("nothing_yet"), icon=":material/hourglass_empty:")
        return
    # What follows loads pandas in another thread, and Altair fails where it meets it half loaded.
    import pandas  # noqa: F401

    # Asked for only now, so that what stands above is drawn before; nothing draws a finished page again.
    collecting = figures["status"] == "running"
    whole, current = data.whole(key) if collecting else (data.report(key), True)
    found = () if whole is None else whole.sections
    parts.filled(whole, texts, current=current)
    _split(figures, texts)
    _beside(whole, "checks", texts)
    for metric in definition.metrics:
        if metric.kind == "proportion":
            _proportion(figures, metric, texts)
            if metric.name == "completed":
                over_time.draw(key, metric.detect, texts)
        else:
            _mean(figures, metric, texts)
    if whole is None and any(metric.selected for metric in definition.metrics):
        parts.coming(WORDS_TALL)
    bounds.words(found, texts)
    _funnel(figures, texts)
    _beside(whole, "funnel", texts)
    if whole is None:
        parts.coming(CHAPTERS_TALL)
    else:
        sections.draw(found, texts)
        every = data.told(key, whole)
        parts.customary(every["contrasts"], every["omnibus"], texts)
        # What the sections warn of stands in the whole report alone.
        warned = [{"en": said.en, "id": said.id} for item in found for said in item.warnings]
        figures = {**figures, "notes": [*figures["notes"], *warned]}
    _remarks(figures, found, texts)


def _beside(whole: Report | None, name: str, texts: Words) -> None:
    if whole is None:
        parts.coming(SECTION_TALL)
    else:
        sections.beside(whole.sections, name, texts)


def _sentence(figures: Figures, texts: Words, *, updating: bool) -> None:
    """What happened and how sure we are, before anything else."""
    verdict = figures["verdict"] if any(arm["assigned"] for arm in figures["arms"].values()) else None
    bad = " am-bad" if verdict == "not trustworthy" else ""
    head = f'<p class="am-verdict">{escape(texts.verdict(verdict))}</p>' if verdict else ""
    headline, summary = figures["headline"][texts.language], figures["summary"][texts.language]
    more = summary.replace(headline, "").strip()
    more = f'<p class="am-more">{escape(more)}</p>' if more else ""
    st.html(
        f'<div class="am-hero{bad}">{head}<p class="am-sentence">{escape(headline)}</p>{more}'
        f'<p class="am-meta">{escape(_updated(figures, texts, updating=updating))}</p></div>'
    )


def _updated(figures: Figures, texts: Words, *, updating: bool) -> str:
    said = texts.say("updated", time=parts.clock(datetime.fromisoformat(figures["as_of"]), texts))
    if updating:
        said += f" · {texts.say('updates_itself', seconds=f'{data.REFRESH:g}')}"
    return said


def _arms(figures: Figures, primary: Any, texts: Words) -> None:
    """A card per arm: the primary metric large, the raw counts under it."""
    arms = figures["arms"]
    looks = arm_styles(list(arms))
    cards = []
    for name, arm in arms.items():
        held = arm["metrics"][primary.name]
        completed = texts.say("completed_of", x=texts.count(arm["completed"]), n=texts.count(arm["matured"]))
        if primary.kind == "mean":
            large = texts.decimal(held.get("mean"))
            small = [
                texts.say("mean_of", n=texts.count(held["n"])),
                f"{completed} ({texts.percent(arm['rate'])})",
            ]
        elif primary.name == "completed":
            large, small = texts.percent(arm["rate"]), [completed]
        else:
            large = texts.percent(held["rate"])
            small = [texts.say("x_of_n", x=texts.count(held["events"]), n=texts.count(held["n"])), completed]
        waiting = f" · {texts.say('waiting')}: {texts.count(arm['waiting'])}" if arm["waiting"] else ""
        small.append(f"{texts.say('assigned')}: {texts.count(arm['assigned'])}{waiting}")
        lines = "".join(f'<p class="am-small">{escape(line)}</p>' for line in small)
        cards.append(
            f'<div class="am-card" style="--arm:{looks[name][0]}">'
            f'<p class="am-name">{frame.mark(name, list(arms))}{escape(texts.arm(name))}</p>'
            f'<p class="am-big">{escape(large)}</p>{lines}</div>'
        )
    st.html(f'<div class="am-cards">{"".join(cards)}</div>')


def _progress(figures: Figures, texts: Words) -> None:
    planned = None if figures["after_the_fact"] else figures["progress"]["planned_per_arm"]
    st.html(frame.meter(figures["progress"]["reached"], planned if isinstance(planned, int) else 0, texts))


def _split(figures: Figures, texts: Words) -> None:
    st.header(texts.say("srm"), anchor=False, help=texts.say("term_srm"))
    ratio = figures["sample_ratio"]
    if not isinstance(ratio["ok"], bool):
        reason = explained((ratio["ok"] or {}).get("not_enough", "–"))[texts.language]
        st.markdown(f"◔ {frame.plain(texts.say('srm_unknown', reason=reason))}")
        return
    if isinstance(ratio["p_value"], (int, float)):
        said = texts.say("srm_ok" if ratio["ok"] else "srm_bad", p=texts.p(ratio["p_value"]))
    else:
        said = texts.say("srm_ok_bare" if ratio["ok"] else "srm_bad_bare")
    (st.success if ratio["ok"] else st.error)(frame.plain(said))


def _proportion(figures: Figures, metric: Any, texts: Words) -> None:
    name, arms = metric.name, figures["arms"]
    st.header(texts.metric(name), anchor=False)
    contrasts = _of(figures, name)
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader(texts.say("per_arm"), anchor=False)
        said = texts.say("rates_alt", metric=texts.metric(name))
        parts.chart(said, charts.rates, arms, name, texts, look=frame.look())
        st.caption(texts.say("completion_caption"))
    with right:
        parts.forest(contrasts, "proportion", metric.detect, texts)
    rows = [
        (
            texts.arm(arm),
            texts.count(held["metrics"][name]["events"]),
            texts.count(held["metrics"][name]["n"]),
            texts.percent(held["metrics"][name]["rate"]),
            _percents(held["metrics"][name], texts),
        )
        for arm, held in arms.items()
    ]
    heads = ("arm", "completed" if name == "completed" else "events", "of", "share", "interval")
    st.html(table([texts.say(head) for head in heads], rows, caption=texts.metric(name)))
    parts.contrast_table(contrasts, "proportion", texts)
    bounds.picture(contrasts, texts)
    bounds.numbers(contrasts, texts)


def _mean(figures: Figures, metric: Any, texts: Words) -> None:
    name, arms = metric.name, figures["arms"]
    points = metric.scale if metric.selected and metric.of is None else None
    st.header(texts.metric(name), anchor=False)
    contrasts = _of(figures, name)
    left, right = st.columns(2, gap="large")
    with left:
        if points:
            st.subheader(texts.say("ratings"), anchor=False)
            said = texts.say("ratings_alt")
            parts.chart(said, charts.ratings, arms, name, texts, scale=points, look=frame.look())
            st.caption(texts.say("satisfaction_caption"))
        else:
            st.subheader(texts.say("per_arm"), anchor=False)
            parts.chart(texts.say("means_alt"), charts.means, arms, name, texts, look=frame.look())
    with right:
        parts.forest(contrasts, "mean", metric.detect, texts)
    if points:
        left, right = st.columns(2, gap="large")
        with left:
            st.subheader(texts.say("means"), anchor=False)
            said = texts.say("means_alt")
            parts.chart(said, charts.means, arms, name, texts, scale=points, look=frame.look())
            st.caption(texts.say("means_caption"))
        with right:
            bounds.picture(contrasts, texts)
    elif metric.selected:
        bounds.picture(contrasts, texts)
    rows = [
        (
            texts.arm(arm),
            texts.count(held["metrics"][name]["n"]),
            texts.decimal(held["metrics"][name].get("mean")),
            texts.between(held["metrics"][name].get("low"), held["metrics"][name].get("high"), "mean"),
            texts.decimal(held["metrics"][name].get("sd")),
        )
        for arm, held in arms.items()
    ]
    heads = ("arm", "answered", "mean", "interval", "sd")
    st.html(table([texts.say(head) for head in heads], rows, caption=texts.metric(name)))
    parts.contrast_table(contrasts, "mean", texts)
    bounds.numbers(contrasts, texts)
    if points:
        _rating_table(arms, name, points, texts)


def _rating_table(arms: Figures, name: str, scale: Sequence[int], texts: Words) -> None:
    points = [str(point) for point in range(int(scale[0]), int(scale[-1]) + 1)]
    rows = [
        (
            texts.arm(arm),
            *(texts.count(held["metrics"][name].get("ratings", {}).get(point, 0)) for point in points),
        )
        for arm, held in arms.items()
    ]
    heads = [texts.say("arm"), *(texts.say("rating_of", point=point) for point in points)]
    with st.expander(texts.say("rating_counts")):
        st.html(table(heads, rows, caption=texts.say("rating_counts")))


def _funnel(figures: Figures, texts: Words) -> None:
    arms = figures["arms"]
    st.header(texts.say("funnel"), anchor=False, help=texts.say("term_matured"))
    parts.chart(texts.say("funnel_alt"), charts.funnel, arms, texts, look=frame.look())
    hidden = any(not isinstance(arm["sent"], int) for arm in arms.values())
    st.caption(texts.say("funnel_caption_masked" if hidden else "funnel_caption"))
    heads = (
        "assigned",
        "sent",
        "delivered",
        "started",
        "finished",
        "matured",
        "waiting",
        "completed",
        "rated",
    )
    heads = tuple(head for head in heads if all(isinstance(arm[head], int) for arm in arms.values()))
    rows = [(texts.arm(name), *(texts.count(arm[head]) for head in heads)) for name, arm in arms.items()]
    st.html(table([texts.say(head) for head in ("arm", *heads)], rows, caption=texts.say("counts")))


def _remarks(figures: Figures, found: Sequence[Section], texts: Words) -> None:
    """What else to know: nothing that a section in view has said already."""
    read = {said[texts.language] for section in found if not section.folded for said in section.said}
    remarks = [*figures["notes"], *figures["deviations"]]
    said = [item for item in remarks if _localised(item, texts) not in read]
    if said:
        st.header(texts.say("warnings"), anchor=False)
        items = "".join(f"<li>{escape(_localised(item, texts))}</li>" for item in said)
        st.html(f'<ul class="am-list">{items}</ul>')
    away = [item for item in figures["turned_away"] if item["status"] in NOT_ENROLLED]
    if away:
        st.header(texts.say("turned_away"), anchor=False)
        rows = [_away(item, texts) for item in away]
        heads = ("status", "reason", "count")
        st.html(
            table(
                [texts.say(head) for head in heads],
                rows,
                caption=texts.say("turned_away"),
                numeric_from=2,
                titled=True,
            )
        )
        st.caption(texts.say("turned_away_caption"))


def _away(item: Figures, texts: Words) -> tuple[str, str, str]:
    return texts.say(f"away_{item['status']}"), texts.reason(item["reason"]) or "–", texts.count(item["n"])


def _localised(item: Any, texts: Words) -> str:
    return str(item[texts.language]) if isinstance(item, Mapping) else str(item)


def _of(figures: Figures, metric: str) -> list[Figures]:
    return [item for item in figures["contrasts"] if item["metric"] == metric]


def _percents(held: Figures, texts: Words) -> str:
    if not isinstance(held["low"], (int, float)):
        return "–"
    return f"{texts.percent(held['low'])} {texts.say('to')} {texts.percent(held['high'])}"
