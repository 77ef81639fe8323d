"""Contrasts from tallies: figures, families, refusals, warnings."""

import json

import pytest

from amends import Mean, Proportion, silence, sorry, thank_you
from amends.analysis.bounds import bounds_of
from amends.analysis.contrasts import disagreement, plain
from amends.analysis.means import Summary
from amends.analysis.measure_means import Sample
from amends.analysis.result import NotEnough
from amends.design.contrasts import primary
from amends.tally import Moments

HIGH = {4: 2, 5: 10, 6: 20, 7: 19}
LOW = {2: 2, 4: 8, 5: 10, 6: 15, 7: 5}


@pytest.fixture
def three_arms(two_arms):
    return two_arms(
        arms=[silence(), thank_you("Thank you for waiting."), sorry("We are sorry for it.")],
    )


@pytest.fixture
def three_counts(arm, tally_of):
    return tally_of(
        arm("silence", 60, 100), arm("thank_you", 90, 100, {7: 90}), arm("sorry", 75, 100, {5: 40, 6: 35})
    )


def test_a_completion_contrast_has_boschloo_newcombe_and_the_customary_tests(two_arms, counts, report_of):
    found = report_of(two_arms(), counts)["completed", "thank_you", "sorry"]
    assert (found.test, found.interval, found.adjustment) == ("Boschloo exact", "Newcombe", "none")
    assert found.n == (56, 51)
    assert found.effect == pytest.approx(0.1264, abs=5e-5)
    assert list(found.tests) == ["z_pooled", "chi2", "chi2_yates", "fisher", "boschloo"]
    assert found.bounds is None


def test_a_satisfaction_contrast_has_welch_and_bounds(two_arms, counts, report_of):
    found = report_of(two_arms(), counts)["satisfaction", "thank_you", "sorry"]
    assert (found.test, found.n) == ("Welch t", (51, 40))
    assert list(found.tests) == ["welch", "student", "mann_whitney"]
    lee, manski = found.bounds["lee"], found.bounds["manski"]
    assert lee["trimmed_arm"] == "thank_you"
    assert (
        manski["low"]
        < lee["ci_low"]
        < lee["low"]
        < found.effect
        < lee["high"]
        < lee["ci_high"]
        < manski["high"]
    )
    assert found.bounds["tipping_point"] == found.bounds["tipping_points"]["first_only"]
    assert {"hedges_g", "cohens_d", "probability_superior", "cliffs_delta"} == set(found.effect_sizes)


def test_unequal_completion_takes_the_headline_from_satisfaction(two_arms, counts, report_of, arm, tally_of):
    found = report_of(two_arms(), counts)["satisfaction", "thank_you", "sorry"]
    assert found.headline is False
    assert len(found.warnings) == 2
    alike = tally_of(arm("thank_you", 50, 56, HIGH), arm("sorry", 46, 51, LOW))
    assert report_of(two_arms(), alike)["satisfaction", "thank_you", "sorry"].headline is True


def test_completion_that_differs_by_exactly_five_points_keeps_the_headline(
    two_arms, report_of, arm, tally_of
):
    def headline(completed):
        rated = {4: 10, 6: completed - 10}
        counted = tally_of(arm("thank_you", completed, 100, rated), arm("sorry", 50, 100, {4: 10, 6: 40}))
        return report_of(two_arms(), counted)["satisfaction", "thank_you", "sorry"].headline

    assert [headline(completed) for completed in (44, 45, 55, 56)] == [False, True, True, False]


def test_equivalence_asks_the_90_percent_interval_to_lie_within_the_margin(
    two_arms, report_of, arm, tally_of
):
    # Newcombe's interval of 160/200 against 160/200 is ±6.6 points at 90% and ±7.9 at 95%.
    alike = tally_of(arm("thank_you", 160, 200), arm("sorry", 160, 200))

    def verdict(margin):
        experiment = two_arms(metrics=[Proportion("completed", margin=margin)])
        found = report_of(experiment, alike, status="stopped", finished_data=True)
        return found["completed", "thank_you", "sorry"].verdict

    assert [verdict(margin) for margin in (0.06, 0.072)] == ["no difference shown", "equivalent"]


