"""Overall tests, levels and likeness where whole clusters were assigned."""

import numpy as np
import pytest
from scipy import stats

from amends.analysis.cluster_levels import mean_of_clusters, share_of_clusters
from amends.analysis.cluster_likeness import intraclass_correlation
from amends.analysis.cluster_overall import clustered_overall
from amends.analysis.result import NotEnough

RNG = np.random.default_rng(6)
GROUPS = np.repeat(np.arange(30), 4)
ARM = GROUPS % 3
VALUES = RNG.normal(size=120) + RNG.normal(size=30)[GROUPS] + 0.3 * (ARM == 1)


def test_clusters_of_one_size_are_welchs_analysis_of_their_means():
    means = VALUES.reshape(30, 4).mean(axis=1)
    theirs = stats.f_oneway(*(means[np.arange(30) % 3 == arm] for arm in range(3)), equal_var=False)
    found = clustered_overall(VALUES, ARM, GROUPS, arms=3)
    assert (found.statistic, found.p_value) == pytest.approx((theirs.statistic, theirs.pvalue))


def test_large_clusters_count_as_fewer():
    sizes = np.where(np.arange(30) % 5 == 0, 40, 2)
    groups = np.repeat(np.arange(30), sizes)
    values = RNG.normal(size=len(groups))
    found = clustered_overall(values, groups % 3, groups, arms=3)
    equal = clustered_overall(VALUES, ARM, GROUPS, arms=3)
    assert found.df_within < equal.df_within / 2


@pytest.mark.parametrize(("clusters", "arms"), [(18, 3), (60, 3)])
def test_a_true_null_is_rejected_as_often_as_the_level_says(clusters, arms):
    rng, rejected = np.random.default_rng(9), 0
    for _ in range(2000):
        groups = np.repeat(np.arange(clusters), rng.integers(1, 7, clusters))
        values = rng.normal(size=len(groups)) + 0.65 * rng.normal(size=clusters)[groups]
        found = clustered_overall(values, groups % arms, groups, arms=arms)
        rejected += not isinstance(found, NotEnough) and found.p_value < 0.05
    assert rejected / 2000 <= 0.065


def test_pooled_errors_compare_an_arm_in_which_nothing_varies():
    groups = np.repeat(np.arange(450), 4)
    values = np.where(groups % 3 == 0, 1.0, np.arange(1800) % 10 > 0)
    assert isinstance(clustered_overall(values, groups % 3, groups, arms=3), NotEnough)
    assert clustered_overall(values, groups % 3, groups, arms=3, pooled=True).p_value < 0.001


def test_missing_arms_and_few_clusters_give_reasons():
    assert "1 of 4 arms" in clustered_overall(VALUES, ARM, GROUPS, arms=4).reason
    few = GROUPS < 12
    assert "12 clusters; 15 needed" in clustered_overall(VALUES[few], ARM[few], GROUPS[few], arms=3).reason
    lone = np.where(GROUPS == 0, 2, GROUPS % 2)
    assert "1 cluster" in clustered_overall(VALUES, lone, GROUPS, arms=3).reason


def test_a_share_of_single_units_is_wilsons_by_t():
    events = (np.arange(50) % 5 > 0).astype(float)
    found = share_of_clusters(events, np.arange(50))
    # Wilson's formula with qt(.975, 49) and the sample variance's n - 1 = 49 units.
    n, t, p = 49, stats.t(49).ppf(0.975), 0.8
    centre, half = (p + t * t / (2 * n)), t * (p * (1 - p) / n + t * t / (4 * n * n)) ** 0.5
    assert (found.low, found.high) == pytest.approx(
        ((centre - half) / (1 + t * t / n), (centre + half) / (1 + t * t / n))
    )


def test_a_mean_of_clusters_of_one_size_is_the_t_interval_of_their_means():
    found = mean_of_clusters(VALUES, GROUPS)
    theirs = stats.ttest_1samp(VALUES.reshape(30, 4).mean(axis=1), 0).confidence_interval()
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high))


def test_a_level_without_spread_or_with_one_cluster_has_no_limits():
    assert isinstance(share_of_clusters(np.ones(20), np.arange(20)), NotEnough)
    assert mean_of_clusters(VALUES[:4], GROUPS[:4]) == NotEnough("1 cluster; 2 needed")
    assert mean_of_clusters(VALUES[:0], GROUPS[:0]) == NotEnough("no values yet")


def test_likeness_interval_follows_the_f_distribution():
    """Searle's exact limits, from scipy's analysis of variance and its F quantiles."""
    found = intraclass_correlation(VALUES, GROUPS)
    f = stats.f_oneway(*VALUES.reshape(30, 4)).statistic
    low, high = f / stats.f(29, 90).ppf(0.975), f / stats.f(29, 90).ppf(0.025)
    assert (found.interval.low, found.interval.high) == pytest.approx(
        ((low - 1) / (low + 3), (high - 1) / (high + 3))
    )
    assert found.value == pytest.approx((f - 1) / (f + 3))
    assert found.design_effect == pytest.approx(1 + 3 * found.value)


def test_likeness_within_three_arms_leaves_their_differences_out():
    shifted = VALUES + 100 * ARM
    apart = intraclass_correlation(shifted, GROUPS, arms=ARM)
    assert apart.value == pytest.approx(intraclass_correlation(VALUES, GROUPS, arms=ARM).value)
    two = ARM < 2
    several = intraclass_correlation(VALUES[two], GROUPS[two], arms=ARM[two])
    assert several == intraclass_correlation(VALUES[two], GROUPS[two], treated=ARM[two] == 1)


def test_likeness_of_units_all_alike_within_clusters_has_no_interval():
    found = intraclass_correlation(GROUPS.astype(float), GROUPS)
    assert found.value == 1
    assert "all alike" in found.interval.reason


def test_design_effect_of_unequal_sizes_weighs_units():
    groups = np.repeat([0, 1, 2, 3], [1, 1, 1, 9])
    found = intraclass_correlation(RNG.normal(size=12), groups)
    assert found.design_effect == pytest.approx(1 + (84 / 12 - 1) * found.value)
