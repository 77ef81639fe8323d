"""The odds ratio that goes with Fisher's test: totals held fixed, limits exact.

scipy's own search takes minutes at a million units and loses digits there; this one sums the same
distribution where it has weight, in steps of its logarithm.
"""

from __future__ import annotations

from collections.abc import Callable
from math import exp, inf, log, sqrt

import numpy as np

WINDOW = 20_000
"""Counts of the first arm's events up to which the whole distribution is summed."""

REACH = 60
"""Standard deviations to either side that are summed of a longer one."""


def conditional_odds_ratio(
    x1: int, n1: int, x2: int, n2: int, *, confidence: float
) -> tuple[float, float, float]:
    """The conditional maximum-likelihood odds ratio with its exact lower and upper limits.

    Args:
        x1: Events in the first arm, of `n1`; likewise `x2` of `n2`. Neither all nor none had the event.
        n1: Units in the first arm.
        x2: Events in the second arm.
        n2: Units in the second arm.
        confidence: The level of the limits.

    Source: Fisher 1935; Cornfield 1956.

    >>> [round(value, 3) for value in conditional_odds_ratio(51, 56, 44, 56, confidence=0.95)]
    [2.757, 0.824, 10.795]
    """
    counts, weights = _log_weights(x1, n1, x2, n2)
    tail = (1 - confidence) / 2

    def shares(log_ratio: float) -> np.ndarray:
        logs = weights + (counts - x1) * log_ratio
        heights = np.exp(logs - logs.max())
        found: np.ndarray = heights / heights.sum()
        return found

    def mean(log_ratio: float) -> float:
        return float((shares(log_ratio) * (counts - x1)).sum())

    def at_least(log_ratio: float) -> float:
        return float(shares(log_ratio)[counts >= x1].sum()) - tail

    def at_most(log_ratio: float) -> float:
        return tail - float(shares(log_ratio)[counts <= x1].sum())

    start = log((x1 + 0.5) * (n2 - x2 + 0.5) / ((n1 - x1 + 0.5) * (x2 + 0.5)))
    lowest, highest = x1 == max(0, x1 + x2 - n2), x1 == min(n1, x1 + x2)
    ratio = 0.0 if lowest else inf if highest else exp(_rising_root(mean, start))
    low = 0.0 if lowest else exp(_rising_root(at_least, start))
    high = inf if highest else exp(_rising_root(at_most, start))
    return ratio, low, high


def _log_weights(x1: int, n1: int, x2: int, n2: int) -> tuple[np.ndarray, np.ndarray]:
    """Possible events of the first arm near `x1`, and the log weight of each if the odds were equal."""
    events, units = x1 + x2, n1 + n2
    low, high = max(0, events - n2), min(n1, events)
    if high - low > WINDOW:
        spread = sqrt(n1 * n2 * events * (units - events) / units**3)
        low, high = max(low, x1 - int(REACH * spread) - 1), min(high, x1 + int(REACH * spread) + 1)
    counts = np.arange(low, high + 1, dtype=float)
    before = counts[:-1]
    # Each weight over the one before it: exact steps instead of differences of large factorials.
    steps = np.log((n1 - before) * (events - before) / ((before + 1) * (n2 - events + before + 1)))
    return counts, np.concatenate([[0.0], np.cumsum(steps)])


def _rising_root(function: Callable[[float], float], start: float) -> float:
    """Where a rising function crosses 0, found by stepping out from `start` and then halving."""
    width, low, high = 1.0, start, start
    while function(low) > 0:
        low, width = low - width, width * 2
    width = 1.0
    while function(high) < 0:
        high, width = high + width, width * 2
    for _ in range(60):
        middle = (low + high) / 2
        if function(middle) < 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2
