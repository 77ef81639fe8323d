"""Exact tests of a 2 x 2 table: Boschloo, Barnard and Fisher, by scipy, with a limit on what they may cost.

Both unconditional tests search the unknown common proportion. For Boschloo's, scipy's own 32 starting points
miss the worst case now and then, so 64 are used; its time grows steeply (0.2 s at 100 per arm, 11 s at 500 on
one core), hence the limit. Barnard's is worked out here: scipy 1.17 compares rounded z statistics, so tables
exactly as extreme as the one seen drop out (1 of 3 against 3 of 5: .573 in place of .641). Results are
remembered: the same counts are never searched twice.
"""

from __future__ import annotations

from functools import lru_cache
from math import pi
from typing import TYPE_CHECKING

from amends.analysis.counts import ALTERNATIVES, check_choice, check_counts, untestable
from amends.analysis.kept import Kept
from amends.analysis.result import BEING_COMPUTED, NotEnough, TestResult

if TYPE_CHECKING:
    import numpy as np

BOSCHLOO_LIMIT = 400
"""Units in all beyond which the unconditional exact tests are not computed."""

SEARCH_POINTS = 64

ANGLES = 1024
"""Proportions tried at first, evenly spaced by their angle."""

SEARCHED = Kept(most=4096)
"""Boschloo's p-values by table."""

PEAKS = 5
"""Of these, the highest, near each of which the peak is sought."""


def boschloo(
    x1: int,
    n1: int,
    x2: int,
    n2: int,
    *,
    alternative: str = "two-sided",
    limit: int = BOSCHLOO_LIMIT,
    search: bool = True,
) -> TestResult | NotEnough:
    """Boschloo's exact test; two-sided, the one-sided p-value is doubled (R `Exact`: `tsmethod="central"`).

    Args:
        x1: Events in the first arm, of `n1`; likewise `x2` of `n2`.
        n1: Units in the first arm.
        x2: Events in the second arm.
        n2: Units in the second arm.
        alternative: `two-sided`, `greater` (the first proportion is larger) or `less`.
        limit: Units in all beyond which the search would take too long.
        search: False to take what was found before, and `BEING_COMPUTED` where nothing was.

    Source: Boschloo 1970; Lydersen, Fagerland & Laake 2009.

    >>> round(boschloo(51, 56, 44, 56).p_value, 4)
    0.0783
    """
    counts = check_counts(x1, n1, x2, n2)
    check_choice(alternative, ALTERNATIVES, "alternative")
    if (reason := _unsearchable(*counts, limit, "Boschloo's")) is not None:
        return reason
    asked = f"{counts} {alternative}"
    if not search and asked not in SEARCHED:
        return BEING_COMPUTED
    p_value = SEARCHED.result(asked, lambda: _boschloo_p(*counts, alternative))
    return TestResult("Boschloo exact", p_value, alternative=alternative)


def barnard(
    x1: int, n1: int, x2: int, n2: int, *, alternative: str = "two-sided", limit: int = BOSCHLOO_LIMIT
) -> TestResult | NotEnough:
    """Barnard's exact test, tables ordered by the pooled z.

    Source: Barnard 1947; Suissa & Shuster 1985.

    >>> round(barnard(51, 56, 44, 56).p_value, 4)
    0.0721
    """
    counts = check_counts(x1, n1, x2, n2)
    check_choice(alternative, ALTERNATIVES, "alternative")
    if (reason := _unsearchable(*counts, limit, "Barnard's")) is not None:
        return reason
    return TestResult("Barnard exact", _barnard_p(*counts, alternative), alternative=alternative)


def fisher(x1: int, n1: int, x2: int, n2: int, *, alternative: str = "two-sided") -> TestResult | NotEnough:
    """Fisher's exact test, conservative: it also fixes how many had the event in all.

    Source: Fisher 1935; two-sided by adding the tables no likelier than the one seen, as R does.

    >>> round(fisher(51, 56, 44, 56).p_value, 4)
    0.1122
    """
    x1, n1, x2, n2 = check_counts(x1, n1, x2, n2)
    check_choice(alternative, ALTERNATIVES, "alternative")
    if (reason := untestable(x1, n1, x2, n2)) is not None:
        return reason
    return TestResult("Fisher exact", _fisher_p(x1, n1, x2, n2, alternative), alternative=alternative)


