"""The report as a whole: states, decisions, progress, lookup."""

import json
from datetime import timedelta

import pytest

from amends import Mean, Proportion, Rating, silence, sorry, text, thank_you
from amends.analysis.result import NotEnough
from amends.errors import UsageError
from amends.tally import ArmTally, Tally

WINDOW = timedelta(days=7)


def test_a_draft_has_every_arm_with_zeros(two_arms, report_of):
    found = report_of(two_arms(), Tally("late_parcel", ()), status="draft")
    assert list(found.arms) == ["thank_you", "sorry"]
    assert set(found.arms["sorry"].counts.values()) == {0}
    assert found.arms["sorry"].to_dict()["rate"] == {"not_enough": "sorry has no units yet"}
    assert found.arms["sorry"].ratings == dict.fromkeys(range(1, 8), 0)
    assert found.verdict == "cannot tell"
    assert str(found)


def test_rates_are_over_all_matured_units_and_waiting_ones_are_counted(two_arms, report_of):
    arms = (
        ArmTally("thank_you", assigned=80, matured=56, finished=55, completed=51),
        ArmTally("sorry", assigned=80, matured=51, finished=44, completed=40),
    )
    shown = report_of(two_arms(), Tally("late_parcel", arms)).arms["thank_you"].to_dict()
    assert shown["rate"] == pytest.approx(51 / 56)
    assert (shown["waiting"], shown["matured"], shown["rated"]) == (24, 56, 0)


def test_progress_is_of_the_arm_furthest_behind_its_share(two_arms, counts, report_of):
    progress = report_of(two_arms(), counts).progress
    assert (progress.planned_per_arm, progress.reached) == (134, 51)


def test_progress_with_unequal_weights_is_on_the_smallest_arms_scale(two_arms, arm, tally_of, report_of):
    weighted = two_arms(arms=[thank_you("Thank you so much.", weight=2), sorry("We are sorry for it.")])
    found = report_of(weighted, tally_of(arm("thank_you", 90, 100), arm("sorry", 40, 60)))
    assert found.progress.reached == 50


def test_without_a_plan_progress_says_so(two_arms, counts, report_of):
    found = report_of(two_arms(), counts, plan=None)
    assert found.progress.planned_per_arm == NotEnough("no planned sample")
    assert isinstance(found["completed", "thank_you", "sorry"].always_valid["low"], NotEnough)


def test_the_fixed_test_decides_once_on_the_first_planned_units(two_arms, arm, tally_of, report_of):
    experiment = two_arms(response_window=WINDOW)
    first = tally_of(arm("thank_you", 122, 134), arm("sorry", 105, 134))
    later = tally_of(arm("thank_you", 150, 180), arm("sorry", 141, 180))
    found = report_of(experiment, later, decision_tally=first)["completed", "thank_you", "sorry"]
    assert found.n == (180, 180)
    assert found.decision["n"] == (134, 134)
    assert found.p_value > 0.05 > found.decision["p_adjusted"]
    assert found.verdict == "difference"


def test_without_a_window_the_fixed_test_waits_for_the_stop(two_arms, arm, tally_of, report_of):
    tally = tally_of(arm("thank_you", 122, 134), arm("sorry", 105, 134))
    running = report_of(two_arms(), tally, decision_tally=tally)
    assert running.rule.collecting
    assert running["completed", "thank_you", "sorry"].verdict == "still collecting"
    stopped = report_of(two_arms(), tally, decision_tally=tally, status="stopped")
    assert stopped["completed", "thank_you", "sorry"].verdict == "difference"


@pytest.mark.parametrize("status", ["stopped"])
def test_nothing_is_still_collecting_after_the_stop(two_arms, counts, report_of, status):
    assert all(
        item.verdict != "still collecting" for item in report_of(two_arms(), counts, status=status).contrasts
    )


