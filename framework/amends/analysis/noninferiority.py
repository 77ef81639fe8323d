"""Whether the first arm is not worse than the second by a margin declared beforehand.

A large p-value of a test of no difference never shows it. Here the test is made against the margin, and
test and bound come from one method, so that they cannot disagree. First arm minus second; `better` says
which direction is good.
"""

from __future__ import annotations

from dataclasses import dataclass

from amends.analysis.counts import check_choice, check_counts, empty_arm
from amends.analysis.distributions import t_p
from amends.analysis.exported import Exported
from amends.analysis.margins import METHODS, check_margin, limits, p_beyond
from amends.analysis.means import MeanDifference, Summary, welch
from amends.analysis.result import Interval, NotEnough

DIRECTIONS = ("higher", "lower")


@dataclass(frozen=True, slots=True)
class NonInferiority(Exported):
    """A one-sided test that the first arm is not worse than the second by the margin or more.

    Attributes:
        name: The method.
        difference: First minus second.
        margin: How much worse would still be acceptable, above 0, as declared.
        better: `higher` or `lower`: which values are good.
        bound: The one-sided confidence limit of the difference on the bad side: the lower one where higher
            is better, else the upper one.
        p_value: That the first arm is worse by the margin or more.
        non_inferior: Whether `p_value` is below alpha, which is to say that the bound clears the margin.
        superior: Whether the bound clears 0 as well: then the first arm is better, by the same interval.
        alpha: The one-sided level.
        ns: Units, or answers, of either arm.
    """

    name: str
    difference: float
    margin: float
    better: str
    bound: float
    p_value: float
    non_inferior: bool
    superior: bool
    alpha: float
    ns: tuple[int, int]


def noninferior_proportions(
    x1: int,
    n1: int,
    x2: int,
    n2: int,
    *,
    margin: float,
    better: str = "higher",
    alpha: float = 0.025,
    method: str = "newcombe",
) -> NonInferiority | NotEnough:
    """Whether the first proportion is not worse than the second by `margin` or more.

    Args:
        x1: Events in the first arm, of `n1`; likewise `x2` of `n2`.
        n1: Units in the first arm.
        x2: Events in the second arm.
        n2: Units in the second arm.
        margin: As a share: 5 percentage points are 0.05.
        better: `higher`, or `lower` for complaints and the like.
        alpha: The one-sided level; 0.025 goes with the usual 95% interval.
        method: `newcombe` (p is the level at which its limit meets the margin) or `score`
            (Farrington–Manning as Miettinen & Nurminen scale it).

    Source: Newcombe 1998; Farrington & Manning 1990; Miettinen & Nurminen 1985; CONSORT: Piaggio et al. 2012.

    Raises:
        UsageError: Counts or a margin that cannot be.

    >>> found = noninferior_proportions(180, 200, 176, 200, margin=0.05)
    >>> round(found.bound, 4), round(found.p_value, 4), found.non_inferior
    (-0.0423, 0.0142, True)
    """
    x1, n1, x2, n2 = check_counts(x1, n1, x2, n2)
    check_margin(margin, alpha, largest=1.0)
    check_choice(better, DIRECTIONS, "better")
    check_choice(method, METHODS, "method")
    if not n1 or not n2:
        return empty_arm(n1)
    low_is_bad = better == "higher"
    interval = limits((x1, n1, x2, n2), method, 1 - 2 * alpha)
    p = p_beyond((x1, n1, x2, n2), -margin if low_is_bad else margin, method, below=low_is_bad)
    gap = (x1 * n2 - x2 * n1) / (n1 * n2)
    return _judged(METHODS[method], gap, margin, interval, p, better=better, alpha=alpha, ns=(n1, n2))


def noninferior_means(
    a: Summary, b: Summary, *, margin: float, better: str = "higher", alpha: float = 0.025
) -> NonInferiority | NotEnough:
    """Whether the first mean is not worse than the second by `margin` or more: a one-sided Welch test.

    Args:
        a: The first arm's answers.
        b: The second arm's answers.
        margin: In the metric's unit, above 0.
        better: `higher`, or `lower` for waiting times and the like.
        alpha: The one-sided level; 0.025 goes with the usual 95% interval.

    >>> found = noninferior_means(Summary(60, 5.8, 1.1), Summary(60, 5.7, 1.2), margin=0.4)
    >>> round(found.bound, 3), round(found.p_value, 4), found.superior
    (-0.316, 0.0095, False)
    """
    check_margin(margin, alpha)
    check_choice(better, DIRECTIONS, "better")
    test = welch(a, b, confidence=1 - 2 * alpha)
    if not isinstance(test, MeanDifference):
        return test
    edge, side = (-margin, "greater") if better == "higher" else (margin, "less")
    p = t_p((test.difference - edge) / test.standard_error, test.df, side)
    return _judged(
        "one-sided Welch t",
        test.difference,
        margin,
        test.interval,
        p,
        better=better,
        alpha=alpha,
        ns=(a.n, b.n),
    )


def _judged(
    method: str,
    gap: float,
    margin: float,
    interval: Interval,
    p: float,
    *,
    better: str,
    alpha: float,
    ns: tuple[int, int],
) -> NonInferiority:
    bound = interval.low if better == "higher" else interval.high
    return NonInferiority(
        name=f"non-inferiority, {method}",
        difference=gap,
        margin=margin,
        better=better,
        bound=bound,
        p_value=p,
        non_inferior=p < alpha,
        superior=bound > 0 if better == "higher" else bound < 0,
        alpha=alpha,
        ns=ns,
    )
