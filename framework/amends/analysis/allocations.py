"""Assignments that a design could have drawn: all of them, or a sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, combinations
from math import comb, lgamma, log

import numpy as np

MOST = 1_000_000
"""Assignments that are counted one by one; more are drawn."""

_CELLS = 4_000_000
"""Random numbers held at once while drawing."""

_DISTINCT = 64
"""Up to this many different values a free draw needs only how often each of them falls to the first arm."""


@dataclass(frozen=True, slots=True)
class Part:
    """A block, or all that was drawn together: some of its members were chosen for the first arm.

    Attributes:
        sums: Every member's total, a unit's value or a cluster's sum.
        counts: How many units it stands for.
        chosen: How many members came to the first arm.
        seen: Total and units of those that did.
    """

    sums: np.ndarray
    counts: np.ndarray
    chosen: int
    seen: tuple[float, float]

    @classmethod
    def of(cls, sums: np.ndarray, counts: np.ndarray, arm: np.ndarray) -> Part:
        return cls(sums, counts, int(arm.sum()), (float(sums @ arm), float(counts @ arm)))

    @property
    def choices(self) -> int:
        """How many choices of that many members there are."""
        return comb(len(self.sums), self.chosen)


def possible(parts: Sequence[Part], limit: int) -> int | None:
    """How many assignments the design could have drawn; None where there are more than `limit`."""
    total = 1
    for part in parts:
        n, k = len(part.sums), part.chosen
        # Judged by logarithms first: the number itself may have thousands of digits.
        if lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) > log(limit) + 1:
            return None
        total *= part.choices
        if total > limit:
            return None
    return total


def enumerated(parts: Sequence[Part]) -> tuple[np.ndarray, np.ndarray]:
    """Total and units of the first arm under every assignment: every choice of one part with every other."""
    sums, counts = np.zeros(1), np.zeros(1)
    for part in parts:
        size, chosen = len(part.sums), part.chosen
        flat = chain.from_iterable(combinations(range(size), chosen))
        places = np.fromiter(flat, dtype=np.int32, count=part.choices * chosen)
        # Of a block that lies in the other arm as a whole there is one choice, of nobody.
        places = places.reshape(part.choices, chosen)
        sums = np.add.outer(sums, part.sums[places].sum(axis=1)).ravel()
        counts = np.add.outer(counts, part.counts[places].sum(axis=1)).ravel()
    return sums, counts


def drawn(parts: Sequence[Part], draws: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Total and units of the first arm under assignments drawn as the design draws them."""
    sums, counts = np.zeros(draws), np.zeros(draws)
    alike: dict[tuple[int, int], list[Part]] = {}
    for part in parts:
        alike.setdefault((len(part.sums), part.chosen), []).append(part)
    for (size, chosen), group in alike.items():
        if len(group) == 1 and (values := _few_values(group[0])) is not None:
            taken = rng.multivariate_hypergeometric(values[1], chosen, size=draws)
            sums += taken @ values[0]
            counts += chosen * float(group[0].counts[0])
            continue
        own = np.array([part.sums for part in group]), np.array([part.counts for part in group])
        step = max(1, _CELLS // (len(group) * size))
        for start in range(0, draws, step):
            now = slice(start, min(start + step, draws))
            keys = rng.random((now.stop - start, len(group), size))
            first = np.argpartition(keys, chosen - 1, axis=2)[:, :, :chosen] if 0 < chosen < size else None
            sums[now] += _taken(own[0], first, chosen)
            counts[now] += _taken(own[1], first, chosen)
    return sums, counts


def _taken(own: np.ndarray, first: np.ndarray | None, chosen: int) -> np.ndarray | float:
    """The total over all blocks of the members taken; all or none of a block leave nothing to chance."""
    if first is None:
        return float(own.sum()) if chosen else 0.0
    result: np.ndarray = np.take_along_axis(own[None], first, axis=2).sum(axis=(1, 2))
    return result


def _few_values(part: Part) -> tuple[np.ndarray, np.ndarray] | None:
    """The different values and how often each occurs, where members stand for equally many units."""
    if (part.counts != part.counts[0]).any():
        return None
    values, times = np.unique(part.sums, return_counts=True)
    return (values, times) if len(values) <= _DISTINCT else None
