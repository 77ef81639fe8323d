"""The region of Lee's bounds where whole clusters were assigned."""

from collections import Counter

import numpy as np
import pytest
from scipy.special import ndtri

from amends.analysis.clustered_bounds import clustered_region
from amends.analysis.nonresponse import lee_bounds
from amends.analysis.result import NotEnough


def answers(n, *, rates, seed=1, clusters=None, alike=0.0):
    """Ratings (missing where silent), arms and clusters of `n` units; who answers does not depend on mood."""
    rng = np.random.default_rng(seed)
    clusters = np.arange(n) if clusters is None else clusters
    treated = clusters % 2 == 0
    draws = [
        alike**0.5 * rng.normal(size=clusters.max() + 1)[clusters] + (1 - alike) ** 0.5 * rng.normal(size=n)
        for _ in range(2)
    ]
    ratings = np.clip(np.round(5 + 1.3 * draws[0]), 1, 7)
    answered = draws[1] < ndtri(np.where(treated, *rates))
    return np.where(answered, ratings, np.nan), treated, clusters


@pytest.mark.parametrize("rates", [(0.8, 0.6), (0.5, 0.7)])
def test_clusters_of_one_unit_have_the_region_of_independent_units(rates):
    ratings, treated, clusters = answers(2000, rates=rates)
    tables = [Counter(ratings[side & ~np.isnan(ratings)].tolist()) for side in (treated, ~treated)]
    known = lee_bounds(tables[0], int(treated.sum()), tables[1], int((~treated).sum())).region
    found = clustered_region(ratings, treated, clusters)
    # Sums over clusters divide by G - 1 where the closed form divides by the answers minus 1.
    assert (found.low, found.high) == pytest.approx((known.low, known.high), abs=1e-3)


def test_equal_answering_leaves_the_difference_with_a_cluster_robust_interval():
    """Where everybody answers nothing is trimmed: the region is the difference and t times its error."""
    clusters = np.repeat(np.arange(40), 5)
    ratings, treated, _ = answers(200, rates=(0.9999999, 0.9999999), clusters=clusters, alike=0.4)
    found = clustered_region(ratings, treated, clusters)
    means = [ratings[clusters == one].mean() for one in range(40)]
    first, second = np.array(means[::2]), np.array(means[1::2])
    error = np.sqrt(first.var(ddof=1) / 20 + second.var(ddof=1) / 20)
    assert (found.low + found.high) / 2 == pytest.approx(first.mean() - second.mean())
    assert (found.high - found.low) / 2 == pytest.approx(2.024394 * error, rel=1e-5)  # qt(.975, 38)


def test_every_row_twice_leaves_the_region_as_it_is():
    clusters = np.repeat(np.arange(30), 4)
    ratings, treated, _ = answers(120, rates=(0.8, 0.6), clusters=clusters, alike=0.3)
    once = clustered_region(ratings, treated, clusters)
    twice = clustered_region(*(np.tile(part, 2) for part in (ratings, treated, clusters)))
    assert (twice.low, twice.high) == pytest.approx((once.low, once.high))


def test_the_other_way_round_the_region_is_mirrored():
    clusters = np.repeat(np.arange(30), 4)
    ratings, treated, _ = answers(120, rates=(0.8, 0.6), clusters=clusters)
    here, there = clustered_region(ratings, treated, clusters), clustered_region(ratings, ~treated, clusters)
    assert (here.low, here.high) == pytest.approx((-there.high, -there.low))


@pytest.mark.parametrize("kind", ["everybody answers", "the effect lies at a bound"])
def test_the_region_covers_the_effect_of_units_that_share_their_cluster(kind):
    """2,000 true nulls of 24 clusters: at least .94 minus three standard errors cover 0."""
    rng, covered = np.random.default_rng(11), 0
    clusters = np.repeat(np.arange(24), 4)
    treated = clusters % 2 == 0
    for _ in range(2000):
        shared, own = rng.normal(size=(2, 24))[:, clusters], rng.normal(size=(2, 96))
        mood, inclined = 0.3**0.5 * shared + 0.7**0.5 * own
        ratings = np.clip(np.round(4 + mood), 1, 6)
        if kind != "everybody answers":
            # Those whom only the first arm moves to answer all give the highest rating.
            ratings = np.where(inclined > ndtri(0.6), 7, ratings)
            ratings = np.where(inclined < ndtri(np.where(treated, 0.8, 0.6)), ratings, np.nan)
        found = clustered_region(ratings, treated, clusters)
        covered += found.low <= 0 <= found.high
    assert covered / 2000 >= 0.94 - 3 * (0.05 * 0.95 / 2000) ** 0.5


def test_few_clusters_nobody_and_sameness_give_reasons():
    clusters = np.repeat(np.arange(14), 3)
    ratings, treated, _ = answers(42, rates=(0.8, 0.6), clusters=clusters)
    assert "14 clusters; 15 needed" in clustered_region(ratings, treated, clusters).reason
    silent = np.where(treated, np.nan, ratings)
    assert clustered_region(silent, treated, clusters) == NotEnough("the first arm has no answers")
    alike = clustered_region(np.full(60, 5.0), np.arange(60) % 2 == 0, np.arange(60))
    assert "all answers are alike" in alike.reason
