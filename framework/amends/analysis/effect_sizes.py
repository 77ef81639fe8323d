"""Standardized differences of two means: Cohen's d, Hedges g and relatives, with noncentral-t intervals."""

from __future__ import annotations

from functools import lru_cache
from math import exp, isnan, lgamma, sqrt

from scipy import special

from amends.analysis.counts import check_share
from amends.analysis.means import Summary, difference_of_means, student
from amends.analysis.result import Estimate, Interval, NotEnough


def cohens_d(a: Summary, b: Summary, *, confidence: float = 0.95) -> Estimate | NotEnough:
    """The difference in pooled standard deviations, with the exact interval for normal data.

    Source: Cohen 1988; interval: Steiger & Fouladi 1997, Goulet-Pelletier & Cousineau 2018.

    >>> round(cohens_d(Summary(51, 5.9, 0.9), Summary(40, 5.4, 1.1)).value, 3)
    0.504
    """
    return _standardized(a, b, confidence, 1.0, "Cohen's d")


def hedges_g(a: Summary, b: Summary, *, confidence: float = 0.95) -> Estimate | NotEnough:
    """Cohen's d without its small-sample bias (exact factor): the default effect size for means.

    Source: Hedges 1981.

    >>> round(hedges_g(Summary(51, 5.9, 0.9), Summary(40, 5.4, 1.1)).value, 3)
    0.499
    """
    return _standardized(a, b, confidence, bias_factor(max(1, a.n + b.n - 2)), "Hedges g")


def bias_factor(df: float) -> float:
    """What d is multiplied by to become g: Hedges' exact J (0 for one degree of freedom).

    >>> round(bias_factor(7), 6)
    0.888203
    """
    if df <= 1:
        return 0.0
    return exp(lgamma(df / 2) - lgamma((df - 1) / 2)) / sqrt(df / 2)


def glass_delta(a: Summary, b: Summary) -> float | NotEnough:
    """The difference in standard deviations of the second arm."""
    if isinstance(b.sd, NotEnough) or not b.sd:
        return NotEnough("the second arm has no spread to measure the difference by")
    return difference_of_means(a, b) / b.sd


def cohens_d_average(a: Summary, b: Summary) -> float | NotEnough:
    """The difference in units of the root mean square of the two standard deviations."""
    if isinstance(a.sd, NotEnough) or isinstance(b.sd, NotEnough) or not (a.sd or b.sd):
        return NotEnough("the arms have no spread to measure the difference by")
    return difference_of_means(a, b) / sqrt((a.sd**2 + b.sd**2) / 2)


def approximate_error(a: Summary, b: Summary) -> float | NotEnough:
    """The customary approximate standard error of Cohen's d, as meta-analyses take it."""
    d = cohens_d(a, b)
    if isinstance(d, NotEnough):
        return d
    return sqrt(1 / a.n + 1 / b.n + d.value**2 / (2 * (a.n + b.n)))


def _standardized(
    a: Summary, b: Summary, confidence: float, factor: float, name: str
) -> Estimate | NotEnough:
    check_share(confidence, "confidence")
    test = student(a, b, confidence=confidence)
    if isinstance(test, NotEnough):
        return test
    if not factor:
        return NotEnough("Hedges g needs 4 answers in all")
    scale = sqrt(1 / a.n + 1 / b.n) * factor
    return Estimate(name, test.statistic * scale, _interval(test.statistic, test.df, scale, confidence))


def _interval(t: float, df: float, scale: float, confidence: float) -> Interval | NotEnough:
    """The noncentralities under which `t` sits at either tail, in units of the effect size."""
    tail = (1 - confidence) / 2
    # Worked on |t|, so that exchanging the arms mirrors the interval to the last digit.
    low, high = noncentrality(abs(t), df, 1 - tail), noncentrality(abs(t), df, tail)
    if low is None or high is None:
        return NotEnough("the effect is too large for the noncentral t distribution to be inverted")
    if t < 0:
        low, high = -high, -low
    return Interval(low * scale, high * scale, "noncentral t", confidence)


FOUND = 1e-6
"""How near to the asked probability a noncentrality has to come."""


@lru_cache(maxsize=1024)
def noncentrality(t: float, df: float, p: float) -> float | None:
    """The noncentrality at which the noncentral t distribution reaches `p` at `t`; None if not found."""
    from scipy.optimize import brentq

    def above(delta: float) -> float:
        reached = float(special.nctdtr(df, delta, t))
        # Here and there in the far tail the library gives no number: the limit on that side stands for it.
        return (float(delta < t) if isnan(reached) else reached) - p

    width = 4 * sqrt(1 + t * t / (2 * df))
    low, high = t - width, t + width
    for _ in range(8):
        if above(low) >= 0 >= above(high):
            found = float(brentq(above, low, high, xtol=1e-11, rtol=1e-13))
            return found if abs(above(found)) < FOUND else None
        low, high, width = low - width, high + width, width * 2
    return None
