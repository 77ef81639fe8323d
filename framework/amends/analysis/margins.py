"""Two proportions against a margin: limits and one-sided p-values that cannot disagree."""

from __future__ import annotations

from collections.abc import Callable
from math import inf, isfinite

from amends.analysis.counts import check_share
from amends.analysis.distributions import normal_cdf
from amends.analysis.intervals import miettinen_nurminen, newcombe, score_z
from amends.analysis.result import Interval
from amends.errors import UsageError

METHODS = {"newcombe": "Newcombe", "score": "Miettinen-Nurminen score"}
"""How each method is called in a result."""

Table = tuple[int, int, int, int]


def limits(table: Table, method: str, confidence: float) -> Interval:
    """The interval of the difference by that method; both arms need units."""
    found = (newcombe if method == "newcombe" else miettinen_nurminen)(*table, confidence=confidence)
    assert isinstance(found, Interval)
    return found


def p_beyond(table: Table, edge: float, method: str, *, below: bool) -> float:
    """The one-sided p that the difference lies at or below `edge` (at or above it)."""
    if method == "score":
        z = score_z(*table, edge)
        return normal_cdf(-z if below else z)
    return _newcombe_p(table, edge, below=below)


def _newcombe_p(table: Table, edge: float, *, below: bool) -> float:
    """The one-sided level at which Newcombe's limit just meets the edge, by bisection."""
    x1, n1, x2, n2 = table
    gap = (x1 * n2 - x2 * n1) / (n1 * n2)
    if (gap <= edge) if below else (gap >= edge):
        # Beyond the edge the other limit is the one that meets it, at one minus the level.
        return 1 - _level(lambda found: found.high <= edge if below else found.low >= edge, table)
    return _level(lambda found: found.low >= edge if below else found.high <= edge, table)


def _level(clear: Callable[[Interval], bool], table: Table) -> float:
    """The smallest one-sided level at which the interval is clear of the edge, from 0 to one half."""
    low, high = 0.0, 0.5
    for _ in range(60):
        middle = (low + high) / 2
        if not 0 < 1 - 2 * middle < 1:
            break
        low, high = (low, middle) if clear(limits(table, "newcombe", 1 - 2 * middle)) else (middle, high)
    return high


def check_margin(margin: float, alpha: float, *, largest: float = inf) -> None:
    """Refuses a margin that is not above 0 (or above `largest`), and a one-sided level of a half or more."""
    if not (isfinite(margin) and 0 < margin <= largest):
        rule = "and at most 1. Write 5 percentage points as 0.05" if largest == 1 else "Give for instance 0.2"
        raise UsageError(f"margin {margin!r}: it is above 0{' ' if largest == 1 else '. '}{rule}.")
    check_share(alpha, "alpha")
    if alpha >= 0.5:
        raise UsageError(f"alpha {alpha!r}: a one-sided level lies below 0.5. Give for instance 0.025.")
