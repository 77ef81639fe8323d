"""One arm's share or mean with limits that let units of one cluster share what happened to them."""

from __future__ import annotations

from math import sqrt

import numpy as np

from amends.analysis.distributions import t_quantile
from amends.analysis.result import Interval, NotEnough


def share_of_clusters(
    events: np.ndarray, clusters: np.ndarray, *, times: np.ndarray | None = None, confidence: float = 0.95
) -> Interval | NotEnough:
    """The interval of one arm's share: Wilson's, for as many independent units as the clusters are worth.

    The units are divided by the design effect seen in the arm, and t(G - 1) stands for the normal.

    Args:
        events: 1 for a unit with the event, else 0.
        clusters: Every unit's cluster as a whole number.
        times: How many units a value is the mean of; 1 by default, so that a cluster may be one value.
        confidence: The level.

    Source: Dean & Pagano 2015; Korn & Graubard 1998.

    >>> found = share_of_clusters(np.tile([1.0, 1.0, 0.0, 1.0], 10), np.arange(40) // 2)
    >>> round(found.low, 3), round(found.high, 3)
    (0.615, 0.849)
    """
    error = _error(events, clusters, times)
    if isinstance(error, NotEnough):
        return error
    share, df = float(np.average(events, weights=times)), len(np.unique(clusters)) - 1
    worth = share * (1 - share) / error**2
    t = t_quantile((1 + confidence) / 2, df)
    centre = (share + t * t / (2 * worth)) / (1 + t * t / worth)
    half = t / (1 + t * t / worth) * sqrt(share * (1 - share) / worth + t * t / (4 * worth**2))
    return Interval(max(0.0, centre - half), min(1.0, centre + half), "Wilson, clusters", confidence)


def mean_of_clusters(
    values: np.ndarray, clusters: np.ndarray, *, times: np.ndarray | None = None, confidence: float = 0.95
) -> Interval | NotEnough:
    """The interval of one arm's mean over units, with a cluster-robust error and t(G - 1).

    >>> found = mean_of_clusters(np.array([4.0, 5.0, 6.0, 7.0]), np.array([0, 0, 1, 1]))
    >>> round(found.low, 2), round(found.high, 2)
    (-7.21, 18.21)
    """
    error = _error(values, clusters, times)
    if isinstance(error, NotEnough):
        return error
    mean, df = float(np.average(values, weights=times)), len(np.unique(clusters)) - 1
    half = t_quantile((1 + confidence) / 2, df) * error
    return Interval(mean - half, mean + half, "t, clusters", confidence)


def _error(values: np.ndarray, clusters: np.ndarray, times: np.ndarray | None) -> float | NotEnough:
    if not len(values):
        return NotEnough("no values yet")
    groups = np.unique(clusters, return_inverse=True)[1]
    count = int(groups.max()) + 1
    if count < 2:
        return NotEnough(f"{count} cluster; 2 needed")
    n = np.ones(len(values)) if times is None else times
    sums = np.bincount(groups, n * (values - np.average(values, weights=n)))
    error = sqrt(count / (count - 1) * float((sums**2).sum())) / float(n.sum())
    return error if error > 1e-12 else NotEnough("nothing varies between the clusters")
