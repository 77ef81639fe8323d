"""Comparing two means: summaries that lose no digits, Welch (the default), Student, Yuen and equivalence.

A summary is made exactly, in whole numbers or fractions, so that neither a large offset nor the order of
the answers costs a digit. First minus second throughout.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import isfinite, sqrt

from amends.analysis.counts import (
    ALTERNATIVES,
    Answers,
    check_choice,
    check_share,
    check_values,
    exact,
    whole,
)
from amends.analysis.distributions import t_p, t_quantile
from amends.analysis.result import Interval, NotEnough
from amends.errors import UsageError
from amends.tally import Moments


@dataclass(frozen=True, slots=True)
class Summary:
    """How many answers, their mean and their standard deviation (dividing by n - 1).

    Attributes:
        n: Answers, at least 1.
        mean: Their mean, in the metric's unit.
        sd: Their standard deviation; `NotEnough` where one answer leaves it undefined.
        exact_mean: The mean without rounding, where the answers themselves were at hand.

    Raises:
        UsageError: No answers, a negative spread, or something that is not a finite number.

    >>> Summary.from_counts({7: 3, 5: 1})
    Summary(n=4, mean=6.5, sd=1.0)
    """

    n: int
    mean: float
    sd: float | NotEnough
    exact_mean: Fraction | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        if whole(self.n, "answers") == 0:
            raise UsageError("0 answers: a mean needs at least one. Leave the arm out, or give its answers.")
        if not isfinite(self.mean):
            raise UsageError(f"mean {self.mean!r}: it is a finite number. Give the mean of the answers.")
        if not isinstance(self.sd, NotEnough) and not (isfinite(self.sd) and self.sd >= 0):
            raise UsageError(f"sd {self.sd!r}: a standard deviation is 0 or more. Give it as mean,sd,n.")
        if self.n == 1:
            object.__setattr__(self, "sd", NotEnough("1 answer has no spread; 2 needed"))

    @classmethod
    def from_counts(cls, counts: Answers) -> Summary | NotEnough:
        """The summary of answers given as `{value: how often}`, for instance a 1–7 rating.

        >>> Summary.from_counts({})
        NotEnough(reason='there are no answers')
        """
        answers = check_values(counts)
        n = sum(answers.values())
        if not n:
            return NotEnough("there are no answers")
        known = [(exact(value), count) for value, count in answers.items()]
        total = sum(value * count for value, count in known)
        squares = sum(value * value * count for value, count in known)
        return cls._of(n, Fraction(total), Fraction(squares), Fraction(0))

    @classmethod
    def from_moments(cls, moments: Moments) -> Summary | NotEnough:
        """The summary of a metric kept as sums about a fixed centre.

        >>> Summary.from_moments(Moments(n=4, total=10, squares=28, centre=4)).mean
        6.5
        """
        if not whole(moments.n, "answers"):
            return NotEnough("there are no answers")
        n, total, squares = moments.n, Fraction(moments.total), Fraction(moments.squares)
        if squares - total * total / n <= squares * min(n, 1024) * Fraction(2) ** -52:
            # Less than the sums were rounded by: the answers are alike, and a trace is no spread.
            squares = total * total / n
        return cls._of(n, total, squares, Fraction(moments.centre))

    @classmethod
    def _of(cls, n: int, total: Fraction, squares: Fraction, centre: Fraction) -> Summary:
        mean = centre + total / n
        # Sums kept as floats may leave a trace below zero where all answers are alike.
        deviations = max(Fraction(0), squares - total * total / n)
        return cls(n, float(mean), sqrt(float(deviations / max(1, n - 1))), mean)


@dataclass(frozen=True, slots=True)
class MeanDifference:
    """Two means compared: the test and its interval, which always agree.

    Attributes:
        name: The method, `Welch t` or `Student t` or `Yuen`.
        difference: First mean minus second, in the metric's unit.
        statistic: The t statistic.
        df: Its degrees of freedom.
        p_value: Of the alternative named.
        interval: The two-sided interval of the difference.
        standard_error: Of the difference.
        alternative: `two-sided`, `greater` or `less`.
    """

    name: str
    difference: float
    statistic: float
    df: float
    p_value: float
    interval: Interval
    standard_error: float
    alternative: str = "two-sided"


@dataclass(frozen=True, slots=True)
class Equivalence:
    """Two one-sided tests against a margin.

    Attributes:
        p_lower: That the difference lies at or below the lower margin.
        p_upper: That it lies at or above the upper one.
        p_value: The larger of the two.
        interval: The interval of confidence 1 - 2 alpha: the arms are equivalent where it lies inside.
        equivalent: Whether `p_value` is below alpha.
    """

    p_lower: float
    p_upper: float
    p_value: float
    interval: Interval
    equivalent: bool


def summarize(values: Iterable[float]) -> Summary | NotEnough:
    """The summary of single answers, exact however large their offset.

    >>> summarize([1e9 + 1, 1e9 + 2, 1e9 + 3])
    Summary(n=3, mean=1000000002.0, sd=1.0)
    """
    return Summary.from_counts(Counter(values))


def difference_of_means(a: Summary, b: Summary) -> float:
    """First mean minus second; without rounding before the subtraction where the exact means are known."""
    if a.exact_mean is not None and b.exact_mean is not None:
        return float(a.exact_mean - b.exact_mean)
    return a.mean - b.mean


def welch(
    a: Summary, b: Summary, *, confidence: float = 0.95, alternative: str = "two-sided"
) -> MeanDifference | NotEnough:
    """Welch's t test, which lets the arms differ in spread: the default for two means.

    Source: Welch 1947; as the default: Delacre, Lakens & Leys 2017.

    >>> test = welch(Summary(51, 5.9, 0.9), Summary(40, 5.4, 1.1))
    >>> round(test.difference, 2), round(test.statistic, 2), round(test.df, 1)
    (0.5, 2.33, 74.7)
    """
    spreads = _spreads(a, b)
    if isinstance(spreads, NotEnough):
        return spreads
    va, vb = spreads[0] ** 2 / a.n, spreads[1] ** 2 / b.n
    # Scaled by the larger, so that tiny spreads do not underflow.
    largest = max(va, vb)
    ra, rb = va / largest, vb / largest
    df = (ra + rb) ** 2 / (ra * ra / (a.n - 1) + rb * rb / (b.n - 1))
    return _t_test("Welch t", difference_of_means(a, b), sqrt(va + vb), df, confidence, alternative)


def student(
    a: Summary, b: Summary, *, confidence: float = 0.95, alternative: str = "two-sided"
) -> MeanDifference | NotEnough:
    """Student's t test with a common spread; only where asked for, since unequal spreads mislead it.

    >>> round(student(Summary(51, 5.9, 0.9), Summary(40, 5.4, 1.1)).df)
    89
    """
    spreads = _spreads(a, b)
    if isinstance(spreads, NotEnough):
        return spreads
    df = a.n + b.n - 2
    pooled = sqrt(((a.n - 1) * spreads[0] ** 2 + (b.n - 1) * spreads[1] ** 2) / df)
    error = pooled * sqrt(1 / a.n + 1 / b.n)
    return _t_test("Student t", difference_of_means(a, b), error, df, confidence, alternative)


def yuen(
    counts_a: Answers,
    counts_b: Answers,
    *,
    trim: float = 0.2,
    confidence: float = 0.95,
) -> MeanDifference | NotEnough:
    """Yuen's test of trimmed means, from answers as `{value: how often}`.

    Args:
        counts_a: Answers of the first arm.
        counts_b: Answers of the second arm.
        trim: Share cut off at either end of each arm, from 0 up to below 0.5.
        confidence: The level of the interval.

    Source: Yuen 1974.
    """
    if not 0 <= trim < 0.5:
        raise UsageError(f"trim {trim!r}: the share cut at either end is 0 or more and below 0.5. Try 0.2.")
    a, b = _trimmed(counts_a, trim), _trimmed(counts_b, trim)
    if isinstance(a, NotEnough):
        return a
    if isinstance(b, NotEnough):
        return b
    (mean_a, square_a, df_a), (mean_b, square_b, df_b) = a, b
    if not square_a + square_b:
        return NotEnough("after trimming, neither arm has any spread")
    df = (square_a + square_b) ** 2 / (square_a**2 / df_a + square_b**2 / df_b)
    gap = float(mean_a - mean_b)
    return _t_test("Yuen", gap, sqrt(square_a + square_b), df, confidence, "two-sided")


def tost_welch(
    a: Summary, b: Summary, *, low: float, high: float, alpha: float = 0.05
) -> Equivalence | NotEnough:
    """Whether the means are alike within a margin declared beforehand: two one-sided Welch tests.

    Args:
        a: The first arm's answers.
        b: The second arm's answers.
        low: The lower margin of the difference, in the metric's unit.
        high: The upper margin.
        alpha: The level of each of the two tests.

    Source: Schuirmann 1987.

    >>> tost_welch(Summary(500, 5.9, 0.9), Summary(500, 5.9, 0.9), low=-0.2, high=0.2).equivalent
    True
    """
    if not low < high:
        raise UsageError(
            f"margin {low} to {high}: the lower end comes first. Give for instance -0.2 and 0.2."
        )
    check_share(alpha, "alpha")
    test = welch(a, b, confidence=1 - 2 * alpha)
    if isinstance(test, NotEnough):
        return test
    p_lower = t_p((test.difference - low) / test.standard_error, test.df, "greater")
    p_upper = t_p((test.difference - high) / test.standard_error, test.df, "less")
    p_value = max(p_lower, p_upper)
    return Equivalence(p_lower, p_upper, p_value, test.interval, p_value < alpha)


def spreads(arms: Sequence[Summary | NotEnough]) -> list[float] | NotEnough:
    """Every arm's standard deviation, or the reason why an arm has none."""
    if len(arms) < 2:
        return NotEnough(f"{len(arms)} arm; 2 needed")
    found: list[float] = []
    for place, arm in enumerate(arms, start=1):
        if isinstance(arm, NotEnough):
            return NotEnough(f"arm {place}: {arm.reason}")
        if isinstance(arm.sd, NotEnough):
            return NotEnough(f"arm {place} has {arm.n} answer; 2 needed")
        found.append(arm.sd)
    return found


