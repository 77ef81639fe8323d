"""Looks while data come in: planned boundaries, and the always-valid interval after every unit."""

from __future__ import annotations

from functools import partial

import numpy as np

from amends.analysis.group_sequential import spending_boundaries
from tests.calibration.table.cells import Cell, Row, Sums, band, most, rate
from tests.calibration.table.looks import Looks, batches
from tests.calibration.table.means import RATINGS

LEVELS = (0.05, 0.01)
"""The whole alpha, and its fifth that the verdict rule gives to the interval."""

INFORMATION = (0.25, 0.5, 0.75, 1.0)
SHARES = {0.5: "1:1", 0.2: "1:4"}
RATES = ((0.05, 0.05), (0.5, 0.5), (0.95, 0.95), (0.9, 0.8), (0.2, 0.1))
RUNS = {40: 10_000, 100: 10_000, 400: 5_000, 4000: 2_000}


def cells() -> list[Cell]:
    looks = [
        Cell(
            f"always valid, {n} per arm, {p1:g}/{p2:g}, {SHARES[share]}",
            partial(misses, n, (p1, p2), share),
            partial(miss_rows, n, f"{p1:g}/{p2:g}", share),
            runs,
            parts=1 if n < 4000 else 4,
            short=2_000 if (n, share) == (40, 0.2) and p1 != p2 else 0,
        )
        for n, runs in RUNS.items()
        for p1, p2 in RATES
        for share in SHARES
    ]
    ratings = [
        Cell(
            f"always valid, ratings, {n} per arm, {SHARES[share]}",
            partial(misses, n, None, share),
            partial(miss_rows, n, "ratings", share),
            RUNS[n],
        )
        for n in (40, 400)
        for share in SHARES
    ]
    groups = [
        Cell(
            f"group sequential, {spending}",
            partial(planned_looks, spending),
            partial(planned_rows, spending),
            100_000,
            short=20_000,
        )
        for spending in ("obrien-fleming", "pocock")
    ]
    return [*groups, *looks, *ratings]


def planned_looks(spending: str, runs: int, rng: np.random.Generator) -> Sums:
    plan = spending_boundaries(INFORMATION, spending=spending)
    steps = np.diff(np.array([0.0, *INFORMATION]))
    z = np.cumsum(rng.normal(size=(runs, 4)) * np.sqrt(steps), axis=1) / np.sqrt(INFORMATION)
    stopped = (np.abs(z) >= np.array(plan.boundaries)).any(axis=1)
    careless = (np.abs(z) >= 1.959964).any(axis=1)
    return {"runs": runs, "stopped": int(stopped.sum()), "careless": int(careless.sum())}


def planned_rows(spending: str, found: Sums) -> list[Row]:
    runs, setting = found["runs"], "4 looks at .25, .5, .75, 1"
    low, high = band(0.05, runs)
    rows = [rate(f"Lan–DeMets, {spending}", setting, found["stopped"], runs, low=low, high=high)]
    if spending == "pocock":
        rows.append(rate("z at 1.96 at every look", setting, found["careless"], runs, low=0.1, kind="check"))
    return rows


def misses(
    n: int, rates: tuple[float, float] | None, share: float, runs: int, rng: np.random.Generator
) -> Sums:
    """Experiments in which the interval ever misses, looking after each unit up to twice the plan."""
    planned = round(n / min(share, 1 - share))
    length = 2 * planned
    found = {"runs": float(runs), **{f"{level}": 0.0 for level in LEVELS}}
    for size in batches(runs, length):
        first = rng.random((size, length)) < share
        if rates is None:
            values = rng.choice(np.arange(1.0, 8.0), p=RATINGS, size=(size, length))
            truth = 0.0
        else:
            values = (rng.random((size, length)) < np.where(first, *rates)).astype(float)
            truth = rates[0] - rates[1]
        looks = Looks.of(first, ~first, values)
        for level in LEVELS:
            found[f"{level}"] += float(looks.outside(truth, alpha=level, planned_n=planned).any(axis=1).sum())
    return found


def miss_rows(n: int, rates: str, share: float, found: Sums) -> list[Row]:
    setting, runs = f"{n} in the smaller arm, {rates}, weights {SHARES[share]}", found["runs"]
    return [
        rate(
            f"always-valid at {level:g}, ever misses",
            setting,
            found[f"{level}"],
            runs,
            high=most(level, int(runs)),
        )
        for level in LEVELS
    ]
