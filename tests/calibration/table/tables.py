"""All 2 x 2 tables of two arms at once: rejection regions, limits, chances.

The vectorised forms repeat the public functions' formulas; `test_table_shortcuts` shows that they agree.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from scipy import special
from scipy.stats import binom, hypergeom

from amends.analysis import proportions
from amends.analysis.result import NotEnough, TestResult

Z = float(special.ndtri(0.975))

Region = np.ndarray
"""Whether each table is rejected: rows are events of the first arm, columns of the second."""


def p_of(found: TestResult | NotEnough) -> float:
    """The p-value; 1 where no test can be made, which is no rejection."""
    return 1.0 if isinstance(found, NotEnough) else found.p_value


def region_of(test: Callable[..., Any], n1: int, n2: int, *, level: float = 0.05, **how: str) -> Region:
    """The region by calling the public function for every table."""
    return np.array(
        [[p_of(test(a, n1, b, n2, **how)) <= level for b in range(n2 + 1)] for a in range(n1 + 1)]
    )


def fisher_tail(n1: int, n2: int, side: str) -> np.ndarray:
    """One-sided Fisher p of every table."""
    a, b = np.arange(n1 + 1)[:, None], np.arange(n2 + 1)[None, :]
    tail: np.ndarray = (
        hypergeom.sf(a - 1, n1 + n2, a + b, n1) if side == "greater" else hypergeom.cdf(a, n1 + n2, a + b, n1)
    )
    return tail


@cache
def boschloo_region(n1: int, n2: int, level: float = 0.05, alternative: str = "two-sided") -> Region:
    """Tables that Boschloo's test rejects, its edge found by halving.

    Its p rises with the one-sided Fisher p by which it orders tables, so a few searches do for all.
    """
    sides = ("greater", "less") if alternative == "two-sided" else (alternative,)
    rejects = np.zeros((n1 + 1, n2 + 1), dtype=bool)
    for side in sides:
        order = fisher_tail(n1, n2, side).round(12)
        rejects |= _below_edge(
            order, lambda a, b: p_of(proportions.boschloo(a, n1, b, n2, alternative=alternative)), level
        )
    return rejects


@cache
def barnard_region(n1: int, n2: int, level: float = 0.05) -> Region:
    """Tables that Barnard's test rejects; its p falls with the distance of the pooled z from 0."""
    order = -np.abs(pooled_z(n1, n2)).round(9)
    return _below_edge(order, lambda a, b: p_of(proportions.barnard(a, n1, b, n2)), level)


def _below_edge(order: np.ndarray, p: Callable[[int, int], float], level: float) -> Region:
    """The tables up to the last place in the order at which p is within the level."""
    places = np.unique(order)
    low, high = -1, len(places) - 1
    while low < high:
        middle = (low + high + 1) // 2
        a, b = np.argwhere(order == places[middle])[0]
        low, high = (middle, high) if p(int(a), int(b)) <= level else (low, middle - 1)
    return order <= places[low] if low >= 0 else np.zeros(order.shape, dtype=bool)


def pooled_z(n1: int, n2: int, a: np.ndarray | None = None, b: np.ndarray | None = None) -> np.ndarray:
    """The pooled z of every table; 0 where nothing can be tested."""
    a, b = _grid(n1, n2, a, b)
    events, units = (a + b).astype(float), n1 + n2
    variance = n1 * n2 * events * (units - events)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (a * n2 - b * n1) * np.sqrt(units / variance)
    return np.where(variance > 0, z, 0.0)


def default_region(
    n1: int, n2: int, a: np.ndarray | None = None, b: np.ndarray | None = None, *, level: float = 0.05
) -> Region:
    """Tables that the default test rejects, by its own rule of which test that is."""
    a, b = _grid(n1, n2, a, b)
    units = n1 + n2
    if units <= proportions.EXACT_UP_TO:
        return boschloo_region(n1, n2, level)[a, b]
    rejects = 2 * special.ndtr(-np.abs(pooled_z(n1, n2, a, b))) <= level
    expected = min(n1, n2) * np.minimum(a + b, units - a - b) / units
    for place in np.argwhere(expected < 5):
        at = tuple(place)
        table = int(np.broadcast_to(a, rejects.shape)[at]), n1, int(np.broadcast_to(b, rejects.shape)[at]), n2
        rejects[at] = p_of(proportions.default_test(*table)) <= level
    result: Region = rejects
    return result