def test_silence_is_always_what_others_are_compared_with(three_arms, three_counts, report_of):
    found = report_of(three_arms, three_counts)
    pairs = [(item.arm, item.versus) for item in found.contrasts if item.metric == "completed"]
    assert pairs == [("thank_you", "sorry"), ("thank_you", "silence"), ("sorry", "silence")]


def test_each_family_is_adjusted_by_itself(three_arms, three_counts, report_of):
    found = report_of(three_arms, three_counts, status="stopped", finished_data=True)
    completed = [item for item in found.contrasts if item.metric == "completed"]
    raw = sorted(item.p_value for item in completed)
    assert sorted(item.p_adjusted for item in completed) == pytest.approx(
        [min(1, 3 * raw[0]), max(3 * raw[0], 2 * raw[1]), max(raw[2], 2 * raw[1])]
    )
    assert {item.adjustment for item in found.contrasts} == {"Holm"}
    assert all(item.low_adjusted < item.low < item.high < item.high_adjusted for item in completed)


def test_an_untestable_contrast_keeps_its_place_in_the_family(three_arms, three_counts, report_of):
    found = report_of(three_arms, three_counts)["satisfaction", "thank_you", "silence"]
    assert found.p_value == found.p_adjusted == NotEnough("silence has no answers yet")
    assert found.to_dict()["effect_sizes"]["hedges_g"] == {"not_enough": "silence has no answers yet"}


def test_a_declared_primary_contrast_gates_the_rest(two_arms, three_counts, report_of):
    gated = two_arms(
        arms=[thank_you("Thank you for waiting."), sorry("We are sorry for it."), silence()],
        contrasts=[primary("thank_you", "sorry"), ("thank_you", "silence")],
    )
    found = report_of(gated, three_counts, status="stopped", finished_data=True)
    first, second = (item for item in found.contrasts if item.metric == "completed")
    assert first.p_adjusted == first.p_value
    assert second.p_adjusted == max(second.p_value, first.p_value)
    assert second.adjustment == "primary first, then Holm"


def test_three_arms_have_an_overall_test_per_metric(three_arms, three_counts, report_of):
    overall = report_of(three_arms, three_counts).omnibus
    assert [(item["metric"], item["test"]) for item in overall] == [
        ("completed", "chi-square"),
        ("satisfaction", "Welch ANOVA"),
    ]
    assert overall[0]["df"] == 2
    assert isinstance(overall[1]["p_value"], NotEnough)


def test_small_expected_counts_are_listed_exactly(three_arms, report_of, arm, tally_of):
    few = tally_of(arm("silence", 3, 10), arm("thank_you", 9, 10), arm("sorry", 10, 10))
    assert report_of(three_arms, few).omnibus[0]["test"] == "Freeman-Halton exact"


def test_a_clustered_experiment_refuses_every_statistic(two_arms, counts, report_of):
    found = report_of(two_arms(cluster="party", unit="party"), counts, status="stopped", finished_data=True)
    reason = {"not_enough": "clustered"}
    for contrast in (item.to_dict() for item in found.contrasts):
        assert contrast["statistic"] == contrast["p_value"] == contrast["p_adjusted"] == reason
        assert contrast["low"] == contrast["high"] == contrast["low_adjusted"] == reason
        assert all(
            test == {"statistic": reason, "df": reason, "p_value": reason}
            for test in contrast["tests"].values()
        )
        assert contrast["verdict"] == "cannot tell"
        assert isinstance(contrast["effect"], float)
    assert "units share arms by cluster" in found.summary.en


