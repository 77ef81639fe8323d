"""Type I error where whole clusters were assigned, through the report's own measure: 1,000 true nulls each.

The check of the check: taking the units as independent must fail the line that the clusters hold.
"""

from __future__ import annotations

import numpy as np
import pytest
from pandas import DataFrame

from amends import Experiment, Mean, sorry, thank_you
from amends.analysis.naive_limits import naive_limits
from amends.analysis.reading import measure
from amends.design.randomization import Cluster
from amends.tally import ArmTally, Moments, Tally

PAIR = ("thank_you", "sorry")
SIZE, ALIKE, RUNS = 4, 0.3, 1000
EXPERIMENT = Experiment(
    key="parties",
    notice="The food is late.",
    arms=[thank_you("Thank you for waiting."), sorry("We are sorry for it.")],
    metrics=[Mean("spend", sd=1, source="outcome")],
    cluster=Cluster("party", size=SIZE, icc=ALIKE),
)


def true_null(rng: np.random.Generator, clusters: int) -> tuple[Tally, DataFrame]:
    """Amounts of clusters drawn to two arms of one size, with nothing between the arms."""
    cluster = np.repeat(np.arange(clusters), SIZE)
    first = rng.permutation(np.arange(clusters) % 2 == 0)[cluster]
    shared, own = rng.normal(size=clusters)[cluster], rng.normal(size=len(cluster))
    spend = ALIKE**0.5 * shared + (1 - ALIKE) ** 0.5 * own
    arms = []
    for arm, mine in zip(PAIR, (spend[first], spend[~first]), strict=True):
        sums = Moments(len(mine), float(mine.sum()), float((mine**2).sum()))
        arms.append(ArmTally(arm, assigned=len(mine), matured=len(mine), moments={"spend": sums}))
    rows = {"arm": np.where(first, *PAIR), "cluster": cluster, "outcome.spend": spend}
    return Tally("parties", tuple(arms)), DataFrame(rows)


@pytest.mark.parametrize(
    ("clusters", "method"), [(12, "randomisation of clusters"), (20, "CR2"), (60, "CR1")]
)
def test_clusters_hold_the_level_and_units_taken_as_independent_do_not(clusters: int, method: str) -> None:
    rng = np.random.default_rng(clusters)
    rejected = covered = naive = 0
    for _ in range(RUNS):
        found = measure(EXPERIMENT, EXPERIMENT.metrics[0], PAIR, *true_null(rng, clusters))
        assert found.test == method
        rejected += found.p_value <= 0.05
        covered += found.low <= 0 <= found.high
        low, high = naive_limits(found)
        naive += low > 0 or high < 0
    assert rejected / RUNS <= 0.065
    assert covered / RUNS >= 0.935
    assert naive / RUNS > 0.10
