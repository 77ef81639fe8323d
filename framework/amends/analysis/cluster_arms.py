"""Arms of whole clusters: each arm's mean over units with an error that counts its clusters.

No cluster is in two arms, so the arms' means are independent and whatever compares several of them (overall
tests, pairs, crossed factors, chances) needs only these figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from amends.analysis.clusters import ENOUGH_CLUSTERS
from amends.analysis.regression import Labels, Values, labels, outcomes
from amends.analysis.result import NotEnough
from amends.errors import UsageError

SMALLEST_DF = 0.5


@dataclass(frozen=True, slots=True)
class ClusteredArm:
    """The mean of an arm whose units came in clusters.

    Attributes:
        mean: Over the arm's units.
        variance: Of that mean, from the clusters' sums.
        df: Clusters that the arm is worth, less one.
        n: Units.
        clusters: Clusters.
    """

    mean: float
    variance: float
    df: float
    n: int
    clusters: int

    @property
    def error(self) -> float:
        """The standard error of the mean."""
        return sqrt(self.variance)


def arm_of_clusters(values: np.ndarray, clusters: np.ndarray, *, centre: float | None = None) -> ClusteredArm:
    """An arm's mean, the variance of that mean, and its degrees of freedom.

    The variance is that of CR2 in a regression on arms alone: a cluster's sum of distances from the mean,
    squared, over 1 - its share of the arm's units. The degrees of freedom are the clusters that the arm is
    worth minus one, (Σ m²)² / Σ m⁴ - 1 for sizes m: a few large clusters count as fewer of one size. With
    clusters of one size all this is the ordinary error of the clusters' means.

    Args:
        values: One outcome a unit of this arm.
        clusters: The cluster of every unit.
        centre: Take distances from this value instead of the arm's own mean.

    Source: Bell & McCaffrey 2002; clusters that count: Carter, Schnepel & Steigerwald 2017.

    >>> found = arm_of_clusters(np.array([4.0, 6, 5, 5, 8, 8]), np.array([0, 0, 1, 1, 2, 2]))
    >>> found.mean, round(found.variance, 6), round(found.df, 6)
    (6.0, 1.0, 2.0)
    """
    groups = np.unique(clusters, return_inverse=True)[1]
    sizes, mean = np.bincount(groups), float(values.mean())
    sums = np.bincount(groups, values - (mean if centre is None else centre))
    left = 1 - sizes / len(values)
    variance = float((sums**2 / np.where(left > 0, left, 1)).sum()) / len(values) ** 2
    worth = float((sizes**2).sum()) ** 2 / float((sizes.astype(float) ** 4).sum())
    return ClusteredArm(mean, variance, worth - 1, len(values), len(sizes))


def arms_of_clusters(
    values: np.ndarray,
    arm: np.ndarray,
    clusters: np.ndarray,
    *,
    arms: int,
    needed_for: str,
    pooled: bool = False,
) -> list[ClusteredArm] | NotEnough:
    """Every arm's mean and error, or why they cannot be compared.

    Args:
        values: One outcome a unit.
        arm: Every unit's arm as a whole number from 0 on.
        clusters: Every unit's cluster as a whole number.
        arms: How many arms there should be.
        needed_for: What the reason says that more clusters are needed for, such as "an overall test".
        pooled: Take distances from the mean of all arms, as under no difference.
    """
    total, present = len(np.unique(clusters)), np.unique(arm)
    if len(present) < arms:
        return NotEnough(f"{arms - len(present)} of {arms} arms have no values yet")
    if total < ENOUGH_CLUSTERS:
        return NotEnough(f"{total} clusters; {ENOUGH_CLUSTERS} needed for {needed_for}")
    centre = float(values.mean()) if pooled else None
    found = [arm_of_clusters(values[arm == one], clusters[arm == one], centre=centre) for one in present]
    if min(item.df for item in found) < SMALLEST_DF:
        return NotEnough("an arm has 1 cluster, or hardly more than one large one; 2 of a size needed")
    if not min(item.variance for item in found) > 0:
        return NotEnough("nothing varies between the clusters of an arm, so there is no error to judge by")
    return found


def arms_by_name(
    values: Values, arms: Labels, clusters: Labels, *, names: Sequence[str], needed_for: str
) -> list[ClusteredArm] | NotEnough:
    """The named arms' means and errors, in the order of the names.

    Args:
        values: One outcome a unit.
        arms: Every unit's arm; the same for all units of a cluster.
        clusters: The cluster of every unit.
        names: The arms that there should be.
        needed_for: What the reason says that more clusters are needed for.

    Raises:
        UsageError: A cluster in two arms, a unit in an arm that is not named, lists of unequal length.
    """
    y, places = outcomes(values), {arm: place for place, arm in enumerate(names)}
    groups = labels(clusters, len(y), "clusters")
    given = [str(arm) for arm in arms]
    if len(given) != len(y):
        raise UsageError(f"{len(given)} arms for {len(y)} values: give one of each for every unit.")
    if unknown := sorted(set(given) - set(places)):
        raise UsageError(f"arm {unknown[0]!r} is none of {', '.join(names)}. Name every arm that has units.")
    codes = np.array([places[arm] for arm in given], dtype=int)
    if len(np.unique(groups * len(places) + codes)) > len(np.unique(groups)):
        raise UsageError("a cluster has units in two arms. Give all units of a cluster one arm.")
    return arms_of_clusters(y, codes, groups, arms=len(places), needed_for=needed_for)
