"""Two arms from typed-in figures."""

import json

import numpy as np
import pytest
from statsmodels.stats.weightstats import ttost_ind

from amends.analysis.compare import compare_counts, compare_means
from amends.analysis.means import Summary
from amends.errors import UsageError


def test_the_academic_counts_give_the_known_figures():
    found = compare_counts(51, 56, 40, 51).contrast
    assert found.test == "Boschloo exact"
    assert found.effect == pytest.approx(0.1264, abs=5e-5)
    assert found.tests["z_pooled"]["statistic"] == pytest.approx(1.8312, abs=5e-5)
    assert found.tests["chi2"]["statistic"] == pytest.approx(3.3533, abs=5e-5)
    assert found.tests["chi2"]["p_value"] == pytest.approx(0.0671, abs=5e-5)
    assert found.tests["chi2_yates"]["p_value"] == pytest.approx(0.1188, abs=5e-5)
    assert found.tests["fisher"]["p_value"] == pytest.approx(0.1021, abs=5e-5)
    assert found.p_value == found.tests["boschloo"]["p_value"] == pytest.approx(0.0939, abs=5e-5)
    assert (found.low, found.high) == pytest.approx((-0.0111, 0.2664), abs=5e-5)
    assert found.verdict == "no difference shown"


def test_typed_in_data_are_finished():
    found = compare_counts(72, 79, 58, 74)
    assert found.contrast.always_valid is None
    assert found.contrast.decision["level"] == 0.05
    assert found.contrast.verdict == "difference"
    assert compare_counts(72, 79, 58, 74, alpha=0.01).contrast.verdict == "no difference shown"


def test_large_counts_are_tested_by_the_pooled_z():
    found = compare_counts(911, 1000, 784, 1000).contrast
    assert (found.test, found.statistic) == ("pooled z", pytest.approx(7.899, abs=5e-4))


def test_swapping_the_arms_only_changes_the_sign():
    one, other = compare_counts(51, 56, 40, 51).contrast, compare_counts(40, 51, 51, 56).contrast
    assert one.effect == -other.effect
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low))
    assert one.p_value == pytest.approx(other.p_value)


def test_more_events_than_units_are_refused_with_value_rule_and_remedy():
    with pytest.raises(UsageError, match=r"60 of 56: the events cannot outnumber the units\. Give"):
        compare_counts(60, 56, 40, 51)


def test_nobody_anywhere_gives_reasons_instead_of_numbers():
    found = compare_counts(0, 20, 0, 22)
    document = found.to_dict()
    assert document["verdict"] == "cannot tell"
    assert document["p_value"]["not_enough"].startswith("nobody of 20 and 22")
    assert document["low"] < 0 < document["high"]
    assert document["effect_sizes"]["nnt"] == {"not_enough": "the rates are equal"}
    json.dumps(document, allow_nan=False)
    assert "We cannot tell" in str(found)


def test_an_arm_without_units_gives_reasons_too():
    document = compare_counts(0, 0, 5, 22).to_dict()
    assert document["effect"] == {"not_enough": "first has no units yet"}
    assert set(document["tests"]) == {"z_pooled", "chi2", "chi2_yates", "fisher", "boschloo"}
    json.dumps(document, allow_nan=False)


def test_an_infinite_limit_is_a_reason_in_json():
    document = compare_counts(10, 20, 0, 20).to_dict()
    assert document["effect_intervals"]["risk_ratio"]["high"] == {"not_enough": "unbounded above"}
    json.dumps(document, allow_nan=False)


def test_means_are_compared_by_welch_with_student_beside():
    found = compare_means((5.9, 0.9, 51), (5.4, 1.1, 40)).contrast
    assert (found.test, found.n) == ("Welch t", (51, 40))
    assert found.effect == pytest.approx(0.5)
    assert (found.statistic, found.df) == (pytest.approx(2.3279, abs=5e-5), pytest.approx(74.652, abs=5e-4))
    assert found.tests["student"]["df"] == 89
    assert found.effect_sizes["hedges_g"] == pytest.approx(0.499, abs=5e-4)
    assert found.to_dict()["tests"]["mann_whitney"]["p_value"]["not_enough"].startswith("needs the count")
    assert any("bounds need" in warning.en for warning in found.warnings)


def test_means_may_come_as_summaries():
    by_summary = compare_means(Summary(51, 5.9, 0.9), Summary(40, 5.4, 1.1))
    assert by_summary.to_dict() == compare_means((5.9, 0.9, 51), (5.4, 1.1, 40)).to_dict()


def test_a_negative_spread_is_refused():
    with pytest.raises(UsageError, match=r"sd -0\.9"):
        compare_means((5.9, -0.9, 51), (5.4, 1.1, 40))


def test_the_printed_form_says_the_finding_in_both_languages():
    found = compare_counts(51, 56, 40, 51, arms=("thank_you", "sorry"))
    assert str(found).startswith(
        "No difference in completed surveys was shown between “thank you” and “sorry”: 91.1% against 78.4%"
    )
    assert "91,1% berbanding 78,4%" in found.to_text(locale="id")
    assert "chi-square (Yates)" in str(found)


def _with(mean, sd, n):
    """Values of exactly that mean and standard deviation."""
    raw = np.linspace(-1, 1, n)
    return mean + sd * (raw - raw.mean()) / raw.std(ddof=1)


@pytest.mark.parametrize(
    ("first", "second", "within"),
    [((5.6, 1.1, 400), (5.5, 1.2, 410), True), ((5.6, 1.1, 40), (5.5, 1.2, 41), False)],
)
def test_means_within_the_margin_are_equivalent_as_the_two_one_sided_tests_have_it(first, second, within):
    found = compare_means(first, second, margin=0.3)
    p = ttost_ind(_with(*first), _with(*second), -0.3, 0.3, usevar="unequal")[0]
    assert (p < 0.05) == within
    assert found.to_dict()["equivalence"]["within"] == within
    assert found.contrast.verdict == ("equivalent" if within else "no difference shown")
    assert ("equivalent on satisfaction, within the declared margin of 0.30" in str(found)) == within


def test_counts_within_the_margin_are_equivalent_by_the_90_percent_interval():
    held = compare_counts(800, 1000, 795, 1000, margin=0.05).to_dict()["equivalence"]
    # Newcombe's hybrid score interval at 90% by hand: Wilson ends of either arm, then squares.
    ends = []
    for x, n in ((800, 1000), (795, 1000)):
        z, p = 1.6448536269514722, x / n
        middle, half = p + z * z / (2 * n), z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        ends.append(((middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n), p))
    (l1, u1, p1), (l2, u2, p2) = ends
    assert held["low"] == pytest.approx(p1 - p2 - np.hypot(p1 - l1, u2 - p2))
    assert held["high"] == pytest.approx(p1 - p2 + np.hypot(u1 - p1, p2 - l2))
    assert held["within"]
    assert compare_counts(800, 1000, 795, 1000, margin=0.05).contrast.verdict == "equivalent"


def test_without_a_margin_nothing_is_called_equivalent():
    found = compare_counts(800, 1000, 795, 1000)
    assert found.contrast.verdict == "no difference shown"
    assert "equivalence" not in found.to_dict()


@pytest.mark.parametrize("margin", [0, -0.1, float("nan"), float("inf")])
def test_a_margin_that_is_none_is_refused(margin):
    with pytest.raises(UsageError, match="margin"):
        compare_means((5.9, 0.9, 51), (5.4, 1.1, 40), margin=margin)
