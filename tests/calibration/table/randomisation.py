"""Randomisation tests replayed over every assignment the design could have drawn."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import combinations, product

import numpy as np

from amends.analysis.proportions import z_pooled
from amends.analysis.randomization_tests import randomization_test
from tests.calibration.table.cells import Cell, Row, Sums, most, rate
from tests.calibration.table.tables import p_of

LEVELS = (0.05, 0.1)
BLOCKS = np.repeat(np.arange(3), 4)
CLUSTERS = np.repeat(np.arange(8), 3)
DESIGNS = ("free", "blocks", "clusters")
STRATA = {40: 4, 400: 8, 4000: 8}


def cells() -> list[Cell]:
    exact = [
        Cell(f"randomisation test, {name}", partial(replayed, name), partial(rows, name)) for name in DESIGNS
    ]
    blocked = [
        Cell(
            f"blocked completion, {n} per arm",
            partial(blocked_completion, n, strata),
            partial(blocked_rows, n),
            10_000,
            short=2_000 if n == 40 else 0,
        )
        for n, strata in STRATA.items()
    ]
    return [*exact, *blocked]


def assignments(design: str) -> Iterator[np.ndarray]:
    """Every assignment: which units are in the first arm."""
    if design == "free":
        for chosen in combinations(range(10), 5):
            yield np.isin(np.arange(10), chosen)
    elif design == "blocks":
        for dealt in product(combinations(range(4), 2), repeat=3):
            yield np.concatenate([np.isin(np.arange(4), chosen) for chosen in dealt])
    else:
        for chosen in combinations(range(8), 4):
            yield np.isin(CLUSTERS, chosen)


def replayed(design: str, _: int, rng: np.random.Generator) -> Sums:
    """The chance, over all assignments, of p up to each level, the largest of several sets of outcomes."""
    every = list(assignments(design))
    units = len(every[0])
    own = rng.normal(size=(8, units)) + {"free": 0, "blocks": 3 * BLOCKS[:units]}.get(design, 0)
    if design == "clusters":
        own = own + 1.5 * rng.normal(size=(8, 8))[:, CLUSTERS]
    own[4:] = np.clip(np.round(own[4:] + 4), 1, 7)
    how = {"blocks": {"blocks": BLOCKS}, "clusters": {"clusters": CLUSTERS}}.get(design, {})
    ours, free = [], []
    for y in own:
        replays = np.array([p_of(randomization_test(y, arm, **how)) for arm in every])  # type: ignore[arg-type]
        ours += [[float((replays <= level + 1e-12).mean()) for level in LEVELS]]
        if design == "clusters" and not free:
            shuffled = np.array([p_of(randomization_test(y, arm)) for arm in every])  # type: ignore[arg-type]
            free += [float((shuffled <= 0.05).mean())]
    return {"ours": ours, "free": free, "of": [len(every)]}


def rows(design: str, found: Sums) -> list[Row]:
    names = {"free": "10 units, 5 in either arm", "blocks": "3 blocks of 4", "clusters": "8 clusters of 3"}
    setting = f"{names[design]}, all {found['of'][0]} assignments, 8 sets of outcomes"
    worst = np.max(np.array(found["ours"]), axis=0)
    rows = [
        Row(f"randomisation test, {design}, at {level:g}", setting, float(size), high=level)
        for level, size in zip(LEVELS, worst, strict=True)
    ]
    if design == "clusters":
        rows.append(
            Row("units shuffled freely across clusters", setting, max(found["free"]), low=0.1, kind="check")
        )
    return rows


def blocked_completion(n: int, strata: int, runs: int, rng: np.random.Generator) -> Sums:
    """The pooled z where arms were dealt in blocks and strata differ from 5% to 95%: shy, not bold."""
    rates = np.linspace(0.05, 0.95, strata)
    half = n // strata
    first, second = (rng.binomial(half, rates, size=(runs, strata)).sum(axis=1) for _ in range(2))
    size = half * strata
    rejected = sum(
        p_of(z_pooled(a, size, b, size)) <= 0.05 for a, b in zip(first.tolist(), second.tolist(), strict=True)
    )
    return {"runs": runs, "rejected": rejected}


def blocked_rows(n: int, found: Sums) -> list[Row]:
    runs = found["runs"]
    setting = f"{n} per arm, strata from 5% to 95%"
    note = "what strata differ by is not chance between the arms: shy"
    return [rate("pooled z under blocks", setting, found["rejected"], runs, high=most(0.05, runs), note=note)]
