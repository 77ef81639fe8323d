"""How often each unit counts in every resample: exact multinomial counts, drawn many at a time.

Independent Poisson counts of a mean slightly below 1 need one short random number each; given their total
they are multinomial. What a resample then lacks is drawn unit by unit, and the rare one that has too many is
dropped, which leaves the others' distribution as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt

import numpy as np
from scipy import special

PIECE = 100_000
"""Counts drawn at once: few enough to stay near the processor."""

_WORDS = 1 << 16
"""Values of a random number of 16 bits."""

_RARE = 64
"""Of these values, at least so many for a count that is worth an edge of its own."""

_MOST = 60
"""A Poisson count of mean 1 or less never comes near this."""


def counts_of_repeated(
    times: np.ndarray, resamples: int, rng: np.random.Generator, *, piece: int = PIECE
) -> Iterator[np.ndarray]:
    """Counts of distinct units that occur `times` over, a piece of all resamples at a time.

    >>> counts = next(counts_of_repeated(np.array([40, 60]), 3, np.random.default_rng(1)))
    >>> counts.sum(axis=1).tolist()
    [100, 100, 100]
    """
    n = int(times.sum())
    step = max(1, piece // len(times))
    for start in range(0, resamples, step):
        yield rng.multinomial(n, times / n, size=min(step, resamples - start))


def counts_of_single(
    n: int, resamples: int, rng: np.random.Generator, *, piece: int = PIECE
) -> Iterator[np.ndarray]:
    """Counts of `n` units that occur once each, a piece of all resamples at a time.

    >>> pieces = list(counts_of_single(50, 3000, np.random.default_rng(1)))
    >>> sum(len(piece) for piece in pieces), {int(total) for piece in pieces for total in piece.sum(axis=1)}
    (3000, {50})
    """
    edges, rest = _layout(max(1 - 2 / sqrt(n), 0.5))
    step, done = max(1, piece // n), 0
    while done < resamples:
        counts = _poisson(min(step, resamples - done) * n, edges, rest, rng).reshape(-1, n)
        lacking = n - counts.sum(axis=1, dtype=np.uint32).astype(np.int64)
        if (lacking < 0).any():
            counts, lacking = counts[lacking >= 0], lacking[lacking >= 0]
        cells = np.repeat(n * np.arange(len(counts)), lacking)
        cells += rng.integers(0, n, len(cells), dtype=np.uint16 if n <= _WORDS else np.int64)
        np.add.at(counts.reshape(-1), cells, np.uint8(1))
        done += len(counts)
        yield counts


def _layout(mean: float) -> tuple[np.ndarray, np.ndarray]:
    """Which 16-bit numbers stand for which count: below the first edge 0, below the second 1, and so on.

    Only whole numbers of them can; from the last edge on the count is drawn by the shares left over, which
    hold the rare counts too.
    """
    shares = _WORDS * np.diff(special.pdtr(np.arange(_MOST), mean), prepend=0)
    whole = np.where(shares < _RARE, 0, np.floor(shares))
    left = shares - whole
    return np.cumsum(whole[whole > 0]).astype(np.uint16), left / left.sum()


def _poisson(cells: int, edges: np.ndarray, rest: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    raw = rng.bit_generator.random_raw(-(-cells // 4)).view(np.uint16)[:cells]
    counts: np.ndarray = np.greater_equal(raw, edges[0]).view(np.uint8)
    above = np.empty(cells, dtype=bool)
    for edge in edges[1:]:
        np.greater_equal(raw, edge, out=above)
        counts += above
    undecided = np.flatnonzero(counts == len(edges))
    counts[undecided] = rng.choice(len(rest), size=len(undecided), p=rest)
    return counts
