"""How probable an arm is the better one."""

from fractions import Fraction
from itertools import permutations
from math import inf, nan

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import stats

from amends.analysis import bayes
from amends.analysis.means import Summary
from amends.analysis.result import NotEnough
from amends.errors import UsageError
from tests.golden.disputed import greater, loss

arms = st.integers(1, 120).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@settings(deadline=None, max_examples=40)
@given(arms, arms)
def test_quadrature_agrees_with_finite_sums_of_fractions(one, two) -> None:
    found = bayes.better_of_two(*one, *two)
    shapes = [(1 + x, 1 + n - x) for x, n in (one, two)]
    assert found.best[0] == pytest.approx(float(greater(*shapes)), rel=1e-9)
    assert found.losses[0] == pytest.approx(float(loss(*shapes)), rel=1e-9)
    assert sum(found.best) == pytest.approx(1, abs=1e-12)


@settings(deadline=None, max_examples=25)
@example([(0, 1), (5, 27)], (0.5, 0.5))
@given(st.lists(arms, min_size=2, max_size=4), st.sampled_from([(1.0, 1.0), (0.5, 0.5), (3.0, 40.0)]))
def test_probabilities_of_being_best_add_up_and_follow_their_arms(table, prior) -> None:
    found = bayes.better_proportion([x for x, _ in table], [n for _, n in table], prior=prior)
    assert sum(found.best) == pytest.approx(1, abs=1e-8)
    turned = bayes.better_proportion([x for x, _ in table[::-1]], [n for _, n in table[::-1]], prior=prior)
    assert turned.best == pytest.approx(found.best[::-1], abs=1e-12)
    assert all(value >= 0 for value in found.losses)


def test_losses_of_two_arms_differ_by_the_difference_of_their_means() -> None:
    found = bayes.better_of_two(7, 10, 2, 12)
    assert found.losses[1] - found.losses[0] == pytest.approx(found.means[0] - found.means[1], rel=1e-12)


def test_three_arms_agree_with_draws() -> None:
    found = bayes.better_proportion([5, 9, 11], [12, 12, 12])
    draws = np.random.default_rng(3).beta([6, 10, 12], [8, 4, 2], size=(400_000, 3))
    shares = np.bincount(draws.argmax(axis=1), minlength=3) / len(draws)
    assert found.best == pytest.approx(shares, abs=0.003)
    assert found.losses == pytest.approx((draws.max(axis=1)[:, None] - draws).mean(axis=0), abs=0.002)


def test_a_million_units_take_no_digits() -> None:
    found = bayes.better_of_two(912_345, 1_000_000, 912_345, 1_000_000)
    assert found.best == pytest.approx((0.5, 0.5), abs=1e-9)


def test_jeffreys_prior_holds_equal_arms_for_equal() -> None:
    for x, n in ((0, 3), (3, 3), (1, 2)):
        assert bayes.better_of_two(x, n, x, n, prior=(0.5, 0.5)).best[0] == pytest.approx(0.5, abs=1e-7)


def test_wide_prior_on_the_difference_is_the_flat_one() -> None:
    a, b = Summary(51, 5.9, 0.9), Summary(40, 5.4, 1.1)
    flat, wide = bayes.better_mean(a, b), bayes.better_mean(a, b, prior=(0, 1e6))
    assert wide.value == pytest.approx(flat.value, rel=1e-9)
    assert wide.losses == pytest.approx(flat.losses, rel=1e-6)


def test_expected_loss_of_means_is_the_integral_it_stands_for() -> None:
    found = bayes.better_mean(Summary(51, 5.9, 0.9), Summary(40, 5.4, 1.1))
    lost = stats.norm(found.value, found.sd).expect(lambda d: max(0.0, -d), lb=-5, ub=0)
    assert found.losses[0] == pytest.approx(lost, rel=1e-6)


def test_arm_that_says_nothing_gives_a_reason() -> None:
    assert bayes.better_of_two(0, 0, 1, 2) == NotEnough("the first arm has no units")
    assert bayes.better_proportion([1, 0], [2, 0]) == NotEnough("arm 2 has no units")
    assert bayes.better_proportion([1], [2]) == NotEnough("1 arm; 2 needed")
    one, same = Summary(1, 5.0, 0.0), Summary(9, 5.0, 0.0)
    assert "1 answer" in bayes.better_mean(one, same).reason
    assert "alike" in bayes.better_mean(same, same).reason


@pytest.mark.parametrize("prior", [(0, 1), (1, -1), (nan, 1), (1, inf)])
def test_prior_that_is_none_is_refused(prior) -> None:
    with pytest.raises(UsageError, match="above 0"):
        bayes.better_of_two(1, 2, 1, 2, prior=prior)


@pytest.mark.parametrize("prior", [(0, 0), (0, -1), (nan, 1)])
def test_spread_of_a_prior_is_above_zero(prior) -> None:
    with pytest.raises(UsageError, match="standard deviation above 0"):
        bayes.better_mean(Summary(9, 5.0, 1.0), Summary(9, 5.0, 1.0), prior=prior)


def test_result_prints_and_exports_what_it_holds() -> None:
    found = bayes.better_of_two(51, 56, 44, 56)
    assert str(found).startswith("beta-binomial: means (0.8966, 0.7759)")
    assert found.to_dict()["ns"] == [56, 56]
    assert found.to_dict()["intervals"][0]["method"] == "beta posterior"


def test_order_of_the_arms_does_not_matter() -> None:
    table = [(5, 12), (9, 12), (11, 12)]
    expected = dict(zip(table, bayes.better_proportion(*zip(*table, strict=True)).best, strict=True))
    for order in permutations(table):
        found = bayes.better_proportion(*zip(*order, strict=True)).best
        assert found == pytest.approx([expected[arm] for arm in order], rel=1e-12)


def test_exact_route_knows_the_simplest_case() -> None:
    assert greater((1, 1), (1, 1)) == Fraction(1, 2)
