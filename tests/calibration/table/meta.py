"""Random effects over few experiments: coverage of the average effect."""

from __future__ import annotations

from functools import partial
from math import sqrt

import numpy as np

from amends.analysis.meta import random_effects
from amends.analysis.result import Interval
from tests.calibration.table.cells import Cell, Counter, Row, Sums, rate

EFFECT = 0.3
SETTINGS = [(k, tau2) for k in (4, 7, 15) for tau2 in (0.0, 0.1)]


def cells() -> list[Cell]:
    return [
        Cell(
            f"meta, k = {k}, tau² = {tau2}",
            partial(covered, k, tau2),
            partial(rows, k, tau2),
            10_000,
            short=2_000 if (k, tau2) == (4, 0.1) else 0,
        )
        for k, tau2 in SETTINGS
    ]


def covered(k: int, tau2: float, runs: int, rng: np.random.Generator) -> Sums:
    """Standardised differences of experiments of 15 to 60 units per arm, their variances estimated."""
    seen = Counter(runs)
    for _ in range(runs):
        sizes = rng.integers(15, 61, k)
        truths = rng.normal(EFFECT, sqrt(tau2), k)
        estimates = rng.normal(truths, np.sqrt(2 / sizes))
        variances = 2 / sizes * rng.chisquare(2 * sizes - 2) / (2 * sizes - 2)
        for name, how in (("HK", {}), ("DL-z", {"tau2": "DL", "interval": "z"})):
            found = random_effects(estimates.tolist(), variances.tolist(), **how)
            interval = getattr(found, "interval", None)
            seen.add(f"{name} known", isinstance(interval, Interval))
            seen.add(name, isinstance(interval, Interval) and EFFECT in interval)
    return seen.sums()


def rows(k: int, tau2: float, found: Sums) -> list[Row]:
    setting = f"k = {k}, tau² = {tau2:g}"
    known = found["HK known"]
    note = "" if known == found["runs"] else f"no interval in {1 - known / found['runs']:.2%}"
    plain = rate("DL with z, coverage", setting, found["DL-z"], found["DL-z known"], kind="share")
    if (k, tau2) == (4, 0.1):
        plain = rate(
            "DL with z, coverage",
            setting,
            found["DL-z"],
            found["DL-z known"],
            high=0.94,
            kind="check",
            note="must fail",
        )
    return [
        rate("REML with Knapp–Hartung, coverage", setting, found["HK"], known, low=0.94, note=note),
        plain,
    ]
