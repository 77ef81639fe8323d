"""An equal shift at every step: closed forms of two arms, level, power and what leaves nothing to test."""

from math import log, sqrt

import numpy as np
import pytest

from amends.analysis.brant import brant_test, brant_test_adjusted
from amends.analysis.ordinal import proportional_odds
from amends.analysis.result import NotEnough

A, B = {5: 10, 6: 20, 7: 19}, {5: 18, 6: 15, 7: 5}


def drawn(rng, n, shift, spread=1.0):
    latent = shift + spread * rng.logistic(size=n)
    return np.clip(np.round(3 + latent / 1.3), 1, 5)


def counts(values):
    found, times = np.unique(values, return_counts=True)
    return dict(zip(found.tolist(), times.tolist(), strict=True))


def test_shifts_are_the_log_odds_ratios_at_each_step():
    found = brant_test(A, B)
    assert found.steps == (5.0, 6.0)
    assert found.shifts[0] == pytest.approx(log(39 * 18 / (10 * 20)))
    assert found.shifts[1] == pytest.approx(log(19 * 33 / (30 * 5)))
    assert found.errors[0] == pytest.approx(sqrt(1 / 39 + 1 / 10 + 1 / 20 + 1 / 18))


def test_two_steps_have_their_statistic_in_closed_form():
    found = brant_test(A, B)
    # Two logits of one arm covary by 1 / (n x share above the lower step x share not above the higher one).
    joint = 1 / (49 * (39 / 49) * (30 / 49)) + 1 / (38 * (20 / 38) * (33 / 38))
    variance = found.errors[0] ** 2 + found.errors[1] ** 2 - 2 * joint
    assert found.arm.statistic == pytest.approx((found.shifts[0] - found.shifts[1]) ** 2 / variance)
    assert found.overall == found.arm


def test_it_keeps_its_level_where_the_shift_is_the_same_at_every_step():
    rng = np.random.default_rng(8)
    rejected = sum(
        brant_test(counts(drawn(rng, 200, 0.6)), counts(drawn(rng, 200, 0.0))).arm.p_value < 0.05
        for _ in range(400)
    )
    assert 0.05 - 3 * sqrt(0.05 * 0.95 / 400) < rejected / 400 < 0.05 + 3 * sqrt(0.05 * 0.95 / 400)


def test_it_sees_an_arm_that_spreads_the_answers_as_the_likelihood_ratio_does():
    rng = np.random.default_rng(9)
    a, b = counts(drawn(rng, 400, 0.0, spread=2.0)), counts(drawn(rng, 400, 0.0))
    assert brant_test(a, b).arm.p_value < 1e-4
    assert proportional_odds(a, b).proportional_p < 1e-4
    assert brant_test(a, b).shifts[0] < 0 < brant_test(a, b).shifts[-1]


def test_covariates_are_tested_along_and_the_arm_by_itself():
    rng = np.random.default_rng(10)
    n = 500
    arm, wait = np.arange(n) % 2, rng.exponential(10, n)
    y = np.clip(np.round(3 + (0.6 * arm - 0.05 * wait + rng.logistic(size=n)) / 1.3), 1, 5)
    found = brant_test_adjusted(y.tolist(), arm.tolist(), {"wait": wait.tolist()})
    assert (found.arm.df, found.overall.df) == (3, 6)
    assert found.covariates == ("wait",)
    assert len(found.shifts) == len(found.errors) == 4


def test_a_covariate_that_bears_on_nothing_changes_no_shift():
    values = [7] * 19 + [6] * 20 + [5] * 10 + [7] * 5 + [6] * 15 + [5] * 18
    arm = [1] * 49 + [0] * 38
    adjusted = brant_test_adjusted(values * 2, arm * 2, {"half": [0] * 87 + [1] * 87})
    assert adjusted.shifts == pytest.approx(brant_test(A, B).shifts)
    assert adjusted.arm.statistic == pytest.approx(2 * brant_test(A, B).arm.statistic)
    assert adjusted.ns == (98, 76)


def test_steps_that_say_nothing_give_a_reason():
    assert "one step" in brant_test({6: 5, 7: 5}, {6: 3, 7: 8}).reason
    assert "one step" in brant_test({7: 5}, {7: 8}).reason
    assert "no bound" in brant_test({5: 3, 6: 5, 7: 5}, {6: 3, 7: 8}).reason
    assert "first arm has no answers" in brant_test({}, {6: 3, 7: 8}).reason
    missing = brant_test_adjusted([5, 6, 7], [1, 0, 1], {"wait": [1, None, 2]})
    assert isinstance(missing, NotEnough)
    assert "missing" in missing.reason