def likely(n: int, p: float) -> tuple[np.ndarray, np.ndarray]:
    """The counts that can be met, all but a chance of 1e-12 of them, and their chances."""
    low, high = int(binom.ppf(5e-13, n, p)), int(binom.ppf(1 - 5e-13, n, p))
    counts = np.arange(max(0, low - 1), min(n, high + 1) + 1)
    return counts, binom.pmf(counts, n, p)


def rejection(p1: float, n1: int, p2: float, n2: int, *, level: float = 0.05) -> float:
    """The chance that the default test rejects, every table that can be met weighed by its chance."""
    (a, chance_a), (b, chance_b) = likely(n1, p1), likely(n2, p2)
    rejects = default_region(n1, n2, a[:, None], b[None, :], level=level)
    return float(chance_a @ rejects @ chance_b)


def sizes(rejects: Region, shares: np.ndarray) -> np.ndarray:
    """The chance of a rejection at every common share."""
    n1, n2 = (side - 1 for side in rejects.shape)
    first, second = (binom.pmf(np.arange(n + 1), n, shares[:, None]) for n in (n1, n2))
    found: np.ndarray = np.einsum("gi,ij,gj->g", first, rejects, second, optimize=True)
    return found


def wilson_limits(x: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Wilson's limits of every count."""
    centre, half = x + Z**2 / 2, Z * np.sqrt(x * (n - x) / n + Z**2 / 4)
    return np.clip((centre - half) / (n + Z**2), 0, 1), np.clip((centre + half) / (n + Z**2), 0, 1)


def newcombe_limits(a: np.ndarray, n1: int, b: np.ndarray, n2: int) -> tuple[np.ndarray, np.ndarray]:
    """Newcombe's limits of every pair of counts."""
    (l1, u1), (l2, u2) = wilson_limits(a, n1), wilson_limits(b, n2)
    p1, p2 = a / n1, b / n2
    low = p1 - p2 - np.sqrt((p1 - l1) ** 2 + (u2 - p2) ** 2)
    return low, p1 - p2 + np.sqrt((u1 - p1) ** 2 + (p2 - l2) ** 2)


def wald_limits(a: np.ndarray, n1: int, b: np.ndarray, n2: int) -> tuple[np.ndarray, np.ndarray]:
    """The textbook limits of every pair of counts."""
    half = Z * np.sqrt(a * (n1 - a) / n1**3 + b * (n2 - b) / n2**3)
    return a / n1 - b / n2 - half, a / n1 - b / n2 + half


def public_limits(interval: Callable[..., Any], n1: int, n2: int) -> tuple[np.ndarray, np.ndarray]:
    """Limits of every table by calling the public function."""
    found = [[interval(a, n1, b, n2) for b in range(n2 + 1)] for a in range(n1 + 1)]
    low, high = (np.array([[getattr(item, end) for item in row] for row in found]) for end in ("low", "high"))
    return low, high


def coverage(low: np.ndarray, high: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """The chance that the limits hold the difference, at every pair of shares."""
    n1, n2 = (side - 1 for side in low.shape)
    first, second = (binom.pmf(np.arange(n + 1), n, shares[:, None]) for n in (n1, n2))
    found = np.empty((len(shares), len(shares)))
    for i, p1 in enumerate(shares):
        for j, p2 in enumerate(shares):
            # A limit that equals the difference but for rounding holds it.
            holds = (low <= p1 - p2 + 1e-12) & (p1 - p2 - 1e-12 <= high)
            found[i, j] = first[i] @ holds @ second[j]
    return found


def _grid(n1: int, n2: int, a: np.ndarray | None, b: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    return (
        np.arange(n1 + 1)[:, None] if a is None else a,
        np.arange(n2 + 1)[None, :] if b is None else b,
    )
