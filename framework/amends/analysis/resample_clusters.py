"""Resamples of whole clusters within their arm, as the design assigned them: sums over thousands at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from amends.analysis.clusters import MANY_CLUSTERS
from amends.analysis.moment_draws import MANY, drawn_sums
from amends.analysis.regression import Labels, labels
from amends.analysis.result import NotEnough
from amends.errors import UsageError

FEWEST_IN_ARM = 10
"""Clusters of an arm below which percentiles of resamples claim too much."""

_COUNTED = 2_000_000
"""Counts drawn at once."""


@dataclass(frozen=True, slots=True, eq=False)
class ClusterDraw:
    """Which units are drawn together, and among which clusters.

    Attributes:
        groups: Every unit's cluster as a number from 0 on.
        arms: Every cluster's arm as a number from 0 on.
    """

    groups: np.ndarray
    arms: np.ndarray


def cluster_draw(clusters: Labels | None, arms: np.ndarray) -> ClusterDraw | NotEnough | None:
    """The draw of whole clusters; None without clusters, a reason where they are too few.

    With fewer than 40 clusters, or 10 in an arm, a percentile interval is too narrow: it knows no t.

    Args:
        clusters: The cluster of every unit.
        arms: Every unit's arm, as a number.

    Raises:
        UsageError: A cluster with units in two arms, another length than the arms'.

    >>> cluster_draw(["a", "a", "b"], np.array([0, 0, 1])).reason
    '2 clusters; 40 needed for indirect effects'
    """
    if clusters is None:
        return None
    groups = labels(clusters, len(arms), "clusters")
    codes = np.unique(arms, return_inverse=True)[1]
    pairs = np.unique(np.column_stack([groups, codes]), axis=0)
    if len(pairs) > len(np.unique(groups)):
        raise UsageError("a cluster has units in two arms. Give all units of a cluster one arm.")
    if len(pairs) < MANY_CLUSTERS:
        return NotEnough(f"{len(pairs)} clusters; {MANY_CLUSTERS} needed for indirect effects")
    fewest = int(np.bincount(pairs[:, 1]).min())
    if fewest < FEWEST_IN_ARM:
        return NotEnough(f"an arm has {fewest} clusters; {FEWEST_IN_ARM} needed for indirect effects")
    return ClusterDraw(groups, pairs[:, 1])


def sums_of_clusters(
    terms: np.ndarray, draw: ClusterDraw, *, resamples: int, rng: np.random.Generator
) -> np.ndarray:
    """The sums of every resample, each arm's clusters drawn with replacement; one row a resample.

    Of an arm's g clusters g - 1 are drawn, each weighing g / (g - 1), so that the spread of a resampled mean
    is not too small for few clusters. From ten thousand clusters in an arm on, its sums are drawn from their
    normal limit (`moment_draws`).

    Args:
        terms: One row a unit, one column a sum.
        draw: The clusters.
        resamples: How many.
        rng: Of the draws.

    Source: Rao & Wu 1988; Cameron, Gelbach & Miller 2008 (pairs cluster bootstrap).

    >>> draw = ClusterDraw(np.arange(200) // 2, np.arange(100) % 2)
    >>> sums = sums_of_clusters(np.ones((200, 1)), draw, resamples=3, rng=np.random.default_rng(0))
    >>> sums.ravel().tolist()
    [200.0, 200.0, 200.0]
    """
    order = np.argsort(draw.groups, kind="stable")
    starts = np.searchsorted(draw.groups[order], np.arange(len(draw.arms)))
    by_cluster = np.add.reduceat(terms[order], starts, axis=0)
    total = np.zeros((resamples, terms.shape[1]))
    for arm in np.unique(draw.arms):
        mine = by_cluster[draw.arms == arm]
        n = len(mine)
        if n >= MANY:
            total += drawn_sums(mine, resamples=resamples, rng=rng)
            continue
        step = max(1, _COUNTED // n)
        for start in range(0, resamples, step):
            size = min(step, resamples - start)
            drawn = rng.multinomial(n - 1, np.full(n, 1 / n), size=size) @ mine
            total[start : start + size] += drawn * (n / (n - 1))
    return total
