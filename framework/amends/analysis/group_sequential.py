"""Boundaries for looks that were planned: Lan–DeMets spending of the error, O'Brien–Fleming or Pocock.

At every look the z statistic is compared with that look's boundary; over all looks together a true null is
rejected with probability alpha at most. What counts is the information (units matured over units planned),
not the calendar, and looks may fall elsewhere than planned as long as their number and time do not follow
from the data. Both sides spend alpha / 2 each; the boundaries stop for a difference only, never for futility.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import e, inf, isfinite, log, sqrt

import numpy as np

from amends.analysis.counts import check_choice, check_share
from amends.analysis.distributions import normal_cdf, normal_quantile
from amends.analysis.exported import Exported
from amends.analysis.legendre import legendre
from amends.analysis.result import NotEnough
from amends.errors import UsageError

SPENDINGS = ("obrien-fleming", "pocock")

_REACH = 9.0
"""Standard deviations beyond which the statistic is not followed: less than 1e-18 of it lies there."""

_NODES = 16
"""Points per stretch of the quadrature; no stretch is wider than one step's standard deviation."""

_STRETCHES = 250
"""Stretches at most, so that looks all but at the same time cost no minutes."""

_UNREACHABLE = 30.0
"""A boundary beyond this z cannot be told from infinity."""


@dataclass(frozen=True, slots=True)
class GroupSequential(Exported):
    """The boundaries of planned looks.

    Attributes:
        name: The method.
        information: Share of the planned information at every look.
        boundaries: The z that stops at each look, either side; infinite where nothing may be spent yet.
        spent: Error spent up to each look, per side.
        nominal_p: The two-sided p-value that stops at each look.
        alpha: Error over all looks, two-sided.
    """

    name: str
    information: tuple[float, ...]
    boundaries: tuple[float, ...]
    spent: tuple[float, ...]
    nominal_p: tuple[float, ...]
    alpha: float

    def stops(self, look: int, z: float) -> bool:
        """Whether a z statistic at a look (the first is 1) reaches the boundary.

        >>> plan = spending_boundaries([0.5, 1])
        >>> plan.stops(1, 2.5), plan.stops(2, -2.5)
        (False, True)
        """
        if not 1 <= look <= len(self.boundaries):
            raise UsageError(f"look {look}: there are looks 1 to {len(self.boundaries)}. Give one of them.")
        return abs(z) >= self.boundaries[look - 1]


def spent_error(information: float, *, alpha: float, spending: str = "obrien-fleming") -> float:
    """The error that may have been spent on one side once this share of the information is there.

    Args:
        information: From 0 to 1.
        alpha: One-sided error over all looks.
        spending: `obrien-fleming`, which spends little early, or `pocock`, which spends evenly.

    Source: Lan & DeMets 1983.

    >>> round(spent_error(0.5, alpha=0.025), 6), round(spent_error(0.5, alpha=0.025, spending="pocock"), 6)
    (0.001525, 0.015503)
    """
    check_choice(spending, SPENDINGS, "spending")
    check_share(alpha, "alpha")
    if not 0 < information <= 1:
        raise UsageError(f"information {information!r}: a share above 0 and up to 1. Give matured / planned.")
    if spending == "pocock":
        return alpha * log(1 + (e - 1) * information)
    return 2 * normal_cdf(normal_quantile(alpha / 2) / sqrt(information))


def spending_boundaries(
    information: Sequence[float], *, alpha: float = 0.05, spending: str = "obrien-fleming"
) -> GroupSequential:
    """The z boundary of every look, each side spending alpha / 2.

    The statistic's increments are independent, so its density among the paths that have not stopped is
    carried from look to look by quadrature, and each boundary is where the error just spent is met.

    Args:
        information: Share of the planned information at every look, rising, the last at most 1.
        alpha: Error over all looks, two-sided.
        spending: `obrien-fleming` or `pocock`.

    Source: Lan & DeMets 1983; recursion: Armitage, McPherson & Rowe 1969.

    Raises:
        UsageError: Shares that do not rise or leave 0 to 1, an unknown spending.

    >>> [round(z, 3) for z in spending_boundaries([0.25, 0.5, 0.75, 1]).boundaries]
    [4.333, 2.963, 2.359, 2.014]
    """
    shares = _check_information(information)
    check_share(alpha, "alpha")
    check_choice(spending, SPENDINGS, "spending")
    spent = [spent_error(share, alpha=alpha / 2, spending=spending) for share in shares]
    paths, before, boundaries = None, 0.0, []
    for place, (share, total) in enumerate(zip(shares, spent, strict=True)):
        step = share - (shares[place - 1] if place else 0.0)
        limit = _boundary(paths, step, sqrt(share), total - before)
        boundaries.append(limit / sqrt(share))
        if place + 1 < len(shares):
            paths = _carried(paths, step, limit, sqrt(share), shares[place + 1] - share)
        before = total
    return GroupSequential(
        name=f"Lan–DeMets, {'O’Brien–Fleming' if spending == 'obrien-fleming' else 'Pocock'}",
        information=tuple(shares),
        boundaries=tuple(boundaries),
        spent=tuple(spent),
        nominal_p=tuple(2 * normal_cdf(-z) for z in boundaries),
        alpha=alpha,
    )


