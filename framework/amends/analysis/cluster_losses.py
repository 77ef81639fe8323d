"""Whether units were lost from one arm more often than from another, by whole clusters."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from amends.analysis.cluster_overall import clustered_overall
from amends.analysis.formatting import Figure
from amends.analysis.randomization_tests import randomization_test
from amends.analysis.result import NotEnough

if TYPE_CHECKING:
    from pandas import DataFrame

    from amends.design.experiment import Experiment

REPLAYED = 400
"""Clusters up to which the draw is replayed; beyond, Welch's test with pooled errors is near enough."""


def clustered_loss(experiment: Experiment, units: DataFrame) -> Figure:
    """The p-value that the speaking arms' messages were delivered equally often.

    The draw of clusters is replayed, pair by pair with Bonferroni, because the level of .001 leaves no room
    for an approximation: with shares near 1 and arms of 20 to 80 an analysis of variance of the clusters'
    shares alerts five times too often.

    Args:
        experiment: The frozen definition.
        units: Matured units as rows.
    """
    from pandas import factorize

    from amends.analysis.measure_clusters import blocks_of

    speaking = [arm.name for arm in experiment.speaking_arms]
    mine = units[units["arm"].isin(speaking)]
    kept, arm = mine["delivered"].to_numpy(dtype=float), mine["arm"].to_numpy()
    if not kept.any():
        return NotEnough("no deliveries are recorded")
    if len(set(arm)) < 2:
        return NotEnough("one arm alone; 2 needed")
    if kept.all():
        return NotEnough("no unit was lost")
    clusters = factorize(mine["cluster"].to_numpy())[0]
    blocks = blocks_of(experiment, mine) if clusters.max() < REPLAYED else None
    return blocks if isinstance(blocks, NotEnough) else _compared(kept, arm, clusters, blocks)


def clustered_waiting(experiment: Experiment, waiting: Sequence[tuple[str, int, int]]) -> Figure:
    """The p-value that units were ready to be analysed equally often in the arms, by whole clusters.

    Args:
        experiment: The frozen definition.
        waiting: Of every cluster its arm, its units, and how many of them have matured.
    """
    from amends.analysis.measure_clusters import BLOCKS_UNKNOWN

    if len({arm for arm, _, _ in waiting}) < 2:
        return NotEnough("one arm alone; 2 needed")
    if experiment.randomize.blocked and len(waiting) <= REPLAYED:
        return NotEnough(BLOCKS_UNKNOWN)
    sizes = [n for _, n, _ in waiting]
    clusters = np.repeat(np.arange(len(waiting)), sizes)
    arm = np.repeat([one for one, _, _ in waiting], sizes)
    kept = np.concatenate([np.arange(n) < matured for _, n, matured in waiting]).astype(float)
    if kept.all() or not kept.any():
        return NotEnough("no unit was lost" if kept.all() else "no unit has matured")
    return _compared(kept, arm, clusters, None)


def _compared(kept: np.ndarray, arm: np.ndarray, clusters: np.ndarray, blocks: np.ndarray | None) -> Figure:
    from pandas import factorize

    from amends.analysis.measure_clusters import SEED

    if clusters.max() >= REPLAYED:
        found = clustered_overall(kept, factorize(arm)[0], clusters, arms=len(set(arm)), pooled=True)
        return found if isinstance(found, NotEnough) else found.p_value
    pairs = list(combinations(sorted(set(arm)), 2))
    found_p: list[float] = []
    for first, second in pairs:
        here = np.isin(arm, (first, second))
        test = randomization_test(
            kept[here],
            arm[here] == first,
            clusters=clusters[here],
            blocks=None if blocks is None else blocks[here],
            seed=SEED,
        )
        if not isinstance(test, NotEnough):
            found_p.append(test.p_value)
    if not found_p:
        return NotEnough("too few clusters to compare losses")
    return min(1.0, len(pairs) * min(found_p))
