"""Least squares on thousands of resamples at once.

A resample changes nothing but how often each unit counts. So its regressions need only the cross products
weighted by these counts, and all of them together are one matrix product and one stack of small systems.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from amends.analysis.exported import Exported
from amends.analysis.result import Interval, NotEnough

LEAST_SOLVED = 0.95
"""Share of resamples that must have a solution; where arms are tiny, too many hold only one of them."""

_BLOCK = 6_000_000
"""Counts multiplied at once."""

_SHORT = 10_000
"""Units up to which single dot products are the quicker way."""

_PIECE = 50_000
"""Counts drawn at once: few enough to stay near the processor, which makes them three times as fast."""


@dataclass(frozen=True, slots=True)
class ResampledEffect(Exported):
    """An effect with its percentile interval.

    Attributes:
        name: Which effect.
        value: From the units as they are.
        standard_error: The spread of the effect over resamples.
        interval: Between the resamples' percentiles.
    """

    name: str
    value: float
    standard_error: float
    interval: Interval


class CrossProducts:
    """Cross products of columns under one or many weightings of the units."""

    def __init__(self, names: Sequence[str], moments: np.ndarray) -> None:
        self.names = tuple(names)
        self.moments = moments

    def regression(self, target: str, on: Sequence[str]) -> np.ndarray:
        """The coefficients of a regression, one row a weighting; NaN where it has no solution."""
        places = [self.names.index(name) for name in on]
        products = self.moments[:, places][:, :, places]
        sides = self.moments[:, places, self.names.index(target)]
        scale = np.sqrt(np.einsum("bii->bi", products))
        # A column of zeros in some resample leaves it without a solution.
        with np.errstate(divide="ignore", invalid="ignore"):
            scaled = products / scale[:, :, None] / scale[:, None, :]
        solvable = np.isfinite(scaled).all(axis=(1, 2))
        scaled[~solvable] = 0
        solvable &= np.linalg.det(scaled) > 1e-12
        found = np.full(sides.shape, np.nan)
        if solvable.any():
            sides, scale = sides[solvable], scale[solvable]
            inner = np.linalg.solve(scaled[solvable], (sides / scale)[:, :, None])[:, :, 0]
            found[solvable] = inner / scale
        return found


def as_they_are(columns: dict[str, np.ndarray]) -> CrossProducts:
    """The cross products where every unit counts once."""
    data = np.column_stack(list(columns.values()))
    return CrossProducts(tuple(columns), (data.T @ data)[None])


def resampled(columns: dict[str, np.ndarray], *, resamples: int, seed: int) -> CrossProducts:
    """The cross products of resamples of all units with replacement.

    Args:
        columns: Every column of every regression, the constant too.
        resamples: How many.
        seed: Of the draws.
    """
    data, times = np.unique(np.column_stack(list(columns.values())), axis=0, return_counts=True)
    size = data.shape[1]
    upper = np.triu_indices(size)
    products = np.ascontiguousarray((data[:, upper[0]] * data[:, upper[1]]).T)
    rows = [
        np.vecdot(counts[:, None], products)
        for counts in _counts(times, resamples, np.random.default_rng(seed))
    ]
    moments = np.empty((resamples, size, size))
    moments[:, upper[0], upper[1]] = moments[:, upper[1], upper[0]] = np.concatenate(rows)
    return CrossProducts(tuple(columns), moments)


def effects(
    names: Sequence[str], values: np.ndarray, draws: np.ndarray, *, confidence: float
) -> list[ResampledEffect] | NotEnough:
    """Every effect with its percentile interval, from its value and those of the resamples.

    Args:
        names: What the effects are called.
        values: One value an effect.
        draws: One row a resample, one column an effect.
        confidence: The level of the intervals.
    """
    solved = draws[np.isfinite(draws).all(axis=1)]
    if len(solved) < LEAST_SOLVED * len(draws) or not np.isfinite(values).all():
        return NotEnough(f"only {len(solved)} of {len(draws)} resamples hold both arms with enough spread")
    tail = (1 - confidence) / 2
    low, high = np.quantile(solved, [tail, 1 - tail], axis=0)
    spread = solved.std(axis=0, ddof=1)
    return [
        ResampledEffect(
            name=name,
            value=float(values[place]),
            standard_error=float(spread[place]),
            interval=Interval(float(low[place]), float(high[place]), "percentile bootstrap", confidence),
        )
        for place, name in enumerate(names)
    ]


def _weighted(counts: np.ndarray, products: np.ndarray) -> np.ndarray:
    """Every product's total under every row of counts.

    A matrix product of few columns is soon done; waking its threads is what would take time.
    """
    long = counts.shape[1] > _SHORT
    result: np.ndarray = counts @ products.T if long else np.vecdot(counts[:, None], products)
    return result


def _counts(times: np.ndarray, resamples: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """How often each distinct unit counts in every resample, a block of resamples at a time."""
    n, distinct = int(times.sum()), len(times)
    step = max(1, _BLOCK // n)
    for start in range(0, resamples, step):
        size = min(step, resamples - start)
        if distinct < n / 2:
            yield rng.multinomial(n, times / n, size=size).astype(float)
        else:
            yield _counted(np.repeat(np.arange(distinct), times), distinct, size, rng)


def _counted(place: np.ndarray, distinct: int, size: int, rng: np.random.Generator) -> np.ndarray:
    """How often each distinct unit is drawn, where `place` says which one every unit is."""
    n, counts = len(place), np.empty((size, distinct))
    step = max(1, _PIECE // n)
    for start in range(0, size, step):
        rows = min(step, size - start)
        drawn = rng.integers(0, n, (rows, n), dtype=np.uint16 if n <= 1 << 16 else np.int32)
        cells = (drawn if distinct == n else place[drawn]) + distinct * np.arange(rows)[:, None]
        found = np.bincount(cells.ravel(), minlength=rows * distinct)
        counts[start : start + rows] = found.reshape(rows, distinct)
    return counts
