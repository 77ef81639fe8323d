"""What was published beside what we get from the same counts, with its sources."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import streamlit as st

from amends.analysis.result import NotEnough
from dashboards import charts, data, frame, parts, pooled
from dashboards.look import table
from dashboards.words import Words, capital

if TYPE_CHECKING:
    from amends.studies import Figure, Study

ALPHA = 0.05
QUESTION = "you2020"
"""The study whose percentages are known and whose counts are not."""


def page() -> None:
    texts = frame.words()
    st.title(texts.say("studies_title"), anchor=False)
    st.html(f'<p class="am-lede">{escape(texts.say("studies_intro"))}</p>')
    with st.spinner(texts.say("computing")):
        carried = data.studies()
    for study in sorted(carried, key=lambda study: study.key != QUESTION):
        if study.key == QUESTION:
            _unknown_counts(study, texts)
        else:
            _study(study, texts)
    pooled.section(texts)


def _unknown_counts(study: Study, texts: Words) -> None:
    """91.1% against 78.4%: every pair of counts that fits, as a picture of p against N."""
    fits = data.fitting_counts()
    low, high = fits.p_z_range or (None, None)
    st.header(texts.say("pair_title"), anchor=False)
    st.markdown(
        texts.say(
            "pair_intro",
            n=len(fits.pairs),
            max_n=fits.max_n,
            low=texts.decimal(low, 3),
            high=texts.decimal(high, 3),
        )
    )
    rows: list[dict[str, Any]] = [
        {"n": pair.total, "p_value": pair.p_z, "label": f"{pair.x1}/{pair.n1} – {pair.x2}/{pair.n2}"}
        for pair in fits.pairs
        if isinstance(pair.p_z, float)
    ]
    said = texts.say("pair_alt")
    parts.chart(said, charts.candidate_pairs, rows, texts, alpha=ALPHA, look=frame.look())
    below = sum(row["p_value"] < ALPHA for row in rows)
    alpha = texts.decimal(ALPHA)
    st.caption(
        f"{texts.say('pair_caption', alpha=alpha)} "
        + texts.say("pair_counts", below=below, above=len(rows) - below, alpha=alpha)
    )
    _source(study, texts)
    with st.expander(texts.say("all_pairs")):
        cells = [
            (
                f"{pair.x1}/{pair.n1}",
                f"{pair.x2}/{pair.n2}",
                texts.count(pair.total),
                texts.decimal(pair.p_z, 4),
            )
            for pair in fits.pairs
        ]
        heads = (texts.arm("thank_you"), texts.arm("sorry"), texts.say("participants"), texts.say("p_value"))
        st.html(table(heads, cells, caption=texts.say("all_pairs")))


def _study(study: Study, texts: Words) -> None:
    st.header(study.title[texts.language], anchor=False)
    _source(study, texts)
    st.html(f'<p class="am-more">{escape(study.note[texts.language])}</p>')
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader(texts.say("both"), anchor=False)
        _beside(study, texts)
    with right:
        contrasts = [contrast.to_dict() for contrast in study.contrasts]
        parts.forest(contrasts, "proportion", None, texts)
    st.subheader(capital(study.outcome[texts.language]), anchor=False)
    rows = [
        (texts.arm(name), texts.count(x), texts.count(n), texts.percent(x / n))
        for name, (x, n) in study.arms.items()
    ]
    heads = ("arm", "events", "of", "share")
    st.html(
        table([texts.say(head) for head in heads], rows, caption=study.outcome[texts.language], titled=True)
    )
    parts.contrast_table(contrasts, "proportion", texts)


def _beside(study: Study, texts: Words) -> None:
    printed = [figure for figure in study.figures if figure.published is not None]
    rows = [
        (
            figure.name,
            _decimals(figure.published, texts),
            _recomputed(figure, texts),
            _agreement(figure, texts),
        )
        for figure in printed
    ]
    heads = ("figure", "published", "recomputed", "agrees")
    st.html(table([texts.say(head) for head in heads], rows, caption=texts.say("both"), titled=True))


def _recomputed(figure: Figure, texts: Words) -> str:
    if isinstance(figure.recomputed, NotEnough):
        return figure.recomputed.reason
    whole = figure.published is not None and abs(float(figure.published)) >= 2
    return texts.decimal(figure.recomputed, 2 if whole else 4)


def _agreement(figure: Figure, texts: Words) -> str:
    return {True: f"✓ {texts.say('yes')}", False: f"⚠ {texts.say('no')}", None: "–"}[figure.agrees]


def _decimals(printed: Any, texts: Words) -> str:
    """A printed figure as it was printed, with the language's decimal sign."""
    shown = str(printed).replace("-", "−")
    return shown.replace(".", ",") if texts.language == "id" else shown


def _source(study: Study, texts: Words) -> None:
    link = f" [doi:{study.doi}](https://doi.org/{study.doi})" if study.doi else ""
    origin = texts.say("data_from", data=frame.plain(study.data))
    st.caption(f"{frame.plain(study.source)}.{link} {origin}")
