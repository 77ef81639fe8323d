"""Mediation with whole clusters drawn: against a loop over resamples, and its level against drawing units."""

import numpy as np
import pytest
import statsmodels.api as sm

from amends.analysis.mediation import mediation, mediation_by_arm
from amends.analysis.mediation_sensitivity import mediation_sensitivity
from amends.analysis.moderated_mediation import moderated_mediation
from amends.analysis.relative_mediation import mediation_of_arms
from amends.analysis.resample_clusters import ClusterDraw, cluster_draw, sums_of_clusters
from amends.analysis.result import NotEnough
from amends.errors import UsageError


def world(rng, *, clusters=60, size=4, a=0.4, b=0.5, alike=0.5):
    """Units of clusters; what a cluster shares moves mediator and outcome alike only where `alike`."""
    cluster = np.repeat(np.arange(clusters), size)
    arm = cluster % 2 == 0
    shared = rng.normal(size=(2, clusters))[:, cluster] * np.sqrt(alike)
    own = rng.normal(size=(2, len(cluster))) * np.sqrt(1 - alike)
    m = a * arm + shared[0] + own[0]
    return b * m + shared[1] + own[1], arm, m, cluster


def test_whole_clusters_are_drawn_within_their_arm_as_a_loop_does():
    y, arm, m, cluster = world(np.random.default_rng(1))
    found = mediation(y, arm, m, clusters=cluster, seed=3)

    rng, drawn = np.random.default_rng(8), []
    units = [np.flatnonzero(cluster == one) for one in range(60)]
    sides = [np.arange(0, 60, 2), np.arange(1, 60, 2)]
    for _ in range(1500):
        rows = np.concatenate([units[one] for side in sides for one in rng.choice(side, 29)])
        x = arm[rows].astype(float)
        first = sm.OLS(m[rows], sm.add_constant(x)).fit().params[1]
        second = sm.OLS(y[rows], np.column_stack([np.ones(len(x)), x, m[rows]])).fit().params[2]
        drawn.append(first * second)
    low, high = np.quantile(drawn, [0.025, 0.975])
    spread = np.std(drawn)
    assert found.indirect.standard_error == pytest.approx(spread, rel=0.06)
    assert found.indirect.interval.low == pytest.approx(low, abs=0.2 * spread)
    assert found.indirect.interval.high == pytest.approx(high, abs=0.2 * spread)
    plain = mediation(y, arm, m)
    assert found.indirect.value == pytest.approx(plain.indirect.value)
    assert found.indirect.standard_error > 1.3 * plain.indirect.standard_error
    assert found.sobel_error == NotEnough("clustered")


def test_the_same_seed_gives_the_same_figures_and_another_others():
    given = world(np.random.default_rng(2))
    y, arm, m, cluster = given
    make = [mediation(y, arm, m, clusters=cluster, seed=seed).indirect.interval for seed in (1, 1, 2)]
    assert make[0] == make[1]
    assert make[0] != make[2]


def test_every_form_of_mediation_draws_clusters():
    y, arm, m, cluster = world(np.random.default_rng(3))
    w = np.random.default_rng(4).normal(size=len(y))
    names = np.where(arm, "sorry", "silence")
    forms = [
        lambda own: mediation_by_arm(y, arm, m, clusters=own).indirect,
        lambda own: mediation_sensitivity(y, arm, m, clusters=own, correlations=[0.0]).indirect[0],
        lambda own: mediation_of_arms(y, names, m, control="silence", clusters=own)["sorry"],
        lambda own: moderated_mediation(y, arm, m, w, clusters=own).conditional[1],
    ]
    for form in forms:
        assert form(cluster).value == pytest.approx(form(None).value)
        assert form(cluster).standard_error > 1.2 * form(None).standard_error


def test_few_clusters_and_clusters_in_two_arms_are_not_drawn():
    y, arm, m, cluster = world(np.random.default_rng(5), clusters=38)
    assert mediation(y, arm, m, clusters=cluster).reason == "38 clusters; 40 needed for indirect effects"
    side = np.arange(60) < 8
    assert cluster_draw(np.arange(60), side.astype(float)).reason.startswith("an arm has 8 clusters; 10")
    with pytest.raises(UsageError, match="a cluster has units in two arms"):
        cluster_draw(np.zeros(60), side.astype(float))


def test_very_many_clusters_have_the_spread_of_drawn_counts():
    rng = np.random.default_rng(6)
    draw = ClusterDraw(np.arange(24_000), np.arange(24_000) % 2)
    terms = rng.normal(size=(24_000, 1))
    sums = sums_of_clusters(terms, draw, resamples=3000, rng=np.random.default_rng(7))
    spread = np.sqrt(sum(12_000 * terms[side::2].var() for side in (0, 1)))
    assert sums.mean() == pytest.approx(terms.sum(), abs=4 * spread / np.sqrt(3000))
    assert sums.std() == pytest.approx(spread, rel=0.05)


def test_no_indirect_effect_is_found_as_seldom_as_it_may_and_drawing_units_finds_too_many():
    rng, runs = np.random.default_rng(20260), 250
    ours = units = 0
    for seed in range(runs):
        y, arm, m, cluster = world(rng, a=0.0, b=0.6)
        for own in (cluster, None):
            at = mediation(y, arm, m, clusters=own, resamples=1000, seed=seed).indirect.interval
            missed = not at.low <= 0 <= at.high
            ours, units = ours + (missed and own is not None), units + (missed and own is None)
    assert ours / runs <= 0.06 + 3 * np.sqrt(0.06 * 0.94 / runs)
    assert units / runs > 0.10