def test_an_arm_that_was_not_invited_is_not_compared(three_arms, three_counts, report_of):
    found = report_of(three_arms, three_counts, not_invited=("silence",))
    refused = found["completed", "thank_you", "silence"]
    assert refused.effect == refused.p_value
    assert "silence was not invited" in refused.effect.reason
    assert isinstance(found["completed", "thank_you", "sorry"].p_value, float)


def test_an_outcome_is_counted_over_all_matured_units(two_arms, report_of, arm, tally_of):
    counted = Proportion("complaint", better="lower", role="guardrail")
    experiment = two_arms(metrics=[Proportion("completed"), counted])
    arms = [
        arm("thank_you", 51, 56, outcomes={"complaint": 2}),
        arm("sorry", 40, 51, outcomes={"complaint": 9}),
    ]
    found = report_of(experiment, tally_of(*arms), status="stopped", finished_data=True)
    contrast = found["complaint", "thank_you", "sorry"]
    assert contrast.counts == ((2, 56), (9, 51))
    assert contrast.role == "guardrail"
    assert contrast.bounds is None
    assert "“Thank you” did better than “sorry” on complaint" in found.summary.en


def test_an_open_amount_is_compared_from_its_sums(two_arms, report_of, arm, tally_of):
    experiment = two_arms(metrics=[Proportion("completed"), Mean("spend", sd=10, source="outcome")])
    sums = {"thank_you": Moments(50, 100.0, 5000.0), "sorry": Moments(50, 50.0, 4900.0)}
    arms = [arm(name, 40, 50, moments={"spend": found}) for name, found in sums.items()]
    contrast = report_of(experiment, tally_of(*arms))["spend", "thank_you", "sorry"]
    assert contrast.effect == pytest.approx(1.0)
    assert contrast.bounds is None
    assert "count at each rating" in contrast.tests["mann_whitney"]["p_value"].reason


def test_without_a_scale_there_are_no_bounds_but_every_key():
    first, second = Sample("thank_you", Summary(51, 5.9, 0.9)), Sample("sorry", Summary(40, 5.4, 1.1))
    bounds = bounds_of(first.answered, second.answered)
    assert set(bounds) == {"lee", "manski", "tipping_point", "tipping_points", "answered"}
    assert bounds["answered"][0].reason == "thank_you has no units yet"
    assert bounds["lee"]["low"].reason.startswith("bounds need a scale")


def test_a_disagreement_of_test_and_interval_is_said_in_the_report(two_arms, report_of, arm, tally_of):
    counted = tally_of(arm("thank_you", 123, 135), arm("sorry", 29, 37))
    found = report_of(two_arms(), counted, status="stopped", finished_data=True)
    contrast = found["completed", "thank_you", "sorry"]
    assert contrast.p_value > 0.05
    assert contrast.low > 0
    assert contrast.verdict == "no difference shown"
    assert "disagree" in found.warnings[0]
    assert any("tidak sejalan" in note.id for note in found.notes)


@pytest.mark.parametrize(
    ("p", "low", "high", "said"),
    [
        (0.04, -0.01, 0.2, "rejects"),
        (0.06, 0.01, 0.2, "does not reject"),
        (0.06, -0.2, -0.01, "does not reject"),
    ],
)
def test_disagreements_are_compared_at_05(p, low, high, said):
    assert said in disagreement(p, low, high).en
    assert disagreement(p, low, high).id


def test_figures_that_are_missing_cannot_disagree():
    assert disagreement(NotEnough("x"), 0.1, 0.2) is None
    assert disagreement(None, 0.1, 0.2) is None


def test_plain_values_never_hold_nan_or_infinity():
    given = {"a": float("nan"), "b": [float("inf"), -float("inf"), True, None, 3]}
    assert json.loads(json.dumps(plain(given), allow_nan=False)) == {
        "a": {"not_enough": "undefined"},
        "b": [{"not_enough": "unbounded above"}, {"not_enough": "unbounded below"}, True, None, 3],
    }
