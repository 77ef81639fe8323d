"""Tests and intervals of two shares, every outcome enumerated."""

from __future__ import annotations

from functools import partial

import numpy as np
from scipy.stats import binom

from amends.analysis import proportions
from tests.calibration.table.cells import Cell, Row, Sums
from tests.calibration.table.tables import (
    Z,
    barnard_region,
    boschloo_region,
    coverage,
    fisher_tail,
    newcombe_limits,
    pooled_z,
    public_limits,
    region_of,
    sizes,
    wald_limits,
)

SMALL = ((10, 10), (10, 25), (15, 40), (30, 30), (20, 60), (45, 45), (60, 60))
NULL = np.linspace(0.02, 0.98, 193)
SHARES = np.array([0.02, 0.03, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 0.975, 0.98])
LARGE = ((50, 50), (50, 100), (80, 80), (100, 300), (150, 150), (400, 400))
ENUMERATED = "enumerated"


def cells() -> list[Cell]:
    exact = [
        Cell(f"exact tests, {n1}/{n2}", partial(exact_sizes, n1, n2), partial(exact_rows, n1, n2))
        for n1, n2 in SMALL
    ]
    return [
        *exact,
        Cell("one-sided power, Boschloo beside Fisher", one_sided, one_sided_rows),
        Cell("pooled z", pooled, pooled_rows),
        Cell("Wilson", wilson, partial(interval_rows, "Wilson", "n 15, 27, 50, 120, 500")),
        *(
            Cell(
                f"{name}, {n1}/{n2}",
                partial(difference, name, n1, n2),
                partial(interval_rows, name, f"{n1}/{n2}"),
                long=name == "Miettinen-Nurminen" and n1 * n2 > 5_000,
            )
            for name, sizes_ in DIFFERENCES.items()
            for n1, n2 in sizes_
        ),
    ]


def exact_sizes(n1: int, n2: int, _: int, rng: np.random.Generator) -> Sums:
    regions = {
        "Boschloo": boschloo_region(n1, n2),
        "Barnard": barnard_region(n1, n2),
        "Fisher": region_of(proportions.fisher, n1, n2),
        "unpooled z": region_of(proportions.z_unpooled, n1, n2),
    }
    found = {name: float(sizes(region, NULL).max()) for name, region in regions.items()}
    gained = sizes_apart(regions["Boschloo"], regions["Fisher"], n1, n2)
    return {**found, "gained": gained}


def sizes_apart(ours: np.ndarray, theirs: np.ndarray, n1: int, n2: int) -> float:
    """The least power gained over all pairs of shares; negative where power is lost."""
    first, second = (binom.pmf(np.arange(n + 1), n, SHARES[:, None]) for n in (n1, n2))
    return float((first @ (ours.astype(float) - theirs) @ second.T).min())


def exact_rows(n1: int, n2: int, found: Sums) -> list[Row]:
    setting = f"{n1}/{n2}, common share .02 to .98"
    rows = [Row(name, setting, found[name], high=0.05) for name in ("Boschloo", "Barnard", "Fisher")]
    rows.append(
        Row("unpooled z", setting, found["unpooled z"], low=0.05, kind="check", note="must exceed .05")
    )
    text = "two-sided Boschloo less Fisher: least power gained"
    if n1 == n2:
        rows.append(Row(text, setting, found["gained"], low=0.0))
    else:
        rows.append(Row(text, setting, found["gained"], kind="share", note="doubled tails lose at unequal n"))
    return rows


def one_sided(_: int, rng: np.random.Generator) -> Sums:
    least = []
    for n1, n2 in SMALL:
        for side in ("greater", "less"):
            ours = boschloo_region(n1, n2, 0.05, side)
            least.append(sizes_apart(ours, fisher_tail(n1, n2, side) <= 0.05, n1, n2))
    return {"least": [min(least)]}


def one_sided_rows(found: Sums) -> list[Row]:
    text = "one-sided Boschloo less Fisher: least power gained"
    return [Row(text, f"{len(SMALL)} pairs of n from 10 to 60, both sides", min(found["least"]), low=0.0)]


def pooled(_: int, rng: np.random.Generator) -> Sums:
    found = []
    for n1, n2 in LARGE:
        rejects = np.abs(pooled_z(n1, n2)) >= Z
        shares = NULL[np.minimum(NULL, 1 - NULL) * min(n1, n2) >= 5]
        found += sizes(rejects, shares).tolist()
    return {"sizes": found}


def pooled_rows(found: Sums) -> list[Row]:
    setting = "n from 50/50 to 400/400, expected count from 5"
    return [
        Row("pooled z, smallest size", setting, min(found["sizes"]), 0.04, 0.06),
        Row("pooled z, largest size", setting, max(found["sizes"]), 0.04, 0.06),
    ]


def wilson(_: int, rng: np.random.Generator) -> Sums:
    means, least = [], []
    for n in (15, 27, 50, 120, 500):
        limits = [proportions.wilson(x, n) for x in range(n + 1)]
        low, high = (np.array([getattr(item, end) for item in limits]) for end in ("low", "high"))
        holds = (low <= NULL[:, None]) & (NULL[:, None] <= high)
        found = (binom.pmf(np.arange(n + 1), n, NULL[:, None]) * holds).sum(axis=1)
        means.append(float(found.mean()))
        least.append(float(found.min()))
    return {"mean": means, "least": least}


DIFFERENCES = {
    "Newcombe": ((15, 15), (15, 60), (50, 50), (120, 100), (500, 500)),
    "Miettinen-Nurminen": ((15, 15), (15, 60), (50, 50), (120, 100)),
    "Wald": ((15, 15),),
}


def difference(name: str, n1: int, n2: int, _: int, rng: np.random.Generator) -> Sums:
    if name == "Miettinen-Nurminen":
        limits = public_limits(proportions.miettinen_nurminen, n1, n2)
    else:
        form = newcombe_limits if name == "Newcombe" else wald_limits
        limits = form(np.arange(n1 + 1)[:, None], n1, np.arange(n2 + 1)[None, :], n2)
    found = coverage(*limits, SHARES)
    return {"mean": [float(found.mean())], "least": [float(found.min())]}


def interval_rows(name: str, setting: str, found: Sums) -> list[Row]:
    setting = f"{setting}, shares .02 to .98"
    mean, least = min(found["mean"]), min(found["least"])
    if name == "Wald":
        note = "must fail"
        return [
            Row(f"{name}, mean coverage", setting, mean, high=0.945, kind="check", note=note),
            Row(f"{name}, least coverage", setting, least, high=0.87, kind="check", note=note),
        ]
    return [
        Row(f"{name}, mean coverage", setting, mean, low=0.945),
        Row(f"{name}, least coverage", setting, least, low=0.87),
    ]
