"""The effect among compliers: point, Anderson–Rubin set, and what assignment did to receipt."""

from math import inf, sqrt

import numpy as np
import pytest

from amends.analysis.clusters import clustered_difference
from amends.analysis.compliance import anderson_rubin_set, complier_effect
from amends.analysis.distributions import t_p
from amends.analysis.means import summarize, welch
from amends.analysis.result import NotEnough
from amends.errors import UsageError


def simulated(seed, n=200, *, compliers=0.6, always=0.1, effect=0.5, noise=1.0):
    """Units of known kind: what each would receive in either arm is drawn before the arm is."""
    rng = np.random.default_rng(seed)
    kind = rng.choice(3, n, p=[compliers, always, 1 - compliers - always])
    arm = rng.permutation(np.arange(n) % 2)
    received = np.where(kind == 0, arm, kind == 1).astype(int)
    y = noise * rng.normal(size=n) + 0.8 * (kind == 1) + effect * received
    return y.tolist(), arm.tolist(), received.tolist()


def test_full_compliance_is_the_plain_difference():
    y, arm, _ = simulated(1)
    found = complier_effect(y, arm, arm)
    plain = clustered_difference(y, arm, range(len(y)), method="CR2")
    assert found.value == pytest.approx(plain.value)
    assert found.standard_error == pytest.approx(plain.standard_error)
    assert (found.compliers, found.non_compliance, found.weak) == (1, "none", False)
    assert isinstance(found.first_stage_f, NotEnough)
    (low, high) = found.interval.regions[0]
    assert (low + high) / 2 == pytest.approx(plain.value)


def test_the_set_holds_exactly_the_effects_that_a_test_of_the_adjusted_outcome_keeps():
    y, arm, received = (np.array(column) for column in simulated(2))
    found = complier_effect(y.tolist(), arm.tolist(), received.tolist())
    for effect in np.linspace(-2, 3, 101):
        adjusted = y - effect * received
        a, b = (summarize(adjusted[arm == side].tolist()) for side in (1, 0))
        test = welch(a, b)
        kept = t_p(test.statistic, len(y) - 2) >= 0.05
        assert (effect in found.interval) == kept


def test_weak_assignment_gives_two_rays_or_everything_and_says_so():
    rays = anderson_rubin_set((0.5, 0.1), (0.01, 0.0, 0.01), critical=1.96)
    assert rays.shape == "two rays"
    assert 5.0 in rays
    assert 0.0 not in rays
    assert rays.regions[0][0] == -inf
    everything = anderson_rubin_set((0.1, 0.1), (0.01, 0.0, 0.01), critical=1.96)
    assert (everything.shape, everything.bounded) == ("everything", False)
    half = anderson_rubin_set((0.5, 0.2), (0.01, 0.0, 0.01), critical=2.0)
    assert half.shape == "half-line"
    assert half.regions[0] == pytest.approx((1.05, inf))


def test_a_weak_instrument_is_warned_of():
    y, arm, received = simulated(3, n=100, compliers=0.15)
    found = complier_effect(y, arm, received)
    assert found.weak
    assert found.first_stage_f < 10


def test_the_set_covers_the_true_effect_even_where_assignment_hardly_moves_receipt():
    runs, covered = 600, 0
    for seed in range(runs):
        found = complier_effect(*simulated(1000 + seed, n=120, compliers=0.2, always=0.3))
        covered += 1 if isinstance(found, NotEnough) else 0.5 in found.interval
    assert covered / runs > 0.95 - 3 * sqrt(0.05 * 0.95 / runs)


def test_shares_of_compliers_always_takers_and_never_takers_add_up():
    found = complier_effect(*simulated(4))
    assert found.compliers + found.always_takers + found.never_takers == pytest.approx(1)
    assert found.non_compliance == "two-sided"
    assert complier_effect(*simulated(4, always=0.0)).non_compliance == "one-sided"


def test_clusters_of_one_change_nothing_and_shared_fates_widen_the_interval():
    y, arm, received = simulated(5)
    alone = complier_effect(y, arm, received)
    same = complier_effect(y, arm, received, clusters=range(len(y)))
    assert same.standard_error == pytest.approx(alone.standard_error)
    twice = [column * 2 for column in (y, arm, received)]
    doubled = complier_effect(*twice, clusters=[*range(len(y))] * 2)
    assert doubled.standard_error == pytest.approx(alone.standard_error, rel=0.01)
    assert doubled.clusters == (100, 100)


def test_clustered_errors_at_full_compliance_are_those_of_the_clustered_difference():
    rng = np.random.default_rng(6)
    groups = np.repeat(np.arange(30), rng.integers(1, 6, 30))
    arm = (groups % 2).tolist()
    y = (rng.normal(size=30)[groups] + rng.normal(size=len(groups))).tolist()
    found = complier_effect(y, arm, arm, clusters=groups.tolist())
    assert found.standard_error == pytest.approx(
        clustered_difference(y, arm, groups.tolist(), method="CR2").standard_error
    )


def test_nobody_or_everybody_receiving_and_defiance_give_a_reason():
    y, arm = [1.0, 2.0, 3.0, 5.0], [1, 1, 0, 0]
    assert "equally often" in complier_effect(y, arm, [0] * 4).reason
    assert "equally often" in complier_effect(y, arm, [1] * 4).reason
    assert "monotonicity" in complier_effect(y, arm, [0, 0, 1, 1]).reason
    assert "no units" in complier_effect(y, [1] * 4, [1] * 4).reason
    assert "1 unit" in complier_effect(y[:3], [1, 1, 0], [1, 1, 0]).reason
    assert "alike" in complier_effect([1, 1, 1, 1], arm, arm).reason


def test_missing_outcomes_and_text_are_refused():
    with pytest.raises(UsageError, match="values: place 1"):
        complier_effect([None, 1.0], [1, 0], [1, 0])
    with pytest.raises(UsageError, match="received"):
        complier_effect([1.0, 2.0], [1, 0], [1, 2])
    with pytest.raises(UsageError, match="received"):
        complier_effect([1.0, 2.0], [1, 0], [1])
    with pytest.raises(UsageError, match="no number"):
        complier_effect(["good", "bad"], [1, 0], [1, 0])


def test_an_unbounded_end_is_exported_as_such():
    found = anderson_rubin_set((0.5, 0.1), (0.01, 0.0, 0.01), critical=1.96).to_dict()
    assert found["regions"][0][0] == {"not_enough": "unbounded below"}
