"""Two counts or two means in, the whole comparison out; they live in the address, so it can be passed on."""

from __future__ import annotations

from html import escape
from math import isfinite
from typing import TYPE_CHECKING, Any, NamedTuple

import streamlit as st

from amends.errors import UsageError
from dashboards import frame, parts, terms
from dashboards.look import table
from dashboards.refusals import said_in
from dashboards.words import Words

if TYPE_CHECKING:
    from amends.analysis.compare import Comparison

KINDS = ("counts", "means")
MOST = 10_000_000
LARGEST = 1_000_000.0


class Field(NamedTuple):
    """A number to type in: its name in the address, its label, an example, and between what it lies."""

    name: str
    label: str
    example: float
    least: float
    most: float
    step: float


# The published percentages' best-known candidate counts; changed at once by whoever types.
COUNTS = (
    (Field("n1", "of_customers", 56, 1, MOST, 1), Field("x1", "who_completed", 51, 0, MOST, 1)),
    (Field("n2", "of_customers", 51, 1, MOST, 1), Field("x2", "who_completed", 40, 0, MOST, 1)),
)
# No published spread is known to us: these are the figures of the command line's own example.
MEANS = (
    (
        Field("mean1", "mean", 5.9, -LARGEST, LARGEST, 0.1),
        Field("sd1", "sd", 0.9, 0.0, LARGEST, 0.1),
        Field("rated1", "answered", 51, 1, MOST, 1),
    ),
    (
        Field("mean2", "mean", 5.4, -LARGEST, LARGEST, 0.1),
        Field("sd2", "sd", 1.1, 0.0, LARGEST, 0.1),
        Field("rated2", "answered", 40, 1, MOST, 1),
    ),
)


def page() -> None:
    texts = frame.words()
    st.title(texts.say("calculator_title"), anchor=False)
    st.html(f'<p class="am-lede">{escape(texts.say("calculator_intro"))}</p>')
    frame.from_url("kind", KINDS, KINDS[0])
    kind = st.segmented_control(
        texts.say("calculator_kind"),
        KINDS,
        format_func=lambda name: texts.say(f"calculator_{name}"),
        key="kind",
        required=True,
    )
    frame.to_url("kind")
    first, second = _inputs(COUNTS if kind == "counts" else MEANS, texts)
    margin = _margin(kind or "counts", texts)
    try:
        found = _compared(kind or "counts", first, second, margin, texts)
    except UsageError as error:
        st.error(frame.plain(said_in(str(error), texts.language)), icon=":material/error:")
        return
    if found is not None:
        _comparison(found, kind or "counts", (first, second), texts)


def _inputs(fields: tuple[tuple[Field, ...], ...], texts: Words) -> list[list[float]]:
    values = []
    for column, side, mine in zip(st.columns(2, gap="large"), ("first", "second"), fields, strict=True):
        with column:
            st.header(texts.say(side), anchor=False)
            places = st.columns(len(mine))
            values.append([_input(field, place, texts) for field, place in zip(mine, places, strict=True)])
    return values


def _input(field: Field, place: Any, texts: Words) -> float:
    whole = isinstance(field.example, int)
    kind = int if whole else float
    if field.name not in st.session_state:
        st.session_state[field.name] = kind(from_address(field, st.query_params.get(field.name, "")))
    given = place.number_input(
        texts.say(field.label),
        min_value=kind(field.least),
        max_value=kind(field.most),
        step=kind(field.step),
        key=field.name,
        format="%d" if whole else "%.2f",
    )
    st.query_params[field.name] = f"{given:.12g}"
    return float(given)


def from_address(field: Field, asked: str) -> float:
    """The number in the address, within what can be typed in; the example where it is none.

    >>> [from_address(COUNTS[0][1], asked) for asked in ("60", "-3", "none", "nan")]
    [60.0, 0, 51, 51]
    """
    try:
        value = float(asked)
    except ValueError:
        return field.example
    return max(field.least, min(value, field.most)) if isfinite(value) else field.example


