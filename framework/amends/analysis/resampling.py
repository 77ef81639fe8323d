"""Least squares on thousands of resamples at once.

A resample changes nothing but how often each unit counts. So its regressions need only the cross products
weighted by these counts, and all of them together are one matrix product and one stack of small systems.
How the counts are drawn: `resample_counts`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from amends.analysis.exported import Exported
from amends.analysis.moment_draws import MANY, drawn_moments
from amends.analysis.resample_clusters import ClusterDraw, sums_of_clusters
from amends.analysis.resample_counts import PIECE, counts_of_repeated, counts_of_single
from amends.analysis.result import Interval, NotEnough

LEAST_SOLVED = 0.95
"""Share of resamples that must have a solution; where arms are tiny, too many hold only one of them."""

_SINGULAR = 1e-12
"""Determinant of the correlations up to which a resample's columns cannot be told apart."""

_MULTIPLIED = 1_000_000
"""Multiplications at once: a larger matrix product would wake threads, which takes longer than it does."""


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
            found, determinant = _solved(scaled, sides / scale)
            found /= scale
        found[~(determinant > _SINGULAR)] = np.nan
        return found


def _solved(systems: np.ndarray, sides: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The solutions of many small positive definite systems, and their determinants, by elimination.

    Column by column over all systems at once: a library call for each would cost more than its arithmetic.
    """
    left, right = np.moveaxis(systems, 0, -1).copy(), sides.T.copy()
    size = len(left)
    determinant = np.ones(len(systems))
    for pivot in range(size):
        determinant *= left[pivot, pivot]
        for row in range(pivot + 1, size):
            factor = left[row, pivot] / left[pivot, pivot]
            left[row, pivot + 1 :] -= factor * left[pivot, pivot + 1 :]
            right[row] -= factor * right[pivot]
    for row in reversed(range(size)):
        for column in range(row + 1, size):
            right[row] -= left[row, column] * right[column]
        right[row] /= left[row, row]
    return right.T.copy(), determinant


def as_they_are(columns: dict[str, np.ndarray]) -> CrossProducts:
    """The cross products where every unit counts once."""
    data = np.column_stack(list(columns.values()))
    return CrossProducts(tuple(columns), (data.T @ data)[None])


def resampled(
    columns: dict[str, np.ndarray], *, resamples: int, seed: int, clusters: ClusterDraw | None = None
) -> CrossProducts:
    """The cross products of resamples of all units with replacement.

    Args:
        columns: Every column of every regression, the constant too.
        resamples: How many.
        seed: Of the draws.
        clusters: Draw whole clusters within their arm in place of units.
    """
    data, rng = np.column_stack(list(columns.values())), np.random.default_rng(seed)
    upper = np.triu_indices(data.shape[1])
    if clusters is not None:
        products = data[:, upper[0]] * data[:, upper[1]]
        return _of_sums(columns, sums_of_clusters(products, clusters, resamples=resamples, rng=rng), upper)
    if len(data) >= MANY:
        return CrossProducts(tuple(columns), drawn_moments(data, resamples=resamples, rng=rng))
    piece = min(PIECE, _MULTIPLIED // len(upper[0]))
    repeated = _repeats(data)
    if repeated is None:
        drawn = counts_of_single(len(data), resamples, rng, piece=piece)
    else:
        # Few answers many times over: fewer numbers to draw.
        data, times = repeated
        drawn = counts_of_repeated(times, resamples, rng, piece=piece)
    products = data[:, upper[0]] * data[:, upper[1]]
    return _of_sums(columns, np.concatenate([counts.astype(float) @ products for counts in drawn]), upper)


def _of_sums(columns: dict[str, np.ndarray], rows: np.ndarray, upper: Any) -> CrossProducts:
    moments = np.empty((len(rows), len(columns), len(columns)))
    moments[:, upper[0], upper[1]] = moments[:, upper[1], upper[0]] = rows
    return CrossProducts(tuple(columns), moments)


def _repeats(data: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """The distinct rows and how often each occurs, where they are less than half of all."""
    few = len(data) / 2
    if max(len(np.unique(column)) for column in data.T) >= few:
        return None
    distinct, times = np.unique(data, axis=0, return_counts=True)
    return (distinct, times) if len(distinct) < few else None


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
