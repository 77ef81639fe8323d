"""What the silent ones may hide: bounds on an effect that only some units let us see.

Satisfaction exists only for those who answered, and the arms change who answers. Lee's bounds compare
those who would answer either way; Manski's assume nothing beyond the scale; the tipping point says how
far the silent would have to differ. First arm minus second throughout.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import log, sqrt

from amends.analysis.counts import Answers, check_share, check_values, empty_arm, exact, whole
from amends.analysis.imbens_manski import region_quantile
from amends.analysis.proportions import chi2
from amends.analysis.result import Interval, NotEnough, TestResult
from amends.errors import UsageError


@dataclass(frozen=True, slots=True)
class LeeBounds:
    """Bounds on the effect among those who would answer in either arm.

    They assume that the arm changes answering in one direction only.

    Attributes:
        low: The lowest effect compatible with the answers; `high` the highest.
        region: A confidence region for the effect (Imbens–Manski), wider than the bounds.
        trimmed_arm: The arm that answered more often and was trimmed; None where neither did.
        trim_share: Share of its answers cut off, first from the top, then from the bottom.
        naive: The difference of the means of those who answered, which is not randomised.
        answered: Share that answered in either arm.
    """

    low: float
    high: float
    region: Interval | NotEnough
    trimmed_arm: str | None
    trim_share: float
    naive: float
    answered: tuple[float, float]

    @property
    def ci_low(self) -> float | NotEnough:
        """The lower end of the region."""
        return self.region if isinstance(self.region, NotEnough) else self.region.low

    @property
    def ci_high(self) -> float | NotEnough:
        """The upper end of the region."""
        return self.region if isinstance(self.region, NotEnough) else self.region.high


@dataclass(frozen=True, slots=True)
class ManskiBounds:
    """Bounds on the effect over all units when every silent one may have had any value of the scale."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class TippingPoint:
    """How much lower than its arm's mean the silent would have to be for the effect over all to vanish.

    Attributes:
        first_only: If the silent of the first arm alone were lower (negative: higher).
        second_only: If those of the second arm alone were.
        both: If those of both arms were, by the same amount.
    """

    first_only: float | NotEnough
    second_only: float | NotEnough
    both: float | NotEnough


@dataclass(frozen=True, slots=True)
class _Arm:
    """One arm's answers in exact numbers."""

    values: dict[int | Fraction, int]
    n: int
    assigned: int

    @property
    def share(self) -> Fraction:
        return Fraction(self.n, self.assigned)

    @property
    def mean(self) -> Fraction:
        return Fraction(sum(value * count for value, count in self.values.items())) / self.n


def lee_bounds(
    counts_a: Answers,
    assigned_a: int,
    counts_b: Answers,
    assigned_b: int,
    *,
    names: tuple[str, str] = ("first", "second"),
    confidence: float = 0.95,
) -> LeeBounds | NotEnough:
    """Lee's bounds from answers as `{value: how often}` and the units assigned to each arm.

    The arm that answers more often loses its excess answers, once from the top and once from the bottom;
    a value on the border is cut in part (fractional trimming), so ties need no arbitrary choice. The
    region's errors follow by the delta method from the form of a trimmed mean that holds with ties too.

    Args:
        counts_a: Answers of the first arm.
        assigned_a: Units assigned to it, answered or not.
        counts_b: Answers of the second arm.
        assigned_b: Units assigned to it.
        names: The arms' names, for `trimmed_arm`.
        confidence: The level of the region.

    Source: Lee 2009; Imbens & Manski 2004; Stoye 2009 (region where the bounds nearly meet).

    >>> bounds = lee_bounds({1: 10, 7: 40}, 60, {1: 10, 7: 30}, 60, names=("thank_you", "sorry"))
    >>> round(bounds.low, 3), round(bounds.high, 3), bounds.trimmed_arm
    (0.0, 1.5, 'thank_you')
    """
    check_share(confidence, "confidence")
    a, b = _answers(counts_a, assigned_a), _answers(counts_b, assigned_b)
    if (reason := _incomparable(a, b)) is not None:
        return reason
    naive = float(a.mean - b.mean)
    shares = (float(a.share), float(b.share))
    # Always trim the arm that answered more: the bounds of b minus a are mirrored.
    flipped = a.share < b.share
    more, less = (b, a) if flipped else (a, b)
    keep = less.share / more.share
    low, high = _trimmed_mean(more, keep, top=True), _trimmed_mean(more, keep, top=False)
    low, high = low - less.mean, high - less.mean
    errors = _errors(more, less, keep)
    if flipped:
        low, high, errors = -high, -low, errors[::-1]
    if keep == 1:
        # Either arm may be the one that answers more: the less favourable of the two holds.
        mirror = _errors(less, more, keep)[::-1]
        errors = max(errors[0], mirror[0]), max(errors[1], mirror[1])
    trimmed = None if keep == 1 else names[1 if flipped else 0]
    region = _region(float(low), float(high), errors, a, b, confidence)
    return LeeBounds(float(low), float(high), region, trimmed, float(1 - keep), naive, shares)


