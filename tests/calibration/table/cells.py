"""What the calibration table is made of: a cell is run in parts, its counts add up, its rows are judged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from math import sqrt
from typing import Any
from zlib import crc32

import numpy as np

SEED = 20_260
"""Named before the first run. Every part draws from (SEED, checksum of its cell's name, its number)."""

Sums = Mapping[str, Any]
"""What a part found: numbers that add up over parts, lists that are joined."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Attributes:
        method: What was tested.
        setting: Under which truth.
        found: The figure: an error rate, a coverage, a share.
        low: The least it may be; None where there is no such line.
        high: The most it may be.
        replications: Simulated experiments; None where every outcome was enumerated.
        error: Standard error of `found`; None where enumerated.
        kind: `goal`; `check` for a check of the check, where the naive method must break the line that
            ours hold; `share` for a figure that is only reported.
        note: What else is to be said.
    """

    method: str
    setting: str
    found: float
    low: float | None = None
    high: float | None = None
    replications: int | None = None
    error: float | None = None
    kind: str = "goal"
    note: str = ""

    @property
    def passed(self) -> bool:
        """Whether the figure lies within its lines."""
        return self._within(0.0)

    @property
    def consistent(self) -> bool:
        """Whether it does but for three standard errors: what few replications can tell."""
        return self._within(3 * (self.error or 0.0))

    @property
    def goal(self) -> str:
        """The lines in words."""
        if self.low is not None and self.high is not None:
            return f"{_short(self.low)} to {_short(self.high)}"
        if self.low is None and self.high is None:
            return "reported"
        return f"≥ {_short(self.low)}" if self.low is not None else f"≤ {_short(self.high or 0.0)}"

    def _within(self, slack: float) -> bool:
        # Enumerated figures end in rounding.
        slack += 1e-12
        above = self.low is None or self.found >= self.low - slack
        return above and (self.high is None or self.found <= self.high + slack)


@dataclass(frozen=True, slots=True)
class Cell:
    """A setting of a method, run in parts that any process may take.

    Attributes:
        name: Its only name, by which its random numbers are seeded.
        run: Simulates so many experiments, or enumerates (then it is given 0), and returns its sums.
        rows: The lines of the table from all parts' sums.
        runs: Experiments in all; 0 where enumerated.
        parts: How many pieces they are run in.
        short: Experiments of the short version; 0 leaves the cell to the long run.
        long: Enumerated, but too slow for the short version.
    """

    name: str
    run: Callable[[int, np.random.Generator], Sums]
    rows: Callable[[Sums], list[Row]]
    runs: int = 0
    parts: int = 1
    short: int = 0
    long: bool = False

    @property
    def in_short(self) -> bool:
        """Whether the short version runs it."""
        return bool(self.short) or not (self.runs or self.long)

    def part(self, number: int) -> Sums:
        """One part of the long run."""
        share, extra = divmod(self.runs, self.parts)
        return self.run(share + (number < extra), self.rng(number))

    def rng(self, number: int) -> np.random.Generator:
        return np.random.default_rng([SEED, crc32(self.name.encode()), number])

    def shortly(self) -> list[Row]:
        """The rows from the short version's experiments."""
        return self.rows(self.run(self.short, self.rng(0)))


@dataclass(slots=True)
class Counter:
    """Counts by name, and how many experiments they are of."""

    runs: int = 0
    hits: dict[str, float] = field(default_factory=dict)

    def add(self, name: str, hit: float) -> None:
        self.hits[name] = self.hits.get(name, 0) + float(hit)

    def sums(self) -> dict[str, float]:
        return {"runs": self.runs, **self.hits}


def together(parts: Iterable[Sums]) -> Sums:
    """The sums of all parts."""
    total: dict[str, Any] = {}
    for part in parts:
        for name, value in part.items():
            total[name] = total[name] + value if name in total else value
    return total


def band(level: float, runs: int) -> tuple[float, float]:
    """Three standard errors to either side of the level.

    >>> [round(end, 4) for end in band(0.05, 10_000)]
    [0.0435, 0.0565]
    """
    reach = 3 * sqrt(level * (1 - level) / runs)
    return level - reach, level + reach


def most(level: float, runs: int) -> float:
    """The level and three standard errors: for tests that may err less often, not more."""
    return band(level, runs)[1]


def rate(
    method: str,
    setting: str,
    hits: float,
    runs: float,
    *,
    low: float | None = None,
    high: float | None = None,
    kind: str = "goal",
    note: str = "",
) -> Row:
    """A row for a rate among so many experiments."""
    found = hits / runs
    error = sqrt(found * (1 - found) / runs)
    return Row(method, setting, found, low, high, int(runs), error, kind, note)


def _short(value: float) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".")
