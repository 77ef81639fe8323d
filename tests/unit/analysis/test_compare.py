"""Two arms from typed-in figures."""

import json

import pytest

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
