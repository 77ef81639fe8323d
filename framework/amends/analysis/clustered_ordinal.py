"""The shift of ordered ratings where whole clusters were assigned: proportional odds with their errors."""

from __future__ import annotations

from math import exp, sqrt

import numpy as np

from amends.analysis.clusters import MANY_CLUSTERS
from amends.analysis.counts import check_share
from amends.analysis.distributions import t_p, t_quantile
from amends.analysis.ordinal import ProportionalOdds, fitted, no_solution
from amends.analysis.regression import Flags, Labels, Values, assigned_clusters, outcomes
from amends.analysis.result import Estimate, Interval, NotEnough

NAME = "proportional odds, clusters"
NOT_TESTED = NotEnough("an equal shift at every step is tested of single units only, not of clusters")


def clustered_proportional_odds(
    values: Values, treated: Flags, clusters: Labels, *, confidence: float = 0.95
) -> ProportionalOdds | NotEnough:
    """The shift between two arms with an error that lets units of one cluster share what happened to them.

    The shift is that of `ordinal.proportional_odds`; its error is the sandwich of the clusters' scores, times
    G / (G - 1), with t(G - 1). It needs 40 clusters: with fewer the sandwich claims too much, and
    `clustered_ranks` answers the question.

    Args:
        values: One answer a unit.
        treated: Whether the unit is in the first arm; the same for all units of a cluster.
        clusters: The cluster of every unit.
        confidence: The level of the interval.

    Source: McCullagh 1980; Liang & Zeger 1986.

    Raises:
        UsageError: A cluster with units in both arms, lists of unequal length.

    >>> table = np.arange(240) // 4
    >>> rating = 4 + np.random.default_rng(1).integers(0, 4, 240) - (table % 2)
    >>> found = clustered_proportional_odds(rating, table % 2 == 0, table)
    >>> round(found.value, 2), found.name
    (1.46, 'proportional odds, clusters')
    """
    check_share(confidence, "confidence")
    y = outcomes(values)
    design = assigned_clusters(treated, clusters, len(y))
    if isinstance(design, NotEnough):
        return design
    total = sum(design.clusters)
    if total < MANY_CLUSTERS:
        return NotEnough(f"{total} clusters; {MANY_CLUSTERS} needed for proportional odds")
    rows, place, times = np.unique(
        np.column_stack([y, design.arm]), axis=0, return_inverse=True, return_counts=True
    )
    if (missing := no_solution(rows[:, 0], rows[:, 1])) is not None:
        return missing
    fit = fitted(rows[:, 0], rows[:, 1:], times)
    if isinstance(fit, NotEnough):
        return fit
    thresholds = fit.model.transform_threshold_params(fit.params)[1:-1]
    value = float(fit.params[0])
    scores, information = _derivatives(rows, times, value, thresholds)
    sums = np.array([np.bincount(design.groups, column) for column in scores[place.ravel()].T])
    influence = np.linalg.solve(information, sums)[0]
    error, df = sqrt(total / (total - 1) * float(influence @ influence)), total - 1
    half = t_quantile((1 + confidence) / 2, df) * error
    interval = Interval(value - half, value + half, NAME, confidence)
    ratio = Interval(exp(interval.low), exp(interval.high), NAME, confidence)
    first = int(design.arm.sum())
    return ProportionalOdds(
        name=NAME,
        value=value,
        standard_error=error,
        statistic=value / error,
        p_value=t_p(value / error, df),
        interval=interval,
        odds_ratio=Estimate("common odds ratio", exp(value), ratio),
        thresholds=tuple(float(threshold) for threshold in thresholds),
        log_likelihood=float(fit.llf),
        proportional_p=NOT_TESTED,
        ns=(first, len(y) - first),
    )


def _derivatives(
    rows: np.ndarray, times: np.ndarray, shift: float, thresholds: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Every row's score and the observed information, of the shift and then the thresholds.

    An answer lies between two limits of the logistic scale, which are linear in the parameters.
    """
    steps = np.unique(rows[:, 0], return_inverse=True)[1]
    edges = np.concatenate([[-np.inf], thresholds, [np.inf]])
    # No parameter moves the outermost limits, where the density is 0 anyway.
    moved = np.zeros((len(edges), 1 + len(thresholds)))
    moved[1:-1, 1:] = np.eye(len(thresholds))
    ends = []
    for at in (steps + 1, steps):
        direction = moved[at]
        direction[:, 0] = -rows[:, 1]
        below = 1 / (1 + np.exp(-(edges[at] - shift * rows[:, 1])))
        density = below * (1 - below)
        ends.append((direction, below, density, density * (1 - 2 * below)))
    (to_upper, upper, f_upper, g_upper), (to_lower, lower, f_lower, g_lower) = ends
    p = upper - lower
    by_upper, by_lower = f_upper / p, -f_lower / p
    scores = to_upper * by_upper[:, None] + to_lower * by_lower[:, None]
    curve = np.einsum("r,ri,rj->ij", times * g_upper / p, to_upper, to_upper)
    curve -= np.einsum("r,ri,rj->ij", times * g_lower / p, to_lower, to_lower)
    curve -= np.einsum("r,ri,rj->ij", times, scores, scores)
    return scores, -curve
