"""How many times as likely, and how many to treat: risk ratio, odds ratio, Cohen's h and NNT.

First arm over (or minus) second. The odds ratio is not "times as likely": 91.1% against 78.4% is a risk
ratio of 1.16 and an odds ratio of 2.82.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from math import asin, exp, inf, log, sqrt

from amends.analysis.conditional import conditional_odds_ratio
from amends.analysis.counts import check_choice, check_counts, check_share, empty_arm
from amends.analysis.distributions import normal_quantile
from amends.analysis.intervals import newcombe
from amends.analysis.result import Estimate, Interval, NotEnough


@dataclass(frozen=True, slots=True)
class NumberNeeded:
    """Units to treat for one more event: the reciprocal of the difference, with its limits.

    Attributes:
        value: 1 / difference; infinite where the arms do not differ, negative where the second is ahead.
        low: Reciprocal of the upper limit of the difference.
        high: Reciprocal of its lower limit.
        two_regions: The difference's interval spans 0, so what is compatible with the data is
            everything up to `high` **and** everything from `low` on, through infinity (Altman 1998).
        confidence: The level of the limits.
    """

    value: float
    low: float
    high: float
    two_regions: bool
    confidence: float = 0.95

    @property
    def interval(self) -> Interval | NotEnough:
        """The limits where they enclose one region; a range across infinity is not an interval."""
        if self.two_regions:
            return NotEnough("the difference may be 0, so the number needed may be infinite")
        return Interval(self.low, self.high, "Newcombe, reciprocal", self.confidence)


def risk_ratio(
    x1: int, n1: int, x2: int, n2: int, *, confidence: float = 0.95, method: str = "score"
) -> Estimate | NotEnough:
    """How many times as likely the event is in the first arm as in the second.

    Args:
        x1: Events in the first arm, of `n1`; likewise `x2` of `n2`.
        n1: Units in the first arm.
        x2: Events in the second arm.
        n2: Units in the second arm.
        confidence: The level, for instance 0.95.
        method: `score` (Koopman 1984, defined with empty cells too) or `log` (Katz 1978).

    Returns:
        The ratio (infinite where only the second arm has no event) with its interval.

    >>> ratio = risk_ratio(911, 1000, 784, 1000)
    >>> round(ratio.value, 2), round(ratio.interval.low, 2), round(ratio.interval.high, 2)
    (1.16, 1.12, 1.21)
    """
    x1, n1, x2, n2 = check_counts(x1, n1, x2, n2)
    check_share(confidence, "confidence")
    check_choice(method, ("score", "log"), "method")
    if not n1 or not n2:
        return empty_arm(n1)
    if not x1 and not x2:
        return NotEnough(f"nobody of {n1} and {n2} had the event, so there is no ratio")
    value = x1 * n2 / (x2 * n1) if x2 else inf
    interval = (_koopman if method == "score" else _katz)(x1, n1, x2, n2, confidence)
    return Estimate("risk ratio", value, interval)


def odds_ratio(
    x1: int, n1: int, x2: int, n2: int, *, confidence: float = 0.95, method: str = "logit"
) -> Estimate | NotEnough:
    """The odds of the event in the first arm over those in the second.

    Args:
        x1: Events in the first arm, of `n1`; likewise `x2` of `n2`.
        n1: Units in the first arm.
        x2: Events in the second arm.
        n2: Units in the second arm.
        confidence: The level, for instance 0.95.
        method: `logit` (Woolf; needs every cell filled), `haldane` (half a unit added to each cell) or
            `conditional` (the maximum-likelihood ratio and exact limits that go with Fisher's test).

    >>> round(odds_ratio(911, 1000, 784, 1000).value, 2)
    2.82
    """
    x1, n1, x2, n2 = check_counts(x1, n1, x2, n2)
    check_share(confidence, "confidence")
    check_choice(method, ("logit", "haldane", "conditional"), "method")
    if not n1 or not n2:
        return empty_arm(n1)
    if method == "conditional":
        return _conditional(x1, n1, x2, n2, confidence)
    added = 0.5 if method == "haldane" else 0.0
    a, b, c, d = x1 + added, n1 - x1 + added, x2 + added, n2 - x2 + added
    if min(a, b, c, d) == 0:
        return NotEnough("a cell of the table is empty, so the odds ratio is not estimable")
    value, half = a * d / (b * c), _z(confidence) * sqrt(1 / a + 1 / b + 1 / c + 1 / d)
    name = "odds ratio (Haldane)" if added else "odds ratio"
    interval = Interval(value * exp(-half), value * exp(half), "Haldane" if added else "logit", confidence)
    return Estimate(name, value, interval)


def cohens_h(x1: int, n1: int, x2: int, n2: int, *, confidence: float = 0.95) -> Estimate | NotEnough:
    """The difference on the arcsine scale, where its variance does not depend on the level (Cohen 1988).

    >>> round(cohens_h(911, 1000, 784, 1000).value, 3)
    0.361
    """
    x1, n1, x2, n2 = check_counts(x1, n1, x2, n2)
    check_share(confidence, "confidence")
    if not n1 or not n2:
        return empty_arm(n1)
    value = 2 * asin(sqrt(x1 / n1)) - 2 * asin(sqrt(x2 / n2))
    half = _z(confidence) * sqrt(1 / n1 + 1 / n2)
    return Estimate("Cohen's h", value, Interval(value - half, value + half, "arcsine", confidence))


def nnt(x1: int, n1: int, x2: int, n2: int, *, confidence: float = 0.95) -> NumberNeeded | NotEnough:
    """The number needed to treat, with the reciprocals of Newcombe's limits.

    >>> needed = nnt(911, 1000, 784, 1000)
    >>> round(needed.value, 1), round(needed.low, 1), round(needed.high, 1), needed.two_regions
    (7.9, 6.3, 10.4, False)
    """
    limits = newcombe(x1, n1, x2, n2, confidence=confidence)
    if isinstance(limits, NotEnough):
        return limits
    gap = x1 * n2 - x2 * n1
    return NumberNeeded(
        value=n1 * n2 / gap if gap else inf,
        low=1 / limits.high if limits.high else inf,
        high=1 / limits.low if limits.low else -inf if limits.high > 0 else inf,
        two_regions=limits.low < 0 < limits.high,
        confidence=confidence,
    )


def _katz(x1: int, n1: int, x2: int, n2: int, confidence: float) -> Interval | NotEnough:
    if not x1 or not x2:
        return NotEnough("an arm has no event, so the log interval of the ratio is undefined")
    value = x1 * n2 / (x2 * n1)
    half = _z(confidence) * sqrt(max(0.0, 1 / x1 - 1 / n1 + 1 / x2 - 1 / n2))
    return Interval(value * exp(-half), value * exp(half), "Katz", confidence)


@lru_cache(maxsize=1024)
def _koopman(x1: int, n1: int, x2: int, n2: int, confidence: float) -> Interval:
    """The ratios that a chi-square at the best fit does not reject, found by halving on the log scale."""
    limit = _z(confidence) ** 2

    def rejected(ratio: float) -> bool:
        return _ratio_chi2(x1, n1, x2, n2, ratio) > limit

    start = x1 * n2 / (x2 * n1) if x1 and x2 else None
    low = 0.0 if not x1 else _edge(rejected, start, -1)
    high = inf if not x2 else _edge(rejected, start, 1)
    return Interval(low, high, "Koopman", confidence)


def _ratio_chi2(x1: int, n1: int, x2: int, n2: int, ratio: float) -> float:
    """Chi-square of the data against p1 = ratio * p2, p2 at its maximum likelihood."""
    a, b = ratio * (n1 + n2), ratio * (n1 + x2) + x1 + n2
    p2 = 2 * (x1 + x2) / (b + sqrt(max(0.0, b * b - 4 * a * (x1 + x2))))
    p1 = min(1.0, ratio * p2)
    spread = (1 - p1) / (n1 * p1) + max(0.0, 1 - p2) / (n2 * p2)
    gap = x1 / (n1 * p1) - x2 / (n2 * p2)
    return gap * gap / spread if spread > 0 else (0.0 if abs(gap) < 1e-12 else inf)


def _edge(rejected: Callable[[float], bool], start: float | None, step: int) -> float:
    inside = 0.0 if start is None else log(start)
    width = 1.0
    if start is None:
        # The estimate is 0 or infinite: begin on that side, where nothing is rejected.
        inside = -step * 60.0
    outside = inside + step * width
    while not rejected(exp(outside)):
        inside, width = outside, width * 2
        outside = inside + step * width
        if abs(outside) > 600:
            return inf if step > 0 else 0.0
    for _ in range(60):
        middle = (inside + outside) / 2
        if middle in (inside, outside):
            break
        if rejected(exp(middle)):
            outside = middle
        else:
            inside = middle
    return exp(inside)


def _conditional(x1: int, n1: int, x2: int, n2: int, confidence: float) -> Estimate | NotEnough:
    if x1 + x2 in (0, n1 + n2):
        return NotEnough("everybody or nobody had the event, so the odds ratio is not estimable")
    value, low, high = conditional_odds_ratio(x1, n1, x2, n2, confidence=confidence)
    return Estimate("conditional odds ratio", value, Interval(low, high, "Fisher", confidence))


def _z(confidence: float) -> float:
    return normal_quantile((1 + confidence) / 2)
