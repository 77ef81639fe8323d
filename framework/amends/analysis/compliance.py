"""What a message does to those who get it because they were assigned to it (CACE, also called LATE).

Not everyone assigned to a message receives it, and some receive it who were not. Leaving either out (a
per-protocol comparison) breaks the randomisation and is not offered here. Assignment serves as instrument
instead: the difference over all assigned, divided by how much more often the message was delivered, or said.
First arm minus second throughout.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, sqrt
from typing import Any

import numpy as np

from amends.analysis.counts import check_share
from amends.analysis.distributions import t_p, t_quantile
from amends.analysis.exported import Exported
from amends.analysis.regression import arms, assigned_clusters, outcomes
from amends.analysis.result import NotEnough
from amends.errors import UsageError

STRONG_INSTRUMENT = 10.0
"""A first-stage F below this is called weak (Staiger & Stock 1997)."""


@dataclass(frozen=True, slots=True)
class AndersonRubinSet(Exported):
    """Every effect that an Anderson–Rubin test does not reject: an interval, two rays, or every number.

    Attributes:
        name: The method.
        shape: `interval`, `half-line`, `two rays` or `everything`. All but the first mean that assignment
            moved delivery too little for the data to bound the effect.
        regions: The parts from the lowest on, each with its two ends; an end may be infinite.
        confidence: The level.
    """

    name: str
    shape: str
    regions: tuple[tuple[float, float], ...]
    confidence: float

    def __contains__(self, value: float) -> bool:
        return any(low <= value <= high for low, high in self.regions)

    @property
    def bounded(self) -> bool:
        """Whether the set is an interval with two finite ends."""
        return self.shape == "interval"


@dataclass(frozen=True, slots=True)
class ComplierEffect(Exported):
    """The effect among compliers: units that receive the message if assigned to it, and only then.

    Attributes:
        name: The method.
        value: The Wald ratio: `assigned_effect` over `compliers`.
        standard_error: Of the ratio by the delta method; right only for a strong instrument.
        interval: Anderson and Rubin's, which keeps its level whatever the strength.
        p_value: Of no effect, by the same test; it is that of `assigned_effect`.
        assigned_effect: The difference over all assigned (intention to treat).
        compliers: Estimated share of compliers: received in the first arm less received in the second.
        always_takers: Share that receives the message in either arm.
        never_takers: Share that receives it in neither.
        received: Units that received the message, in either arm.
        non_compliance: `none`, `one-sided` (nobody in the second arm received it) or `two-sided`.
        first_stage_f: How strongly assignment moved receipt; `NotEnough` where it left no error.
        weak: Whether that F is below 10: read the interval only, not `value` and its error.
        ns: Units of either arm.
        clusters: Clusters of either arm; None where units were randomised.
    """

    name: str
    value: float
    standard_error: float
    interval: AndersonRubinSet
    p_value: float
    assigned_effect: float
    compliers: float
    always_takers: float
    never_takers: float
    received: tuple[int, int]
    non_compliance: str
    first_stage_f: float | NotEnough
    weak: bool
    ns: tuple[int, int]
    clusters: tuple[int, int] | None = None


def complier_effect(
    values: Sequence[float],
    treated: Sequence[bool],
    received: Sequence[bool],
    *,
    clusters: Sequence[Any] | None = None,
    confidence: float = 0.95,
) -> ComplierEffect | NotEnough:
    """The effect of receiving the message among compliers, with assignment as the instrument.

    It takes for granted that assignment was random, that it touches the outcome only through receipt, and
    that nobody receives the message just because they were assigned to the other arm (monotonicity). Errors
    are heteroscedastic (HC2; CR2 over clusters), t with units (clusters) - 2 degrees of freedom.

    Args:
        values: One outcome for every unit assigned, received or not; 0 and 1 for a proportion.
        treated: Whether the unit was assigned to the first arm.
        received: Whether the first arm's message was delivered to it, or said.
        clusters: The cluster of every unit, where clusters were randomised.
        confidence: The level of the interval.

    Source: Imbens & Angrist 1994; Angrist, Imbens & Rubin 1996; interval: Anderson & Rubin 1949, as solved
    by Dufour & Taamouti 2005.

    Raises:
        UsageError: Text, a missing outcome, lists of unequal length, a cluster with units in both arms.

    >>> found = complier_effect([1, 1, 1, 0, 1, 1, 0, 0, 1, 0, 0, 0], [1] * 6 + [0] * 6,
    ...                         [1, 1, 1, 1, 0, 1] + [0] * 6)
    >>> round(found.value, 3), round(found.compliers, 3), found.non_compliance
    (0.8, 0.833, 'one-sided')
    """
    check_share(confidence, "confidence")
    y = outcomes(values)
    arm, taken = arms(treated, len(y)), outcomes(received, "received")
    if len(taken) != len(y) or not np.isin(taken, (0.0, 1.0)).all():
        raise UsageError(
            f"received: {len(taken)} for {len(y)} values: true or false (1 or 0) is needed of every unit "
            "assigned. Give false where the message did not arrive."
        )
    if isinstance(arm, NotEnough):
        return arm
    groups, counts = np.arange(len(y)), None
    if clusters is not None:
        design = assigned_clusters(treated, clusters, len(y))
        if isinstance(design, NotEnough):
            return design
        groups, counts = design.groups, design.clusters
    return _solved(y, taken, arm, groups, counts, confidence)


def _solved(
    y: np.ndarray,
    taken: np.ndarray,
    arm: np.ndarray,
    groups: np.ndarray,
    clusters: tuple[int, int] | None,
    confidence: float,
) -> ComplierEffect | NotEnough:
    ns = int(arm.sum()), int((1 - arm).sum())
    if min(ns) < 2:
        return NotEnough(f"the {'first' if ns[0] < 2 else 'second'} arm has 1 unit; 2 needed")
    both = np.column_stack([y, taken])
    means = [both[arm == side].mean(axis=0) for side in (1, 0)]
    (effect, share), spread = means[0] - means[1], _covariance(both, arm, groups)
    if (reason := _no_ratio(share, spread)) is not None:
        return reason
    value = float(effect / share)
    df = (sum(clusters) if clusters else len(y)) - 2
    error = sqrt(max(0.0, float(spread[0, 0] - 2 * value * spread[0, 1] + value**2 * spread[1, 1]))) / share
    first_stage: float | NotEnough = NotEnough("everybody received what they were assigned, without error")
    if spread[1, 1]:
        first_stage = float(share**2 / spread[1, 1])
    always, never = float(means[1][1]), float(1 - means[0][1])
    return ComplierEffect(
        name=f"complier average causal effect ({'CR2' if clusters else 'HC2'})",
        value=value,
        standard_error=float(error),
        interval=anderson_rubin_set(
            (float(effect), float(share)),
            (float(spread[0, 0]), float(spread[0, 1]), float(spread[1, 1])),
            critical=t_quantile((1 + confidence) / 2, df),
            confidence=confidence,
        ),
        p_value=t_p(float(effect) / sqrt(float(spread[0, 0])), df),
        assigned_effect=float(effect),
        compliers=float(share),
        always_takers=always,
        never_takers=never,
        received=(int(taken[arm == 1].sum()), int(taken[arm == 0].sum())),
        non_compliance="two-sided" if always else ("one-sided" if never else "none"),
        first_stage_f=first_stage,
        weak=not isinstance(first_stage, NotEnough) and first_stage < STRONG_INSTRUMENT,
        ns=ns,
        clusters=clusters,
    )


def _covariance(both: np.ndarray, arm: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Of the two differences of means: HC2 where every unit is its own group, CR2 over clusters."""
    total = np.zeros((2, 2))
    for side in (1, 0):
        rows, n = both[arm == side], int((arm == side).sum())
        names, place = np.unique(groups[arm == side], return_inverse=True)
        sizes = np.bincount(place, minlength=len(names))
        centred = rows - rows.mean(axis=0)
        sums = np.column_stack([np.bincount(place, centred[:, column]) for column in (0, 1)])
        # An arm's mean is fitted to it, so a cluster of m of n units shows 1 - m/n of its sum's variance.
        total += (sums / (1 - sizes / n)[:, None]).T @ sums / n**2
    return total