def manski_bounds(
    counts_a: Answers, assigned_a: int, counts_b: Answers, assigned_b: int, *, low: float, high: float
) -> ManskiBounds | NotEnough:
    """Worst-case bounds over all assigned: every silent unit at one end of the scale, or at the other.

    Args:
        counts_a: Answers of the first arm.
        assigned_a: Units assigned to it.
        counts_b: Answers of the second arm.
        assigned_b: Units assigned to it.
        low: The scale's lowest value.
        high: Its highest.

    Source: Horowitz & Manski 2000.

    >>> manski_bounds({7: 2}, 4, {1: 4}, 4, low=1, high=7)
    ManskiBounds(low=3.0, high=6.0)
    """
    if not low < high:
        raise UsageError(f"scale {low} to {high}: the lower end comes first. Give for instance 1 and 7.")
    a, b = _answers(counts_a, assigned_a), _answers(counts_b, assigned_b)
    for value in (*a.values, *b.values):
        if not low <= value <= high:
            raise UsageError(
                f"answer {float(value):g} lies off the scale {low:g} to {high:g}. Mend the scale."
            )
    if not a.assigned or not b.assigned:
        return empty_arm(a.assigned)
    ends = Fraction(low), Fraction(high)
    (low_a, high_a), (low_b, high_b) = ([_filled(arm, end) for end in ends] for arm in (a, b))
    return ManskiBounds(float(low_a - high_b), float(high_a - low_b))


def tipping_point(
    counts_a: Answers, assigned_a: int, counts_b: Answers, assigned_b: int
) -> TippingPoint | NotEnough:
    """How far below their arm's mean the silent would have to lie for no difference over all assigned.

    >>> round(tipping_point({7: 8}, 10, {5: 10}, 10).first_only, 6)
    10.0
    """
    a, b = _answers(counts_a, assigned_a), _answers(counts_b, assigned_b)
    if (reason := _incomparable(a, b)) is not None:
        return reason
    gap = a.mean - b.mean

    def shift(weight: Fraction, otherwise: str) -> float | NotEnough:
        return float(gap / weight) if weight else NotEnough(otherwise)

    return TippingPoint(
        first_only=shift(1 - a.share, "everybody in the first arm answered"),
        second_only=shift(b.share - 1, "everybody in the second arm answered"),
        both=shift(b.share - a.share, "the arms answered equally often"),
    )


def attrition_test(
    answered_a: int, assigned_a: int, answered_b: int, assigned_b: int
) -> TestResult | NotEnough:
    """Whether the arms differ in who answers at all: the chi-square test of answered against assigned.

    >>> round(attrition_test(50, 55, 42, 54).p_value, 4)
    0.0589
    """
    return chi2(answered_a, assigned_a, answered_b, assigned_b)


