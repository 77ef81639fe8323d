"""The default test and interval of completion over the grid of sample sizes and rates, enumerated."""

from __future__ import annotations

from functools import partial

import numpy as np

from tests.calibration.table.cells import Cell, Row, Sums
from tests.calibration.table.tables import likely, newcombe_limits, rejection

PER_ARM = (40, 100, 400, 4000)
RATES = (0.05, 0.2, 0.35, 0.5, 0.65, 0.8, 0.95)


def cells() -> list[Cell]:
    return [Cell(f"completion, {n} per arm", partial(grid, n), partial(rows, n)) for n in PER_ARM]


def grid(n: int, _: int, rng: np.random.Generator) -> Sums:
    size = [rejection(rate, n, rate, n) for rate in RATES]
    unequal = [rejection(rate, n, rate, 3 * n) for rate in RATES] if n != 100 else []
    return {"size": size, "unequal": unequal, "held": [held(n, p1, p2) for p1 in RATES for p2 in RATES]}


def held(n: int, p1: float, p2: float) -> float:
    (a, chance_a), (b, chance_b) = likely(n, p1), likely(n, p2)
    low, high = newcombe_limits(a[:, None], n, b[None, :], n)
    holds = (low <= p1 - p2 + 1e-12) & (p1 - p2 - 1e-12 <= high)
    return float(chance_a @ holds @ chance_b)


def rows(n: int, found: Sums) -> list[Row]:
    exact = 2 * n <= 200
    setting = f"{n} per arm, rates .05 to .95"
    name = "default test (Boschloo)" if exact else "default test (pooled z, Fisher where few are expected)"
    rows = [
        Row(f"{name}, largest size", setting, max(found["size"]), high=0.05 if exact else 0.06),
        Row("Newcombe, mean coverage", setting, float(np.mean(found["held"])), low=0.945),
        Row("Newcombe, least coverage", setting, min(found["held"]), low=0.87),
    ]
    if found["unequal"]:
        high = 0.05 if 4 * n <= 200 else 0.06
        setting = f"{n} and {3 * n}, rates .05 to .95"
        rows.append(Row("default test, weights 1:3, largest size", setting, max(found["unequal"]), high=high))
    return rows
