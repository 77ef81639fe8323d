"""Every pair of several means at once: Tukey, Games–Howell, and Dunnett against one arm.

Games–Howell stands beside the declared contrasts (Welch with Holm); Tukey and Dunnett take the spreads
for equal. Later arm minus earlier.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import sqrt

import numpy as np

from amends.analysis.counts import check_share
from amends.analysis.legendre import legendre
from amends.analysis.means import Summary, difference_of_means, known, spreads, welch
from amends.analysis.result import Interval, NotEnough
from amends.analysis.studentized_range import range_p, range_quantile
from amends.errors import UsageError

GAMES_HOWELL = "Games-Howell"


@dataclass(frozen=True, slots=True)
class PairComparison:
    """One pair out of several, adjusted for all of them together.

    Attributes:
        first: Place of the arm the other is subtracted from.
        second: Place of the arm subtracted.
        difference: First mean minus second.
        standard_error: Of the difference.
        statistic: t of the pair.
        df: Its degrees of freedom.
        p_value: Adjusted for the family of pairs.
        interval: Simultaneous over the family.
    """

    first: int
    second: int
    difference: float
    standard_error: float
    statistic: float
    df: float
    p_value: float
    interval: Interval


def tukey(
    arms: Sequence[Summary | NotEnough], *, confidence: float = 0.95
) -> list[PairComparison] | NotEnough:
    """Tukey's honest differences (Tukey–Kramer for unequal sizes), with one common spread."""
    check_share(confidence, "confidence")
    common = _common_spread(arms)
    if isinstance(common, NotEnough):
        return common
    sd, df = common
    found, k = known(arms), len(arms)
    return [
        pair_of(
            (j, i),
            (difference_of_means(found[j], found[i]), sd * sqrt(1 / found[i].n + 1 / found[j].n), df),
            k,
            confidence,
            name="Tukey",
        )
        for i, j in combinations(range(k), 2)
    ]


def games_howell(
    arms: Sequence[Summary | NotEnough], *, confidence: float = 0.95
) -> list[PairComparison | NotEnough] | NotEnough:
    """All pairs with their own spreads and degrees of freedom (Games & Howell 1976)."""
    check_share(confidence, "confidence")
    sds = spreads(arms)
    if isinstance(sds, NotEnough):
        return sds
    found, k = known(arms), len(arms)
    pairs: list[PairComparison | NotEnough] = []
    for i, j in combinations(range(k), 2):
        test = welch(found[j], found[i])
        pairs.append(
            test
            if isinstance(test, NotEnough)
            else pair_of(
                (j, i), (test.difference, test.standard_error, test.df), k, confidence, name=GAMES_HOWELL
            )
        )
    return pairs


def dunnett(
    arms: Sequence[Summary | NotEnough], *, versus: int = 0, confidence: float = 0.95
) -> list[PairComparison] | NotEnough:
    """Every arm against one, with one common spread; by quadrature, so without Monte-Carlo noise.

    Args:
        arms: The arms' answers.
        versus: Place of the arm that the others are compared with, for instance silence.
        confidence: The level of the simultaneous intervals.

    Source: Dunnett 1955.
    """
    check_share(confidence, "confidence")
    if not 0 <= versus < len(arms):
        raise UsageError(f"versus {versus}: there are arms 0 to {len(arms) - 1}. Give the place of one.")
    common = _common_spread(arms)
    if isinstance(common, NotEnough):
        return common
    from scipy.optimize import brentq

    sd, df = common
    found = known(arms)
    others = [place for place in range(len(arms)) if place != versus]
    loadings = np.sqrt([found[i].n / (found[i].n + found[versus].n) for i in others])
    critical = float(brentq(lambda c: dunnett_p(c, df, loadings) - (1 - confidence), 0.1, 100, xtol=1e-10))
    pairs = []
    for i in others:
        error = sd * sqrt(1 / found[i].n + 1 / found[versus].n)
        gap = difference_of_means(found[i], found[versus])
        p_value = dunnett_p(abs(gap) / error, df, loadings)
        interval = Interval(gap - critical * error, gap + critical * error, "Dunnett", confidence)
        pairs.append(PairComparison(i, versus, gap, error, gap / error, df, p_value, interval))
    return pairs


def dunnett_p(t: float, df: float, loadings: np.ndarray) -> float:
    """The chance that the largest of several |t| against one arm reaches `t`.

    Given the common arm's deviation and the common spread, the comparisons are independent, which leaves
    two integrals: Gauss–Hermite over the first, Gauss–Legendre over quantiles of the second.

    Args:
        t: The value reached.
        df: Degrees of freedom of the common spread.
        loadings: Per comparison, sqrt(n / (n + n of the common arm)).
    """
    from scipy import special

    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    weights = weights / weights.sum()
    points, shares = legendre(120)
    spread = np.sqrt(special.chdtri(df, (1 - points) / 2) / df)
    load = loadings[:, None, None]
    rest = np.sqrt(1 - load**2)
    shift, reach = load * nodes[None, :, None] / rest, t * spread[None, None, :] / rest
    inside = np.prod(special.ndtr(reach - shift) - special.ndtr(-reach - shift), axis=0)
    return float(1 - weights @ inside @ (shares / 2))


def _common_spread(arms: Sequence[Summary | NotEnough]) -> tuple[float, int] | NotEnough:
    sds = spreads(arms)
    if isinstance(sds, NotEnough):
        return sds
    ns = [arm.n for arm in known(arms)]
    df = sum(ns) - len(ns)
    within = sum((n - 1) * sd**2 for n, sd in zip(ns, sds, strict=True))
    if not within:
        return NotEnough("all answers within each arm are alike, so there is no spread to compare with")
    return sqrt(within / df), df


def pair_of(
    places: tuple[int, int], found: tuple[float, float, float], k: int, confidence: float, *, name: str
) -> PairComparison:
    """One pair of k means by the studentized range, from its difference, that one's error and df."""
    gap, error, df = found
    p_value = range_p(sqrt(2) * abs(gap) / error, k, df)
    half = range_quantile(confidence, k, df) * error / sqrt(2)
    interval = Interval(gap - half, gap + half, name, confidence)
    return PairComparison(*places, gap, error, gap / error, df, p_value, interval)
