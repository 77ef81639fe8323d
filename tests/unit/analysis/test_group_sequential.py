"""Boundaries of planned looks."""

from itertools import pairwise
from math import inf, isinf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from amends.analysis.group_sequential import (
    SPENDINGS,
    spending_boundaries,
    spent_error,
    stopping_chances,
)
from amends.analysis.result import NotEnough
from amends.errors import UsageError

looks = st.lists(st.integers(5, 100), min_size=1, max_size=5, unique=True).map(
    lambda shares: [share / 100 for share in sorted(shares)]
)


@settings(deadline=None, max_examples=30)
@given(looks, st.sampled_from(SPENDINGS), st.sampled_from([0.05, 0.01]))
def test_every_look_spends_what_it_may_and_no_more(information, spending, alpha) -> None:
    plan = spending_boundaries(information, alpha=alpha, spending=spending)
    chances = stopping_chances(plan.boundaries, information)
    assert np.cumsum(chances) == pytest.approx(plan.spent, abs=1e-9)


@pytest.mark.parametrize("spending", SPENDINGS)
def test_boundaries_agree_with_the_multivariate_normal(spending) -> None:
    shares = [0.3, 0.6, 1.0]
    plan = spending_boundaries(shares, spending=spending)
    correlations = [[np.sqrt(min(a, b) / max(a, b)) for a in shares] for b in shares]
    inside = stats.multivariate_normal(cov=correlations, allow_singular=True).cdf(plan.boundaries)
    assert 1 - inside == pytest.approx(0.025, abs=5e-5)


def test_whole_plan_keeps_its_level_when_drawn() -> None:
    plan = spending_boundaries([0.25, 0.5, 0.75, 1])
    steps = np.random.default_rng(5).normal(0, 0.5, (200_000, 4))
    z = np.cumsum(steps, axis=1) / np.sqrt(plan.information)
    assert (abs(z) >= plan.boundaries).any(axis=1).mean() == pytest.approx(0.05, abs=0.0016)


@pytest.mark.parametrize("spending", SPENDINGS)
def test_a_single_look_is_the_fixed_test(spending) -> None:
    plan = spending_boundaries([1.0], spending=spending)
    assert plan.boundaries == pytest.approx([1.959964], abs=1e-6)
    assert plan.nominal_p == pytest.approx([0.05], abs=1e-12)


def test_obrien_fleming_falls_and_spends_all_by_the_end() -> None:
    plan = spending_boundaries(np.linspace(0.1, 1, 10))
    assert all(a > b for a, b in pairwise(plan.boundaries))
    assert plan.spent[-1] == pytest.approx(0.025, abs=1e-12)
    assert spent_error(1, alpha=0.025, spending="pocock") == pytest.approx(0.025)


def test_look_far_too_early_cannot_stop() -> None:
    plan = spending_boundaries([0.001, 1])
    assert isinf(plan.boundaries[0])
    assert not plan.stops(1, 9.0)
    assert plan.boundaries[1] == pytest.approx(1.959964, abs=1e-6)
    assert plan.to_dict()["boundaries"][0] == {"not_enough": "unbounded above"}


def test_looks_close_together_cost_next_to_nothing_more() -> None:
    plan = spending_boundaries([0.5, 0.5001, 1])
    assert plan.boundaries[2] == pytest.approx(spending_boundaries([0.5, 1]).boundaries[1], abs=1e-3)
    chances = stopping_chances(plan.boundaries, plan.information)
    assert np.cumsum(chances) == pytest.approx(plan.spent, abs=1e-9)


def test_power_under_an_effect_is_close_to_the_fixed_test() -> None:
    plan = spending_boundaries([0.5, 1])
    power = sum(stopping_chances(plan.boundaries, plan.information, expected_z=2.8016))
    assert 0.79 < power < 0.8
    assert isinstance(stopping_chances([2.0], [1.0], expected_z=inf), NotEnough)


@pytest.mark.parametrize("information", [[], [0.5, 0.5], [0.7, 0.5], [0.0, 1.0], [0.5, 1.1], [float("nan")]])
def test_information_rises_from_above_zero_to_one(information) -> None:
    with pytest.raises(UsageError, match="information"):
        spending_boundaries(information)


def test_other_words_and_looks_are_refused() -> None:
    with pytest.raises(UsageError, match="spending 'linear' is not known"):
        spending_boundaries([1.0], spending="linear")
    with pytest.raises(UsageError, match="look 2"):
        spending_boundaries([1.0]).stops(2, 1.0)
    with pytest.raises(UsageError, match="2 boundaries for 1 looks"):
        stopping_chances([1.0, 2.0], [1.0])
    with pytest.raises(UsageError, match="information 0"):
        spent_error(0, alpha=0.025)
