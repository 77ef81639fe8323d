"""Experiments looked at after every unit, many at once.

The always-valid interval is written for whole arrays here; `test_table_shortcuts` compares it with the
public function look by look.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import log

import numpy as np

from amends.analysis.sequential import FIRST_LOOK, FIRST_LOOK_PER_ARM, tuned_rho2

CELLS = 2_000_000
"""Looks held at once."""


@dataclass(frozen=True, slots=True)
class Looks:
    """Units, sums and sums of squares of two arms after every unit; one row an experiment."""

    n1: np.ndarray
    n2: np.ndarray
    sum1: np.ndarray
    sum2: np.ndarray
    squares1: np.ndarray
    squares2: np.ndarray

    @classmethod
    def of(cls, first: np.ndarray, second: np.ndarray, values: np.ndarray) -> Looks:
        """From every unit's arm and value, in order of assignment."""

        def so_far(each: np.ndarray) -> np.ndarray:
            return np.cumsum(each, axis=1)

        a, b = np.where(first, values, 0.0), np.where(second, values, 0.0)
        return cls(so_far(first), so_far(second), so_far(a), so_far(b), so_far(a * a), so_far(b * b))

    def effects(self) -> np.ndarray:
        found: np.ndarray = self.sum1 / self.n1 - self.sum2 / self.n2
        return found

    def half_widths(self, *, alpha: float, planned_n: float) -> np.ndarray:
        """Half-widths of the always-valid interval; infinite where it says nothing yet."""
        n1, n2 = self.n1, self.n2
        n = n1 + n2
        v1 = (self.squares1 - self.sum1**2 / n1) / (n1 - 1)
        v2 = (self.squares2 - self.sum2**2 / n2) / (n2 - 1)
        own = v1 / n1 + v2 / n2
        common = ((n1 - 1) * v1 + (n2 - 1) * v2) / (n - 2) * (1 / n1 + 1 / n2)
        information = n * tuned_rho2(alpha, planned_n)
        spread = n * np.maximum(own, common)
        width = 2 * (information + 1) / (n * information) * (0.5 * np.log1p(information) - log(alpha))
        silent = (n < FIRST_LOOK) | (np.minimum(n1, n2) < FIRST_LOOK_PER_ARM)
        # Below, all values of an arm are alike but for rounding.
        silent |= ~(np.minimum(v1, v2) > 1e-9)
        return np.where(silent, np.inf, np.sqrt(spread * width))

    def outside(self, truth: float, *, alpha: float, planned_n: float) -> np.ndarray:
        """At which looks the interval misses the truth."""
        with np.errstate(divide="ignore", invalid="ignore"):
            half = self.half_widths(alpha=alpha, planned_n=planned_n)
            found: np.ndarray = np.isfinite(half) & (np.abs(self.effects() - truth) > half)
        return found


def batches(runs: int, length: int) -> Iterator[int]:
    """Experiments at a time, so that memory holds them."""
    step = max(1, CELLS // length)
    for start in range(0, runs, step):
        yield min(step, runs - start)