def stopping_chances(
    boundaries: Sequence[float], information: Sequence[float], *, expected_z: float = 0.0
) -> list[float] | NotEnough:
    """The chance of stopping for the first arm at each look, under an effect of any size.

    Args:
        boundaries: The z that stops at each look.
        information: Share of the planned information at every look.
        expected_z: The z expected at full information; 2.8 gives a fixed test of .05 a power of .8.

    >>> plan = spending_boundaries([0.5, 1])
    >>> round(sum(stopping_chances(plan.boundaries, plan.information)), 6)
    0.025
    """
    shares = _check_information(information)
    if len(boundaries) != len(shares):
        raise UsageError(
            f"{len(boundaries)} boundaries for {len(shares)} looks: one is needed per look. Give both whole."
        )
    if not isfinite(expected_z):
        return NotEnough("the effect has no size")
    paths, chances = None, []
    for place, (share, z) in enumerate(zip(shares, boundaries, strict=True)):
        step = share - (shares[place - 1] if place else 0.0)
        limit = z * sqrt(share)
        chances.append(_beyond(paths, step, limit, expected_z))
        if place + 1 < len(shares):
            paths = _carried(paths, step, limit, sqrt(share), shares[place + 1] - share, expected_z)
    return chances


_Paths = tuple[np.ndarray, np.ndarray]
"""Values of the score among the paths that go on, and the probability at each; None before the first look."""


def _beyond(paths: _Paths | None, step: float, limit: float, drift: float = 0.0) -> float:
    """The probability of going beyond the limit at this look, not having stopped before."""
    from scipy import special

    at, mass = paths if paths is not None else (np.zeros(1), np.ones(1))
    return float(mass @ special.ndtr((at + drift * step - limit) / sqrt(step)))


def _boundary(paths: _Paths | None, step: float, sd: float, error: float) -> float:
    """The limit beyond which the paths go with the probability given."""
    from scipy.optimize import brentq

    if error <= _beyond(paths, step, _UNREACHABLE * sd):
        return inf
    return float(
        brentq(
            lambda limit: _beyond(paths, step, limit) - error,
            -_REACH * sd,
            _UNREACHABLE * sd,
            xtol=1e-13,
            rtol=1e-14,
        )
    )


def _carried(
    paths: _Paths | None, step: float, limit: float, sd: float, coming: float, drift: float = 0.0
) -> _Paths:
    """The paths after this look: those below its limit, at points as dense as the coming step needs."""
    at, mass = paths if paths is not None else (np.zeros(1), np.ones(1))
    centre = drift * sd * sd
    low, high = centre - _REACH * sd, min(limit, centre + _REACH * sd)
    if high <= low:
        return np.zeros(1), np.zeros(1)
    stretches = min(_STRETCHES, max(1, int(np.ceil((high - low) / sqrt(min(step, coming))))))
    points, weights = legendre(_NODES)
    edges = np.linspace(low, high, stretches + 1)
    half = np.diff(edges)[:, None] / 2
    here = ((edges[1:] + edges[:-1])[:, None] / 2 + half * points).ravel()
    gaps = (here[:, None] - at - drift * step) / sqrt(step)
    density = np.exp(-gaps * gaps / 2) @ mass / sqrt(2 * np.pi * step)
    return here, density * (half * weights).ravel()


def _check_information(information: Sequence[float]) -> list[float]:
    shares = [float(share) for share in information]
    rising = all(a < b for a, b in zip([0.0, *shares], shares, strict=False))
    if not shares or not rising or not shares[-1] <= 1:
        raise UsageError(
            f"information {list(information)!r}: shares above 0 that rise up to 1. Try [0.5, 1]."
        )
    return shares
