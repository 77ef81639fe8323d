"""Confidence intervals for one proportion and for the difference of two.

Wilson and Newcombe are the defaults: unlike the textbook (Wald) interval they keep their coverage near
0% and 100% and never shrink to a point there. Differences are first minus second.
"""

from __future__ import annotations

from collections.abc import Callable
from math import acos, cos, pi, sqrt

from scipy import special

from amends.analysis.counts import check_choice, check_count, check_counts, check_share, empty_arm
from amends.analysis.distributions import normal_quantile
from amends.analysis.result import Interval, NotEnough

ONE_PROPORTION_METHODS = (
    "wilson",
    "wilson_corrected",
    "clopper_pearson",
    "jeffreys",
    "jeffreys_raw",
    "agresti_coull",
)


def wilson(x: int, n: int, *, confidence: float = 0.95) -> Interval | NotEnough:
    """Wilson's score interval for `x` of `n`.

    Source: Wilson 1927; recommended by Brown, Cai & DasGupta 2001.

    >>> interval = wilson(911, 1000)
    >>> round(interval.low, 4), round(interval.high, 4)
    (0.8917, 0.9271)
    """
    return one_proportion(x, n, method="wilson", confidence=confidence)


def one_proportion(
    x: int, n: int, *, method: str = "wilson", confidence: float = 0.95
) -> Interval | NotEnough:
    """An interval for the proportion `x` of `n` by the method named.

    Args:
        x: Events.
        n: Units.
        method: `wilson`, `wilson_corrected` (continuity correction), `clopper_pearson` (exact,
            conservative), `jeffreys` (with the end rule of Brown, Cai & DasGupta: 0 at x = 0 and 1 at
            x = n), `jeffreys_raw` (without it) or `agresti_coull`.
        confidence: The level, for instance 0.95.

    >>> one_proportion(0, 50, method="jeffreys").low
    0.0
    """
    x, n = check_count(x, n)
    check_share(confidence, "confidence")
    check_choice(method, ONE_PROPORTION_METHODS, "method")
    if not n:
        return NotEnough("there are no units to take a proportion of")
    low, high = _ONE_PROPORTION[method](x, n, confidence)
    return Interval(max(0.0, low), min(1.0, high), _NAMES[method], confidence)


def newcombe(x1: int, n1: int, x2: int, n2: int, *, confidence: float = 0.95) -> Interval | NotEnough:
    """Newcombe's interval for the difference, from the two Wilson intervals (his method 10).

    Source: Newcombe 1998; Fagerland, Lydersen & Laake 2015.

    >>> interval = newcombe(911, 1000, 784, 1000)
    >>> round(interval.low, 4), round(interval.high, 4)
    (0.0959, 0.1581)
    """
    return _newcombe(x1, n1, x2, n2, confidence, _wilson, "Newcombe")


def newcombe_corrected(
    x1: int, n1: int, x2: int, n2: int, *, confidence: float = 0.95
) -> Interval | NotEnough:
    """Newcombe's interval with continuity correction (his method 11)."""
    return _newcombe(x1, n1, x2, n2, confidence, _wilson_corrected, "Newcombe corrected")


def agresti_caffo(x1: int, n1: int, x2: int, n2: int, *, confidence: float = 0.95) -> Interval | NotEnough:
    """Wald's interval after adding one event and one non-event to each arm (Agresti & Caffo 2000).

    >>> round(agresti_caffo(911, 1000, 784, 1000).low, 4)
    0.0957
    """
    x1, n1, x2, n2 = check_counts(x1, n1, x2, n2)
    check_share(confidence, "confidence")
    if not n1 or not n2:
        return empty_arm(n1)
    p1, p2 = (x1 + 1) / (n1 + 2), (x2 + 1) / (n2 + 2)
    half = _z(confidence) * sqrt(p1 * (1 - p1) / (n1 + 2) + p2 * (1 - p2) / (n2 + 2))
    return Interval(max(-1.0, p1 - p2 - half), min(1.0, p1 - p2 + half), "Agresti-Caffo", confidence)


