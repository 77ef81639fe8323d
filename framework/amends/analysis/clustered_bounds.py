"""The confidence region of Lee's bounds where whole clusters were assigned: errors from sums over clusters.

The bounds themselves stay as they are: they are a difference of (trimmed) means over units. Their errors are
not: units of one cluster answer, and rate, alike. Each unit's influence on a bound is summed over its
cluster, and the sums' spread between the clusters of an arm gives the error.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log, sqrt

import numpy as np

from amends.analysis.imbens_manski import region_quantile
from amends.analysis.result import Interval, NotEnough

FEWEST = 15
"""Clusters below which the region is refused: its error rests on too few sums."""


@dataclass(frozen=True, slots=True)
class _Arm:
    """One arm's units: their ratings (missing where silent) and their clusters from 0 on."""

    ratings: np.ndarray
    groups: np.ndarray

    @property
    def answered(self) -> np.ndarray:
        found: np.ndarray = ~np.isnan(self.ratings)
        return found

    @property
    def given(self) -> np.ndarray:
        found: np.ndarray = self.ratings[self.answered]
        return found

    @property
    def clusters(self) -> int:
        return int(self.groups.max()) + 1

    def variance(self, influence: np.ndarray) -> float:
        """Of the sum of all units' influences, which are 0 on average."""
        sums = np.bincount(self.groups, influence)
        return float(self.clusters / (self.clusters - 1) * (sums**2).sum())


def clustered_region(
    ratings: np.ndarray, treated: np.ndarray, clusters: np.ndarray, *, confidence: float = 0.95
) -> Interval | NotEnough:
    """The region for the effect among those who would answer in either arm, clusters drawn as a whole.

    Args:
        ratings: One rating a unit assigned, NaN where it did not answer.
        treated: Whether the unit is in the first arm.
        clusters: The cluster of every unit, as whole numbers.
        confidence: The level of the region.

    Source: Lee 2009; Imbens & Manski 2004; Stoye 2009; sums over clusters as in Liang & Zeger 1986, with
    t(G - 2) in place of the normal distribution.

    >>> rng = np.random.default_rng(1)
    >>> found = clustered_region(rng.normal(size=120), np.arange(120) % 40 < 20, np.arange(120) % 40)
    >>> round(found.low, 2), round(found.high, 2)
    (-0.36, 0.31)
    """
    a, b = (_Arm(ratings[side], np.unique(clusters[side], return_inverse=True)[1])
            for side in (treated, ~treated))  # fmt: skip
    for arm, which in ((a, "first"), (b, "second")):
        if not len(arm.given):
            return NotEnough(f"the {which} arm has no answers")
    total = a.clusters + b.clusters
    if total < FEWEST or min(a.clusters, b.clusters) < 2:
        return NotEnough(f"{total} clusters; {FEWEST} needed for the region of the bounds")
    # In whole numbers, so that equal shares are never told apart by a rounding.
    flipped = len(a.given) * len(b.ratings) < len(b.given) * len(a.ratings)
    equal = len(a.given) * len(b.ratings) == len(b.given) * len(a.ratings)
    more, less = (b, a) if flipped else (a, b)
    (low, low_error), (high, high_error) = (_bound(more, less, top=top) for top in (True, False))
    if flipped:
        low, high, low_error, high_error = -high, -low, high_error, low_error
    if equal:
        # Either arm may be the one that answers more: the less favourable of the two holds.
        low_error = max(low_error, _bound(less, more, top=False)[1])
        high_error = max(high_error, _bound(less, more, top=True)[1])
    widest = max(low_error, high_error)
    if not widest > 0:
        return NotEnough("all answers are alike within each arm, so the region has no width to estimate")
    apart = high - low > widest * sqrt(log(total))
    quantile = region_quantile(high - low if apart else 0.0, widest, confidence, df=total - 2)
    return Interval(low - quantile * low_error, high + quantile * high_error, "Imbens-Manski", confidence)


def _bound(more: _Arm, less: _Arm, *, top: bool) -> tuple[float, float]:
    """A bound of `more` minus `less` and its error: `more` loses its excess from the top or the bottom.

    With q the value at the cut, the trimmed mean is q + E[min(Y - q, 0)] / keep, whose derivative by q is 0;
    so a unit of `more` moves it by its clipped rating and by its share in who answered.
    """
    n, units = len(more.given), len(more.ratings)
    kept = len(less.given) * units / len(less.ratings)
    ordered = np.sort(more.given)
    ordered = ordered if top else ordered[::-1]
    whole = min(n, int(np.floor(kept + 1e-9)))
    rest = max(0.0, kept - whole) if whole < n else 0.0
    cut = float(ordered[min(n - 1, whole if rest > 1e-9 else whole - 1)]) if n else 0.0
    trimmed = (float(ordered[:whole].sum()) + rest * cut) / kept
    clipped = np.minimum(more.ratings, cut) if top else np.maximum(more.ratings, cut)
    share, keep = n / units, kept / n
    centre = float(np.nanmean(clipped))
    own = np.where(more.answered, clipped - centre, 0.0) / (share * keep)
    own += (trimmed - cut) * (more.answered - share) / share
    other_share = len(less.given) / len(less.ratings)
    mean = float(less.given.mean())
    other = np.where(less.answered, less.ratings - mean, 0.0) / other_share
    other += (trimmed - cut) * (less.answered - other_share) / other_share
    variance = more.variance(own / units) + less.variance(other / len(less.ratings))
    return trimmed - mean, sqrt(variance)
