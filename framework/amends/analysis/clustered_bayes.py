"""How probable it is that an arm is the better one where arms were given to whole clusters.

An approximation from the arms' means: under a flat prior each mean has a t distribution around what was
seen, as wide as its clusters say. It stands beside the test, never in its place (see `bayes`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, lgamma, log, pi, sqrt

import numpy as np

from amends.analysis.bayes import BetterMean, quadrature_points
from amends.analysis.cluster_arms import ClusteredArm, arms_by_name
from amends.analysis.counts import check_share
from amends.analysis.distributions import t_cdf, t_quantile
from amends.analysis.exported import Exported
from amends.analysis.regression import Labels, Values
from amends.analysis.result import Interval, NotEnough

NAME = "t approximation, clusters, flat prior"
NEEDED_FOR = "probabilities"

_EDGES = np.array(
    [0.0, 1e-9, 1e-6, 1e-3, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 0.999, 1 - 1e-6, 1 - 1e-9, 1.0]
)


@dataclass(frozen=True, slots=True)
class BetterClusters(Exported):
    """Shares of several arms of clusters.

    Attributes:
        name: The method.
        means: Every arm's share.
        intervals: Central interval of every arm's share, within 0 and 1.
        best: Probability of every arm of having the highest share; they add up to 1.
        losses: Share expected to be given up by choosing that arm.
        ns: Units of every arm.
        clusters: Clusters of every arm.
    """

    name: str
    means: tuple[float, ...]
    intervals: tuple[Interval, ...]
    best: tuple[float, ...]
    losses: tuple[float, ...]
    ns: tuple[int, ...]
    clusters: tuple[int, ...]


def better_clusters(
    values: Values, arms: Labels, clusters: Labels, *, names: Sequence[str], confidence: float = 0.95
) -> BetterClusters | NotEnough:
    """Which of several arms has the highest share, arms having been given to whole clusters.

    Args:
        values: 1 for a unit with the event, else 0.
        arms: Every unit's arm; the same for all units of a cluster.
        clusters: The cluster of every unit.
        names: The arms, in the order of the figures.
        confidence: The level of each arm's interval.

    Source: the posterior of a normal mean under a flat prior (Gelman et al. 2013, section 3.2), on errors
    that count clusters (`cluster_arms`); expected loss: Stucchio 2015.

    Raises:
        UsageError: A cluster in two arms, a unit in an arm that is not named, lists of unequal length.

    >>> cluster = np.arange(240) // 4
    >>> arm, chance = np.array(["sorry", "thank_you"])[cluster % 2], np.where(cluster % 2, 0.9, 0.7)
    >>> done = np.random.default_rng(2).random(240) < chance
    >>> found = better_clusters(done, arm, cluster, names=["thank_you", "sorry"])
    >>> [round(p, 2) for p in found.best]
    [1.0, 0.0]
    """
    check_share(confidence, "confidence")
    found = arms_by_name(values, arms, clusters, names=names, needed_for=NEEDED_FOR)
    if isinstance(found, NotEnough):
        return found
    best = np.array([_highest(found, place) for place in range(len(found))])
    return BetterClusters(
        name=NAME,
        means=tuple(item.mean for item in found),
        intervals=tuple(_central(item, confidence) for item in found),
        best=tuple(float(chance) for chance in best / best.sum()),
        losses=tuple(_loss(found, place) for place in range(len(found))),
        ns=tuple(item.n for item in found),
        clusters=tuple(item.clusters for item in found),
    )


def better_mean_of_clusters(
    values: Values, arms: Labels, clusters: Labels, *, names: tuple[str, str], confidence: float = 0.95
) -> BetterMean | NotEnough:
    """Which of two means is the higher one, arms having been given to whole clusters.

    The difference of two t distributions is taken as one with Satterthwaite's degrees of freedom, so its
    interval is that of the test. The arguments are those of `better_clusters`, with two names.

    >>> cluster = np.arange(240) // 4
    >>> arm = np.array(["sorry", "thank_you"])[cluster % 2]
    >>> amount = np.random.default_rng(2).normal(size=240) + (arm == "sorry")
    >>> found = better_mean_of_clusters(amount, arm, cluster, names=("thank_you", "sorry"))
    >>> round(found.probability_greater, 3)
    0.0
    """
    check_share(confidence, "confidence")
    found = arms_by_name(values, arms, clusters, names=names, needed_for=NEEDED_FOR)
    if isinstance(found, NotEnough):
        return found
    first, second = found
    gap, variance = first.mean - second.mean, first.variance + second.variance
    df, error = variance**2 / (first.variance**2 / first.df + second.variance**2 / second.df), sqrt(variance)
    if df <= 1:
        return NotEnough("an arm has 1 cluster, or hardly more than one large one; 2 of a size needed")
    half = t_quantile((1 + confidence) / 2, df) * error
    return BetterMean(
        name=NAME,
        value=gap,
        sd=error,
        interval=Interval(gap - half, gap + half, NAME, confidence),
        probability_greater=t_cdf(gap / error, df),
        losses=(_shortfall(-gap, error, df), _shortfall(gap, error, df)),
        ns=(first.n, second.n),
    )


def _shortfall(gap: float, error: float, df: float) -> float:
    """E[max(0, gap + error T)] of a t variable with more than one degree of freedom."""
    z = gap / error
    density = exp(lgamma((df + 1) / 2) - lgamma(df / 2) - (df + 1) / 2 * log(1 + z * z / df)) / sqrt(df * pi)
    return max(0.0, gap * t_cdf(z, df) + error * density * (df + z * z) / (df - 1))


def _central(arm: ClusteredArm, confidence: float) -> Interval:
    half = t_quantile((1 + confidence) / 2, arm.df) * arm.error
    return Interval(max(0.0, arm.mean - half), min(1.0, arm.mean + half), NAME, confidence)


def _below(arm: ClusteredArm, at: np.ndarray) -> np.ndarray:
    from scipy import special

    found: np.ndarray = special.stdtr(arm.df, (at - arm.mean) / arm.error)
    return found


def _others_below(arms: Sequence[ClusteredArm], place: int, at: np.ndarray) -> np.ndarray:
    found: np.ndarray = np.prod([_below(arm, at) for k, arm in enumerate(arms) if k != place], axis=0)
    return found


def _highest(arms: Sequence[ClusteredArm], place: int) -> float:
    """The chance that the others lie below an arm, over the arm's own quantiles."""
    from scipy import special

    own, (at, weights) = arms[place], quadrature_points(_EDGES)
    return float(weights @ _others_below(arms, place, own.mean + own.error * special.stdtrit(own.df, at)))


def _loss(arms: Sequence[ClusteredArm], place: int) -> float:
    """The integral of F_own (1 - product of the others' F) over all possible shares."""
    from scipy import special

    ends = [arm.mean + arm.error * special.stdtrit(arm.df, _EDGES[1:-1]) for arm in arms]
    edges = np.unique(np.clip(np.concatenate([[0.0, 1.0], *ends]), 0, 1))
    at, weights = quadrature_points(edges)
    return float(weights @ (_below(arms[place], at) * (1 - _others_below(arms, place, at))))
