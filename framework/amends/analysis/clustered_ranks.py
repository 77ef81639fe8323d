"""Comparing answers by their order where whole clusters were assigned: how often the first arm is ahead."""

from __future__ import annotations

from math import sqrt

import numpy as np

from amends.analysis.cluster_arms import arms_of_clusters
from amends.analysis.counts import check_share
from amends.analysis.distributions import t_p, t_quantile
from amends.analysis.ranks import BrunnerMunzel
from amends.analysis.regression import Flags, Labels, Values, assigned_clusters, outcomes
from amends.analysis.result import Interval, NotEnough

NAME = "Brunner-Munzel, clusters"


def clustered_brunner_munzel(
    values: Values, treated: Flags, clusters: Labels, *, confidence: float = 0.95
) -> BrunnerMunzel | NotEnough:
    """How often an answer of the first arm beats one of the second, with an error that counts clusters.

    Every answer's placement is the share of the other arm that it beats, ties counted half. The mean
    placement is the probability, as in Brunner and Munzel's test; its error comes from the clusters' sums of
    placements (CR2 of either arm, `cluster_arms`) with Satterthwaite's degrees of freedom. With one unit a
    cluster it is their test itself.

    Args:
        values: One answer a unit.
        treated: Whether the unit is in the first arm; the same for all units of a cluster.
        clusters: The cluster of every unit.
        confidence: The level of the interval.

    Source: Brunner & Munzel 2000; placements summed by cluster: Obuchowski 1997.

    Raises:
        UsageError: A cluster with units in both arms, lists of unequal length.

    >>> table = np.arange(120) // 4
    >>> rating = 4 + np.random.default_rng(1).integers(0, 4, 120) - (table % 2)
    >>> found = clustered_brunner_munzel(rating, table % 2 == 0, table)
    >>> round(found.probability, 2), found.interval.method
    (0.73, 'Brunner-Munzel, clusters')
    """
    check_share(confidence, "confidence")
    y = outcomes(values)
    design = assigned_clusters(treated, clusters, len(y))
    if isinstance(design, NotEnough):
        return design
    first = design.arm == 1
    placed = np.empty(len(y))
    placed[first], placed[~first] = _placements(y[first], y[~first]), _placements(y[~first], y[first])
    if not (placed[first].std() > 0 or placed[~first].std() > 0):
        return NotEnough("the arms' answers do not overlap, so there is no spread to compare with")
    arms = arms_of_clusters(
        placed, (~first).astype(int), design.groups, arms=2, needed_for="comparing the order of answers"
    )
    if isinstance(arms, NotEnough):
        return arms
    probability, parts = arms[0].mean, [arm.variance for arm in arms]
    df = sum(parts) ** 2 / sum(part**2 / arm.df for part, arm in zip(parts, arms, strict=True))
    error = sqrt(sum(parts))
    half = t_quantile((1 + confidence) / 2, df) * error
    statistic = (probability - 0.5) / error
    interval = Interval(probability - half, probability + half, NAME, confidence)
    return BrunnerMunzel(statistic, df, t_p(statistic, df), probability, interval)


def _placements(own: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The share of the other arm's answers below each of these, those alike counted half."""
    order = np.sort(other)
    below, up_to = np.searchsorted(order, own, "left"), np.searchsorted(order, own, "right")
    placed: np.ndarray = (below + up_to) / (2 * len(order))
    return placed
