"""Arms that cross factors (message x compensation x timing): interaction, simple effects, main effects.

The interaction comes first. Where it is there, a main effect is an average over levels at which the factor
does different things, and must not be read alone. Main effects weigh the other factors' levels equally,
whatever number of units each has. From counts or summaries of each arm; errors let the arms differ in spread.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log, sqrt

import numpy as np

from amends.analysis.counts import check_count, check_share
from amends.analysis.crossed_effects import CellEstimates, Factorial, all_effects
from amends.analysis.crossing import Crossing, crossing
from amends.analysis.exported import Exported
from amends.analysis.intervals import wilson
from amends.analysis.means import Summary
from amends.analysis.proportions import default_test
from amends.analysis.result import NotEnough
from amends.errors import UsageError

Factors = Mapping[str, Mapping[str, str]]
"""By arm, the level of each factor."""


@dataclass(frozen=True, slots=True)
class FactorialProportions(Exported):
    """Crossed factors' effects on a proportion, on both scales.

    Attributes:
        name: What this is.
        risk_difference: On the scale to be read first.
        log_odds: On the log-odds scale, where an interaction may point the other way; `NotEnough` where
            nobody or everybody of an arm had the event.
    """

    name: str
    risk_difference: Factorial
    log_odds: Factorial | NotEnough


def factorial_proportions(
    counts: Mapping[str, tuple[int, int]],
    factors: Factors,
    *,
    alpha: float = 0.05,
    confidence: float = 0.95,
) -> FactorialProportions | NotEnough:
    """The effects of crossed factors on a proportion.

    On the risk-difference scale the error is HC2 (each arm's own variance, dividing by n - 1), the interval
    is made from the arms' Wilson limits (for a simple effect it is Newcombe's), and a simple effect is tested
    by the default test of two proportions.

    Args:
        counts: By arm, events and units.
        factors: By arm, the level of each factor.
        alpha: The level at which an interaction forbids reading main effects alone.
        confidence: The level of the intervals.

    Source: intervals by recovering variances: Zou & Donner 2008; both scales: Ai & Norton 2003.

    Raises:
        UsageError: Counts that cannot be, arms without factors or with the same levels.

    >>> cells = {"a": {"m": "thanks", "v": "no"}, "b": {"m": "sorry", "v": "no"},
    ...          "c": {"m": "thanks", "v": "yes"}, "d": {"m": "sorry", "v": "yes"}}
    >>> counts = {"a": (45, 60), "b": (30, 60), "c": (50, 60), "d": (50, 60)}
    >>> found = factorial_proportions(counts, cells).risk_difference
    >>> round(found.interactions[0].value, 3), round(found.main_effects[0].value, 3)
    (0.25, 0.125)
    >>> found.main_effects_alone
    {'m': False, 'v': False}
    """
    check_share(confidence, "confidence")
    crossed = _crossed(counts, factors)
    if isinstance(crossed, NotEnough):
        return crossed
    cells = [check_count(*counts[arm]) for arm in crossed.arms]
    for arm, (_, n) in zip(crossed.arms, cells, strict=True):
        if n < 2:
            return NotEnough(f"{arm} has {'1 unit' if n else 'no units'}; 2 needed")
    xs, ns = (np.array(column, dtype=float) for column in zip(*cells, strict=True))
    rates = xs / ns
    limits = [wilson(x, n, confidence=confidence) for x, n in cells]
    lows, highs = (np.array([getattr(limit, end) for limit in limits]) for end in ("low", "high"))

    def around(weights: np.ndarray) -> tuple[float, float]:
        parts = weights * rates
        ends = np.sort(np.vstack([weights * lows, weights * highs]), axis=0)
        return sqrt(float(((parts - ends[0]) ** 2).sum())), sqrt(float(((ends[1] - parts) ** 2).sum()))

    risk = CellEstimates(
        "risk difference (HC2, intervals from Wilson limits)",
        rates,
        rates * (1 - rates) / (ns - 1),
        None,
        around,
        lambda first, second: default_test(*cells[first], *cells[second]),
    )
    return FactorialProportions(
        name="crossed factors on two scales",
        risk_difference=all_effects(crossed, risk, ns, alpha=alpha, confidence=confidence),
        log_odds=_log_odds(crossed, cells, ns, alpha, confidence),
    )


def factorial_means(
    arms: Mapping[str, Summary], factors: Factors, *, alpha: float = 0.05, confidence: float = 0.95
) -> Factorial | NotEnough:
    """The effects of crossed factors on a mean, each arm with its own spread.

    Effects are tested by t with Satterthwaite's degrees of freedom, as Welch's test does for two arms;
    interactions of more than two levels by Welch–James with Johansen's approximation.

    Args:
        arms: By arm, the summary of its answers.
        factors: By arm, the level of each factor.
        alpha: The level at which an interaction forbids reading main effects alone.
        confidence: The level of the intervals.

    Source: Welch 1951; Johansen 1980; Keselman, Carriere & Lix 1993.

    >>> cells = {"a": {"m": "thanks", "v": "no"}, "b": {"m": "sorry", "v": "no"},
    ...          "c": {"m": "thanks", "v": "yes"}, "d": {"m": "sorry", "v": "yes"}}
    >>> arms = {"a": Summary(40, 5.5, 1.1), "b": Summary(40, 4.8, 1.3), "c": Summary(40, 5.9, 0.9),
    ...         "d": Summary(40, 5.6, 1.0)}
    >>> found = factorial_means(arms, cells)
    >>> round(found.interactions[0].value, 2), round(found.interactions[0].test.df, 1)
    (0.4, 144.8)
    """
    check_share(confidence, "confidence")
    crossed = _crossed(arms, factors)
    if isinstance(crossed, NotEnough):
        return crossed
    found = [arms[arm] for arm in crossed.arms]
    variances = []
    for arm, summary in zip(crossed.arms, found, strict=True):
        if isinstance(summary.sd, NotEnough):
            return NotEnough(f"{arm} has 1 answer; 2 needed")
        variances.append(summary.sd**2 / summary.n)
    ns = np.array([summary.n for summary in found], dtype=float)
    means = np.array([summary.mean for summary in found])
    scale = CellEstimates("difference of means (Welch–Satterthwaite)", means, np.array(variances), ns - 1)
    return all_effects(crossed, scale, ns, alpha=alpha, confidence=confidence)


def _crossed(given: Mapping[str, object], factors: Factors) -> Crossing | NotEnough:
    missing = [arm for arm in factors if arm not in given] + [arm for arm in given if arm not in factors]
    if missing:
        raise UsageError(f"arm {missing[0]!r} has figures or factors, not both. Give each arm both.")
    return crossing(factors)


def _log_odds(
    crossed: Crossing, cells: Sequence[tuple[int, int]], ns: np.ndarray, alpha: float, confidence: float
) -> Factorial | NotEnough:
    if any(x in (0, n) for x, n in cells):
        return NotEnough("nobody or everybody of an arm had the event, so its log odds have no bound")
    values = np.array([log(x / (n - x)) for x, n in cells])
    variances = np.array([1 / x + 1 / (n - x) for x, n in cells])
    return all_effects(
        crossed,
        CellEstimates("log odds ratio (z)", values, variances, None),
        ns,
        alpha=alpha,
        confidence=confidence,
    )
