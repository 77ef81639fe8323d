"""Whether two arms are alike within a margin declared beforehand. A large p-value never shows that."""

from __future__ import annotations

from dataclasses import dataclass

from amends.analysis.counts import check_choice, check_counts, empty_arm
from amends.analysis.distributions import normal_cdf, t_p
from amends.analysis.exported import Exported
from amends.analysis.intervals import score_z
from amends.analysis.margins import METHODS, check_margin, limits, p_beyond
from amends.analysis.means import MeanDifference, Summary, welch
from amends.analysis.result import Interval, NotEnough
from amends.errors import UsageError


@dataclass(frozen=True, slots=True)
class EquivalenceTest(Exported):
    """Two one-sided tests that the difference lies within the margin on either side.

    Attributes:
        name: The method.
        difference: First minus second.
        margin: The largest difference that counts as none, above 0, as declared.
        interval: Of confidence 1 - 2 alpha.
        p_lower: That the difference lies at or below minus the margin.
        p_upper: That it lies at or above the margin.
        p_value: The larger of the two.
        equivalent: Whether `p_value` is below alpha, which is to say that the interval lies inside.
        alpha: The level of each test.
        ns: Units, or answers, of either arm.
    """

    name: str
    difference: float
    margin: float
    interval: Interval
    p_lower: float
    p_upper: float
    p_value: float
    equivalent: bool
    alpha: float
    ns: tuple[int, int]


@dataclass(frozen=True, slots=True)
class ScoreEquivalence:
    """Two one-sided score tests against a margin.

    Attributes:
        z_lower: Standard errors above the lower margin.
        z_upper: Standard errors above the upper one (below it where negative).
        p_lower: That the difference lies at or below the lower margin.
        p_upper: That it lies at or above the upper one.
        p_value: The larger of the two.
    """

    z_lower: float
    z_upper: float
    p_lower: float
    p_upper: float
    p_value: float


def tost_proportions(
    x1: int, n1: int, x2: int, n2: int, *, low: float, high: float
) -> ScoreEquivalence | NotEnough:
    """Two one-sided Miettinen–Nurminen score tests.

    Args:
        x1: Events in the first arm, of `n1`; likewise `x2` of `n2`.
        n1: Units in the first arm.
        x2: Events in the second arm.
        n2: Units in the second arm.
        low: The lower margin of the difference, as a share.
        high: The upper margin.

    Source: Schuirmann 1987; Farrington & Manning 1990; Miettinen & Nurminen 1985.

    >>> round(tost_proportions(51, 56, 44, 56, low=-0.1, high=0.1).p_value, 3)
    0.646
    """
    x1, n1, x2, n2 = check_counts(x1, n1, x2, n2)
    if not -1 <= low < high <= 1:
        raise UsageError(
            f"margin {low} to {high}: two shares, the lower one first. Give for instance -0.05, 0.05."
        )
    if not n1 or not n2:
        return empty_arm(n1)
    z_lower, z_upper = (score_z(x1, n1, x2, n2, margin) for margin in (low, high))
    p_lower, p_upper = normal_cdf(-z_lower), normal_cdf(z_upper)
    return ScoreEquivalence(z_lower, z_upper, p_lower, p_upper, max(p_lower, p_upper))


def equivalent_proportions(
    x1: int,
    n1: int,
    x2: int,
    n2: int,
    *,
    margin: float,
    alpha: float = 0.05,
    method: str = "newcombe",
) -> EquivalenceTest | NotEnough:
    """Whether two proportions differ by less than `margin` either way.

    Args:
        x1: Events in the first arm, of `n1`; likewise `x2` of `n2`.
        n1: Units in the first arm.
        x2: Events in the second arm.
        n2: Units in the second arm.
        margin: As a share: 5 percentage points are 0.05.
        alpha: The level of each of the two tests; 0.05 goes with a 90% interval.
        method: `newcombe` (p is the level at which its limit meets the margin) or `score`.

    Source: Schuirmann 1987.

    >>> found = equivalent_proportions(800, 1000, 805, 1000, margin=0.05)
    >>> found.equivalent, round(found.p_value, 4)
    (True, 0.0058)
    """
    x1, n1, x2, n2 = check_counts(x1, n1, x2, n2)
    check_margin(margin, alpha, largest=1.0)
    check_choice(method, METHODS, "method")
    if not n1 or not n2:
        return empty_arm(n1)
    table = x1, n1, x2, n2
    p_lower = p_beyond(table, -margin, method, below=True)
    p_upper = p_beyond(table, margin, method, below=False)
    return EquivalenceTest(
        name=f"two one-sided tests, {METHODS[method]}",
        difference=(x1 * n2 - x2 * n1) / (n1 * n2),
        margin=margin,
        interval=limits(table, method, 1 - 2 * alpha),
        p_lower=p_lower,
        p_upper=p_upper,
        p_value=max(p_lower, p_upper),
        equivalent=max(p_lower, p_upper) < alpha,
        alpha=alpha,
        ns=(n1, n2),
    )


def equivalent_means(
    a: Summary, b: Summary, *, margin: float, alpha: float = 0.05
) -> EquivalenceTest | NotEnough:
    """Whether two means differ by less than `margin` either way: two one-sided Welch tests.

    >>> equivalent_means(Summary(500, 5.9, 0.9), Summary(500, 5.9, 0.9), margin=0.2).equivalent
    True
    """
    check_margin(margin, alpha)
    test = welch(a, b, confidence=1 - 2 * alpha)
    if not isinstance(test, MeanDifference):
        return test
    p_lower = t_p((test.difference + margin) / test.standard_error, test.df, "greater")
    p_upper = t_p((test.difference - margin) / test.standard_error, test.df, "less")
    return EquivalenceTest(
        name="two one-sided tests, Welch t",
        difference=test.difference,
        margin=margin,
        interval=test.interval,
        p_lower=p_lower,
        p_upper=p_upper,
        p_value=max(p_lower, p_upper),
        equivalent=max(p_lower, p_upper) < alpha,
        alpha=alpha,
        ns=(a.n, b.n),
    )
