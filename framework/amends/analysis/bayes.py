"""How probable it is that an arm is the better one, and what choosing wrongly would cost.

Proportions have a beta prior and are read by quadrature, without Monte-Carlo noise; differences of means
have a normal likelihood with plug-in variances. These figures stand beside the test, never in its place:
who looks often and stops once a probability passes .95 is wrong far more often than one time in twenty,
unless the stopping was planned (Deng, Lu & Chen 2016). First arm minus second throughout.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, isfinite, pi, sqrt

import numpy as np

from amends.analysis.counts import check_counts, check_share, check_table, empty_arm
from amends.analysis.distributions import normal_cdf, normal_quantile
from amends.analysis.exported import Exported
from amends.analysis.legendre import legendre
from amends.analysis.means import Summary, difference_of_means
from amends.analysis.result import Interval, NotEnough
from amends.errors import UsageError

UNIFORM = (1.0, 1.0)
"""The prior that holds every rate for equally likely: one event and one non-event in advance."""

NODES = 32
"""Points per stretch of the quadrature."""

NEGLIGIBLE = 1e-18
"""A share below the last digit of a probability near 1."""

# Stretches of the quadrature end at these quantiles of every arm, so that none is skipped however narrow.
_TAILS = [10.0**-power for power in range(16, 1, -1)]
_STOPS = np.array([*_TAILS, 0.1, 0.25, 0.5, 0.75, 0.9])


@dataclass(frozen=True, slots=True)
class BetterProportion(Exported):
    """Proportions of several arms under beta priors.

    Attributes:
        name: The method.
        means: Posterior mean of every arm's rate.
        intervals: Central interval of every arm's rate.
        best: Probability of every arm of having the highest rate; they add up to 1.
        losses: Rate expected to be given up by choosing that arm, on average over what may be true.
        ns: Units of every arm.
        prior: The beta prior, the same for every arm.
    """

    name: str
    means: tuple[float, ...]
    intervals: tuple[Interval, ...]
    best: tuple[float, ...]
    losses: tuple[float, ...]
    ns: tuple[int, ...]
    prior: tuple[float, float]


@dataclass(frozen=True, slots=True)
class BetterMean(Exported):
    """The posterior of a difference of means.

    Attributes:
        name: The method.
        value: Posterior mean of the difference, in the metric's unit.
        sd: Posterior standard deviation.
        interval: Central interval.
        probability_greater: That the first arm's mean is the higher one.
        losses: Expected loss from choosing the first arm, and from choosing the second.
        ns: Answers of either arm.
        prior: Mean and standard deviation of the prior; None where it is flat.
    """

    name: str
    value: float
    sd: float
    interval: Interval
    probability_greater: float
    losses: tuple[float, float]
    ns: tuple[int, int]
    prior: tuple[float, float] | None = None


def better_of_two(
    x1: int, n1: int, x2: int, n2: int, *, prior: tuple[float, float] = UNIFORM, confidence: float = 0.95
) -> BetterProportion | NotEnough:
    """Which of two arms has the higher rate, as in `better_proportion`.

    >>> found = better_of_two(51, 56, 44, 56)
    >>> round(found.best[0], 3), round(found.losses[0], 5)
    (0.965, 0.00096)
    """
    x1, n1, x2, n2 = check_counts(x1, n1, x2, n2)
    if not n1 or not n2:
        return empty_arm(n1)
    return better_proportion([x1, x2], [n1, n2], prior=prior, confidence=confidence)


def better_proportion(
    xs: Sequence[int],
    ns: Sequence[int],
    *,
    prior: tuple[float, float] = UNIFORM,
    confidence: float = 0.95,
) -> BetterProportion | NotEnough:
    """Which of several arms has the highest rate: the probability of each and what a wrong choice costs.

    The units are taken as independent. An arm's loss is E[max of the others' rates minus its own, where
    above 0], the integral of F_own (1 - product of the others' F), which loses no digits when it is tiny.

    Args:
        xs: Events of every arm.
        ns: Units of every arm.
        prior: Events and non-events in advance, each above 0; (0.5, 0.5) is Jeffreys'.
        confidence: The level of each arm's interval.

    Source: beta-binomial conjugacy; expected loss: Stucchio 2015.

    Raises:
        UsageError: More events than units, or a prior that is not above 0.

    >>> [round(p, 3) for p in better_proportion([70, 85, 93], [100, 100, 100]).best]
    [0.0, 0.037, 0.963]
    """
    events, units = check_table(xs, ns)
    before = _check_prior(prior)
    check_share(confidence, "confidence")
    if len(units) < 2:
        return NotEnough(f"{len(units)} arm; 2 needed")
    if not all(units):
        return NotEnough(f"arm {units.index(0) + 1} has no units")
    shapes = [(before[0] + x, before[1] + n - x) for x, n in zip(events, units, strict=True)]
    edges = _edges(shapes)
    return BetterProportion(
        name="beta-binomial",
        means=tuple(a / (a + b) for a, b in shapes),
        intervals=tuple(_central(a, b, confidence) for a, b in shapes),
        best=tuple(_highest(shapes, edges, k) for k in range(len(shapes))),
        losses=tuple(_loss(shapes, edges, k) for k in range(len(shapes))),
        ns=tuple(units),
        prior=before,
    )


def better_mean(
    a: Summary, b: Summary, *, prior: tuple[float, float] | None = None, confidence: float = 0.95
) -> BetterMean | NotEnough:
    """Which of two means is the higher one, under a flat prior or a normal one on the difference.

    The likelihood is normal with the arms' own variances plugged in, so it suits arms of 30 answers or more.

    Args:
        a: The first arm's answers.
        b: The second arm's answers.
        prior: Mean and standard deviation of the difference expected in advance, for instance
            `(0, 0.5)`; None holds every difference for equally likely.
        confidence: The level of the interval.

    >>> found = better_mean(Summary(51, 5.9, 0.9), Summary(40, 5.4, 1.1), prior=(0, 0.5))
    >>> round(found.value, 3), round(found.probability_greater, 3)
    (0.422, 0.984)
    """
    check_share(confidence, "confidence")
    for arm, which in ((a, "first"), (b, "second")):
        if isinstance(arm.sd, NotEnough):
            return NotEnough(f"the {which} arm has 1 answer; 2 needed")
    assert not isinstance(a.sd, NotEnough)
    assert not isinstance(b.sd, NotEnough)
    variance = a.sd**2 / a.n + b.sd**2 / b.n
    if not variance:
        return NotEnough("all answers within each arm are alike, so there is no spread to compare with")
    value, name = difference_of_means(a, b), "normal, flat prior"
    if prior is not None:
        centre, spread = _check_normal(prior)
        precision = 1 / variance + 1 / spread**2
        value, variance = (value / variance + centre / spread**2) / precision, 1 / precision
        name = "normal, normal prior"
    sd = sqrt(variance)
    half = normal_quantile((1 + confidence) / 2) * sd
    return BetterMean(
        name=name,
        value=value,
        sd=sd,
        interval=Interval(value - half, value + half, name, confidence),
        probability_greater=normal_cdf(value / sd),
        losses=(_shortfall(-value, sd), _shortfall(value, sd)),
        ns=(a.n, b.n),
        prior=prior,
    )


def _highest(shapes: Sequence[tuple[float, float]], edges: np.ndarray, arm: int) -> float:
    """The chance that the others lie below the arm, over the arm's own quantiles.

    Taken so, no density is needed, which has no bound at 0 or 1 under a prior below 1.
    """
    from scipy import special

    reached = special.betainc(*shapes[arm], edges)
    # Quantiles of vanishing shares may not converge, and what they add vanishes too.
    at, weights = quadrature_points(np.concatenate([[NEGLIGIBLE], reached[reached > NEGLIGIBLE]]))
    return min(float(weights @ _others_below(shapes, special.betaincinv(*shapes[arm], at), arm)), 1.0)


def _loss(shapes: Sequence[tuple[float, float]], edges: np.ndarray, arm: int) -> float:
    from scipy import special

    at, weights = quadrature_points(edges)
    return float(weights @ (special.betainc(*shapes[arm], at) * (1 - _others_below(shapes, at, arm))))


def _others_below(shapes: Sequence[tuple[float, float]], at: np.ndarray, arm: int) -> np.ndarray:
    from scipy import special

    rest = [special.betainc(a, b, at) for k, (a, b) in enumerate(shapes) if k != arm]
    result: np.ndarray = np.prod(rest, axis=0)
    return result


def quadrature_points(edges: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Points and weights of Gauss–Legendre on every stretch between two edges."""
    points, weights = legendre(NODES)
    half = np.diff(edges)[:, None] / 2
    middle = (edges[1:, None] + edges[:-1, None]) / 2
    return (middle + half * points).ravel(), (half * weights).ravel()


def _edges(shapes: Sequence[tuple[float, float]]) -> np.ndarray:
    """Where the stretches of the quadrature begin and end."""
    from scipy import special

    low = [special.betaincinv(a, b, _STOPS) for a, b in shapes]
    high = [special.betainccinv(a, b, np.array(_TAILS)) for a, b in shapes]
    edges: np.ndarray = np.unique(np.concatenate([[0.0, 1.0], *low, *high]))
    return edges


def _central(a: float, b: float, confidence: float) -> Interval:
    from scipy import special

    tail = (1 - confidence) / 2
    low, high = special.betaincinv(a, b, tail), special.betainccinv(a, b, tail)
    return Interval(float(low), float(high), "beta posterior", confidence)


def _shortfall(gap: float, sd: float) -> float:
    """E[max(0, D)] of a normal D with this mean and spread."""
    z = gap / sd
    return max(0.0, gap * normal_cdf(z) + sd * exp(-z * z / 2) / sqrt(2 * pi))


def _check_prior(prior: tuple[float, float]) -> tuple[float, float]:
    a, b = prior
    if not (isfinite(a) and isfinite(b) and a > 0 and b > 0):
        raise UsageError(
            f"prior {prior!r}: both its numbers are above 0. Give events and non-events, as (1, 1)."
        )
    return float(a), float(b)


def _check_normal(prior: tuple[float, float]) -> tuple[float, float]:
    centre, spread = prior
    if not (isfinite(centre) and isfinite(spread) and spread > 0):
        raise UsageError(
            f"prior {prior!r}: a mean and a standard deviation above 0. Give for instance (0, 0.5)."
        )
    return centre, spread
