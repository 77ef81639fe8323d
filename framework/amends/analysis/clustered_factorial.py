"""Crossed factors (message x voucher) whose arms were given to whole clusters.

The same effects as `amends.analysis.factorial`, from each arm's mean and an error that counts its clusters.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from amends.analysis.cluster_arms import ClusteredArm, arms_by_name
from amends.analysis.counts import check_share
from amends.analysis.crossed_effects import CellEstimates, Factorial, all_effects
from amends.analysis.crossing import Crossing, crossing
from amends.analysis.factorial import FactorialProportions, Factors
from amends.analysis.result import NotEnough

NEEDED_FOR = "crossed factors"
BY_CLUSTERS = "clusters (CR2 of each arm, Satterthwaite)"


def clustered_factorial_means(
    values: Sequence[float],
    arms: Sequence[str],
    clusters: Sequence[Any],
    factors: Factors,
    *,
    alpha: float = 0.05,
    confidence: float = 0.95,
) -> Factorial | NotEnough:
    """The effects of crossed factors on a mean, counting clusters.

    Arms share no cluster, so every effect is a weighted sum of independent means: its error adds the arms'
    own CR2 variances and is judged by t with Satterthwaite's degrees of freedom; interactions of more than
    two levels by Welch–James with Johansen's approximation. Clusters of one size make it the analysis of
    the clusters' means.

    Args:
        values: One outcome a unit.
        arms: Every unit's arm; the same for all units of a cluster.
        clusters: The cluster of every unit.
        factors: By arm, the level of each factor.
        alpha: The level at which an interaction forbids reading main effects alone.
        confidence: The level of the intervals.

    Source: Bell & McCaffrey 2002; Johansen 1980.

    Raises:
        UsageError: A cluster in two arms, a unit in an arm without factors, lists of unequal length.

    >>> cells = {"a": {"m": "thanks", "v": "no"}, "b": {"m": "sorry", "v": "no"},
    ...          "c": {"m": "thanks", "v": "yes"}, "d": {"m": "sorry", "v": "yes"}}
    >>> cluster = np.arange(160) // 4
    >>> given = np.array(list("abcd"))[cluster % 4]
    >>> found = clustered_factorial_means(np.random.default_rng(3).normal(size=160), given, cluster, cells)
    >>> found.interactions[0].test.df < 40 - 4
    True
    """
    read = _arms(values, arms, clusters, factors, confidence)
    if isinstance(read, NotEnough):
        return read
    crossed, cells = read
    return _effects(crossed, cells, f"difference of means, {BY_CLUSTERS}", alpha, confidence)


def clustered_factorial_proportions(
    values: Sequence[float],
    arms: Sequence[str],
    clusters: Sequence[Any],
    factors: Factors,
    *,
    alpha: float = 0.05,
    confidence: float = 0.95,
) -> FactorialProportions | NotEnough:
    """The effects of crossed factors on a share, counting clusters, on both scales.

    The arguments are those of `clustered_factorial_means`, with outcomes of 0 and 1. On the log-odds scale an
    arm's error follows by the delta method, so it needs clusters enough for a normal approximation.

    >>> cells = {"a": {"m": "thanks", "v": "no"}, "b": {"m": "sorry", "v": "no"},
    ...          "c": {"m": "thanks", "v": "yes"}, "d": {"m": "sorry", "v": "yes"}}
    >>> cluster = np.arange(160) // 4
    >>> given = np.array(list("abcd"))[cluster % 4]
    >>> done = (np.random.default_rng(3).random(160) < 0.7).astype(float)
    >>> clustered_factorial_proportions(done, given, cluster, cells).log_odds.name
    'log odds ratio, clusters (CR2 of each arm, Satterthwaite)'
    """
    read = _arms(values, arms, clusters, factors, confidence)
    if isinstance(read, NotEnough):
        return read
    crossed, cells = read
    return FactorialProportions(
        name="crossed factors on two scales, counting clusters",
        risk_difference=_effects(crossed, cells, f"risk difference, {BY_CLUSTERS}", alpha, confidence),
        log_odds=_log_odds(crossed, cells, alpha, confidence),
    )


def _arms(
    values: Sequence[float], arms: Sequence[str], clusters: Sequence[Any], factors: Factors, confidence: float
) -> tuple[Crossing, list[ClusteredArm]] | NotEnough:
    check_share(confidence, "confidence")
    crossed = crossing(factors)
    if isinstance(crossed, NotEnough):
        return crossed
    found = arms_by_name(values, arms, clusters, names=crossed.arms, needed_for=NEEDED_FOR)
    return found if isinstance(found, NotEnough) else (crossed, found)


def _effects(
    crossed: Crossing, cells: Sequence[ClusteredArm], name: str, alpha: float, confidence: float
) -> Factorial:
    scale = CellEstimates(name, *_columns(cells))
    return all_effects(crossed, scale, _ns(cells), alpha=alpha, confidence=confidence)


def _columns(cells: Sequence[ClusteredArm]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    means, variances, dfs = (
        np.array([getattr(cell, name) for cell in cells]) for name in ("mean", "variance", "df")
    )
    return means, variances, dfs


def _ns(cells: Sequence[ClusteredArm]) -> np.ndarray:
    return np.array([cell.n for cell in cells])


def _log_odds(
    crossed: Crossing, cells: Sequence[ClusteredArm], alpha: float, confidence: float
) -> Factorial | NotEnough:
    shares, variances, dfs = _columns(cells)
    if ((shares <= 0) | (shares >= 1)).any():
        return NotEnough("nobody or everybody of an arm had the event, so its log odds have no bound")
    slope = 1 / (shares * (1 - shares))
    scale = CellEstimates(
        f"log odds ratio, {BY_CLUSTERS}", np.log(shares / (1 - shares)), variances * slope**2, dfs
    )
    return all_effects(crossed, scale, _ns(cells), alpha=alpha, confidence=confidence)
