"""The difference at every level of a moderator and the one test of equality, held against statsmodels."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from amends.analysis.moderation import moderation
from amends.analysis.moderators import binary_interaction, interaction
from amends.analysis.result import NotEnough


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(11)
    n = 240
    arm, wait = rng.random(n) < 0.5, rng.gamma(3, 8, n)
    channel = rng.choice(["app", "email", "sms"], n, p=[0.5, 0.3, 0.2])
    rating = rng.normal(4 + 0.5 * arm + 0.02 * wait * arm, 1)
    done = rng.random(n) < 0.4 + 0.2 * arm * (channel == "app")
    return pd.DataFrame(
        {"arm": arm.astype(float), "wait": wait, "channel": channel, "rating": rating, "done": done * 1.0}
    )


def test_three_levels_are_tested_jointly_as_by_statsmodels_hc3(rows):
    found = moderation(rows["rating"], rows["arm"], rows["channel"])
    fit = smf.ols("rating ~ arm * C(channel)", rows).fit(cov_type="HC3", use_t=True)
    wald = fit.f_test("arm:C(channel)[T.email] = 0, arm:C(channel)[T.sms] = 0")
    assert found.test.statistic == pytest.approx(float(wald.fvalue), rel=1e-9)
    assert found.test.p_value == pytest.approx(float(wald.pvalue), rel=1e-9)
    assert (found.test.df, found.test.df_within) == (2, 234)
    app, email = found.levels[0], found.levels[1]
    low, high = fit.conf_int().loc["arm"]
    assert (app.value, app.interval.low, app.interval.high) == pytest.approx((fit.params["arm"], low, high))
    at_email = fit.t_test("arm + arm:C(channel)[T.email] = 0")
    assert (email.value, email.interval.low) == pytest.approx(
        (float(at_email.effect[0]), float(at_email.conf_int()[0][0]))
    )


def test_levels_of_a_share_are_tested_in_log_odds_too_as_by_a_saturated_logit(rows):
    found = moderation(rows["done"], rows["arm"], rows["channel"], share=True)
    fit = smf.logit("done ~ arm * C(channel)", rows).fit(disp=0)
    wald = fit.wald_test("arm:C(channel)[T.email] = 0, arm:C(channel)[T.sms] = 0", scalar=True)
    assert found.log_odds.statistic == pytest.approx(float(wald.statistic), rel=1e-6)
    assert found.log_odds.p_value == pytest.approx(float(wald.pvalue), rel=1e-6)


def test_numbers_stay_numbers_and_agree_with_the_interaction_that_r_checked(rows):
    found = moderation(rows["rating"], rows["arm"], rows["wait"], name="wait")
    known = interaction(list(rows["rating"]), list(rows["arm"]), list(rows["wait"]), name="wait")
    assert found.kind == "numbers"
    assert found.test.value == pytest.approx(known.value, rel=1e-9)
    assert found.test.p_value == pytest.approx(known.p_value, rel=1e-9)
    assert found.test.interval.low == pytest.approx(known.interval.low, rel=1e-9)


def test_effects_of_numbers_stand_at_the_mean_and_one_sd_to_either_side(rows):
    found = moderation(rows["rating"], rows["arm"], rows["wait"])
    mean, sd = rows["wait"].mean(), rows["wait"].std()
    assert [at.level for at in found.levels] == pytest.approx([mean - sd, mean, mean + sd])
    fit = smf.ols("rating ~ arm * wait", rows).fit(cov_type="HC3", use_t=True)
    for at in found.levels:
        there = fit.t_test(f"arm + {at.level!r} * arm:wait = 0")
        assert at.value == pytest.approx(float(there.effect[0]), rel=1e-8)
        assert at.interval.high == pytest.approx(float(there.conf_int()[0][1]), rel=1e-8)


def test_a_share_is_read_over_numbers_in_log_odds_as_by_the_logit(rows):
    found = moderation(rows["done"], rows["arm"], rows["wait"], share=True)
    fit = smf.logit("done ~ arm * wait", rows).fit(disp=0)
    assert found.log_odds.value == pytest.approx(fit.params["arm:wait"], rel=1e-5)
    assert found.log_odds.p_value == pytest.approx(fit.pvalues["arm:wait"], rel=1e-5)


def test_two_levels_give_both_scales_as_the_interaction_from_counts_does(rows):
    weekend = rows["wait"] > 20
    cells = rows.groupby([weekend, rows["arm"] == 0])["done"].agg(["sum", "count"]).astype(int)
    with_it = tuple(int(v) for v in cells.loc[True].to_numpy().ravel())
    without = tuple(int(v) for v in cells.loc[False].to_numpy().ravel())
    known = binary_interaction(with_it, without)
    found = moderation(rows["done"], rows["arm"], weekend, share=True)
    assert [at.level for at in found.levels] == ["no", "yes"]
    assert found.test.value == pytest.approx(known.risk_difference.value, abs=1e-12)
    assert found.log_odds.value == pytest.approx(known.log_odds_ratio.value, abs=1e-12)
    assert found.log_odds.p_value == pytest.approx(known.log_odds_ratio.p_value, rel=1e-9)


def test_the_scales_may_disagree_and_both_are_returned():
    # 50 to 60% and 90 to 96%: the shares differ less at the second level, the odds more.
    counts = {("a", 1): 600, ("a", 0): 500, ("b", 1): 960, ("b", 0): 900}
    values, treated, level = [], [], []
    for (name, arm), x in counts.items():
        values += [1] * x + [0] * (1000 - x)
        treated += [arm] * 1000
        level += [name] * 1000
    found = moderation(values, treated, level, share=True)
    assert found.test.value == pytest.approx(-0.04)
    assert found.log_odds.value == pytest.approx(np.log(24 / 9) - np.log(1.5))
    assert found.log_odds.value > 0 > found.test.value


def test_missing_values_are_left_out_and_counted():
    found = moderation([1, 2, 3, 4, 5, 7] * 3, [1, 0] * 9, ["a", "a", "b", "b", None, float("nan")] * 3)
    assert found.left_out == 6
    assert found.ns == (6, 6)


def test_a_moderator_of_numbers_with_holes_stays_a_moderator_of_numbers():
    found = moderation([1, 2, 3, 4, 5, 7, 1, 2], [1, 0] * 4, [1.0, 2.0, None, 3.0, 4.5, 3.5, 2.0, 1.0])
    assert (found.kind, found.left_out) == ("numbers", 1)


@pytest.mark.parametrize(
    ("moderator", "reason"),
    [
        (["a"] * 8, "is a for every unit"),
        ([3.0] * 8, "is 3 for every unit"),
        ([None] * 8, "is not known for any unit"),
        ([None, "a"] * 4, "the first arm has no units of which"),
        ([f"id {n}" for n in range(8)] * 2, "at most 12"),
    ],
)
def test_a_moderator_that_says_nothing_gives_its_reason(moderator, reason):
    n = len(moderator)
    if "12" in reason:
        moderator, n = [f"id {place}" for place in range(16)], 16
    found = moderation(list(range(n)), [1, 0] * (n // 2), moderator, name="channel")
    assert isinstance(found, NotEnough)
    assert reason in found.reason


def test_a_level_without_units_in_an_arm_is_named_and_the_others_are_compared():
    level = ["a", "a", "b", "b"] * 4 + ["c", "c"]
    found = moderation([1, 2, 3, 5] * 2 + [2, 4, 3, 1] * 2 + [4, 4], [1, 0] * 8 + [1, 1], level)
    assert isinstance(found.levels[2].value, NotEnough)
    assert "an arm has 0 units" in found.levels[2].value.reason
    assert found.test.df == 1


def test_levels_of_which_only_one_can_be_compared_leave_no_test():
    found = moderation([1, 2, 3, 5, 2, 4], [1, 0, 1, 0, 1, 1], ["a", "a", "a", "a", "b", "b"], share=True)
    assert "fewer than two levels" in found.test.reason
    assert "fewer than two levels" in found.log_odds.reason


def test_a_level_at_which_nothing_varies_is_never_taken_for_certainty():
    values = [1, 1, 1, 1, 1, 0, 1, 0, 0, 1, 1, 0]
    found = moderation(values, [1, 0] * 6, ["a"] * 4 + ["b"] * 8, share=True)
    assert isinstance(found.test, NotEnough)
    assert isinstance(found.log_odds, NotEnough)
    assert isinstance(found.levels[0].interval, NotEnough)
