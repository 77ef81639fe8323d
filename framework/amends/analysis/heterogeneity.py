"""How much the true effects of several experiments differ: tau² by three methods, and its interval."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite

import numpy as np

from amends.analysis.counts import check_choice, check_share
from amends.analysis.exported import Exported
from amends.analysis.result import Interval, NotEnough
from amends.errors import UsageError

HETEROGENEITIES = ("REML", "DL", "PM")

PRECISE = 1e-14


@dataclass(frozen=True, slots=True)
class Heterogeneity(Exported):
    """The variance between experiments with its interval.

    Attributes:
        name: How the interval was made.
        interval: Of tau².
        i2: The same limits as shares of the estimates' spread, from 0 to 1.
        k: Experiments.
    """

    name: str
    interval: Interval
    i2: Interval
    k: int


def between_variance(
    estimates: Sequence[float], variances: Sequence[float], *, method: str = "REML"
) -> float | NotEnough:
    """The variance of the true effects between experiments, never below 0.

    Args:
        estimates: One effect an experiment, two or more.
        variances: Their squared standard errors.
        method: `REML` (restricted maximum likelihood), `DL` (DerSimonian–Laird) or `PM` (Paule–Mandel).

    Source: Viechtbauer 2005; DerSimonian & Laird 1986; Paule & Mandel 1982.

    >>> effects = [0.52, 0.15, -0.09, 0.60], [0.039, 0.018, 0.033, 0.014]
    >>> [round(between_variance(*effects, method=name), 3) for name in ("REML", "DL", "PM")]
    [0.078, 0.079, 0.078]
    """
    check_choice(method, HETEROGENEITIES, "tau2")
    y, v = check_effects(estimates, variances)
    if len(y) < 2:
        return NotEnough(f"{len(y)} experiment; 2 needed")
    if method == "DL":
        w = 1 / v
        scale = w.sum() - w @ w / w.sum()
        return max(0.0, (_q(y, v, 0.0) - (len(y) - 1)) / float(scale))
    if method == "PM":
        return _falling_root(lambda tau2: _q(y, v, tau2) - (len(y) - 1), v)
    return _likeliest(y, v)


def tau2_interval(
    estimates: Sequence[float], variances: Sequence[float], *, confidence: float = 0.95
) -> Heterogeneity | NotEnough:
    """The interval of tau² by Q-profile: the values under which Q is not surprising.

    Source: Viechtbauer 2007.

    >>> found = tau2_interval([0.52, 0.15, -0.09, 0.60], [0.039, 0.018, 0.033, 0.014])
    >>> round(found.interval.low, 3), round(found.interval.high, 2)
    (0.009, 1.42)
    """
    from scipy import special

    check_share(confidence, "confidence")
    y, v = check_effects(estimates, variances)
    k, tail = len(y), (1 - confidence) / 2
    if k < 2:
        return NotEnough(f"{k} experiment; 2 needed")

    def where_q_is(level: float) -> float:
        return _falling_root(lambda tau2: _q(y, v, tau2) - level, v)

    ends = [where_q_is(float(special.chdtri(k - 1, p))) for p in (tail, 1 - tail)]
    typical = typical_variance(v)
    shares = [end / (end + typical) for end in ends]
    return Heterogeneity(
        name="Q-profile",
        interval=Interval(ends[0], ends[1], "Q-profile", confidence),
        i2=Interval(shares[0], shares[1], "Q-profile", confidence),
        k=k,
    )


def check_effects(estimates: Sequence[float], variances: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
    """Effects and variances as arrays.

    Raises:
        UsageError: Lists of unequal length, an estimate that is no finite number, a variance not above 0.
    """
    if len(estimates) != len(variances):
        raise UsageError(
            f"{len(estimates)} estimates for {len(variances)} variances: one is needed per experiment. "
            "Give both lists whole."
        )
    for value in estimates:
        if not isfinite(value):
            raise UsageError(f"estimate {value!r}: an effect is a finite number. Leave the experiment out.")
    for value in variances:
        if not (isfinite(value) and value > 0):
            raise UsageError(f"variance {value!r}: a squared standard error is above 0. Leave it out.")
    return np.asarray(estimates, dtype=float), np.asarray(variances, dtype=float)


def typical_variance(variances: np.ndarray) -> float:
    """The variance a typical experiment of these has by chance alone (Higgins & Thompson 2002)."""
    w = 1 / variances
    return float((len(w) - 1) * w.sum() / (w.sum() ** 2 - w @ w))


def _q(y: np.ndarray, v: np.ndarray, tau2: float) -> float:
    w = 1 / (v + tau2)
    squares = (y - w @ y / w.sum()) ** 2
    return float(w @ squares)


def _falling_root(function: Callable[[float], float], v: np.ndarray) -> float:
    """Where a function that falls with tau² crosses 0; 0 where it begins below."""
    from scipy.optimize import brentq

    if function(0.0) <= 0:
        return 0.0
    high = float(v.max())
    while function(high) > 0:
        high *= 4
    return float(brentq(function, 0.0, high, xtol=PRECISE * float(v.max()), rtol=1e-14))


def _likeliest(y: np.ndarray, v: np.ndarray) -> float:
    """The tau² of the greatest restricted likelihood.

    The likelihood may have two peaks, so every crossing of its slope on a grid is tried.
    """
    from scipy.optimize import brentq

    spread = float(v.max()) + float(y.var(ddof=1))
    grid = np.concatenate([[0.0], np.geomspace(1e-8 * spread, 1e3 * spread, 120)])
    slopes = [_slope(y, v, float(tau2)) for tau2 in grid]
    peaks = [0.0]
    for place, (before, after) in enumerate(pairwise(slopes)):
        if before > 0 >= after:
            low, high = float(grid[place]), float(grid[place + 1])
            peaks.append(float(brentq(lambda tau2: _slope(y, v, tau2), low, high, xtol=PRECISE * spread)))
    return max(peaks, key=lambda tau2: _log_likelihood(y, v, tau2))


def _slope(y: np.ndarray, v: np.ndarray, tau2: float) -> float:
    """Twice the derivative of the restricted log likelihood."""
    w = 1 / (v + tau2)
    squares = w * w @ (y - w @ y / w.sum()) ** 2
    return float(squares - w.sum() + w @ w / w.sum())


def _log_likelihood(y: np.ndarray, v: np.ndarray, tau2: float) -> float:
    return -0.5 * float(np.log(v + tau2).sum() + np.log((1 / (v + tau2)).sum()) + _q(y, v, tau2))