def wald(x1: int, n1: int, x2: int, n2: int, *, confidence: float = 0.95) -> Interval | NotEnough:
    """The textbook interval, for comparison only: it has no width at 0/n and n/n and covers too rarely."""
    x1, n1, x2, n2 = check_counts(x1, n1, x2, n2)
    check_share(confidence, "confidence")
    if not n1 or not n2:
        return empty_arm(n1)
    gap = (x1 * n2 - x2 * n1) / (n1 * n2)
    half = _z(confidence) * unpooled_error(x1, n1, x2, n2)
    return Interval(max(-1.0, gap - half), min(1.0, gap + half), "Wald", confidence)


def unpooled_error(x1: int, n1: int, x2: int, n2: int) -> float:
    """The standard error of the difference from each arm's own variance; both arms need units."""
    return sqrt(x1 * (n1 - x1) / n1**3 + x2 * (n2 - x2) / n2**3)


def miettinen_nurminen(
    x1: int, n1: int, x2: int, n2: int, *, confidence: float = 0.95
) -> Interval | NotEnough:
    """The score interval of Miettinen & Nurminen (1985), from the likelihood at each possible difference.

    Written out here because statsmodels 0.15 solves another cubic and gives other limits.

    >>> interval = miettinen_nurminen(911, 1000, 784, 1000)
    >>> round(interval.low, 5), round(interval.high, 5)
    (0.09613, 0.15831)
    """
    return _score_interval(x1, n1, x2, n2, confidence, "Miettinen-Nurminen")


def mee(x1: int, n1: int, x2: int, n2: int, *, confidence: float = 0.95) -> Interval | NotEnough:
    """Mee's score interval (1984): Miettinen–Nurminen without the factor N / (N - 1)."""
    return _score_interval(x1, n1, x2, n2, confidence, "Mee")


def score_z(x1: int, n1: int, x2: int, n2: int, margin: float, *, corrected: bool = True) -> float:
    """How many standard errors the difference lies above `margin`, at the likelihood's best fit there.

    Args:
        x1: Events in the first arm, of `n1`; likewise `x2` of `n2`.
        n1: Units in the first arm, at least 1.
        x2: Events in the second arm.
        n2: Units in the second arm, at least 1.
        margin: The difference supposed, from -1 to 1.
        corrected: Multiplies the variance by N / (N - 1), as Miettinen & Nurminen do.

    Returns:
        The z statistic; 0 where the data fit the margin exactly, infinite where the margin leaves no
        variance and the data differ from it.
    """
    p2 = constrained_share(x1, n1, x2, n2, margin)
    p1 = min(1.0, max(0.0, p2 + margin))
    variance = p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2
    if corrected:
        variance *= (n1 + n2) / (n1 + n2 - 1)
    gap = (x1 * n2 - x2 * n1) / (n1 * n2) - margin
    if variance <= 0:
        return 0.0 if abs(gap) < 1e-12 else (float("inf") if gap > 0 else float("-inf"))
    return gap / sqrt(variance)


def constrained_share(x1: int, n1: int, x2: int, n2: int, margin: float) -> float:
    """The second proportion that fits best if the first is larger by exactly `margin`.

    The root of the cubic in Miettinen & Nurminen 1985, in trigonometric form.
    """
    units, events = n1 + n2, x1 + x2
    l2 = (n1 + 2 * n2) * margin - units - events
    l1 = (n2 * margin - units - 2 * x2) * margin + events
    l0 = x2 * margin * (1 - margin)
    third = l2 / (3 * units)
    q = third**3 - l1 * l2 / (6 * units**2) + l0 / (2 * units)
    inner = third**2 - l1 / (3 * units)
    p = (1 if q > 0 else -1) * sqrt(max(0.0, inner))
    angle = (pi + acos(min(1.0, max(-1.0, q / p**3)))) / 3 if p else pi / 2
    share = 2 * p * cos(angle) - third
    return min(min(1.0, 1 - margin), max(max(0.0, -margin), share))


