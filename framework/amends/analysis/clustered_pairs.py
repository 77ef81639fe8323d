"""Every pair of several arms at once where whole clusters were assigned: Games and Howell's procedure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import sqrt

from amends.analysis.cluster_arms import arms_by_name
from amends.analysis.counts import check_share
from amends.analysis.pairs import PairComparison, pair_of
from amends.analysis.regression import Labels, Values
from amends.analysis.result import NotEnough

NAME = "Games-Howell, clusters"


def clustered_pairs(
    values: Values, arms: Labels, clusters: Labels, *, names: Sequence[str], confidence: float = 0.95
) -> list[PairComparison] | NotEnough:
    """All pairs with errors and degrees of freedom that count clusters, adjusted for all of them together.

    Each arm's mean has the CR2 variance of its clusters (`cluster_arms`); a pair adds two of them, with
    Satterthwaite's degrees of freedom, and its p-value and interval come from the studentized range. With
    clusters of one size it is Games and Howell's procedure on the clusters' means.

    Args:
        values: One outcome a unit.
        arms: Every unit's arm; the same for all units of a cluster.
        clusters: The cluster of every unit.
        names: The arms, in the order whose places the pairs name; later minus earlier.
        confidence: The level of the simultaneous intervals.

    Source: Games & Howell 1976; Bell & McCaffrey 2002.

    Raises:
        UsageError: A cluster in two arms, a unit in an arm that is not named, lists of unequal length.

    >>> import numpy as np
    >>> cluster = np.arange(240) // 4
    >>> arm = np.array(["sorry", "silence", "thank_you"])[cluster % 3]
    >>> outcome = np.random.default_rng(5).normal(size=240) + (arm == "thank_you")
    >>> found = clustered_pairs(outcome, arm, cluster, names=["silence", "sorry", "thank_you"])
    >>> [(pair.first, pair.second, pair.p_value < 0.05) for pair in found]
    [(1, 0, False), (2, 0, True), (2, 1, True)]
    """
    check_share(confidence, "confidence")
    found = arms_by_name(values, arms, clusters, names=names, needed_for="comparing all pairs")
    if isinstance(found, NotEnough):
        return found
    pairs = []
    for i, j in combinations(range(len(found)), 2):
        parts = found[i].variance, found[j].variance
        df = sum(parts) ** 2 / (parts[0] ** 2 / found[i].df + parts[1] ** 2 / found[j].df)
        gap = found[j].mean - found[i].mean
        pairs.append(pair_of((j, i), (gap, sqrt(sum(parts)), df), len(found), confidence, name=NAME))
    return pairs
