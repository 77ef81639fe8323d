"""Plan: how many customers an experiment needs, how long that takes, and the file to begin with."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from math import ceil
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboards import data, frame, parts
from dashboards.words import Words, title

if TYPE_CHECKING:
    from amends.analysis.planning import Means, Rates
    from amends.design.draft import Draft
    from amends.design.plan import Plan

KEY = "late_order"
CUSTOMARY_PER_DAY = 100
STEPS = 40
POWERS = (0.8, 0.9, 0.95)

# Least, most, first value, step and decimals of each figure; its name is its place in the address.
SLIDERS: dict[str, tuple[float, float, float, float]] = {
    "base": (5, 95, 40, 1),
    "least": (1, 30, 5, 0.5),
    "points": (0.1, 2, 0.3, 0.05),
    "sd": (0.5, 3, 1.4, 0.1),
    "arms": (2, 8, 3, 1),
    "cluster": (1, 20, 1, 1),
    "icc": (0, 0.5, 0.05, 0.01),
}


def page() -> None:
    texts = frame.words()
    st.title(texts.say("plan_title"), anchor=False)
    st.html(f'<p class="am-lede">{escape(texts.say("plan_lede"))}</p>')
    draft, per_day = _inputs(texts)
    if not draft.rated and draft.completion + draft.detect >= 1:
        st.error(texts.say("plan_too_high"), icon=":material/error:")
        return
    from amends.design.plan import plan

    planned = plan(draft.experiment())
    _answer(planned, per_day, texts)
    _curve(draft, planned, texts)
    _assumptions(planned, texts)
    _file(draft, texts)
    _seen(texts)


def _inputs(texts: Words) -> tuple[Draft, int]:
    from amends.design.draft import Draft

    with st.container(border=True):
        metric = _choice("metric", ("completed", "satisfaction"), texts, texts.metric)
        left, right = st.columns(2, gap="large")
        rated = metric == "satisfaction"
        with left:
            base = _slider("base", texts, form="%d%%")
            least = _slider("points", texts) if rated else _slider("least", texts, form="%.1f")
            sd = _slider("sd", texts) if rated else SLIDERS["sd"][2]
            power = _choice("power", [f"{100 * level:g}" for level in POWERS], texts, lambda p: f"{p}%")
        with right:
            arms = _slider("arms", texts, form="%d")
            cluster = _slider("cluster", texts, form="%d")
            icc = _slider("icc", texts) if cluster > 1 else SLIDERS["icc"][2]
            per_day = _per_day(texts)
    draft = Draft(
        arms=int(arms),
        rated=rated,
        completion=round(base / 100, 4),
        sd=round(sd, 3),
        detect=round(least, 3) if rated else round(least / 100, 4),
        power=float(power) / 100,
        cluster_size=int(cluster),
        icc=round(icc, 3),
    )
    return draft, per_day


def _slider(name: str, texts: Words, *, form: str = "%.2f") -> float:
    low, high, first, step = SLIDERS[name]
    key = f"plan_{name}"
    if key not in st.session_state:
        st.session_state[key] = min(max(_asked(name, first), low), high)
    value = st.slider(
        texts.say(f"plan_{name}"),
        float(low),
        float(high),
        step=float(step),
        format=form,
        key=key,
        help=texts.say(f"plan_{name}_help"),
    )
    st.query_params[name] = f"{value:g}"
    return float(value)


def _asked(name: str, otherwise: float) -> float:
    try:
        asked = float(st.query_params.get(name, otherwise))
    except ValueError:
        return float(otherwise)
    return asked if abs(asked) < 1e9 else float(otherwise)


def _choice(name: str, options: Any, texts: Words, shown: Callable[[str], str]) -> str:
    frame.from_url(name, list(options), options[0])
    chosen = st.segmented_control(
        texts.say(f"plan_{name}"), options, key=name, required=True, format_func=shown
    )
    frame.to_url(name)
    return str(chosen or options[0])


def _per_day(texts: Words) -> int:
    """Delayed customers a day: as the log has it, until somebody says otherwise."""
    seen = data.late_per_day()
    key = "plan_day"
    if key not in st.session_state:
        st.session_state[key] = round(min(max(_asked("day", seen or CUSTOMARY_PER_DAY), 1), 10_000_000))
    value = st.number_input(
        texts.say("plan_day"),
        min_value=1,
        max_value=10_000_000,
        step=10,
        key=key,
        help=texts.say("plan_day_help"),
    )
    st.query_params["day"] = str(int(value))
    if seen:
        st.caption(texts.say("plan_day_seen", n=texts.count(round(seen))))
    return int(value)


def _answer(planned: Plan, per_day: int, texts: Words) -> None:
    """The number in one sentence, and how many days it takes."""
    days = ceil(planned.total / per_day)
    said = texts.say("plan_intro", n=texts.count(planned.smallest), total=texts.count(planned.total))
    long = texts.say("plan_days", days=texts.count(days), n=texts.count(per_day))
    more = [long]
    if planned.clusters_per_arm:
        more.append(texts.say("plan_clusters", n=texts.count(planned.clusters_per_arm)))
    if days < 14:
        more.append(texts.say("plan_two_weeks"))
    if days > 180:
        more.append(texts.say("plan_long"))
    lines = "".join(f'<p class="am-more">{escape(line)}</p>' for line in more)
    st.html(f'<div class="am-hero"><p class="am-sentence">{escape(said)}</p>{lines}</div>')


def _curve(draft: Draft, planned: Plan, texts: Words) -> None:
    """The chance of finding the difference, by the number of customers."""
    from amends.analysis.planning import Conditions, power_curve
    from dashboards import plan_chart

    conditions = Conditions(
        completion=planned.completion,
        cluster_size=float(draft.cluster_size),
        icc=draft.icc if draft.clustered else 0.0,
    )
    sizes = sorted({max(2, round(2 * planned.smallest * step / STEPS)) for step in range(1, STEPS + 1)})
    points = power_curve(_effect(draft), sizes, alpha=planned.level, conditions=conditions)
    st.header(texts.say("power_curve"), anchor=False)
    said = texts.say("power_curve_alt")
    parts.chart(said, plan_chart.power, points, planned, texts, look=frame.look())
    st.caption(texts.say("power_curve_caption", power=texts.percent(planned.power)))


def _effect(draft: Draft) -> Rates | Means:
    from amends.analysis.planning import Means, Rates

    if draft.rated:
        return Means(sd=draft.sd, difference=draft.detect)
    return Rates(draft.completion, draft.completion + draft.detect)


def _assumptions(planned: Plan, texts: Words) -> None:
    st.header(texts.say("plan_rests_on"), anchor=False)
    items = "".join(f"<li>{escape(said)}</li>" for said in planned.assumptions[texts.language])
    st.html(f'<ul class="am-list">{items}</ul>')


def _file(draft: Draft, texts: Words) -> None:
    """A file with these figures, and what to do with it."""
    st.header(texts.say("plan_file"), anchor=False)
    st.markdown(texts.say("plan_file_how"))
    st.download_button(
        texts.say("plan_file_download", name=f"{KEY}.py"),
        draft.source(KEY),
        file_name=f"{KEY}.py",
        mime="text/x-python",
        on_click="ignore",
        icon=":material/download:",
    )
    with st.expander(texts.say("plan_file_show")):
        st.code(draft.source(KEY), language="python", wrap_lines=True)


def _seen(texts: Words) -> None:
    """What the experiments that have data could have seen, whatever they did see."""
    rows = [
        (title(key), texts.count(n), texts.metric(metric), shown)
        for key, metric, n, shown in (
            (key, metric, n, _detectable(found, kind, texts))
            for key, metric, kind, n, found in data.could_have_seen()
        )
    ]
    if not rows:
        return
    from dashboards.look import table

    st.header(texts.say("plan_seen"), anchor=False)
    heads = [texts.say(head) for head in ("experiment_column", "plan_seen_n", "metric", "plan_seen_least")]
    st.html(table(heads, rows, caption=texts.say("plan_seen"), titled=True))
    st.caption(texts.say("plan_seen_caption"))


def _detectable(found: float | None, kind: str, texts: Words) -> str:
    if found is None:
        return texts.say("not_enough")
    unit = texts.say("points" if kind == "proportion" else "scale_points")
    return f"{texts.amount(found, kind)} {unit}"
