"""CUPED: a difference of means after taking from every outcome what its own past foretold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from amends.analysis.exported import Exported
from amends.analysis.means import MeanDifference, Summary, summarize, welch
from amends.analysis.regression import Flags, Values, prepared
from amends.analysis.result import NotEnough


@dataclass(frozen=True, slots=True)
class Cuped(Exported):
    """Welch's test on outcomes from which the covariate's share was taken.

    Attributes:
        name: The method.
        test: Welch's test of the adjusted outcomes.
        theta: Points of the outcome taken per point of the covariate, the same in both arms.
        variance_ratio: Variance left over the variance before, both over all units.
        ns: Units analysed in either arm.
    """

    name: str
    test: MeanDifference
    theta: float
    variance_ratio: float
    ns: tuple[int, int]


def cuped(
    values: Values,
    treated: Flags,
    covariate: Sequence[float | None] | np.ndarray,
    *,
    confidence: float = 0.95,
) -> Cuped | NotEnough:
    """Welch's test after taking from every outcome what its own past foretold.

    One theta for both arms, from all units together; theta's own error is not counted, which is
    negligible from a few hundred units on. With few, `lin` is the better choice.

    Args:
        values: One outcome a unit.
        treated: Whether the unit is in the first arm.
        covariate: The same or a kindred figure from before the message.
        confidence: The level of the interval.

    Source: Deng, Xu, Kohavi & Walker 2013.

    >>> found = cuped([3, 2, 5, 5, 5, 9, 6, 11], [1, 0, 1, 0, 0, 1, 0, 1], [1, 2, 3, 4, 5, 6, 7, 8])
    >>> round(found.test.difference, 2), round(found.variance_ratio, 2)
    (2.5, 0.25)
    """
    units = prepared(values, treated, {"covariate": covariate})
    if isinstance(units, NotEnough):
        return units
    y, arm = units.y, units.arm
    before = units.columns["covariate"] - units.columns["covariate"].mean()
    spread = float(((y - y.mean()) ** 2).sum())
    if not spread:
        return NotEnough("all values are alike, so there is no spread to take from")
    theta = float(before @ (y - y.mean()) / (before @ before))
    left = y - theta * before
    a, b = summarize(left[arm == 1].tolist()), summarize(left[arm == 0].tolist())
    assert isinstance(a, Summary)
    assert isinstance(b, Summary)
    test = welch(a, b, confidence=confidence)
    if isinstance(test, NotEnough):
        return test
    ratio = float(((left - left.mean()) ** 2).sum()) / spread
    return Cuped("CUPED, Welch t", test, theta, ratio, units.ns)
