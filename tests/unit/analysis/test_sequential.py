"""The always-valid interval: when it starts, how wide it is."""

import pytest

from amends.analysis import sequential
from amends.analysis.distributions import normal_quantile
from amends.analysis.means import Summary, summarize
from amends.analysis.result import Interval, NotEnough
from amends.errors import UsageError

PLAN = {"alpha": 0.01, "planned_n": 400}


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ((0, 0, 5, 60), "the first arm has no units"),
        ((20, 24, 20, 25), "only 49 units have matured and the always-valid interval starts at 50"),
        ((5, 9, 20, 60), "the first arm has 9 matured units; 10 needed"),
        ((20, 60, 5, 9), "the second arm has 9 matured units; 10 needed"),
        ((0, 30, 5, 30), "nobody of 30 in the first arm"),
        ((5, 30, 30, 30), "everybody of 30 in the second arm"),
    ],
)
def test_nothing_is_said_too_early(table, reason) -> None:
    found = sequential.always_valid_proportions(*table, **PLAN)
    assert isinstance(found, NotEnough)
    assert reason in found.reason


def test_interval_starts_with_fifty_units_and_both_kinds_in_each_arm() -> None:
    assert isinstance(sequential.always_valid_proportions(1, 10, 39, 40, **PLAN), Interval)


@pytest.mark.parametrize(("level", "of_same_level", "of_95"), [(0.01, 1.39, 1.82), (0.01 / 3, 1.32, 1.98)])
def test_price_at_the_planned_sample_is_as_published(level, of_same_level, of_95) -> None:
    half = sequential.half_width(1.0, 1000, alpha=level, rho2=sequential.tuned_rho2(level, 1000)) * 1000**0.5
    assert half / normal_quantile(1 - level / 2) == pytest.approx(of_same_level, abs=0.01)
    assert half / normal_quantile(0.975) == pytest.approx(of_95, abs=0.01)


def test_tuning_is_best_at_the_planned_sample() -> None:
    best = sequential.half_width(1.0, 1000, alpha=0.05, rho2=sequential.tuned_rho2(0.05, 1000))
    for other in (500, 900, 1100, 2000):
        assert sequential.half_width(1.0, 1000, alpha=0.05, rho2=sequential.tuned_rho2(0.05, other)) >= best


def test_interval_leaves_out_zero_exactly_where_the_ratio_reaches_its_bound() -> None:
    rho2 = sequential.tuned_rho2(0.05, 500)
    half = sequential.half_width(0.4, 300, alpha=0.05, rho2=rho2)
    assert sequential.always_valid_p(half, 0.4, 300, rho2=rho2)[1] == pytest.approx(0.05, rel=1e-9)


def test_small_arm_is_not_trusted_to_vary_less_than_both_arms_do() -> None:
    cautious = sequential.influence_sd(0.02, 20, 0.09, 180)
    assert cautious**2 == pytest.approx(200 * (19 * 0.02 + 179 * 0.09) / 198 * (1 / 20 + 1 / 180))
    equal = sequential.influence_sd(0.02, 100, 0.09, 100)
    assert equal**2 == pytest.approx(200 * (0.02 / 100 + 0.09 / 100))


def test_means_need_answers_that_vary_in_each_arm() -> None:
    rated = Summary(60, 5.4, 1.1)
    assert isinstance(sequential.always_valid_means(rated, rated, **PLAN), Interval)
    for other in (summarize([]), summarize([5]), Summary(9, 5.0, 1.0), Summary(30, 7.0, 0.0)):
        assert isinstance(sequential.always_valid_means(rated, other, **PLAN), NotEnough)
        assert isinstance(sequential.always_valid_means(other, rated, **PLAN), NotEnough)
    assert isinstance(sequential.always_valid(0.1, 0.0, 100, **PLAN), NotEnough)


@pytest.mark.parametrize(("alpha", "planned"), [(0, 100), (1, 100), (0.05, 0), (0.05, float("nan"))])
def test_plan_that_cannot_be_is_refused(alpha, planned) -> None:
    with pytest.raises(UsageError):
        sequential.always_valid_proportions(20, 40, 20, 40, alpha=alpha, planned_n=planned)


def test_mixture_test_is_the_interval_seen_from_the_other_side() -> None:
    test = sequential.mixture_test(0.3, 0.01, tau2=0.02, alpha=0.05)
    edge = test.interval.high - 0.3
    assert sequential.mixture_test(edge, 0.01, tau2=0.02, alpha=0.05).p_value == pytest.approx(0.05, rel=1e-9)
    assert isinstance(sequential.mixture_test(0.3, 0.0, tau2=0.02, alpha=0.05), NotEnough)
    with pytest.raises(UsageError, match="tau2 0"):
        sequential.mixture_test(0.3, 0.01, tau2=0, alpha=0.05)
