"""What the planned samples find: enumerated and simulated power of the default test at the solver's n."""

from __future__ import annotations

from functools import partial
from math import ceil

import numpy as np

from amends.analysis.means import welch
from amends.analysis.power import detectable_difference, power_t, sample_size_proportions, sample_size_t
from amends.analysis.proportions import default_test
from amends.analysis.result import NotEnough
from tests.calibration.table.cells import Cell, Row, Sums, rate
from tests.calibration.table.means import of
from tests.calibration.table.tables import p_of, rejection

TARGET = 0.8
PAIRS = ((0.784, 0.911), (0.5, 0.6), (0.4, 0.45), (0.05, 0.1), (0.95, 0.9), (0.3, 0.7), (0.88, 0.98))
LEVELS = (0.05, 0.04)
EFFECTS = (0.2, 0.5, 0.8)


def cells() -> list[Cell]:
    shares = [
        Cell(
            f"power, {p1:g} and {p2:g}, level {level:g}",
            partial(found_shares, p1, p2, level),
            partial(share_rows, p1, p2, level),
            10_000,
            short=2_000 if (p1, level) == (0.4, 0.05) else 0,
        )
        for p1, p2 in PAIRS
        for level in LEVELS
    ]
    means = [
        Cell(
            f"power, d = {d:g}",
            partial(found_means, d),
            partial(mean_rows, d),
            10_000,
            short=2_000 if d == 0.5 else 0,
        )
        for d in EFFECTS
    ]
    return [*shares, *means, Cell("detectable difference", detectable, detectable_rows)]


def size_for(p1: float, p2: float, level: float) -> int:
    return ceil(sample_size_proportions(p1, p2, power=TARGET, alpha=level))


def found_shares(p1: float, p2: float, level: float, runs: int, rng: np.random.Generator) -> Sums:
    n = size_for(p1, p2, level)
    events = rng.binomial(n, (p1, p2), size=(runs, 2)).tolist()
    return {
        "runs": runs,
        "found": sum(p_of(default_test(a, n, b, n)) <= level for a, b in events),
        "exact": [rejection(p1, n, p2, n, level=level)],
    }


def share_rows(p1: float, p2: float, level: float, found: Sums) -> list[Row]:
    n, runs = size_for(p1, p2, level), found["runs"]
    exact = found["exact"][0]
    reach = 3 * (exact * (1 - exact) / runs) ** 0.5
    setting = f"{p1:g} and {p2:g}, level {level:g}, n = {n}"
    return [
        Row("default test, enumerated power", setting, exact, low=TARGET - 0.01),
        rate(
            "default test, simulated less enumerated",
            setting,
            found["found"],
            runs,
            low=exact - reach,
            high=exact + reach,
        ),
    ]


def found_means(d: float, runs: int, rng: np.random.Generator) -> Sums:
    n = ceil(sample_size_t(d))
    found = 0
    for _ in range(runs):
        found += p_of(welch(of(rng.normal(d, 1, n)), of(rng.normal(0, 1, n)))) <= 0.05  # type: ignore[arg-type]
    return {"runs": runs, "found": found}


def mean_rows(d: float, found: Sums) -> list[Row]:
    n, runs = ceil(sample_size_t(d)), found["runs"]
    exact = power_t(d, n, n)
    reach = 3 * (exact * (1 - exact) / runs) ** 0.5
    setting = f"d = {d:g}, n = {n}"
    note = f"noncentral t: {exact:.4f}"
    return [
        rate(
            "Welch, power at the solver's n",
            setting,
            found["found"],
            runs,
            low=exact - reach,
            high=exact + reach,
            note=note,
        )
    ]


def detectable(_: int, rng: np.random.Generator) -> Sums:
    found = []
    for n in (100, 400, 4000):
        for p in (0.05, 0.4, 0.784):
            gap = detectable_difference(p, n)
            assert not isinstance(gap, NotEnough)
            found.append(rejection(p, n, p + gap, n))
    return {"power": found}


def detectable_rows(found: Sums) -> list[Row]:
    setting = "n 100, 400, 4,000, from .05, .4, .784"
    return [
        Row("detectable difference, least enumerated power", setting, min(found["power"]), low=TARGET - 0.01)
    ]
