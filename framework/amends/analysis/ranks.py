"""Comparing answers by their order alone: Mann–Whitney, Brunner–Munzel, how often the first arm is ahead.

From `{value: how often}`, so a rating needs no rows. A statistic above 0 and a probability above one half
mean that the first arm's answers are the higher ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np

from amends.analysis.counts import Answers, check_choice, check_share, check_values
from amends.analysis.distributions import normal_p, t_p, t_quantile
from amends.analysis.result import Estimate, Interval, NotEnough, TestResult

EXACT_LIMIT = 200
"""Answers in all beyond which the exact distribution is not computed."""


@dataclass(frozen=True, slots=True)
class BrunnerMunzel:
    """Brunner and Munzel's test of "neither arm tends to be ahead", which lets the spreads differ.

    Attributes:
        statistic: Above 0 where the first arm tends to be ahead.
        df: Degrees of freedom.
        p_value: Two-sided.
        probability: That a first-arm answer beats a second-arm one, ties counted half.
        interval: Its interval; for few answers it may reach beyond 0 or 1.
    """

    statistic: float
    df: float
    p_value: float
    probability: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class _Table:
    """Answers of both arms over the values that either gave, in rising order."""

    a: np.ndarray
    b: np.ndarray

    @property
    def n(self) -> int:
        return int(self.a.sum())

    @property
    def m(self) -> int:
        return int(self.b.sum())

    @property
    def wins(self) -> float:
        """Pairs in which the first arm is ahead, ties counted half: the U statistic."""
        below = np.cumsum(self.b) - self.b
        return float(np.sum(self.a * (below + self.b / 2.0)))


def mann_whitney(
    counts_a: Answers, counts_b: Answers, *, continuity: bool = True, method: str = "asymptotic"
) -> TestResult | NotEnough:
    """The two-sided Mann–Whitney test with ties; the statistic is U, pairs won by the first arm.

    It compares whole distributions: with unequal spreads it is neither a test of means nor of medians.

    Args:
        counts_a: Answers of the first arm, as `{value: how often}`.
        counts_b: Answers of the second arm.
        continuity: Half a step is taken off, as R does; only for `asymptotic`.
        method: `asymptotic` (tie-corrected) or `exact`: every division of these very answers into arms,
            ties included, counting those at least as far from the middle.

    Source: Mann & Whitney 1947; exact with ties: Streitberg & Röhmel 1986.

    >>> round(mann_whitney({5: 1, 6: 2, 7: 38}, {3: 1, 4: 1, 5: 2, 6: 3, 7: 23}).p_value, 4)
    0.0507
    """
    check_choice(method, ("asymptotic", "exact"), "method")
    table = _table(counts_a, counts_b)
    if isinstance(table, NotEnough):
        return table
    n, m, total = table.n, table.m, table.n + table.m
    groups = [int(size) for size in table.a + table.b]
    if len(groups) == 1:
        return NotEnough("all answers are alike, so there is no order to compare")
    if method == "exact":
        if total > EXACT_LIMIT:
            return NotEnough(
                f"the exact test is computed up to {EXACT_LIMIT} answers in all; here are {total}"
            )
        return TestResult("Mann-Whitney exact", _exact_p(table), statistic=table.wins)
    ties = sum(size**3 - size for size in groups)
    spread = sqrt(n * m / 12 * (total + 1 - ties / (total * (total - 1))))
    distance = max(0.0, abs(table.wins - n * m / 2) - (0.5 if continuity else 0.0))
    return TestResult("Mann-Whitney", normal_p(distance / spread), statistic=table.wins)


def brunner_munzel(
    counts_a: Answers, counts_b: Answers, *, confidence: float = 0.95
) -> BrunnerMunzel | NotEnough:
    """Brunner–Munzel's test and its estimate of how often the first arm is ahead.

    Source: Brunner & Munzel 2000.

    >>> round(brunner_munzel({5: 1, 6: 2, 7: 38}, {3: 1, 4: 1, 5: 2, 6: 3, 7: 23}).p_value, 4)
    0.0697
    """
    check_share(confidence, "confidence")
    table = _table(counts_a, counts_b)
    if isinstance(table, NotEnough):
        return table
    n, m = table.n, table.m
    if n < 2 or m < 2:
        return NotEnough(f"the {'first' if n < 2 else 'second'} arm has 1 answer; 2 needed")
    probability = table.wins / (n * m)
    # Each answer's placement: the share of the other arm that it beats, ties counted half.
    variance_a = _placement_variance(table.a, table.b) / n
    variance_b = _placement_variance(table.b, table.a) / m
    variance = variance_a + variance_b
    if not variance > 0:
        return NotEnough("the arms' answers do not overlap, so there is no spread to compare with")
    df = variance**2 / (variance_a**2 / (n - 1) + variance_b**2 / (m - 1))
    statistic = (probability - 0.5) / sqrt(variance)
    half = t_quantile((1 + confidence) / 2, df) * sqrt(variance)
    interval = Interval(probability - half, probability + half, "Brunner-Munzel", confidence)
    return BrunnerMunzel(statistic, df, t_p(statistic, df), probability, interval)


def probability_superior(
    counts_a: Answers, counts_b: Answers, *, confidence: float = 0.95
) -> Estimate | NotEnough:
    """How often a first-arm answer beats a second-arm one, ties counted half (0.5: neither is ahead).

    >>> round(probability_superior({7: 3, 5: 1}, {7: 1, 5: 3}).value, 3)
    0.75
    """
    check_share(confidence, "confidence")
    table = _table(counts_a, counts_b)
    if isinstance(table, NotEnough):
        return table
    test = brunner_munzel(counts_a, counts_b, confidence=confidence)
    value = table.wins / (table.n * table.m)
    if isinstance(test, NotEnough):
        return Estimate("probability of superiority", value, test)
    low, high = max(0.0, test.interval.low), min(1.0, test.interval.high)
    interval = Interval(low, high, test.interval.method, confidence)
    return Estimate("probability of superiority", value, interval)


def cliffs_delta(counts_a: Answers, counts_b: Answers, *, confidence: float = 0.95) -> Estimate | NotEnough:
    """Pairs won minus pairs lost, as a share of all pairs, from -1 to 1 (Cliff 1993).

    >>> cliffs_delta({7: 3, 5: 1}, {7: 1, 5: 3}).value
    0.5
    """
    found = probability_superior(counts_a, counts_b, confidence=confidence)
    if isinstance(found, NotEnough):
        return found
    around = found.interval
    if isinstance(around, Interval):
        around = Interval(2 * around.low - 1, 2 * around.high - 1, around.method, confidence)
    return Estimate("Cliff's delta", 2 * found.value - 1, around)


def _table(counts_a: Answers, counts_b: Answers) -> _Table | NotEnough:
    a, b = check_values(counts_a), check_values(counts_b)
    for answers, which in ((a, "first"), (b, "second")):
        if not answers:
            return NotEnough(f"the {which} arm has no answers")
    values = sorted(a.keys() | b.keys())
    return _Table(
        np.array([a.get(value, 0) for value in values], dtype=np.int64),
        np.array([b.get(value, 0) for value in values], dtype=np.int64),
    )


def _placement_variance(own: np.ndarray, other: np.ndarray) -> float:
    placements = (np.cumsum(other) - other / 2.0) / other.sum()
    n = own.sum()
    mean = float(np.sum(own * placements) / n)
    return float(np.sum(own * (placements - mean) ** 2) / (n - 1))


def _exact_p(table: _Table) -> float:
    """The share of all divisions of the answers whose U is at least as far from its middle."""
    both, n = table.a + table.b, table.n
    # Twice the mid-ranks are whole numbers; rank sums then index an array.
    ranks = 2 * np.cumsum(both) - both + 1
    size = int(np.sum(ranks * both)) + 1
    ways = np.zeros((n + 1, size))
    ways[0, 0] = 1.0
    for rank, count in zip(ranks.tolist(), both.tolist(), strict=True):
        for _ in range(count):
            ways[1:, rank:] += ways[:-1, : size - rank]
    sums, weights = np.arange(size), ways[n]
    middle = n * (table.n + table.m + 1)
    seen = abs(int(np.sum(ranks * table.a)) - middle)
    return float(weights[np.abs(sums - middle) >= seen].sum() / weights.sum())
