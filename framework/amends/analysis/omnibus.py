"""Three or more arms at once: is there any difference, and which pairs differ.

The overall test opens no gate: the declared contrasts are read with their own adjustment whatever it says.
Everything but Kruskal–Wallis needs only each arm's count, mean and spread.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt

import numpy as np

from amends.analysis.counts import Answers, check_table, check_values
from amends.analysis.distributions import chi2_p, f_p
from amends.analysis.means import Summary, exact_means, known, spreads
from amends.analysis.pairs import PairComparison, dunnett, games_howell, tukey
from amends.analysis.result import NotEnough, TestResult

__all__ = [
    "Anova",
    "PairComparison",
    "anova",
    "chi2_k",
    "cramers_v",
    "dunnett",
    "freeman_halton",
    "games_howell",
    "kruskal",
    "smallest_expected_k",
    "tukey",
    "welch_anova",
]

TABLES_LIMIT = 5_000_000
"""Tables beyond which the exact test of several proportions is not enumerated."""


@dataclass(frozen=True, slots=True)
class Anova:
    """An analysis of variance.

    Attributes:
        name: `ANOVA` or `Welch ANOVA`.
        statistic: F.
        df: Degrees of freedom between arms.
        df_within: Degrees of freedom within arms.
        p_value: Of any difference among the arms.
        eta_squared: Share of the spread that lies between arms; None for Welch, likewise the next two.
        omega_squared: The same without its upward bias.
        residual_sd: Common standard deviation within arms.
    """

    name: str
    statistic: float
    df: float
    df_within: float
    p_value: float
    eta_squared: float | None = None
    omega_squared: float | None = None
    residual_sd: float | None = None


def chi2_k(xs: Sequence[int], ns: Sequence[int]) -> TestResult | NotEnough:
    """Pearson's chi-square test of several proportions.

    >>> test = chi2_k([70, 85, 93], [100, 100, 100])
    >>> round(test.statistic, 2), test.df
    (19.03, 2)
    """
    events, units = check_table(xs, ns)
    if (reason := _untestable(events, units)) is not None:
        return reason
    rate = sum(events) / sum(units)
    statistic = sum((x - n * rate) ** 2 / (n * rate * (1 - rate)) for x, n in zip(events, units, strict=True))
    return TestResult("chi-square", chi2_p(statistic, len(units) - 1), statistic=statistic, df=len(units) - 1)


def cramers_v(xs: Sequence[int], ns: Sequence[int]) -> float | NotEnough:
    """How strongly arm and event go together, from 0 to 1."""
    test = chi2_k(xs, ns)
    if isinstance(test, NotEnough) or test.statistic is None:
        return test if isinstance(test, NotEnough) else NotEnough("no statistic")
    return sqrt(test.statistic / sum(ns))


def smallest_expected_k(xs: Sequence[int], ns: Sequence[int]) -> float | NotEnough:
    """The smallest count expected in a cell if the arms did not differ."""
    events, units = check_table(xs, ns)
    if not all(units):
        return NotEnough("an arm has no units")
    total = sum(units)
    return min(units) * min(sum(events), total - sum(events)) / total


def freeman_halton(xs: Sequence[int], ns: Sequence[int]) -> TestResult | NotEnough:
    """Fisher's exact test for several arms, by listing every table with the same totals.

    Source: Freeman & Halton 1951.

    >>> round(freeman_halton([3, 9, 10], [10, 10, 10]).p_value, 5)
    0.00125
    """
    events, units = check_table(xs, ns)
    if (reason := _untestable(events, units)) is not None:
        return reason
    tables = 1
    for n in units[:-1]:
        tables *= min(n, sum(events)) + 1
    if tables > TABLES_LIMIT:
        return NotEnough(f"the exact test is listed up to {TABLES_LIMIT} tables; here are up to {tables}")
    logs = [_log_choose(n) for n in units]
    seen = sum(float(log[x]) for log, x in zip(logs, events, strict=True))
    # Log weights of every choice for all arms but the last, whose events are what is left.
    weights, used = np.zeros(1), np.zeros(1, dtype=np.int64)
    for log, n in zip(logs[:-1], units[:-1], strict=True):
        choices = np.arange(min(n, sum(events)) + 1)
        weights = (weights[:, None] + log[choices]).ravel()
        used = (used[:, None] + choices).ravel()
    left = sum(events) - used
    possible = (left >= 0) & (left <= units[-1])
    weights = weights[possible] + logs[-1][left[possible]]
    shares = np.exp(weights - weights.max())
    # The tolerance by which R counts a table as no likelier than the one seen.
    return TestResult("Freeman-Halton exact", float(shares[weights <= seen + 1e-7].sum() / shares.sum()))


def anova(arms: Sequence[Summary | NotEnough]) -> Anova | NotEnough:
    """The classic one-way analysis of variance, which takes the arms' spreads for equal.

    >>> round(anova([Summary(20, 5.0, 1.0), Summary(20, 5.5, 1.0), Summary(20, 6.0, 1.0)]).statistic, 3)
    5.0
    """
    sds = spreads(arms)
    if isinstance(sds, NotEnough):
        return sds
    ns, means = [arm.n for arm in known(arms)], exact_means(known(arms))
    total = sum(ns)
    grand = sum((n * mean for n, mean in zip(ns, means, strict=True)), Fraction(0)) / total
    between = float(sum((n * (mean - grand) ** 2 for n, mean in zip(ns, means, strict=True)), Fraction(0)))
    within = sum((n - 1) * sd**2 for n, sd in zip(ns, sds, strict=True))
    if not within:
        return NotEnough("all answers within each arm are alike, so there is no spread to compare with")
    df, df_within = len(ns) - 1, total - len(ns)
    error = within / df_within
    statistic = between / df / error
    return Anova(
        name="ANOVA",
        statistic=statistic,
        df=df,
        df_within=df_within,
        p_value=f_p(statistic, df, df_within),
        eta_squared=between / (between + within),
        omega_squared=(between - df * error) / (between + within + error),
        residual_sd=sqrt(error),
    )


def welch_anova(arms: Sequence[Summary | NotEnough]) -> Anova | NotEnough:
    """Welch's analysis of variance, which lets the spreads differ: the default for several means.

    Source: Welch 1951.

    >>> test = welch_anova([Summary(20, 5.0, 1.0), Summary(30, 5.5, 1.4), Summary(40, 6.0, 0.8)])
    >>> round(test.statistic, 2), round(test.df_within, 1)
    (7.88, 43.6)
    """
    sds = spreads(arms)
    if isinstance(sds, NotEnough):
        return sds
    if not all(sds):
        return NotEnough("all answers of an arm are alike, so its weight has no bound")
    ns, means = [arm.n for arm in known(arms)], exact_means(known(arms))
    weights = [n / sd**2 for n, sd in zip(ns, sds, strict=True)]
    whole, k = sum(weights), len(ns)
    # Taken from one arm's mean, the differences are exact and small.
    gaps = [float(mean - means[0]) for mean in means]
    centre = sum(w * gap for w, gap in zip(weights, gaps, strict=True)) / whole
    between = sum(w * (gap - centre) ** 2 for w, gap in zip(weights, gaps, strict=True)) / (k - 1)
    slack = sum((1 - w / whole) ** 2 / (n - 1) for w, n in zip(weights, ns, strict=True))
    statistic = between / (1 + 2 * (k - 2) * slack / (k * k - 1))
    df_within = (k * k - 1) / (3 * slack)
    return Anova("Welch ANOVA", statistic, k - 1, df_within, f_p(statistic, k - 1, df_within))


def kruskal(arms: Sequence[Answers]) -> TestResult | NotEnough:
    """The Kruskal–Wallis rank test with ties, from `{value: how often}` per arm.

    >>> round(kruskal([{1: 5, 2: 5}, {2: 5, 3: 5}, {3: 10}]).statistic, 2)
    20.78
    """
    tables = [check_values(counts) for counts in arms]
    if len(tables) < 2 or not all(tables):
        return NotEnough("every arm needs an answer, and there must be two arms")
    values = sorted(set().union(*tables))
    if len(values) == 1:
        return NotEnough("all answers are alike, so there is no order to compare")
    below, rank_of, ties = 0, {}, 0
    for value in values:
        size = sum(table.get(value, 0) for table in tables)
        # Twice the mid-rank, a whole number.
        rank_of[value] = 2 * below + size + 1
        below, ties = below + size, ties + size**3 - size
    sums = [sum(count * rank_of[value] for value, count in table.items()) for table in tables]
    sizes = [sum(table.values()) for table in tables]
    squares = sum((Fraction(s * s, 4 * n) for s, n in zip(sums, sizes, strict=True)), Fraction(0))
    raw = Fraction(12, below * (below + 1)) * squares - 3 * (below + 1)
    statistic = float(raw / (1 - Fraction(ties, below**3 - below)))
    df = len(tables) - 1
    return TestResult("Kruskal-Wallis", chi2_p(statistic, df), statistic=statistic, df=df)


def _untestable(events: list[int], units: list[int]) -> NotEnough | None:
    if len(units) < 2:
        return NotEnough(f"{len(units)} arm; 2 needed")
    if not all(units):
        return NotEnough(f"arm {units.index(0) + 1} has no units")
    if sum(events) in (0, sum(units)):
        who = "everybody" if sum(events) else "nobody"
        return NotEnough(f"{who} of {sum(units)} had the event, so no difference can be tested")
    return None


def _log_choose(n: int) -> np.ndarray:
    from scipy import special

    x = np.arange(n + 1)
    result: np.ndarray = special.gammaln(n + 1) - special.gammaln(x + 1) - special.gammaln(n - x + 1)
    return result
