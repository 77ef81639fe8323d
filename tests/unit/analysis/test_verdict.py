"""Who may decide, at what level, and what the finding is called."""

import pytest

from amends.analysis.result import NotEnough
from amends.analysis.verdict import VERDICT_ORDER, Evidence, deciding_rule, rejected_by, verdict

FINISHED = deciding_rule(status="stopped", alpha=0.05, finished_data=True)


def rule(status, **more):
    return deciding_rule(status=status, alpha=0.05, planned=100, **more)


def test_finished_data_are_read_by_one_fixed_test_at_alpha():
    assert (FINISHED.method, FINISHED.level, FINISHED.always_valid_level) == ("fixed", 0.05, None)


@pytest.mark.parametrize("status", ["running", "paused"])
def test_while_collecting_only_the_always_valid_interval_decides_at_a_fifth_of_alpha(status):
    now = rule(status, reached=99)
    assert (now.method, now.collecting) == ("always-valid", True)
    assert now.always_valid_level == pytest.approx(0.01)
    assert verdict(Evidence(p_value=1e-9, always_valid=(-0.1, 0.3)), now) == "still collecting"
    assert verdict(Evidence(p_value=0.2, always_valid=(0.01, 0.3)), now) == "difference"


def test_the_fixed_test_decides_at_four_fifths_of_alpha_once_the_planned_units_have_been_read():
    now = rule("running", reached=100, decision_data=True)
    assert (now.method, now.level, now.collecting) == ("fixed", pytest.approx(0.04), False)
    assert verdict(Evidence(p_value=0.041), now) == "no difference shown"
    assert verdict(Evidence(p_value=0.039), now) == "difference"


def test_the_planned_number_alone_does_not_let_the_fixed_test_decide_while_running():
    assert rule("running", reached=500).collecting


def test_an_early_stop_leaves_the_decision_to_the_always_valid_interval_and_says_so():
    now = rule("stopped", reached=94)
    assert (now.method, now.collecting) == ("always-valid", False)
    assert "94 of 100" in now.note.en
    assert "94 dari 100" in now.note.id
    assert verdict(Evidence(p_value=0.001, always_valid=(-0.01, 0.4)), now) == "no difference shown"


@pytest.mark.parametrize("more", [{"reached": 95}, {"reached": 10, "masked": True}])
def test_a_stop_at_95_percent_or_with_masked_arms_lets_the_fixed_test_decide_with_a_note(more):
    now = rule("stopped", **more)
    assert (now.method, now.level) == ("fixed", pytest.approx(0.04))
    assert now.note is not None


def test_a_stop_without_a_plan_says_that_p_is_descriptive():
    now = deciding_rule(status="stopped", alpha=0.05)
    assert now.method == "always-valid"
    assert "without a planned sample" in now.note.en


def test_a_draft_cannot_tell():
    now = rule("draft")
    assert verdict(Evidence(p_value=NotEnough("no units")), now) == "cannot tell"


def test_an_untrustworthy_split_comes_before_everything_else():
    strong = Evidence(p_value=1e-9, always_valid=(0.2, 0.3))
    assert verdict(strong, FINISHED, trustworthy=False) == "not trustworthy"
    assert verdict(strong, rule("running"), trustworthy=False, stored="difference") == "not trustworthy"


def test_a_stored_verdict_stands_whatever_later_data_say():
    assert verdict(Evidence(p_value=0.9), FINISHED, stored="difference") == "difference"


def test_a_figure_that_is_missing_cannot_tell():
    assert verdict(Evidence(p_value=NotEnough("silence has 1 answer; 2 needed")), FINISHED) == "cannot tell"


@pytest.mark.parametrize(
    ("region", "expected"),
    [((-0.129, 0.569), "cannot tell"), ((0.01, 0.5), "difference"), ((NotEnough("x"),) * 2, "cannot tell")],
)
def test_a_satisfaction_test_that_rejects_while_the_lee_region_holds_zero_cannot_tell(region, expected):
    found = Evidence(p_value=0.001, region=region, selected=True)
    assert verdict(found, FINISHED) == expected


def test_a_satisfaction_test_that_does_not_reject_needs_no_bounds():
    assert verdict(Evidence(p_value=0.5, region=(-1, 1), selected=True), FINISHED) == "no difference shown"


def test_equivalence_is_named_only_inside_the_margin_and_after_a_difference():
    assert verdict(Evidence(p_value=0.6, within_margin=True), FINISHED) == "equivalent"
    assert verdict(Evidence(p_value=0.01, within_margin=True), FINISHED) == "difference"
    early = rule("stopped", reached=10)
    assert (
        verdict(Evidence(p_value=0.6, always_valid=(-1, 1), within_margin=True), early)
        == "no difference shown"
    )


def test_an_earlier_always_valid_rejection_also_counts_at_the_planned_sample():
    now = rule("running", reached=100, decision_data=True)
    assert rejected_by(Evidence(p_value=0.2, always_valid=(0.01, 0.3)), now) == "always-valid"
    assert rejected_by(Evidence(p_value=0.01, always_valid=(0.01, 0.3)), now) == "fixed"
    assert rejected_by(Evidence(p_value=0.2, always_valid=(-0.01, 0.3)), now) is None


def test_every_verdict_is_one_of_the_six_names():
    assert VERDICT_ORDER == (
        "not trustworthy",
        "still collecting",
        "cannot tell",
        "difference",
        "equivalent",
        "no difference shown",
    )