def _margin(kind: str, texts: Words) -> float | None:
    """The smallest difference that would matter, in points; None where the field is empty."""
    name = f"margin_{kind}"
    if name not in st.session_state:
        asked = from_address(Field(name, "", 0.0, 0.0, LARGEST, 0.1), st.query_params.get("margin", ""))
        st.session_state[name] = asked or None
    given = st.number_input(
        texts.say(f"calculator_margin_{kind}"),
        min_value=0.0,
        max_value=100.0 if kind == "counts" else LARGEST,
        value=None,
        step=0.5 if kind == "counts" else 0.1,
        key=name,
        help=texts.say("calculator_margin_help"),
        width=420,
    )
    if not given:
        st.query_params.pop("margin", None)
        return None
    st.query_params["margin"] = f"{given:.12g}"
    return given / 100 if kind == "counts" else given


def _compared(
    kind: str, first: list[float], second: list[float], margin: float | None, texts: Words
) -> Comparison | None:
    from amends.analysis.compare import compare_counts, compare_means

    names = (texts.say("first").lower(), texts.say("second").lower())
    if kind == "means":
        mine, other = ((mean, sd, int(n)) for mean, sd, n in (first, second))
        return compare_means(mine, other, arms=names, margin=margin)
    for n, x in (first, second):
        if x > n:
            said = texts.say("calculator_refused", x=texts.count(int(x)), n=texts.count(int(n)))
            st.error(said, icon=":material/error:")
            return None
    (n1, x1), (n2, x2) = ([int(value) for value in side] for side in (first, second))
    return compare_counts(x1, n1, x2, n2, arms=names, margin=margin)


def _comparison(found: Comparison, kind: str, given: tuple[list[float], list[float]], texts: Words) -> None:
    item = found.to_dict()
    st.html(
        f'<div class="am-hero"><p class="am-verdict">{escape(texts.verdict(item["verdict"]))}</p>'
        f'<p class="am-sentence">{escape(found.summary[texts.language])}</p></div>'
    )
    of = "proportion" if kind == "counts" else "mean"
    left, right = st.columns(2, gap="large")
    with left:
        st.header(texts.say("per_arm"), anchor=False)
        st.html(_per_arm(kind, given, texts))
        if "equivalence" in item:
            st.markdown(frame.plain(_equivalence(item["equivalence"], of, texts)))
    with right:
        parts.forest([item], of, None, texts, level=2)
    parts.contrast_table([item], of, texts)
    st.html(_effects(item, texts))
    parts.customary([item], (), texts)
    terms.draw(texts)
    for warning in found.contrast.warnings:
        st.caption(frame.plain(warning[texts.language]))


def _per_arm(kind: str, given: tuple[list[float], list[float]], texts: Words) -> str:
    names = (texts.say("first"), texts.say("second"))
    if kind == "counts":
        rows = [
            (name, texts.count(int(x)), texts.count(int(n)), texts.percent(x / n))
            for name, (n, x) in zip(names, given, strict=True)
        ]
        heads, caption = ("arm", "who_completed", "of_customers", "share"), texts.metric("completed")
    else:
        rows = [
            (name, texts.decimal(mean), texts.decimal(sd), texts.count(int(n)))
            for name, (mean, sd, n) in zip(names, given, strict=True)
        ]
        heads, caption = ("arm", "mean", "sd", "answered"), texts.metric("satisfaction")
    return table([texts.say(head) for head in heads], rows, caption=caption)


def _effects(item: dict[str, Any], texts: Words) -> str:
    """How large the difference is in the customary measures, each with its interval."""
    rows = []
    for name, value in item["effect_sizes"].items():
        if not isinstance(value, (int, float)):
            continue
        ends = item["effect_intervals"].get(name) or {}
        span = texts.between(ends.get("low"), ends.get("high"), "mean")
        rows.append((texts.effect(name), texts.decimal(value), span))
    heads = [texts.say(head) for head in ("effect_sizes", "estimate", "interval")]
    return table(heads, rows, caption=texts.say("effect_sizes"))


def _equivalence(held: dict[str, Any], of: str, texts: Words) -> str:
    return texts.say(
        "calculator_equivalent" if held["within"] else "calculator_not_equivalent",
        margin=texts.amount(held["margin"], of),
        interval=texts.between(held["low"], held["high"], of),
    )
