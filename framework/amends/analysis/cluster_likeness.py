"""How alike units of one cluster are, and the model that gives every cluster a level of its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from amends.analysis.counts import check_share
from amends.analysis.distributions import f_quantile, normal_quantile
from amends.analysis.exported import Exported
from amends.analysis.regression import Flags, Labels, Values, assigned_clusters, labels, outcomes
from amends.analysis.result import Interval, NotEnough


@dataclass(frozen=True, slots=True)
class IntraclassCorrelation(Exported):
    """How alike units of one cluster are.

    Attributes:
        name: The method.
        value: Share of the spread that lies between clusters; below 0 where units of a cluster differ
            more than by chance.
        mean_size: The clusters' size as the analysis of variance counts it (m0).
        interval: Of the value, by the F distribution; exact for clusters of one size.
        design_effect: How many times as many units the clusters make necessary: 1 + (m - 1) · ICC with m the
            size of the cluster that an average unit belongs to.
        between: Mean square between clusters.
        within: Mean square within clusters.
        n: Units.
        clusters: Clusters.
    """

    name: str
    value: float
    mean_size: float
    interval: Interval | NotEnough
    design_effect: float
    between: float
    within: float
    n: int
    clusters: int


@dataclass(frozen=True, slots=True)
class RandomIntercept(Exported):
    """A difference from a model in which every cluster has its own level.

    Attributes:
        name: The method.
        value: First arm minus second.
        standard_error: Of the difference.
        interval: By the normal distribution, which is too narrow for few clusters.
        between: Variance between clusters.
        within: Variance within clusters.
        n: Units.
        clusters: Clusters.
    """

    name: str
    value: float
    standard_error: float
    interval: Interval
    between: float
    within: float
    n: int
    clusters: int


def intraclass_correlation(
    values: Values,
    clusters: Labels,
    *,
    treated: Flags | None = None,
    arms: Labels | None = None,
    confidence: float = 0.95,
) -> IntraclassCorrelation | NotEnough:
    """How alike units of one cluster are, by one-way analysis of variance.

    Args:
        values: One outcome a unit.
        clusters: The cluster of every unit.
        treated: Whether the unit is in the first arm; then the arms' own difference is left out, as planning
            needs it. Without it, clusters are compared across arms.
        arms: The same for any number of arms: every unit's arm.
        confidence: The level of the interval.

    Source: Donner & Koval 1980; interval: Searle 1971, with m0 for clusters of several sizes.

    >>> found = intraclass_correlation([4, 5, 4, 6, 7, 7], "aaabbb")
    >>> round(found.value, 3), found.mean_size
    (0.887, 3.0)
    """
    y = outcomes(values)
    groups, arm = labels(clusters, len(y), "clusters"), np.zeros(len(y), dtype=int)
    if arms is not None:
        arm = labels(arms, len(y), "arms")
    if treated is not None:
        design = assigned_clusters(treated, clusters, len(y))
        if isinstance(design, NotEnough):
            return design
        arm = design.arm.astype(int)
    sizes = np.bincount(groups)
    k, among = len(sizes), len(np.unique(arm))
    if k <= among or len(y) <= k:
        return NotEnough(f"{len(y)} units in {k} clusters; several clusters an arm and several units needed")
    means = np.bincount(groups, y) / sizes
    centres = (np.bincount(arm, y) / np.maximum(1, np.bincount(arm)))[arm]
    within = float(((y - means[groups]) ** 2).sum()) / (len(y) - k)
    between = float(((means[groups] - centres) ** 2).sum()) / (k - among)
    arm_of = arm[np.unique(groups, return_index=True)[1]]
    squares = sum(
        float((sizes[arm_of == a] ** 2).sum() / sizes[arm_of == a].sum()) for a in np.unique(arm_of)
    )
    size = (len(y) - squares) / (k - among)
    if not between + (size - 1) * within:
        return NotEnough("all values are alike, so there is no spread to share")
    value = (between - within) / (between + (size - 1) * within)
    effect = 1 + (float((sizes**2).sum()) / len(y) - 1) * value
    limits = _limits(between, within, size, (k - among, len(y) - k), confidence)
    return IntraclassCorrelation("ANOVA", value, size, limits, effect, between, within, len(y), k)


def _limits(
    between: float, within: float, size: float, df: tuple[int, int], confidence: float
) -> Interval | NotEnough:
    """Searle's limits: the ratio of mean squares follows F times 1 + m0 · ICC / (1 - ICC)."""
    check_share(confidence, "confidence")
    if not within:
        return NotEnough("units of one cluster are all alike, so the interval has no width to estimate")
    ratio, tail = between / within, (1 + confidence) / 2
    lowest, highest = ratio / f_quantile(tail, *df), ratio * f_quantile(tail, df[1], df[0])
    low, high = ((f - 1) / (f + size - 1) for f in (lowest, highest))
    return Interval(low, high, "F", confidence)


def random_intercept(
    values: Values,
    treated: Flags,
    clusters: Labels,
    *,
    confidence: float = 0.95,
) -> RandomIntercept | NotEnough:
    """The difference in a model with one random level a cluster (restricted likelihood).

    Its interval takes the normal distribution for granted; with fewer than 40 clusters read
    `clustered_difference` instead.

    Source: Laird & Ware 1982, by statsmodels `MixedLM`.
    """
    import warnings

    from statsmodels.regression.mixed_linear_model import MixedLM

    check_share(confidence, "confidence")
    y = outcomes(values)
    design = assigned_clusters(treated, clusters, len(y))
    if isinstance(design, NotEnough):
        return design
    groups, arm = design.groups, design.arm
    if len(y) <= groups.max() + 1 or (y == y[0]).all():
        return NotEnough("clusters need several units that are not all alike")
    with warnings.catch_warnings():
        # A variance of 0 between clusters is a result, not a fault.
        warnings.simplefilter("ignore")
        fit = MixedLM(y, np.column_stack([np.ones(len(y)), arm]), groups=groups).fit(reml=True)
    value, error = float(fit.fe_params[1]), float(fit.bse_fe[1])
    if not error > 0:
        return NotEnough("the model with a level for every cluster cannot be fitted")
    half = normal_quantile((1 + confidence) / 2) * error
    return RandomIntercept(
        name="random intercept (REML)",
        value=value,
        standard_error=error,
        interval=Interval(value - half, value + half, "random intercept, z", confidence),
        between=float(np.asarray(fit.cov_re)[0, 0]),
        within=float(fit.scale),
        n=len(y),
        clusters=int(groups.max()) + 1,
    )
