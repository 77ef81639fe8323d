"""Reports with every metric that the silent touch, whatever the counts: no exception, no hollow number."""

import json
import math
import re
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from amends import Experiment, Mean, NetPromoter, Proportion, silence, sorry, thank_you
from amends.analysis.report import build
from amends.design.plan import plan
from amends.tally import ArmTally, Moments, Tally

EXPERIMENT = Experiment(
    key="tea",
    notice="Your tea is late.",
    arms=[thank_you("Thank you for waiting."), sorry("We are sorry for it."), silence()],
    metrics=[
        Proportion("satisfied", of="satisfaction", at_least=6),
        Proportion("csat", of="satisfaction", at_least=6, among="answered"),
        Mean("satisfaction", scale=(1, 7)),
        NetPromoter("recommend"),
        Proportion("complaint", role="guardrail", better="lower", harm=0.05),
        Mean("minutes", source="outcome", role="guardrail", better="lower", sd=4, harm=2),
    ],
)
PLAN = plan(EXPERIMENT)
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@st.composite
def arms(draw, name):
    assigned = draw(st.integers(0, 60))
    step = assigned
    steps = []
    for _ in range(4):
        step = draw(st.sampled_from([0, step, draw(st.integers(0, step))]))
        steps.append(step)
    sent, delivered, started, completed = steps
    minutes = draw(st.lists(st.integers(0, 30), max_size=assigned))

    def given_ratings(low, high):
        points = draw(st.lists(st.integers(low, high), max_size=completed))
        return {point: points.count(point) for point in set(points)}

    return ArmTally(
        name,
        assigned=assigned,
        matured=assigned,
        sent=sent,
        delivered=delivered,
        started=started,
        finished=completed,
        completed=completed,
        ratings={"satisfaction": given_ratings(1, 7), "recommend": given_ratings(0, 10)},
        outcomes={"complaint": draw(st.integers(0, assigned))},
        moments={
            "minutes": Moments(len(minutes), float(sum(minutes)), float(sum(m * m for m in minutes)), 0.0)
        },
    )


def figures(value):
    if isinstance(value, dict):
        for item in value.values():
            yield from figures(item)
    elif isinstance(value, list):
        for item in value:
            yield from figures(item)
    elif isinstance(value, float):
        yield value


@given(
    arms("thank_you"),
    arms("sorry"),
    arms("silence"),
    st.sampled_from([("running", False), ("stopped", False), ("stopped", True)]),
)
@settings(max_examples=60, deadline=None)
def test_every_figure_is_finite_or_has_a_reason(first, second, third, state):
    status, finished = state
    tally = Tally("tea", (first, second, third), as_of=NOON)
    report = build(EXPERIMENT, tally, status=status, as_of=NOON, plan=PLAN, finished_data=finished)
    found = report.to_dict()
    json.dumps(found, allow_nan=False)
    assert all(math.isfinite(value) for value in figures(found))
    for locale in ("en", "id"):
        for form in (report.to_text, report.to_markdown, report.to_html):
            assert not re.search(r"\bnan\b", form(locale=locale).lower())


@given(arms("thank_you"), arms("sorry"), arms("silence"))
@settings(max_examples=60, deadline=None)
def test_bounds_hold_the_naive_difference_and_the_worst_case_the_composite(first, second, third):
    tally = Tally("tea", (first, second, third))
    report = build(EXPERIMENT, tally, status="stopped", as_of=NOON, plan=PLAN, finished_data=True)
    for contrast in report.contrasts:
        if contrast.bounds is None or not isinstance(contrast.effect, float):
            continue
        for held in (contrast.bounds["lee"], contrast.bounds["manski"]):
            if isinstance(held["low"], float):
                assert held["low"] - 1e-9 <= contrast.effect <= held["high"] + 1e-9
        if contrast.metric == "csat":
            # The composite counts the silent as not satisfied: one of the fillings that the worst case spans.
            composite = report["satisfied", contrast.arm, contrast.versus].effect
            worst = contrast.bounds["manski"]
            assert worst["low"] - 1e-9 <= composite <= worst["high"] + 1e-9
