"""Arms given to whole clusters."""

import numpy as np
import pytest
from scipy import linalg, stats
from statsmodels.regression.linear_model import OLS

from amends.analysis.cluster_likeness import intraclass_correlation, random_intercept
from amends.analysis.clusters import cluster_means, cluster_method, clustered_difference
from amends.analysis.result import NotEnough
from amends.errors import UsageError

METHODS = ("CR0", "CR1", "CR2", "CR3")


def drawn(seed, *, clusters=14, most=6, between=0.6, effect=0.0):
    """Values, arms, clusters and a covariate of a trial whose clusters have a level of their own."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, most + 1, clusters)
    group = np.repeat(np.arange(clusters), sizes)
    treated = (rng.permutation(clusters) < clusters // 2)[group]
    level = rng.normal(0, between, clusters)[group]
    before = rng.normal(0, 1, len(group))
    values = 5 + effect * treated + level + 0.4 * before + rng.normal(0, 1, len(group))
    return values, treated, group, before


def by_whole_matrices(values, treated, group, before, power):
    """The error and degrees of freedom written out with one matrix as wide as the data."""
    x = np.column_stack([np.ones(len(values)), treated, before])
    bread = np.linalg.inv(x.T @ x)
    hat = x @ bread @ x.T
    residual = values - hat @ values
    meat, pulled = np.zeros((3, 3)), []
    for g in np.unique(group):
        own = np.flatnonzero(group == g)
        adjust = linalg.fractional_matrix_power(np.eye(len(own)) - hat[np.ix_(own, own)], power).real
        score = x[own].T @ adjust @ residual[own]
        meat += np.outer(score, score)
        pulled.append((np.eye(len(values)) - hat)[:, own] @ adjust @ x[own] @ bread[1])
    products = np.array(pulled) @ np.array(pulled).T
    error = np.sqrt((bread @ meat @ bread)[1, 1])
    return error, np.trace(products) ** 2 / (products**2).sum()


@pytest.mark.parametrize("seed", range(6))
def test_errors_agree_with_whole_matrices(seed) -> None:
    values, treated, group, before = drawn(seed)
    for method, power in (("CR2", -0.5), ("CR3", -1)):
        found = clustered_difference(values, treated, group, covariates={"x": before}, method=method)
        error, df = by_whole_matrices(values, treated, group, before, power)
        assert found.standard_error == pytest.approx(error, rel=1e-9)
        if method == "CR2":
            assert found.df == pytest.approx(df, rel=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_cr1_agrees_with_the_library(seed) -> None:
    values, treated, group, before = drawn(seed)
    design = np.column_stack([np.ones(len(values)), treated, before])
    theirs = OLS(values, design).fit(cov_type="cluster", cov_kwds={"groups": group}, use_t=True)
    found = clustered_difference(values, treated, group, covariates={"x": before}, method="CR1")
    assert found.standard_error == pytest.approx(theirs.bse[1], rel=1e-9)
    assert found.p_value == pytest.approx(theirs.pvalues[1], rel=1e-9)


def test_clusters_of_one_make_cr2_the_welch_error() -> None:
    rng = np.random.default_rng(2)
    values, treated = rng.normal(5, 1, 40), np.arange(40) < 15
    found = clustered_difference(values, treated, np.arange(40))
    theirs = stats.ttest_ind(values[treated], values[~treated], equal_var=False)
    assert found.statistic == pytest.approx(theirs.statistic, rel=1e-9)
    assert cluster_means(values, treated, np.arange(40)).p_value == pytest.approx(theirs.pvalue, rel=1e-9)


@pytest.mark.parametrize("method", ["CR0", "CR2", "CR3"])
def test_duplicated_rows_shrink_nothing(method) -> None:
    values, treated, group, _ = drawn(3)
    once = clustered_difference(values, treated, group, method=method)
    twice = clustered_difference(np.tile(values, 2), np.tile(treated, 2), np.tile(group, 2), method=method)
    assert twice.standard_error == pytest.approx(once.standard_error, rel=1e-9)
    assert twice.df == pytest.approx(once.df, rel=1e-9)
    assert twice.naive_standard_error < once.naive_standard_error


def test_exchanged_arms_mirror_the_result() -> None:
    values, treated, group, _ = drawn(4)
    one, other = clustered_difference(values, treated, group), clustered_difference(values, ~treated, group)
    assert other.value == pytest.approx(-one.value)
    assert other.interval.low == pytest.approx(-one.interval.high)
    assert other.clusters == one.clusters[::-1]


def test_null_is_rejected_at_its_level_only_with_the_clusters_in_view() -> None:
    robust, naive = 0, 0
    for seed in range(300):
        values, treated, group, _ = drawn(seed, clusters=20, between=0.65)
        found = clustered_difference(values, treated, group)
        robust += found.p_value < 0.05
        naive += abs(found.value) > 1.96 * found.naive_standard_error
    assert robust / 300 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 300)
    assert naive / 300 > 0.1


def test_method_follows_the_number_of_clusters() -> None:
    assert [cluster_method(g) for g in (40, 39, 15, 14, 2)] == [
        "CR1",
        "CR2",
        "CR2",
        "randomisation",
        "randomisation",
    ]


def test_likeness_leaves_the_arms_own_difference_out() -> None:
    values, treated, group, _ = drawn(5, clusters=60, effect=3.0)
    across, within = (
        intraclass_correlation(values, group),
        intraclass_correlation(values, group, treated=treated),
    )
    assert across.value > within.value
    balanced = intraclass_correlation([1, 2, 3, 4, 5, 6], "aabbcc")
    assert (balanced.mean_size, balanced.clusters) == (2.0, 3)


def test_likeness_agrees_with_the_analysis_of_variance() -> None:
    values, _, group, _ = drawn(6)
    found = intraclass_correlation(values, group)
    theirs = stats.f_oneway(*(values[group == g] for g in np.unique(group)))
    assert found.between / found.within == pytest.approx(theirs.statistic, rel=1e-9)


def test_random_intercept_of_balanced_clusters_is_the_difference_of_cluster_means() -> None:
    rng = np.random.default_rng(8)
    group = np.repeat(np.arange(40), 5)
    treated = group < 20
    values = 5 + rng.normal(0, 0.8, 40)[group] + rng.normal(0, 1, 200)
    found, means = random_intercept(values, treated, group), cluster_means(values, treated, group)
    assert found.value == pytest.approx(means.difference, rel=1e-6)
    assert found.standard_error == pytest.approx(means.standard_error, rel=0.02)


@pytest.mark.parametrize("analysis", [clustered_difference, cluster_means, random_intercept])
def test_one_cluster_per_arm_is_refused_with_a_reason(analysis) -> None:
    found = analysis([1, 2, 3, 4], [0, 0, 1, 1], "aabb")
    assert found == NotEnough("the first arm has 1 cluster; 2 needed")
    assert analysis([1, 2], [1, 1], "ab") == NotEnough("the second arm has no units")


@pytest.mark.parametrize("analysis", [clustered_difference, cluster_means, random_intercept])
def test_cluster_in_both_arms_is_a_mistake(analysis) -> None:
    with pytest.raises(UsageError, match="cluster 'b' has units in both arms"):
        analysis([1, 2, 3, 4], [0, 1, 0, 1], "abbb")


@pytest.mark.parametrize("method", METHODS)
def test_values_all_alike_give_a_reason(method) -> None:
    found = clustered_difference([5] * 8, [0, 0, 0, 0, 1, 1, 1, 1], "aabbccdd", method=method)
    assert isinstance(found, NotEnough)
    assert isinstance(cluster_means([5] * 8, [0] * 4 + [1] * 4, "aabbccdd"), NotEnough)
    assert isinstance(intraclass_correlation([5] * 8, "aabbccdd"), NotEnough)
    assert isinstance(random_intercept([5] * 8, [0] * 4 + [1] * 4, "aabbccdd"), NotEnough)


def test_covariate_that_says_nothing_gives_a_reason() -> None:
    values, treated, group, before = drawn(1)
    for covariate, said in (
        ([None, *before[1:]], "missing for 1 of"),
        ([3.0] * len(values), "is 3 for every unit"),
        (treated * 2.0 + 1, "follows from the others"),
    ):
        found = clustered_difference(values, treated, group, covariates={"x": covariate})
        assert said in found.reason


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (([1, 2, "three", 4], [0, 0, 1, 1], "abcd"), "'three' is no number"),
        (([1, 2, None, 4], [0, 0, 1, 1], "abcd"), "place 3 holds None"),
        (([1, 2, 3, 4], [0, 0, 1], "abcd"), "arms: 3 for 4 units"),
        (([1, 2, 3, 4], [0, 0, 1, 2], "abcd"), "first arm (true or 1)"),
        (([1, 2, 3, 4], [0, 0, 1, 1], "abc"), "clusters: 3 for 4 units"),
    ],
)
def test_lists_that_do_not_fit_are_refused(given, said) -> None:
    with pytest.raises(UsageError) as refused:
        clustered_difference(*given)
    assert said in str(refused.value)
    with pytest.raises(UsageError, match="is not known"):
        clustered_difference([1, 2], [0, 1], "ab", method="HC1")


def test_a_hundred_thousand_units_take_no_whole_matrix() -> None:
    rng = np.random.default_rng(1)
    group = np.repeat(np.arange(20), 5000)
    values = rng.normal(5, 1, 100_000) + rng.normal(0, 0.3, 20)[group]
    found = clustered_difference(values, group < 10, group)
    assert found.df == pytest.approx(18, abs=1e-6)
    assert found.standard_error > 5 * found.naive_standard_error
