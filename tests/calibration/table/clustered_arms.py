"""Several arms of whole clusters: crossed factors, pairs, ranks, moderators, steps of the funnel."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from amends.analysis.cluster_overall import clustered_overall
from amends.analysis.clustered_factorial import clustered_factorial_means
from amends.analysis.clustered_moderation import clustered_moderation
from amends.analysis.clustered_ordinal import clustered_proportional_odds
from amends.analysis.clustered_pairs import clustered_pairs
from amends.analysis.clustered_ranks import clustered_brunner_munzel
from amends.analysis.factorial import factorial_means
from amends.analysis.moderation import moderation
from amends.analysis.omnibus import chi2_k
from amends.analysis.ordinal import proportional_odds
from amends.analysis.pairs import games_howell
from amends.analysis.ranks import brunner_munzel
from amends.analysis.result import NotEnough
from tests.calibration.table.cells import Cell, Counter, Row, Sums, rate
from tests.calibration.table.means import of
from tests.calibration.table.tables import p_of

ALPHA = 0.05
SIZE = 4
ICC = 0.3
GOAL = 0.065
FACTORS = {
    "a": {"message": "thanks", "voucher": "no"},
    "b": {"message": "sorry", "voucher": "no"},
    "c": {"message": "thanks", "voucher": "yes"},
    "d": {"message": "sorry", "voucher": "yes"},
}
NAMES = tuple(FACTORS)
NAIVE = {
    "factors": "interaction",
    "pairs": "Games–Howell",
    "funnel": "chi-square",
    "moderators": "two levels",
    "ranks": "Brunner–Munzel",
    "odds": "proportional odds",
}
SHORT_OF_CLUSTERS = ((12, "odds"), (20, "odds"))
"""Proportional odds need 40 clusters."""

LEVELS = np.array(["x", "y", "z"])

Drawn = tuple[np.ndarray, np.ndarray, np.ndarray, np.random.Generator]
"""Outcomes, clusters, the clusters' places in a random order, and what draws the rest."""
Tried = dict[str, Any]
"""By method, its result: one with a p-value, or the reason why there is none."""


def cells() -> list[Cell]:
    tried: dict[str, tuple[Callable[[int, Drawn], Tried], int]] = {
        "factors": (factors, 2_000),
        "pairs": (pairs, 400),
        "funnel": (funnel, 2_000),
        "moderators": (moderators, 2_000),
        "ranks": (ranks, 4_000),
        "odds": (odds, 500),
    }
    return [
        Cell(
            f"arms of clusters, {name}, G = {g}",
            partial(simulated, g, try_all),
            partial(rows, g, name),
            runs,
            short=200 if g == 20 and name not in ("pairs", "odds") else 0,
        )
        for g in (12, 20, 60)
        for name, (try_all, runs) in tried.items()
        if (g, name) not in SHORT_OF_CLUSTERS
    ]


def simulated(g: int, try_all: Callable[[int, Drawn], Tried], runs: int, rng: np.random.Generator) -> Sums:
    """True nulls: nothing differs but the clusters, which are alike within."""
    seen = Counter(runs)
    cluster = np.repeat(np.arange(g), SIZE)
    for _ in range(runs):
        y = rng.normal(0, ICC**0.5, g)[cluster] + rng.normal(0, (1 - ICC) ** 0.5, g * SIZE)
        for name, test in try_all(g, (y, cluster, rng.permutation(g)[cluster], rng)).items():
            missing = isinstance(test, NotEnough)
            seen.add(f"{name}, NotEnough", missing)
            seen.add(name, not missing and p_of(test) <= ALPHA)
    return seen.sums()


def factors(g: int, drawn: Drawn) -> Tried:
    y, cluster, place, _ = drawn
    four = np.array(NAMES)[place % 4]
    crossed = clustered_factorial_means(y, four, cluster, FACTORS)
    naive: Any = factorial_means({name: of(y[four == name]) for name in NAMES}, FACTORS)
    return {
        "interaction of two factors": crossed
        if isinstance(crossed, NotEnough)
        else crossed.interactions[0].test,
        "a main effect": crossed if isinstance(crossed, NotEnough) else crossed.main_effects[0].test,
        "naive": naive.interactions[0].test,
    }


