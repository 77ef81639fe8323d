"""What else the draw could have given: a test that replays the allocation as it was made.

Under the strict null every unit would have answered alike in either arm, so each assignment that the design
could have drawn gives a difference; the p-value is the share of them at least as far from 0 as the one seen.
Blocks are drawn within themselves and clusters as a whole: shuffling freely would answer for another design.
Up to a million assignments are counted one by one; beyond, they are drawn, and the assignment seen counts as
one of them, so that p is never 0. First arm minus second throughout.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from amends.analysis.allocations import MOST, Part, drawn, enumerated, possible
from amends.analysis.counts import check_choice
from amends.analysis.exported import Exported
from amends.analysis.regression import Flags, Labels, Values, arms, assigned_clusters, labels, outcomes
from amends.analysis.result import NotEnough
from amends.errors import UsageError

STATISTICS = ("units", "clusters")

LEAST_DRAWS = 10_000
"""Draws beyond which the p-value's own error is below .0022 near .05."""


@dataclass(frozen=True, slots=True)
class RandomizationTest(Exported):
    """A test by the assignments that the design could have drawn.

    Attributes:
        name: Which design was replayed, and whether its assignments were counted or drawn.
        value: The difference of means seen.
        p_value: Share of assignments with a difference at least as far from 0, either side.
        p_greater: Share with a difference at least as high.
        p_less: Share with a difference at least as low.
        assignments: That the design could have drawn; None where there are too many to be counted.
        draws: Drawn in place of counting all; None where all were counted.
        seed: Of the draws; None where all were counted.
        ns: Units of either arm.
    """

    name: str
    value: float
    p_value: float
    p_greater: float
    p_less: float
    assignments: int | None
    draws: int | None
    seed: int | None
    ns: tuple[int, int]

    @property
    def p_doubled(self) -> float:
        """Twice the smaller tail: the other customary two-sided p, which differs where tails are unequal."""
        return min(1.0, 2 * min(self.p_greater, self.p_less))


def randomization_test(
    values: Values,
    treated: Flags,
    *,
    blocks: Labels | None = None,
    clusters: Labels | None = None,
    statistic: str = "units",
    draws: int = LEAST_DRAWS,
    limit: int = MOST,
    seed: int = 0,
    times: np.ndarray | None = None,
) -> RandomizationTest | NotEnough:
    """The difference of means against all that the design could have drawn.

    How many units (or clusters) of a block came to the first arm is taken as it was: given that number,
    all choices were equally likely, in sealed blocks as by hash.

    Args:
        values: One outcome a unit.
        treated: Whether the unit is in the first arm.
        blocks: The block of every unit, where arms were dealt in blocks.
        clusters: The cluster of every unit, where whole clusters were assigned.
        statistic: `units` (difference of the units' means) or `clusters` (of the clusters' means).
        draws: How many are drawn where there are more assignments than `limit`.
        limit: Assignments up to which all are counted, a million by default.
        seed: Of the draws.
        times: How many units of its cluster a value is the mean of; 1 by default.

    Source: Fisher 1935; blocks and clusters: Athey & Imbens 2017; drawn p-values: Phipson & Smyth 2010.

    Raises:
        UsageError: A cluster in both arms or in two blocks, too few draws, an unknown statistic.

    >>> test = randomization_test([3.4, 3.8, 4.5, 3.6, 4.0, 5.6, 3.5, 5.2, 4.4], [1] * 4 + [0] * 5)
    >>> test.assignments, round(test.p_value, 3), round(test.p_greater, 3)
    (126, 0.206, 0.921)
    """
    check_choice(statistic, STATISTICS, "statistic")
    if draws < LEAST_DRAWS:
        raise UsageError(f"draws {draws}: at least {LEAST_DRAWS} are needed for a p-value that holds still.")
    y = outcomes(values)
    arm = arms(treated, len(y))
    if isinstance(arm, NotEnough):
        return arm
    if y.min() == y.max():
        return NotEnough("all values are alike, so every assignment gives the same difference")
    weights = np.ones(len(y)) if times is None else times
    parts = _parts(y, arm, weights, treated, blocks, clusters, statistic)
    if isinstance(parts, NotEnough):
        return parts
    assignments = possible(parts, limit)
    if assignments == 1:
        return NotEnough("the design could have drawn no other assignment")
    if assignments is None:
        sums, counts = drawn(parts, draws, np.random.default_rng(seed))
    else:
        sums, counts = enumerated(parts)
    seen, beyond = _beyond(parts, sums, counts)
    # The assignment seen is one of those that were drawn.
    shares = [b / assignments if assignments else (b + 1) / (draws + 1) for b in beyond]
    return RandomizationTest(
        name=f"randomisation test, {_design(blocks, clusters)}, "
        + ("all assignments" if assignments else f"{draws} draws"),
        value=seen,
        p_value=shares[0],
        p_greater=shares[1],
        p_less=shares[2],
        assignments=assignments,
        draws=None if assignments else draws,
        seed=None if assignments else seed,
        ns=(int(weights @ arm), int(weights @ (1 - arm))),
    )


def _beyond(parts: list[Part], sums: np.ndarray, counts: np.ndarray) -> tuple[float, tuple[int, int, int]]:
    """The difference seen, and how many are as far from 0, as high, as low."""
    total, size = float(sum(part.sums.sum() for part in parts)), float(sum(p.counts.sum() for p in parts))
    differences = sums / counts - (total - sums) / (size - counts)
    first, units = sum(part.seen[0] for part in parts), sum(part.seen[1] for part in parts)
    seen = first / units - (total - first) / (size - units)
    # Equal differences reached by other sums may differ in their last digits.
    slack = 1e-10 * max(float(np.abs(differences).max()), abs(seen))
    far = int((np.abs(differences) >= abs(seen) - slack).sum())
    high, low = int((differences >= seen - slack).sum()), int((differences <= seen + slack).sum())
    return seen, (far, high, low)


def _parts(
    y: np.ndarray,
    arm: np.ndarray,
    times: np.ndarray,
    treated: Flags,
    blocks: Labels | None,
    clusters: Labels | None,
    statistic: str,
) -> list[Part] | NotEnough:
    """What is drawn independently: each block, or all units at once."""
    # Taken from the mean, large values leave the digits of the differences alone.
    sums, counts, block = times * (y - y.mean()), times, np.zeros(len(y), dtype=int)
    if blocks is not None:
        block = labels(blocks, len(y), "blocks")
    if clusters is not None:
        design = assigned_clusters(treated, clusters, len(y))
        if isinstance(design, NotEnough):
            return design
        groups = design.groups
        first = np.unique(groups, return_index=True)[1]
        if (block != block[first][groups]).any():
            raise UsageError("blocks: a cluster lies in two blocks. Give every cluster's units one block.")
        sums, counts = np.bincount(groups, sums), np.bincount(groups, counts)
        arm, block = arm[first], block[first]
    elif statistic == "clusters":
        raise UsageError("statistic 'clusters': there are no clusters. Give clusters=, or statistic='units'.")
    if statistic == "clusters":
        sums, counts = sums / counts, np.ones(len(sums))
    return [Part.of(sums[block == b], counts[block == b], arm[block == b]) for b in np.unique(block)]


def _design(blocks: Labels | None, clusters: Labels | None) -> str:
    dealt = "within blocks" if blocks is not None else "free"
    return f"clusters {dealt}" if clusters is not None else dealt
