"""Moderators of clusters: against statsmodels' cluster errors, CR2 by its definition, and their level."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from amends.analysis.clustered_moderation import clustered_moderation
from amends.analysis.moderation import moderation
from amends.analysis.result import NotEnough


def world(rng, *, clusters=60, size=4, effect=0.0, icc=0.3):
    """Clusters alternately in two arms; a moderator of units and one of clusters; no interaction."""
    group = np.repeat(np.arange(clusters), size)
    arm = group % 2 == 0
    common = rng.normal(size=clusters)[group] * np.sqrt(icc)
    y = common + rng.normal(size=len(group)) * np.sqrt(1 - icc) + effect * arm
    of_units = rng.normal(size=len(group))
    site = np.array(["north", "south"])[(np.arange(clusters) // 2) % 2][group]
    return y, arm, of_units, site, group


def reference(y, columns, group):
    design = np.column_stack([np.ones(len(y)), *columns])
    return sm.OLS(y, design).fit(cov_type="cluster", cov_kwds={"groups": group}, use_t=True)


def test_two_levels_have_the_interaction_and_effects_of_statsmodels():
    y, arm, _, site, group = world(np.random.default_rng(1), effect=0.4)
    south = (site == "south").astype(float)

    found = clustered_moderation(y, arm, site, group)

    fit = reference(y, [arm * south, arm.astype(float), south], group)
    assert found.kind == "levels"
    assert found.test.name == "interaction (CR1)"
    assert found.test.value == pytest.approx(fit.params[1], abs=1e-12)
    assert found.test.p_value == pytest.approx(fit.pvalues[1], rel=1e-9)
    assert (found.test.interval.low, found.test.interval.high) == pytest.approx(tuple(fit.conf_int()[1]))
    north, here = found.levels
    assert north.value == pytest.approx(fit.params[2])
    assert (north.interval.low, north.interval.high) == pytest.approx(tuple(fit.conf_int()[2]))
    assert here.value == pytest.approx(fit.params[1] + fit.params[2])
    assert (north.ns, here.ns) == ((60, 60), (60, 60))


def test_a_moderator_of_numbers_has_the_slope_of_statsmodels_and_effects_around_its_mean():
    y, arm, number, _, group = world(np.random.default_rng(2), effect=0.4)

    found = clustered_moderation(y, arm, number, group)

    fit = reference(y, [arm * number, number, arm.astype(float)], group)
    assert found.kind == "numbers"
    assert found.test.value == pytest.approx(fit.params[1])
    assert found.test.p_value == pytest.approx(fit.pvalues[1], rel=1e-9)
    middle = reference(y, [arm * 1.0, number - number.mean(), arm * (number - number.mean())], group)
    assert found.levels[1].value == pytest.approx(middle.params[1])
    interval = found.levels[1].interval
    assert (interval.low, interval.high) == pytest.approx(tuple(middle.conf_int()[1]))


def three_levels(clusters):
    y, arm, _, _, group = world(np.random.default_rng(3), clusters=clusters)
    return y, arm, np.array(["a", "b", "c"])[(np.arange(clusters) // 2) % 3][group], group


def test_more_than_two_levels_of_many_clusters_have_walds_test_as_in_statsmodels():
    y, arm, level, group = three_levels(210)
    b, c = (level == "b") * 1.0, (level == "c") * 1.0

    found = clustered_moderation(y, arm, level, group)

    fit = reference(y, [arm * b, arm * c, arm * 1.0, b, c], group)
    expected = fit.f_test(np.eye(6)[1:3])
    assert found.test.name == "joint Wald test (CR1)"
    assert (found.test.statistic, found.test.p_value) == pytest.approx(
        (float(expected.fvalue), float(expected.pvalue))
    )
    assert (found.test.df, found.test.df_within) == (2, 209)


def test_more_than_two_levels_of_few_clusters_are_tested_by_hotellings_test_in_their_place():
    """Its figures are held against R's in `tests/golden/clustered_arms.json`."""
    y, arm, level, group = three_levels(36)

    found = clustered_moderation(y, arm, level, group)

    assert found.test.name == "approximate Hotelling test (CR2)"
    assert found.test.df == 2
    assert 5 < found.test.df_within < 36


def test_few_clusters_have_the_error_of_cr2_by_its_definition():
    y, arm, number, _, group = world(np.random.default_rng(4), clusters=20)

    found = clustered_moderation(y, arm, number, group)

    x = np.column_stack([np.ones(len(y)), arm * number, number, arm * 1.0])
    bread = np.linalg.inv(x.T @ x)
    residuals = y - x @ bread @ x.T @ y
    meat = np.zeros((4, 4))
    for one in range(20):
        here = group == one
        hat = x[here] @ bread @ x[here].T
        values, vectors = np.linalg.eigh(np.eye(here.sum()) - hat)
        corrected = vectors @ np.diag(values**-0.5) @ vectors.T @ residuals[here]
        score = x[here].T @ corrected
        meat += np.outer(score, score)
    error = np.sqrt((bread @ meat @ bread)[1, 1])
    half = (found.test.interval.high - found.test.interval.low) / 2
    assert found.test.name == "interaction (CR2)"
    assert half / stats.t.ppf(0.975, found.test.df_within) == pytest.approx(error)
    assert 2 < found.test.df_within < 19


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda y, arm, site, group: (y[:40], arm[:40], site[:40], group[:40]), "10 clusters; 15 needed"),
        (lambda y, arm, site, group: (y, arm, ["x"] * len(y), group), "is x for every unit"),
        (lambda y, arm, site, group: (y, arm, [None] * len(y), group), "not known for any unit"),
        (lambda y, arm, site, group: (y, arm > 2, site, group), "one arm has no units"),
        (lambda y, arm, site, group: (y, arm, [f"{n % 20}" for n in range(len(y))], group), "20 levels"),
    ],
)
def test_what_cannot_be_tested_has_a_reason(change, reason):
    y, arm, _, site, group = world(np.random.default_rng(5))

    found = clustered_moderation(*change(y, arm, site, group))

    assert isinstance(found, NotEnough)
    assert reason in found.reason


def test_a_level_with_one_cluster_in_an_arm_is_left_out_of_the_test():
    y, arm, _, site, group = world(np.random.default_rng(6))
    site = site.astype(object)
    site[group == 0] = "east"

    found = clustered_moderation(y, arm, site, group)

    east = next(level for level in found.levels if level.level == "east")
    assert isinstance(east.value, NotEnough)
    assert found.test.df == 1


@pytest.mark.parametrize("clusters", [20, 60])
def test_it_errs_as_often_as_it_may_and_one_that_takes_units_as_independent_does_not(clusters):
    rng, runs = np.random.default_rng(20260), 300
    ours = naive = 0
    for _ in range(runs):
        y, arm, _, site, group = world(rng, clusters=clusters, icc=0.5)
        ours += clustered_moderation(y, arm, site, group).test.p_value <= 0.05
        naive += moderation(y, arm, site).test.p_value <= 0.05
    assert ours / runs <= 0.0878, "0.05 and three standard errors of 300 runs"
    assert naive / runs > 0.10
