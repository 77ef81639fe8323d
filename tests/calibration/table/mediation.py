"""The percentile bootstrap of an indirect effect where there is none."""

from __future__ import annotations

from functools import partial

import numpy as np

from amends.analysis.mediation import mediation
from amends.analysis.result import NotEnough
from tests.calibration.table.cells import Cell, Row, Sums, rate

N = 100
PATHS = ((0.0, 0.0), (0.0, 0.4), (0.4, 0.0))


def cells() -> list[Cell]:
    return [
        Cell(
            f"mediation, a = {a}, b = {b}",
            partial(found_where_none, a, b, 5_000),
            partial(rows, a, b),
            10_000,
            parts=4,
        )
        for a, b in PATHS
    ] + [
        Cell(
            "mediation, 1,000 resamples, a = 0.0, b = 0.4",
            partial(found_where_none, 0.0, 0.4, 1_000),
            partial(rows, 0.0, 0.4),
            2_000,
            short=300,
        )
    ]


def found_where_none(a: float, b: float, resamples: int, runs: int, rng: np.random.Generator) -> Sums:
    rejected, treated = 0, np.arange(N) % 2 == 0
    for _ in range(runs):
        m = a * treated + rng.normal(size=N)
        y = b * m + 0.2 * treated + rng.normal(size=N)
        found = mediation(
            y.tolist(), treated.tolist(), m.tolist(), resamples=resamples, seed=int(rng.integers(2**31))
        )
        assert not isinstance(found, NotEnough)
        rejected += 0.0 not in found.indirect.interval
    return {"runs": runs, "rejected": rejected}


def rows(a: float, b: float, found: Sums) -> list[Row]:
    note = "conservative where both paths are 0" if a == b == 0 else ""
    return [
        rate(
            "indirect effect, bootstrap",
            f"a = {a:g}, b = {b:g}, n = {N}",
            found["rejected"],
            found["runs"],
            high=0.06,
            note=note,
        )
    ]