def _unsearchable(x1: int, n1: int, x2: int, n2: int, limit: int, whose: str) -> NotEnough | None:
    if (reason := untestable(x1, n1, x2, n2)) is not None:
        return reason
    if n1 + n2 > limit:
        return NotEnough(f"{whose} exact test is computed up to {limit} units in all; here are {n1 + n2}")
    return None


def _columns(x1: int, n1: int, x2: int, n2: int) -> list[list[int]]:
    # scipy wants the arms as columns.
    return [[x1, x2], [n1 - x1, n2 - x2]]


def _boschloo_p(x1: int, n1: int, x2: int, n2: int, alternative: str) -> float:
    from scipy.stats import boschloo_exact

    table = _columns(x1, n1, x2, n2)
    return min(1.0, float(boschloo_exact(table, alternative=alternative, n=SEARCH_POINTS).pvalue))


@lru_cache(maxsize=4096)
def _barnard_p(x1: int, n1: int, x2: int, n2: int, alternative: str) -> float:
    """The largest chance, over common proportions, of a z at least as far out as the one seen.

    Given how many had the event in all, the chance of an extreme table does not depend on the proportion; so
    it is a weighted sum of binomial chances.
    """
    import numpy as np
    from scipy.optimize import minimize_scalar
    from scipy.stats import binom

    events, weights = np.arange(n1 + n2 + 1), _extreme_shares(x1, n1, x2, n2, alternative)

    def chance(angle: np.ndarray) -> np.ndarray:
        # By angles the binomial is about as wide everywhere.
        found: np.ndarray = binom.pmf(events, n1 + n2, np.sin(angle)[:, None] ** 2) @ weights
        return found

    angles = np.linspace(0, pi / 2, ANGLES)
    seen = chance(angles)
    best = float(seen.max())
    for place in np.argsort(seen)[-PEAKS:].tolist():
        ends = float(angles[max(0, place - 1)]), float(angles[min(ANGLES - 1, place + 1)])
        peak = minimize_scalar(lambda at: -float(chance(np.array([at]))[0]), bounds=ends, method="bounded")
        best = max(best, -float(peak.fun))
    return min(1.0, best)


def _extreme_shares(x1: int, n1: int, x2: int, n2: int, alternative: str) -> np.ndarray:
    """By events in all: the share of tables at least as extreme, ties counted as ties."""
    import numpy as np
    from scipy.stats import hypergeom

    units, seen = n1 + n2, x1 + x2
    sign = -1 if alternative == "less" else 1
    first, events = np.arange(n1 + 1)[:, None], np.arange(units + 1)[None, :]
    second = events - first
    possible = (second >= 0) & (second <= n2)
    # z² against z² of the table seen, both multiplied by both variances: whole numbers, exact up to 2**53.
    gap = sign * (first * n2 - second * n1).astype(float)
    own = sign * float(x1 * n2 - x2 * n1)
    far = gap**2 * (seen * (units - seen)), own**2 * (events * (units - events)) * (1 - 1e-14)
    if alternative == "two-sided":
        extreme = far[0] >= far[1]
    else:
        extreme = np.where(
            own > 0, (gap > 0) & (far[0] >= far[1]), (gap >= 0) | (far[0] * (1 - 1e-14) <= far[1])
        )
    # Where nobody or everybody has the event, z is 0.
    flat = (events == 0) | (events == units)
    extreme = np.where(flat, own == 0 if alternative == "two-sided" else own <= 0, extreme)
    shares: np.ndarray = (hypergeom.pmf(first, units, events, n1) * (extreme & possible)).sum(axis=0)
    return shares


@lru_cache(maxsize=4096)
def _fisher_p(x1: int, n1: int, x2: int, n2: int, alternative: str) -> float:
    from scipy.stats import fisher_exact

    return min(1.0, float(fisher_exact(_columns(x1, n1, x2, n2), alternative=alternative).pvalue))
