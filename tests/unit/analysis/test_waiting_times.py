"""Waits that go on are neither dropped nor taken as ended; limits cover what they say they cover."""

import numpy as np
import pytest
from scipy.stats import binom

from amends.analysis.result import Interval, NotEnough
from amends.analysis.waiting_times import order_statistic_interval, quantile_of_waits


def test_dropping_the_waits_that_go_on_would_say_less_than_half_the_truth():
    draws = np.random.default_rng(3).exponential(3600, 4000)
    seen_until = 3600.0
    waits, ended = np.minimum(draws, seen_until), draws <= seen_until
    found = quantile_of_waits(waits, ended)
    assert isinstance(found.interval, Interval)
    assert 3600 * np.log(2) in found.interval
    assert np.median(waits[ended]) < 0.62 * 3600 * np.log(2)


def test_a_median_that_is_not_reached_is_at_least_the_longest_wait():
    found = quantile_of_waits([60, 500, 900, 40], [True, False, False, False])
    assert (found.seconds, found.at_least) == (900, True)


def test_a_curve_that_ends_at_exactly_half_says_at_least():
    found = quantile_of_waits([1, 2, 3, 4], [True, True, False, False])
    assert (found.seconds, found.at_least) == (2, True)


def test_where_no_wait_has_ended_the_longest_is_the_least():
    found = quantile_of_waits([5, 7], [False, False])
    assert (found.seconds, found.at_least) == (7, True)
    assert found.interval == NotEnough("no wait has ended yet")


def test_no_waits_give_no_quantile():
    assert isinstance(quantile_of_waits([], []), NotEnough)


def test_a_percentile_of_few_waits_is_not_given():
    assert isinstance(quantile_of_waits(range(9), [True] * 9, share=0.9), NotEnough)
    assert not isinstance(quantile_of_waits(range(10), [True] * 10, share=0.9), NotEnough)


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_order_statistics_cover_at_least_as_often_as_they_say(share):
    """The chance that a continuous quantile lies between the l-th and u-th of n is a binomial sum."""
    for n in range(6, 200):
        found = order_statistic_interval(range(1, n + 1), share=share)
        if isinstance(found, NotEnough):
            continue
        covered = binom.cdf(found.high - 1, n, share) - binom.cdf(found.low - 1, n, share)
        assert covered >= 0.95
        narrower = binom.cdf(found.high - 2, n, share) - binom.cdf(found.low, n, share)
        assert narrower < 0.95


def test_too_few_values_have_no_interval():
    assert isinstance(order_statistic_interval(range(5)), NotEnough)
    assert isinstance(order_statistic_interval(range(6)), Interval)