def pairs(g: int, drawn: Drawn) -> Tried:
    """Whether any pair is called; a pair taken as independent units is Games and Howell's own."""
    y, cluster, place, _ = drawn
    three = np.array(NAMES)[place % 3]
    ours = clustered_pairs(y, three, cluster, names=NAMES[:3])
    naive = games_howell([of(y[three == name]) for name in NAMES[:3]])
    return {"any of three pairs": least(ours), "naive": least(naive)}


def least(found: Any) -> Any:
    """The pair whose p-value is the smallest, or the reason why there is none."""
    return found if isinstance(found, NotEnough) else min(found, key=lambda pair: float(pair.p_value))


def moderators(g: int, drawn: Drawn) -> Tried:
    y, cluster, place, rng = drawn
    first = place % 2 == 0
    two, three = (LEVELS[rng.integers(0, k, g)[cluster]] for k in (2, 3))
    of_units = rng.normal(size=len(y))
    given = {
        "moderator of clusters, two levels": two,
        "moderator of clusters, three levels": three,
        "moderator of units, a number": of_units,
    }
    found = {name: tested(clustered_moderation(y, first, values, cluster)) for name, values in given.items()}
    return {**found, "naive": tested(moderation(y, first, two))}


def tested(found: Any) -> Any:
    """The test of an interaction, or the reason why there is none."""
    return found if isinstance(found, NotEnough) else found.test


def funnel(g: int, drawn: Drawn) -> Tried:
    y, cluster, place, _ = drawn
    arm, done = place % 3, (y > 0).astype(float)
    counts = [(int(done[arm == one].sum()), int((arm == one).sum())) for one in range(3)]
    return {
        "a step of the funnel, three arms": clustered_overall(done, arm, cluster, arms=3, pooled=True),
        "naive": chi2_k(*(list(column) for column in zip(*counts, strict=True))),
    }


def ranks(g: int, drawn: Drawn) -> Tried:
    rating, first = rated(drawn)
    return {
        "Brunner–Munzel": clustered_brunner_munzel(rating, first, drawn[1]),
        "naive": brunner_munzel(counted(rating[first]), counted(rating[~first])),
    }


def odds(g: int, drawn: Drawn) -> Tried:
    rating, first = rated(drawn)
    return {
        "proportional odds": clustered_proportional_odds(rating, first, drawn[1]),
        "naive": proportional_odds(counted(rating[first]), counted(rating[~first])),
    }


def rated(drawn: Drawn) -> tuple[np.ndarray, np.ndarray]:
    """Ratings from 1 to 7, and whether the unit is in the first arm."""
    y, _, place, _ = drawn
    return np.clip(np.round(4 + 1.5 * y), 1, 7), place % 2 == 0


def counted(ratings: np.ndarray) -> dict[int, int]:
    """How often each rating was given."""
    values, times = np.unique(ratings.astype(int), return_counts=True)
    return dict(zip(values.tolist(), times.tolist(), strict=True))


def rows(g: int, name: str, found: Sums) -> list[Row]:
    setting, runs = f"G = {g}, m = {SIZE}, ICC {ICC}", found["runs"]
    made = []
    for method in found:
        if method in ("runs", "naive") or method.endswith("NotEnough"):
            continue
        missing = found[f"{method}, NotEnough"]
        if missing == runs:
            note = f"more than {g} clusters needed"
            made.append(
                rate(f"{method}, share of NotEnough", setting, missing, runs, kind="share", note=note)
            )
            continue
        note = f"NotEnough in {missing / runs:.2%}" if missing else ""
        made.append(
            rate(f"{method}, counting clusters", setting, found[method], runs - missing, high=GOAL, note=note)
        )
    label = f"units taken as independent ({NAIVE[name]})"
    return [*made, rate(label, setting, found["naive"], runs, low=0.1, kind="check")]