def test_an_early_stop_says_what_decided(two_arms, counts, report_of):
    assert (
        "Stopped at 51 of 134 planned units per arm"
        in report_of(two_arms(), counts, status="stopped").warnings[0]
    )


def test_a_stop_beyond_the_plan_without_the_first_units_says_so(two_arms, arm, tally_of, report_of):
    found = report_of(
        two_arms(), tally_of(arm("thank_you", 150, 180), arm("sorry", 141, 180)), status="stopped"
    )
    assert any("More units than planned" in warning for warning in found.warnings)


def test_decisions_are_what_stands_from_now_on(two_arms, counts, arm, tally_of, report_of):
    assert report_of(two_arms(), counts).decisions == {}
    key = ("completed", "thank_you", "sorry")
    strong = tally_of(arm("thank_you", 130, 134), arm("sorry", 60, 134))
    running = report_of(two_arms(), strong)
    assert {pair: made["verdict"] for pair, made in running.decisions.items()} == {key: "difference"}
    json.dumps(running.decisions[key], allow_nan=False)
    later = report_of(two_arms(), counts, stored_verdicts=running.decisions)
    assert later[key].verdict == "difference"
    assert later[key].decision["stored"] is True


def test_a_verdict_is_told_with_the_figures_it_rests_on_and_not_with_later_ones(
    two_arms, arm, tally_of, report_of
):
    first = tally_of(arm("thank_you", 122, 134), arm("sorry", 100, 134))
    turned = tally_of(arm("thank_you", 1140, 1470), arm("sorry", 1140, 1465))
    experiment = two_arms(response_window=timedelta(days=2))
    found = report_of(experiment, turned, decision_tally=first)
    contrast = found["completed", "thank_you", "sorry"]
    assert contrast.effect < 0  # what is shown is of all units
    assert contrast.verdict == "difference"
    assert found.headline.en == (
        "“Thank you” did better than “sorry” on completed surveys: 91.0% against 74.6%, a difference of "
        "16.4 points (95% confidence interval 7.5 to 25.2; p < 0.001; "
        "decided on the first 134 and 134 units)."
    )
    assert "diputuskan pada 134 dan 134 unit pertama" in found.headline.id
    assert any("rests on the units that were there when it was made" in said for said in found.warnings)
    kept = report_of(experiment, turned, stored_verdicts=found.decisions)
    assert kept.headline == found.headline


def test_after_a_stop_the_fixed_test_waits_for_those_who_may_still_answer(two_arms, arm, tally_of, report_of):
    experiment = two_arms(response_window=timedelta(days=2))
    early = [arm(name, n, 140, matured=130) for name, n in (("thank_you", 122), ("sorry", 105))]
    waiting = report_of(experiment, tally_of(*early), status="stopped")
    assert waiting.rule.method == "always-valid"
    assert "The response window of 20 units is still open" in waiting.warnings[0]
    assert waiting.decisions == {}
    late = tally_of(*(arm(name, n, 140) for name, n in (("thank_you", 122), ("sorry", 105))))
    assert report_of(experiment, late, status="stopped").rule.method == "fixed"


def test_what_the_bounds_keep_open_at_the_planned_sample_stands_too(two_arms, arm, tally_of, report_of):
    counted = tally_of(arm("thank_you", 134, 134, {7: 70, 6: 64}), arm("sorry", 100, 134, {7: 30, 5: 70}))
    found = report_of(two_arms(), counted, status="stopped", decision_tally=counted)
    key = ("satisfaction", "thank_you", "sorry")
    assert found[key].verdict == "difference"
    low = tally_of(arm("thank_you", 134, 134, {7: 40, 6: 94}), arm("sorry", 100, 134, {7: 10, 6: 90}))
    found = report_of(two_arms(), low, status="stopped", decision_tally=low)
    assert found[key].verdict == found.decisions[key]["verdict"] == "cannot tell"


