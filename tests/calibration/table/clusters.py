"""Tests where whole clusters share an arm: ratings and completion, clusters alike within."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from amends.analysis.clusters import cluster_means, cluster_method, clustered_difference
from amends.analysis.means import welch
from amends.analysis.proportions import z_pooled
from amends.analysis.randomization_tests import randomization_test
from amends.analysis.result import NotEnough
from tests.calibration.table.cells import Cell, Counter, Row, Sums, rate
from tests.calibration.table.means import of
from tests.calibration.table.tables import p_of

ALPHA = 0.05
SIZE = 4
ICC = 0.3
GOAL = 0.065
PER_ARM = (40, 100, 400, 4000)
RATES = (0.05, 0.2, 0.5, 0.95)


def cells() -> list[Cell]:
    return [
        *(
            Cell(
                f"clustered ratings, G = {g}",
                partial(ratings, g),
                partial(rating_rows, g),
                10_000,
                short=500 if g == 12 else 0,
            )
            for g in (12, 20, 60)
        ),
        *(
            Cell(
                f"clustered completion, {n} per arm, {rate_}",
                partial(completion, n, rate_),
                partial(completion_rows, n, rate_),
                10_000 if n <= 400 else 4_000,
                parts=1 if n <= 400 else 2,
                short=500 if (n, rate_) == (40, 0.5) else 0,
            )
            for n in PER_ARM
            for rate_ in RATES
        ),
    ]


def ratings(g: int, runs: int, rng: np.random.Generator) -> Sums:
    seen = Counter(runs)
    cluster, treated = np.repeat(np.arange(g), SIZE), np.repeat(np.arange(g) % 2, SIZE)
    for _ in range(runs):
        y = rng.normal(0, ICC**0.5, g)[cluster] + rng.normal(0, (1 - ICC) ** 0.5, g * SIZE)
        for name in ("CR2", "CR1"):
            seen.add(name, p_of(clustered_difference(y, treated, cluster, method=name)) <= ALPHA)  # type: ignore[arg-type]
        seen.add("cluster means", p_of(cluster_means(y, treated, cluster)) <= ALPHA)  # type: ignore[arg-type]
        seen.add("naive", p_of(welch(of(y[treated == 1]), of(y[treated == 0]))) <= ALPHA)  # type: ignore[arg-type]
        if g == 12:
            seen.add("randomisation", p_of(randomization_test(y, treated, clusters=cluster)) <= ALPHA)  # type: ignore[arg-type]
    return seen.sums()


def rating_rows(g: int, found: Sums) -> list[Row]:
    setting, runs = f"G = {g}, m = {SIZE}, ICC {ICC}", found["runs"]
    chosen = cluster_method(g)
    rows = [
        rate("CR2", setting, found["CR2"], runs, high=GOAL),
        rate("Welch on cluster means", setting, found["cluster means"], runs, high=GOAL),
    ]
    if chosen == "CR1":
        rows.append(
            rate("CR1, t(G - 1)", setting, found["CR1"], runs, high=GOAL, note="the default from G = 40")
        )
    if "randomisation" in found:
        note = "the default below G = 15"
        rows.append(
            rate("randomisation of clusters", setting, found["randomisation"], runs, high=GOAL, note=note)
        )
    naive = rate("units taken as independent", setting, found["naive"], runs, low=0.1, kind="check")
    return [*rows, naive]


def default_clustered(y: np.ndarray, treated: np.ndarray, cluster: np.ndarray, clusters: int) -> Any:
    """The default of STATISTICS for so many clusters."""
    method = cluster_method(clusters)
    if method == "randomisation":
        return randomization_test(y, treated, clusters=cluster)
    return clustered_difference(y, treated, cluster, method=method)


def completion(n: int, share: float, runs: int, rng: np.random.Generator) -> Sums:
    seen = Counter(runs)
    g = 2 * n // SIZE
    cluster, treated = np.repeat(np.arange(g), SIZE), np.repeat(np.arange(g) % 2, SIZE)
    # A beta distribution over clusters makes units as alike as the ICC says.
    strength = 1 / ICC - 1
    for _ in range(runs):
        own = rng.beta(share * strength, (1 - share) * strength, g)
        y = (rng.random(g * SIZE) < own[cluster]).astype(float)
        test = default_clustered(y, treated, cluster, g)
        seen.add("NotEnough", isinstance(test, NotEnough))
        seen.add("default", p_of(test) <= ALPHA)
        x1, x2 = int(y[treated == 1].sum()), int(y[treated == 0].sum())
        seen.add("naive", p_of(z_pooled(x1, n, x2, n)) <= ALPHA)
    return seen.sums()


def completion_rows(n: int, share: float, found: Sums) -> list[Row]:
    g, runs = 2 * n // SIZE, found["runs"]
    setting = f"completion {share:g}, {n} per arm, G = {g}, ICC {ICC}"
    missing = found["NotEnough"]
    note = f"NotEnough in {missing / runs:.2%}" if missing else ""
    if n * min(share, 1 - share) < 10:
        note = f"fewer than 10 events expected; rejects in {found['default'] / runs:.4f}"
        return [rate("clustered, share of NotEnough", setting, missing, runs, kind="share", note=note)]
    return [
        rate(f"clustered ({cluster_method(g)})", setting, found["default"], runs, high=GOAL, note=note),
        rate("units taken as independent", setting, found["naive"], runs, low=0.1, kind="check"),
    ]
