"""Whether two proportions are alike within a margin declared beforehand. A large p-value never shows that."""

from __future__ import annotations

from dataclasses import dataclass

from amends.analysis.counts import check_counts, check_share, empty_arm
from amends.analysis.distributions import normal_cdf
from amends.analysis.intervals import newcombe, score_z
from amends.analysis.result import Interval, NotEnough
from amends.errors import UsageError


@dataclass(frozen=True, slots=True)
class ScoreEquivalence:
    """Two one-sided score tests against a margin.

    Attributes:
        z_lower: Standard errors above the lower margin.
        z_upper: Standard errors above the upper one (below it where negative).
        p_lower: That the difference lies at or below the lower margin.
        p_upper: That it lies at or above the upper one.
        p_value: The larger of the two.
    """

    z_lower: float
    z_upper: float
    p_lower: float
    p_upper: float
    p_value: float


def tost_proportions(
    x1: int, n1: int, x2: int, n2: int, *, low: float, high: float
) -> ScoreEquivalence | NotEnough:
    """Two one-sided Miettinen–Nurminen score tests.

    Args:
        x1: Events in the first arm, of `n1`; likewise `x2` of `n2`.
        n1: Units in the first arm.
        x2: Events in the second arm.
        n2: Units in the second arm.
        low: The lower margin of the difference, as a share.
        high: The upper margin.

    Source: Schuirmann 1987; Farrington & Manning 1990; Miettinen & Nurminen 1985.

    >>> round(tost_proportions(51, 56, 44, 56, low=-0.1, high=0.1).p_value, 3)
    0.646
    """
    x1, n1, x2, n2 = check_counts(x1, n1, x2, n2)
    if not -1 <= low < high <= 1:
        raise UsageError(
            f"margin {low} to {high}: two shares, the lower one first. Give for instance -0.05, 0.05."
        )
    if not n1 or not n2:
        return empty_arm(n1)
    z_lower, z_upper = (score_z(x1, n1, x2, n2, margin) for margin in (low, high))
    p_lower, p_upper = normal_cdf(-z_lower), normal_cdf(z_upper)
    return ScoreEquivalence(z_lower, z_upper, p_lower, p_upper, max(p_lower, p_upper))


def within_margin(
    x1: int, n1: int, x2: int, n2: int, *, margin: float, alpha: float = 0.05
) -> bool | NotEnough:
    """Whether Newcombe's interval of confidence 1 - 2 alpha lies inside plus or minus `margin`.

    >>> within_margin(800, 1000, 805, 1000, margin=0.05)
    True
    """
    if not 0 < margin <= 1:
        raise UsageError(
            f"margin {margin!r}: it is above 0 and at most 1. Write 5 percentage points as 0.05."
        )
    check_share(alpha, "alpha")
    interval = newcombe(x1, n1, x2, n2, confidence=1 - 2 * alpha)
    if not isinstance(interval, Interval):
        return interval
    return -margin < interval.low and interval.high < margin