def _answers(counts: Answers, assigned: int) -> _Arm:
    values = {exact(value): count for value, count in check_values(counts).items()}
    n, units = sum(values.values()), whole(assigned, "assigned")
    if n > units:
        raise UsageError(
            f"{n} answers of {units} assigned: answers cannot outnumber units. "
            "Give the units assigned to the arm, answered or not."
        )
    return _Arm(values, n, units)


def _incomparable(a: _Arm, b: _Arm) -> NotEnough | None:
    if not a.assigned or not b.assigned:
        return empty_arm(a.assigned)
    if not a.n or not b.n:
        return NotEnough(f"the {'second' if a.n else 'first'} arm has no answers")
    return None


def _filled(arm: _Arm, silent_value: Fraction) -> Fraction:
    """The arm's mean over all assigned if every silent unit had this value."""
    seen = arm.mean * arm.n if arm.n else Fraction(0)
    return (seen + silent_value * (arm.assigned - arm.n)) / arm.assigned


def _kept(arm: _Arm, keep: Fraction, *, top: bool) -> tuple[Fraction, Fraction]:
    """The mean after cutting the top (or the bottom) of the answers, and the value at the cut."""
    left = keep * arm.n
    total, cut = Fraction(0), Fraction(0)
    for value in map(Fraction, sorted(arm.values, reverse=not top)):
        weight = min(left, Fraction(arm.values[value]))
        total, left, cut = total + weight * value, left - weight, value
        if not left:
            break
    return total / (keep * arm.n), cut


def _trimmed_mean(arm: _Arm, keep: Fraction, *, top: bool) -> Fraction:
    return _kept(arm, keep, top=top)[0]


def _errors(more: _Arm, less: _Arm, keep: Fraction) -> tuple[float, float]:
    """The standard errors of the lower and of the upper bound."""
    return _error(more, less, keep, top=True), _error(more, less, keep, top=False)


def _error(more: _Arm, less: _Arm, keep: Fraction, *, top: bool) -> float:
    """The standard error of a bound.

    A trimmed mean is q + E[min(Y - q, 0)] / keep at the cut value q (max for the other side), so its
    influence follows min(Y, q); the uncertain share kept adds ((q - mean) / keep)² Var(keep), as in Lee
    2009, proposition 3, which this equals where no values are tied.
    """
    mean, cut = _kept(more, keep, top=top)
    side = min if top else max
    clipped = {value: side(value, cut) for value in more.values}
    squares = _squares((clipped[value], count) for value, count in more.values.items())
    trimmed = float(squares / (more.n * max(1, more.n - 1))) / float(keep) ** 2
    shares = float((1 - more.share) / more.n + (1 - less.share) / less.n)
    other = float(_squares(less.values.items()) / (less.n * max(1, less.n - 1)))
    return sqrt(trimmed + float(cut - mean) ** 2 * shares + other)


def _squares(counted: Iterable[tuple[int | Fraction, int]]) -> Fraction:
    """The squared distances from the mean, without rounding."""
    answers = list(counted)
    n, total = sum(count for _, count in answers), sum(value * count for value, count in answers)
    return Fraction(sum(value * value * count for value, count in answers)) - Fraction(total * total) / n


def _region(
    low: float, high: float, errors: tuple[float, float], a: _Arm, b: _Arm, confidence: float
) -> Interval | NotEnough:
    """The Imbens–Manski region for the effect, with Stoye's safeguard where the bounds nearly meet."""
    for arm, which in ((a, "first"), (b, "second")):
        if arm.n < 2:
            return NotEnough(f"the {which} arm has {arm.n} answer; 2 needed for the region")
    widest = max(errors)
    if not widest:
        return NotEnough("all answers are alike within each arm, so the region has no width to estimate")
    # Below this width the data cannot tell the bounds apart, and one-sided quantiles would cover too rarely.
    apart = high - low > widest * sqrt(log(a.assigned + b.assigned))
    quantile = region_quantile(high - low if apart else 0.0, widest, confidence)
    return Interval(low - quantile * errors[0], high + quantile * errors[1], "Imbens-Manski", confidence)
