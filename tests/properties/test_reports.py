"""What holds for every report, whatever the counts."""

import json
import re
from datetime import UTC, datetime

from hypothesis import example, given, settings
from hypothesis import strategies as st

from amends import Experiment, Mean, Proportion, sorry, thank_you
from amends.analysis.compare import compare_counts
from amends.analysis.report import build
from amends.analysis.result import NotEnough
from amends.analysis.verdict import VERDICT_ORDER
from amends.design.plan import plan
from amends.tally import ArmTally, Tally

EXPERIMENT = Experiment(
    key="late_parcel",
    notice="Your parcel is late.",
    arms=[thank_you("Thank you for waiting."), sorry("We are sorry for it.")],
    metrics=[Proportion("completed", margin=0.1), Mean("satisfaction", scale=(1, 5))],
)
PLAN = plan(EXPERIMENT)
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@st.composite
def arms(draw, name, most=24):
    """An arm with any number of units, of which any number answered and any of those gave a rating."""
    assigned = draw(st.integers(0, most))
    completed = draw(st.integers(0, assigned))
    ratings: dict[int, int] = {}
    for point in draw(st.lists(st.integers(1, 5), max_size=completed)):
        ratings[point] = ratings.get(point, 0) + 1
    return ArmTally(
        name, assigned=assigned, matured=assigned, completed=completed, ratings={"satisfaction": ratings}
    )


@st.composite
def counts(draw, most=2000):
    n1, n2 = draw(st.integers(1, most)), draw(st.integers(1, most))
    return draw(st.integers(0, n1)), n1, draw(st.integers(0, n2)), n2


def opposite(value):
    return value if isinstance(value, NotEnough) else -value


@given(arms("thank_you"), arms("sorry"), st.sampled_from(["running", "stopped"]), st.booleans())
@settings(max_examples=60, deadline=None)
def test_every_report_is_json_with_a_known_verdict_and_both_languages(first, second, status, finished):
    tally = Tally("late_parcel", (first, second))
    found = build(EXPERIMENT, tally, status=status, as_of=NOON, plan=PLAN, finished_data=finished)
    json.dumps(found.to_dict(), allow_nan=False)
    assert found.summary.en
    assert found.summary.id
    for contrast in found.contrasts:
        assert contrast.verdict in VERDICT_ORDER
        assert (contrast.verdict == "still collecting") <= (status == "running" and not finished)
        if not isinstance(contrast.low, NotEnough):
            assert contrast.low <= contrast.effect <= contrast.high
            assert contrast.low_adjusted <= contrast.low <= contrast.high <= contrast.high_adjusted
    for form in (found.to_text, found.to_markdown, found.to_html, found.to_apa):
        assert not re.search(r"\bnan\b", form().lower())


@given(counts(most=60))
@settings(max_examples=60, deadline=None)
def test_swapping_the_arms_changes_the_sign_and_nothing_else(table):
    x1, n1, x2, n2 = table
    one, other = compare_counts(x1, n1, x2, n2).contrast, compare_counts(x2, n2, x1, n1).contrast
    assert one.effect == opposite(other.effect)
    assert abs(one.low + other.high) < 1e-9
    assert one.verdict == other.verdict
    if isinstance(one.p_value, NotEnough):
        assert isinstance(other.p_value, NotEnough)
    else:
        assert abs(one.p_value - other.p_value) < 1e-6


# Either side of .05, once with the interval alike and once without: chance rarely comes so near.
@example((189, 302, 206, 374))
@example((114, 241, 150, 381))
@example((51, 218, 107, 345))
@example((157, 345, 130, 242))
@given(counts())
@settings(max_examples=200, deadline=None)
def test_a_test_and_an_interval_that_disagree_are_always_reported(table):
    found = compare_counts(*table).contrast
    if isinstance(found.p_value, NotEnough):
        return
    disagree = (found.p_value <= 0.05) != (found.low > 0 or found.high < 0)
    assert disagree == any("disagree" in warning.en for warning in found.warnings)


@given(counts())
@settings(max_examples=100, deadline=None)
def test_no_verdict_of_a_finished_comparison_contradicts_its_test(table):
    found = compare_counts(*table).contrast
    if isinstance(found.p_value, NotEnough):
        assert found.verdict == "cannot tell"
    else:
        assert found.verdict == ("difference" if found.p_value <= 0.05 else "no difference shown")