def _no_ratio(share: float, spread: np.ndarray) -> NotEnough | None:
    if share == 0:
        return NotEnough("the message was received equally often in both arms, so nobody is known to comply")
    if share < 0:
        return NotEnough(
            "the message was received less often in the first arm than in the second, which monotonicity "
            "rules out"
        )
    if not spread[0, 0] > 0:
        return NotEnough("all answers within each arm are alike, so there is no error to judge by")
    return None


def anderson_rubin_set(
    differences: tuple[float, float],
    covariance: tuple[float, float, float],
    *,
    critical: float,
    confidence: float = 0.95,
) -> AndersonRubinSet:
    """The effects that the Anderson–Rubin test does not reject, from the quadratic that bounds them.

    An effect b is kept where (difference of outcome - b x difference of receipt) lies within `critical`
    standard errors of 0. The set is never empty: it holds the Wald ratio.

    Args:
        differences: Of the outcome and of receipt, first arm minus second.
        covariance: Variance of the first, covariance, variance of the second.
        critical: How many standard errors are allowed.
        confidence: The level that `critical` stands for.

    >>> anderson_rubin_set((0.1, 0.1), (0.01, 0.0, 0.01), critical=1.96).shape
    'everything'
    """
    (effect, share), (of_effect, joint, of_share) = differences, covariance
    square = critical**2
    a = share**2 - square * of_share
    b = effect * share - square * joint
    c = effect**2 - square * of_effect
    room = b * b - a * c
    name = "Anderson–Rubin"
    if abs(a) <= 1e-14 * share**2:
        if not b:
            return AndersonRubinSet(name, "everything", ((-inf, inf),), confidence)
        end = c / (2 * b)
        return AndersonRubinSet(name, "half-line", ((end, inf) if b > 0 else (-inf, end),), confidence)
    if a < 0 and room <= 0:
        return AndersonRubinSet(name, "everything", ((-inf, inf),), confidence)
    # The stable pair of roots: no difference of nearly equal numbers.
    far = b + (sqrt(max(0.0, room)) if b >= 0 else -sqrt(max(0.0, room)))
    low, high = sorted((far / a, c / far if far else 0.0))
    if a > 0:
        return AndersonRubinSet(name, "interval", ((low, high),), confidence)
    return AndersonRubinSet(name, "two rays", ((-inf, low), (high, inf)), confidence)