def _newcombe(
    x1: int, n1: int, x2: int, n2: int, confidence: float, limits: _Limits, name: str
) -> Interval | NotEnough:
    x1, n1, x2, n2 = check_counts(x1, n1, x2, n2)
    check_share(confidence, "confidence")
    if not n1 or not n2:
        return empty_arm(n1)
    (low1, high1), (low2, high2) = limits(x1, n1, confidence), limits(x2, n2, confidence)
    p1, p2, gap = x1 / n1, x2 / n2, (x1 * n2 - x2 * n1) / (n1 * n2)
    low = gap - sqrt((p1 - low1) ** 2 + (high2 - p2) ** 2)
    high = gap + sqrt((high1 - p1) ** 2 + (p2 - low2) ** 2)
    return Interval(max(-1.0, low), min(1.0, high), name, confidence)


def _score_interval(x1: int, n1: int, x2: int, n2: int, confidence: float, name: str) -> Interval | NotEnough:
    x1, n1, x2, n2 = check_counts(x1, n1, x2, n2)
    check_share(confidence, "confidence")
    if not n1 or not n2:
        return empty_arm(n1)
    z, corrected = _z(confidence), name != "Mee"
    gap = (x1 * n2 - x2 * n1) / (n1 * n2)

    def beyond(margin: float) -> float:
        return abs(score_z(x1, n1, x2, n2, margin, corrected=corrected)) - z

    return Interval(_last_within(beyond, gap, -1.0), _last_within(beyond, gap, 1.0), name, confidence)


def _last_within(beyond: Callable[[float], float], start: float, end: float) -> float:
    """The point between `start` (within) and `end` where `beyond` turns positive; `end` if it never does."""
    if beyond(end) <= 0:
        return end
    inside, outside = start, end
    for _ in range(60):
        middle = (inside + outside) / 2
        if beyond(middle) <= 0:
            inside = middle
        else:
            outside = middle
    return inside


def _z(confidence: float) -> float:
    return normal_quantile((1 + confidence) / 2)


def _wilson(x: int, n: int, confidence: float) -> tuple[float, float]:
    z = _z(confidence)
    middle, half = x + z * z / 2, z * sqrt(x * (n - x) / n + z * z / 4)
    low = 0.0 if x == 0 else (middle - half) / (n + z * z)
    return low, 1.0 if x == n else (middle + half) / (n + z * z)


def _wilson_corrected(x: int, n: int, confidence: float) -> tuple[float, float]:
    def upper(count: float) -> float:
        p, z = (count + 0.5) / n, _z(confidence)
        if p >= 1:
            return 1.0
        return (p + z * z / (2 * n) + z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))) / (1 + z * z / n)

    return 1 - upper(n - x), upper(x)


def _clopper_pearson(x: int, n: int, confidence: float) -> tuple[float, float]:
    tail = (1 - confidence) / 2
    low = 0.0 if x == 0 else float(special.betaincinv(x, n - x + 1, tail))
    return low, 1.0 if x == n else float(special.betaincinv(x + 1, n - x, 1 - tail))


def _jeffreys_raw(x: int, n: int, confidence: float) -> tuple[float, float]:
    tail, a, b = (1 - confidence) / 2, x + 0.5, n - x + 0.5
    return float(special.betaincinv(a, b, tail)), float(special.betaincinv(a, b, 1 - tail))


def _jeffreys(x: int, n: int, confidence: float) -> tuple[float, float]:
    low, high = _jeffreys_raw(x, n, confidence)
    return 0.0 if x == 0 else low, 1.0 if x == n else high


def _agresti_coull(x: int, n: int, confidence: float) -> tuple[float, float]:
    z = _z(confidence)
    units = n + z * z
    p = (x + z * z / 2) / units
    half = z * sqrt(p * (1 - p) / units)
    return p - half, p + half


_Limits = Callable[[int, int, float], tuple[float, float]]

_ONE_PROPORTION: dict[str, _Limits] = {
    "wilson": _wilson,
    "wilson_corrected": _wilson_corrected,
    "clopper_pearson": _clopper_pearson,
    "jeffreys": _jeffreys,
    "jeffreys_raw": _jeffreys_raw,
    "agresti_coull": _agresti_coull,
}

_NAMES = {
    "wilson": "Wilson",
    "wilson_corrected": "Wilson corrected",
    "clopper_pearson": "Clopper-Pearson",
    "jeffreys": "Jeffreys",
    "jeffreys_raw": "Jeffreys without end rule",
    "agresti_coull": "Agresti-Coull",
}
