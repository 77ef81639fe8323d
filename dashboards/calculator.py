"""Two counts in, the whole comparison out; the counts live in the address, so it can be passed on."""

from __future__ import annotations

from html import escape

import streamlit as st

from dashboards import frame, parts
from dashboards.look import table
from dashboards.words import Words

# The published percentages' best-known candidate counts; changed at once by whoever types.
EXAMPLE = {"x1": 51, "n1": 56, "x2": 40, "n2": 51}
MOST = 10_000_000


def page() -> None:
    texts = frame.words()
    st.title(texts.say("calculator_title"), anchor=False)
    st.html(f'<p class="am-lede">{escape(texts.say("calculator_intro"))}</p>')
    x1, n1, x2, n2 = _inputs(texts)
    for x, n in ((x1, n1), (x2, n2)):
        if x > n:
            st.error(
                texts.say("calculator_refused", x=texts.count(x), n=texts.count(n)), icon=":material/error:"
            )
            return
    _comparison(x1, n1, x2, n2, texts)


def _inputs(texts: Words) -> list[int]:
    columns = st.columns(2, gap="large")
    values = []
    for column, side, names in zip(columns, ("first", "second"), (("n1", "x1"), ("n2", "x2")), strict=True):
        with column:
            st.header(texts.say(side), anchor=False)
            pair = st.columns(2)
            found = []
            for place, name, label in zip(pair, names, ("of_customers", "who_completed"), strict=True):
                _from_url(name)
                with place:
                    least = 1 if name.startswith("n") else 0
                    value = st.number_input(
                        texts.say(label), min_value=least, max_value=MOST, step=1, key=name
                    )
                    found.append(int(value))
                st.query_params[name] = str(found[-1])
            values += [found[1], found[0]]
    return values


def _from_url(name: str) -> None:
    """The number in the address, the first time; afterwards the field itself."""
    if name not in st.session_state:
        asked = st.query_params.get(name, "")
        st.session_state[name] = (
            min(int(asked), MOST) if asked.isascii() and asked.isdigit() else EXAMPLE[name]
        )
        if name.startswith("n"):
            st.session_state[name] = max(1, st.session_state[name])


def _comparison(x1: int, n1: int, x2: int, n2: int, texts: Words) -> None:
    from amends.analysis.compare import compare_counts

    names = (texts.say("first").lower(), texts.say("second").lower())
    found = compare_counts(x1, n1, x2, n2, arms=names)
    item = found.to_dict()
    st.html(
        f'<div class="am-hero"><p class="am-verdict">{escape(texts.verdict(item["verdict"]))}</p>'
        f'<p class="am-sentence">{escape(found.summary[texts.language])}</p></div>'
    )
    left, right = st.columns(2, gap="large")
    with left:
        st.header(texts.say("per_arm"), anchor=False)
        rows = [
            (name.capitalize(), texts.count(x), texts.count(n), texts.percent(x / n))
            for name, (x, n) in zip(names, item["counts"], strict=True)
        ]
        heads = ("arm", "who_completed", "of_customers", "share")
        st.html(table([texts.say(head) for head in heads], rows, caption=texts.metric("completed")))
    with right:
        parts.forest([item], "proportion", None, texts, level=2)
    parts.contrast_table([item], "proportion", texts)
    parts.customary([item], (), texts)
    for warning in found.contrast.warnings:
        st.caption(frame.plain(warning[texts.language]))
