"""Size and coverage by listing every outcome, on a short grid: no Monte-Carlo error, under a minute.

Each check has a check of its own: the textbook (Wald) interval must fail the line that ours hold.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom

from amends.analysis import proportions, sequential
from amends.analysis.result import NotEnough

SHARES = (0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 0.975, 0.98)


def least_rejected(n1: int, n2: int, alpha: float) -> np.ndarray:
    """The tables that Boschloo's two-sided test rejects at `alpha`.

    Its p-value rises with the one-sided Fisher p by which it orders tables, so on either side the edge of
    the region is found by halving, with few searches for the worst case.
    """
    rejects = np.zeros((n1 + 1, n2 + 1), dtype=bool)
    for side in ("greater", "less"):
        fisher = fisher_p(n1, n2, side)
        levels = np.unique(fisher.round(12))
        low, high = -1, len(levels) - 1
        while low < high:
            middle = (low + high + 1) // 2
            x1, x2 = np.argwhere(fisher.round(12) == levels[middle])[0]
            if boschloo_p(int(x1), n1, int(x2), n2) <= alpha:
                low = middle
            else:
                high = middle - 1
        if low >= 0:
            rejects |= fisher.round(12) <= levels[low]
    return rejects


def fisher_p(n1: int, n2: int, side: str) -> np.ndarray:
    from scipy.stats import hypergeom

    x1, x2 = np.arange(n1 + 1)[:, None], np.arange(n2 + 1)[None, :]
    tail: np.ndarray = (
        hypergeom.sf(x1 - 1, n1 + n2, x1 + x2, n1)
        if side == "greater"
        else hypergeom.cdf(x1, n1 + n2, x1 + x2, n1)
    )
    return tail


def boschloo_p(x1: int, n1: int, x2: int, n2: int) -> float:
    found = proportions.boschloo(x1, n1, x2, n2)
    return 1.0 if isinstance(found, NotEnough) else found.p_value


def size(rejects: np.ndarray, n1: int, n2: int) -> float:
    """The largest chance of a rejection over common proportions."""
    grid = np.linspace(0.005, 0.995, 199)
    first, second = (binom.pmf(np.arange(n + 1)[None, :], n, grid[:, None]) for n in (n1, n2))
    return float(np.einsum("gi,gj,ij->g", first, second, rejects).max())


@pytest.mark.parametrize(("n1", "n2"), [(10, 10), (10, 25), (30, 30), (20, 60), (60, 60)])
def test_boschloo_never_rejects_more_often_than_it_says(n1: int, n2: int) -> None:
    ours = least_rejected(n1, n2, 0.05)
    assert ours.any()
    assert size(ours, n1, n2) <= 0.05
    # The check itself: the unpooled z test breaks the same line.
    assert size(table_of(proportions.z_unpooled, n1, n2) <= 0.05, n1, n2) > 0.05


@pytest.mark.parametrize("n", [10, 30, 60])
def test_boschloo_rejects_whatever_fisher_rejects(n: int) -> None:
    ours = least_rejected(n, n, 0.05)
    doubled = np.minimum(1, 2 * np.minimum(fisher_p(n, n, "greater"), fisher_p(n, n, "less")))
    assert ours[doubled <= 0.05].all()
    assert ours.sum() > (doubled <= 0.05).sum()


@pytest.mark.parametrize("n", [50, 80, 150])
def test_pooled_z_keeps_its_size_where_it_is_the_default(n: int) -> None:
    rejects = table_of(proportions.z_pooled, n, n) <= 0.05
    for share in (0.1, 0.2, 0.35, 0.5, 0.8, 0.9):
        if n * min(share, 1 - share) >= 5:
            weights = np.outer(binom.pmf(np.arange(n + 1), n, share), binom.pmf(np.arange(n + 1), n, share))
            assert 0.04 <= float((weights * rejects).sum()) <= 0.06


def table_of(test: Callable[..., Any], n1: int, n2: int) -> np.ndarray:
    """The p-value of every table; 1 where no test can be made."""
    found = [[test(x1, n1, x2, n2) for x2 in range(n2 + 1)] for x1 in range(n1 + 1)]
    return np.array([[1.0 if isinstance(test, NotEnough) else test.p_value for test in row] for row in found])


def coverage_of_one(interval: Callable[[int, int], Any], n: int) -> np.ndarray:
    limits = [interval(x, n) for x in range(n + 1)]
    low, high = (np.array([getattr(item, end) for item in limits]) for end in ("low", "high"))
    grid = np.linspace(0.02, 0.98, 193)
    return np.array([binom.pmf(np.arange(n + 1), n, p)[(low <= p) & (p <= high)].sum() for p in grid])


def coverage_of_difference(interval: Callable[..., Any], n1: int, n2: int) -> np.ndarray:
    limits = [[interval(x1, n1, x2, n2) for x2 in range(n2 + 1)] for x1 in range(n1 + 1)]
    low, high = (
        np.array([[getattr(item, end) for item in row] for row in limits]) for end in ("low", "high")
    )
    found = []
    for p1 in SHARES:
        first = binom.pmf(np.arange(n1 + 1), n1, p1)
        for p2 in SHARES:
            # A limit that equals the difference but for rounding holds it.
            holds = (low <= p1 - p2 + 1e-12) & (p1 - p2 - 1e-12 <= high)
            found.append(float(first @ holds @ binom.pmf(np.arange(n2 + 1), n2, p2)))
    return np.array(found)


@pytest.mark.parametrize("n", [15, 27, 50, 120, 500])
def test_wilson_covers_as_often_as_it_says(n: int) -> None:
    found = coverage_of_one(proportions.wilson, n)
    assert found.mean() >= 0.945
    assert found.min() >= 0.87


@pytest.mark.parametrize(("n1", "n2"), [(15, 15), (15, 60), (50, 50), (120, 100)])
def test_newcombe_covers_as_often_as_it_says(n1: int, n2: int) -> None:
    found = coverage_of_difference(proportions.newcombe, n1, n2)
    assert found.mean() >= 0.945
    assert found.min() >= 0.87


@pytest.mark.parametrize(("n1", "n2"), [(15, 15), (50, 50)])
def test_miettinen_nurminen_covers_as_often_as_it_says(n1: int, n2: int) -> None:
    found = coverage_of_difference(proportions.miettinen_nurminen, n1, n2)
    assert found.mean() >= 0.945
    assert found.min() >= 0.87


def test_textbook_interval_fails_the_same_line() -> None:
    found = coverage_of_difference(proportions.wald, 15, 15)
    assert found.mean() < 0.945
    assert found.min() < 0.87


def ever_missed(p1: float, p2: float, first_share: float, *, alpha: float, runs: int, seed: int) -> float:
    """Share of simulated experiments whose always-valid interval ever misses, looking after each unit."""
    rng, per_arm = np.random.default_rng(seed), 40
    planned = round(per_arm / min(first_share, 1 - first_share))
    missed = 0
    for _ in range(runs):
        first = rng.random(2 * planned) < first_share
        events = rng.random(2 * planned) < np.where(first, p1, p2)
        counts = (np.cumsum(x) for x in (first & events, first, ~first & events, ~first))
        looks = list(zip(*(count.tolist() for count in counts), strict=True))[49:]
        intervals = (
            sequential.always_valid_proportions(*look, alpha=alpha, planned_n=planned) for look in looks
        )
        missed += any(p1 - p2 not in item for item in intervals if not isinstance(item, NotEnough))
    return missed / runs


@pytest.mark.parametrize(
    ("p1", "p2", "share"),
    [(0.5, 0.5, 0.5), (0.9, 0.8, 0.5), (0.1, 0.05, 0.2), (0.3, 0.3, 0.2), (0.2, 0.1, 0.2)],
)
def test_always_valid_interval_keeps_its_level_over_all_looks(p1: float, p2: float, share: float) -> None:
    # 1,000 experiments: three standard errors at .05 are .021.
    assert ever_missed(p1, p2, share, alpha=0.05, runs=1000, seed=5) <= 0.05 + 0.021


def test_always_valid_interval_keeps_a_low_level_where_the_first_arm_is_small() -> None:
    # With each arm's own variance alone it misses in about .026. Three standard errors of 3,000 are .0055.
    assert ever_missed(0.2, 0.1, 0.2, alpha=0.01, runs=3000, seed=5) <= 0.01 + 0.0055