def test_always_valid_intervals_are_wider_than_the_conventional_ones(two_arms, counts, report_of):
    found = report_of(two_arms(), counts)["completed", "thank_you", "sorry"]
    assert found.always_valid["low"] < found.low < found.high < found.always_valid["high"]
    assert found.decision["level"] == pytest.approx(0.01)


def test_the_always_valid_level_is_shared_by_the_family(two_arms, counts, report_of):
    one = report_of(two_arms(), counts)["satisfaction", "thank_you", "sorry"]
    ratings = {"satisfaction": {4: 20, 6: 31}, "attention": {4: 20, 6: 31}}
    scale = (1, 7)
    both = two_arms(
        metrics=[Proportion("completed"), Mean("satisfaction", scale=scale), Mean("attention", scale=scale)],
        survey=[Rating("attention", text("They gave me their full attention."), scale=scale)],
    )
    arms = [
        ArmTally(name, assigned=56, matured=56, completed=51, ratings=ratings)
        for name in ("thank_you", "sorry")
    ]
    shared = report_of(both, Tally("late_parcel", tuple(arms)))["satisfaction", "thank_you", "sorry"]
    assert one.decision["level"] == pytest.approx(2 * shared.decision["level"])


def test_a_contrast_is_found_by_metric_arm_and_versus(two_arms, counts, report_of):
    found = report_of(two_arms(), counts)
    assert found["completed", "thank_you", "sorry"].effect == pytest.approx(0.1264, abs=5e-5)
    with pytest.raises(UsageError, match=r"late_parcel has no contrast \[completed, sorry, thank_you\]"):
        found["completed", "sorry", "thank_you"]


def test_rows_taken_as_units_are_said(two_arms, counts, report_of):
    found = report_of(two_arms(), counts, status="stopped", finished_data=True, unit_rows_only=True)
    assert any("each row was taken as one" in warning for warning in found.warnings)


def test_a_warning_shared_by_all_pairs_is_said_once(two_arms, arm, tally_of, report_of):
    three = two_arms(arms=[thank_you("Thank you for waiting."), sorry("We are sorry for it."), silence()])
    ratings = {4: 20, 6: 31}
    counted = [arm(name, 51, 56, ratings) for name in ("thank_you", "sorry", "silence")]
    said = [note for note in report_of(three, tally_of(*counted)).warnings if "bounds" in note]
    assert said == [
        "Satisfaction: Among those who answered, not randomised: read the test together with the bounds."
    ]


def test_equal_arms_make_lee_bounds_meet(two_arms, arm, tally_of, report_of):
    alike = tally_of(arm("thank_you", 51, 56, {4: 20, 6: 31}), arm("sorry", 51, 56, {4: 25, 6: 26}))
    lee = report_of(two_arms(), alike)["satisfaction", "thank_you", "sorry"].bounds["lee"]
    assert lee["low"] == lee["high"]
    assert lee["trimmed_arm"] is None


def test_the_always_valid_interval_is_tuned_to_its_pair_and_shares_the_level_of_its_family(
    two_arms, arm, tally_of, report_of
):
    three = two_arms(
        arms=[thank_you("Thank you for waiting.", weight=3), sorry("We are sorry for it."), silence()]
    )
    counted = tally_of(
        arm("thank_you", 500, 600, {6: 240, 7: 240}),
        arm("sorry", 150, 204, {5: 90, 7: 60}),
        arm("silence", 120, 196),
    )
    found = report_of(three, counted)
    assert dict(found.progress.planned) == {"thank_you": 525, "sorry": 175, "silence": 175}
    # By the formula of Waudby-Smith et al. at .01/3, tuned to 700 units, of whom 78.4% are to answer.
    completed = found["completed", "thank_you", "sorry"].always_valid
    assert (completed["low"], completed["high"]) == pytest.approx((-0.0361836, 0.2322620), abs=1e-7)
    rated = found["satisfaction", "thank_you", "sorry"].always_valid
    assert (rated["low"], rated["high"]) == pytest.approx((0.3753715, 1.0246285), abs=1e-7)