def known(arms: Sequence[Summary | NotEnough]) -> list[Summary]:
    """The arms that have answers."""
    return [arm for arm in arms if isinstance(arm, Summary)]


def exact_means(arms: Sequence[Summary]) -> list[Fraction]:
    """The arms' means without rounding where they are known so."""
    return [arm.exact_mean if arm.exact_mean is not None else Fraction(arm.mean) for arm in arms]


def _spreads(a: Summary, b: Summary) -> tuple[float, float] | NotEnough:
    if isinstance(a.sd, NotEnough):
        return NotEnough("the first arm has 1 answer; 2 needed")
    if isinstance(b.sd, NotEnough):
        return NotEnough("the second arm has 1 answer; 2 needed")
    if a.sd == b.sd == 0:
        return NotEnough("all answers within each arm are alike, so there is no spread to compare with")
    return a.sd, b.sd


def _t_test(
    name: str, gap: float, error: float, df: float, confidence: float, alternative: str
) -> MeanDifference:
    check_share(confidence, "confidence")
    check_choice(alternative, ALTERNATIVES, "alternative")
    half = t_quantile((1 + confidence) / 2, df) * error
    return MeanDifference(
        name=name,
        difference=gap,
        statistic=gap / error,
        df=df,
        p_value=t_p(gap / error, df, alternative),
        interval=Interval(gap - half, gap + half, name, confidence),
        standard_error=error,
        alternative=alternative,
    )


def _trimmed(counts: Answers, trim: float) -> tuple[Fraction, float, int] | NotEnough:
    """The trimmed mean, its squared standard error from the winsorized spread, and its df."""
    answers = [Fraction(value) for value, count in check_values(counts).items() for _ in range(count)]
    cut = int(trim * len(answers))
    kept = len(answers) - 2 * cut
    if kept < 2:
        return NotEnough(f"an arm has {len(answers)} answers, {max(kept, 0)} after trimming; 2 needed")
    middle = answers[cut : len(answers) - cut]
    winsorized = [middle[0]] * cut + middle + [middle[-1]] * cut
    mean = sum(winsorized, Fraction(0)) / len(winsorized)
    deviations = sum(((value - mean) ** 2 for value in winsorized), Fraction(0))
    return sum(middle, Fraction(0)) / kept, float(deviations / (kept * (kept - 1))), kept - 1
