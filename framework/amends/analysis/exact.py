"""Exact tests of a 2 x 2 table: Boschloo, Barnard and Fisher, by scipy, with a limit on what they may cost.

Both unconditional tests search the unknown common proportion; scipy's own 32 starting points miss the
worst case now and then, so 64 are used. Their time grows steeply (0.2 s at 100 per arm, 11 s at 500 on
one core), hence the limit. Results are remembered: the same counts are never searched twice.
"""

from __future__ import annotations

from functools import lru_cache

from amends.analysis.counts import ALTERNATIVES, check_choice, check_counts, untestable
from amends.analysis.result import NotEnough, TestResult

BOSCHLOO_LIMIT = 400
"""Units in all beyond which the unconditional exact tests are not computed."""

SEARCH_POINTS = 64


def boschloo(
    x1: int, n1: int, x2: int, n2: int, *, alternative: str = "two-sided", limit: int = BOSCHLOO_LIMIT
) -> TestResult | NotEnough:
    """Boschloo's exact test; two-sided, the one-sided p-value is doubled (R `Exact`: `tsmethod="central"`).

    Args:
        x1: Events in the first arm, of `n1`; likewise `x2` of `n2`.
        n1: Units in the first arm.
        x2: Events in the second arm.
        n2: Units in the second arm.
        alternative: `two-sided`, `greater` (the first proportion is larger) or `less`.
        limit: Units in all beyond which the search would take too long.

    Source: Boschloo 1970; Lydersen, Fagerland & Laake 2009.

    >>> round(boschloo(51, 56, 44, 56).p_value, 4)
    0.0783
    """
    counts = check_counts(x1, n1, x2, n2)
    check_choice(alternative, ALTERNATIVES, "alternative")
    if (reason := _unsearchable(*counts, limit, "Boschloo's")) is not None:
        return reason
    return TestResult("Boschloo exact", _boschloo_p(*counts, alternative), alternative=alternative)


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


@lru_cache(maxsize=4096)
def _boschloo_p(x1: int, n1: int, x2: int, n2: int, alternative: str) -> float:
    from scipy.stats import boschloo_exact

    table = _columns(x1, n1, x2, n2)
    return min(1.0, float(boschloo_exact(table, alternative=alternative, n=SEARCH_POINTS).pvalue))


@lru_cache(maxsize=4096)
def _barnard_p(x1: int, n1: int, x2: int, n2: int, alternative: str) -> float:
    from scipy.stats import barnard_exact

    table = _columns(x1, n1, x2, n2)
    return min(1.0, float(barnard_exact(table, alternative=alternative, pooled=True, n=SEARCH_POINTS).pvalue))


@lru_cache(maxsize=4096)
def _fisher_p(x1: int, n1: int, x2: int, n2: int, alternative: str) -> float:
    from scipy.stats import fisher_exact

    return min(1.0, float(fisher_exact(_columns(x1, n1, x2, n2), alternative=alternative).pvalue))
