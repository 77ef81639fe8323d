"""The power of Boschloo's test, by weighing every table that it rejects: no simulation, no formula.

It is the default test of two proportions at up to 200 units in all, and the normal formula promises it more
or less than it has. All tables are judged at once, which takes a fraction of a second where calling the test
for each would take minutes.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from amends.analysis.counts import check_share, whole
from amends.analysis.result import NotEnough
from amends.errors import UsageError

EXACT_POWER_LIMIT = 200
"""Units in all up to which every table is weighed."""

_GRID = 499


def power_boschloo(p1: float, p2: float, n1: int, n2: int, *, alpha: float = 0.05) -> float | NotEnough:
    """The chance that Boschloo's two-sided test (one-sided p doubled) rejects at these proportions.

    Args:
        p1: The first arm's proportion.
        p2: The second arm's.
        n1: Units of the first arm.
        n2: Units of the second arm.
        alpha: The level of the test.

    Source: Boschloo 1970; Lydersen, Fagerland & Laake 2009.

    >>> round(power_boschloo(0.784, 0.911, 56, 56), 3)
    0.451
    """
    for p in (p1, p2):
        if not 0 <= p <= 1:
            raise UsageError(f"proportion {p!r}: it lies between 0 and 1. Write 78.4% as 0.784.")
    check_share(alpha, "alpha")
    if not whole(n1, "units") or not whole(n2, "units"):
        return NotEnough(f"the {'second' if n1 else 'first'} arm has no units")
    if n1 + n2 > EXACT_POWER_LIMIT:
        return NotEnough(f"exact power is enumerated up to {EXACT_POWER_LIMIT} units; here are {n1 + n2}")
    from scipy.stats import binom

    weights = np.outer(binom.pmf(np.arange(n1 + 1), n1, p1), binom.pmf(np.arange(n2 + 1), n2, p2))
    return float(weights[two_sided_p(n1, n2) <= alpha].sum())


@lru_cache(maxsize=32)
def two_sided_p(n1: int, n2: int) -> np.ndarray:
    """Boschloo's p-value of every table: a row for each count of the first arm, a column for the second's."""
    greater = _one_sided(n1, n2)
    # Fewer events in the first arm are more non-events: the same test of the table turned round.
    less = greater[::-1, ::-1]
    p: np.ndarray = np.minimum(1.0, 2 * np.minimum(greater, less))
    # Nobody or everybody: nothing can be tested, so nothing is rejected.
    p[0, 0] = p[-1, -1] = 1.0
    return p


def _one_sided(n1: int, n2: int) -> np.ndarray:
    """The p-value that the first proportion is larger, of every table.

    Tables are ordered by Fisher's p; a table's p-value is the chance of all at or before it, at the common
    proportion where that is greatest.
    """
    from scipy.stats import binom, hypergeom

    x1, x2 = np.meshgrid(np.arange(n1 + 1), np.arange(n2 + 1), indexing="ij")
    fisher = hypergeom.sf(x1 - 1, n1 + n2, n1, x1 + x2).ravel()
    order = np.argsort(fisher, kind="stable")
    ranked = fisher[order]
    common = np.linspace(0, 1, _GRID + 2)[1:-1]
    first = binom.pmf(np.arange(n1 + 1)[:, None], n1, common)
    second = binom.pmf(np.arange(n2 + 1)[:, None], n2, common)
    reached = np.cumsum(first[x1.ravel()[order]] * second[x2.ravel()[order]], axis=0).max(axis=1)
    # Tables of the same Fisher p stand or fall together; rounding must not part them.
    last = np.searchsorted(ranked, ranked * (1 + 1e-10), side="right") - 1
    p: np.ndarray = np.empty_like(fisher)
    p[order] = np.minimum(1.0, reached[last])
    return p.reshape(n1 + 1, n2 + 1)
