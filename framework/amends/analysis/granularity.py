"""Whether a published percentage, mean or standard deviation can arise from its number of answers at all.

Answers are whole numbers, so n of them give only certain means, and their spread only certain standard
deviations. A figure that none of them rounds to was mistyped, is of another n, or was averaged over several
items. It says nothing about intent. Rounding is half up, as in `possible_counts`.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from itertools import islice
from math import ceil, floor, isqrt

from amends.analysis.counts import whole
from amends.analysis.figure_check import FigureCheck
from amends.analysis.whole_answers import attainable, square_limits
from amends.errors import UsageError

LARGEST_N = 10_000_000
"""Above this every percentage can arise at any number of decimals that is printed."""

LARGEST_FOR_SD = 2_000
"""Answers up to which standard deviations are searched; beyond, nearly every one can arise."""

WIDEST_SCALE = 20
"""Steps of a scale up to which the sums of squares are searched."""

MOST_DECIMALS, MOST_SOURCES = 6, 20


def check_percentage(shown: str | float | Decimal, n: int) -> FigureCheck:
    """Whether a count of `n` rounds to this percentage.

    Args:
        shown: As published; its decimals count (`"91.10"` is more exact than 91.1).
        n: Units in all.

    >>> check_percentage("91.1", 56).sources, check_percentage("91.1", 50).nearest
    ((51,), ('90.0', '92.0'))
    """
    value, n = _figure(shown, "percentage"), _answers(n)
    if not 0 <= value <= 100:
        raise UsageError(f"percentage {shown!r}: it lies between 0 and 100. Write it as published: 91.1.")
    return _of_sums(value, Fraction(100, n), n, (0, n), name="percentage", scale=None)


def check_mean(
    shown: str | float | Decimal, n: int, *, scale: tuple[int, int] | None = None, items: int = 1
) -> FigureCheck:
    """Whether `n` whole answers can have this mean (the GRIM test).

    Args:
        shown: As published, with its decimals.
        n: Answers.
        scale: Lowest and highest answer, where there is a scale.
        items: Items that each respondent's answer was averaged over.

    Source: Brown & Heathers 2017.

    >>> check_mean("5.19", 28).possible, check_mean("5.19", 28).nearest
    (False, ('5.18', '5.21'))
    """
    value, n = _figure(shown, "mean"), _answers(n)
    if not whole(items, "items"):
        raise UsageError("0 items: a mean is of one item or more. Leave items out for a single question.")
    answers = n * items
    limits = (-(10**12), 10**12)
    if scale is not None:
        low, high = _scale(scale)
        limits = low * answers, high * answers
    return _of_sums(value, Fraction(1, answers), n, limits, name="mean", scale=scale)


def check_standard_deviation(
    shown: str | float | Decimal, mean: str | float | Decimal, n: int, *, scale: tuple[int, int]
) -> FigureCheck:
    """Whether `n` whole answers on a scale can have this standard deviation beside this mean.

    Every sum of answers that rounds to the mean is tried with every sum of squares that some set of answers
    really has (the GRIMMER test without its approximations). The spread divides by n - 1.

    Args:
        shown: The standard deviation as published.
        mean: The mean as published.
        n: Answers, from 2 to 2,000.
        scale: Lowest and highest answer, whole numbers.

    Source: Anaya 2016; Allard 2018.

    Returns:
        Also not possible where the mean itself is not; then nothing is near.

    >>> check_standard_deviation("0.5", "3.5", 4, scale=(1, 7)).nearest
    ('0.6',)
    """
    value, n, scale = _figure(shown, "standard deviation"), _answers(n), _scale(scale)
    if value < 0:
        raise UsageError(f"standard deviation {shown!r}: it is 0 or more. Write it as published: 0.9.")
    if not 2 <= n <= LARGEST_FOR_SD:
        raise UsageError(
            f"n {n}: a standard deviation is checked for 2 to {LARGEST_FOR_SD} answers; check the mean alone."
        )
    totals = _sums_that_round(_figure(mean, "mean"), Fraction(1, n), (scale[0] * n, scale[1] * n))
    fitting = (square for total in totals for square in _squares(value, n, total, scale))
    found = sorted(set(islice(fitting, MOST_SOURCES)))
    near = [] if found else _nearest_deviations(value, n, totals, scale)
    return FigureCheck(
        name="standard deviation",
        shown=str(value),
        n=n,
        possible=bool(found),
        sources=tuple(found),
        nearest=(str(value),) if found else tuple(near),
        scale=scale,
    )


def rounded(value: Fraction, decimals: int) -> Decimal:
    """A number of at least 0 rounded half up; below 0 the half goes away from 0, as by hand.

    >>> rounded(Fraction(1, 8), 2), rounded(Fraction(-1, 8), 2)
    (Decimal('0.13'), Decimal('-0.13'))
    """
    scaled = floor(abs(value) * 10**decimals + Fraction(1, 2))
    return Decimal(scaled if value >= 0 else -scaled).scaleb(-decimals)


def _of_sums(
    value: Decimal,
    step: Fraction,
    n: int,
    limits: tuple[int, int],
    *,
    name: str,
    scale: tuple[int, int] | None,
) -> FigureCheck:
    """The check of a figure that is a whole number times `step`."""
    sums = list(_sums_that_round(value, step, limits))
    if sums:
        return FigureCheck(name, str(value), n, True, tuple(sums[:MOST_SOURCES]), (str(value),), scale)
    decimals, place = _decimals(value), floor(Fraction(value) / step)
    near = {min(max(candidate, limits[0]), limits[1]) for candidate in (place, place + 1)}
    shown = tuple(str(rounded(candidate * step, decimals)) for candidate in sorted(near))
    return FigureCheck(name, str(value), n, False, (), tuple(dict.fromkeys(shown)), scale)


def _sums_that_round(value: Decimal, step: Fraction, limits: tuple[int, int]) -> range:
    """The whole numbers whose product with `step` rounds to the value; a run of neighbours."""
    decimals = _decimals(value)
    half = Fraction(1, 2 * 10**decimals)
    low, high = ceil((Fraction(value) - half) / step), floor((Fraction(value) + half) / step)
    inside = [
        candidate
        for candidate in (low, low + 1, high - 1, high)
        if limits[0] <= candidate <= limits[1] and rounded(candidate * step, decimals) == value
    ]
    if low < limits[0] <= high and rounded(limits[0] * step, decimals) == value:
        inside.append(limits[0])
    if low <= limits[1] < high and rounded(limits[1] * step, decimals) == value:
        inside.append(limits[1])
    return range(min(inside), max(inside) + 1) if inside else range(0)


def _squares(value: Decimal, n: int, total: int, scale: tuple[int, int]) -> Iterator[int]:
    """Sums of squares that some answers with this total have, and whose spread rounds to the value."""
    decimals = _decimals(value)
    half = Fraction(1, 2 * 10**decimals)
    least, most = square_limits(n, total, scale)
    below = max(Fraction(0), Fraction(value) - half)
    low = max(least, ceil(below**2 * (n - 1) + Fraction(total**2, n)))
    high = min(most, floor((Fraction(value) + half) ** 2 * (n - 1) + Fraction(total**2, n)))
    for square in range(low, high + 1):
        if (square - total) % 2 or _deviation(n, total, square, decimals) != value:
            continue
        if attainable(n, total, square, scale):
            yield square


def _nearest_deviations(value: Decimal, n: int, totals: range, scale: tuple[int, int]) -> list[str]:
    """The next standard deviations below and above that can arise with one of the totals."""
    found: dict[int, Decimal] = {}
    for total in totals:
        least, most = square_limits(n, total, scale)
        seen = Fraction(value) ** 2 * (n - 1) + Fraction(total**2, n)
        for way, start, end in ((-1, min(floor(seen), most), least), (1, max(ceil(seen), least), most)):
            for square in range(start, end + way, way):
                if (square - total) % 2 == 0 and attainable(n, total, square, scale):
                    shown = _deviation(n, total, square, _decimals(value))
                    known = found.get(way)
                    found[way] = shown if known is None else (max if way < 0 else min)(known, shown)
                    break
    return [str(found[way]) for way in (-1, 1) if way in found]


def _deviation(n: int, total: int, square: int, decimals: int) -> Decimal:
    """The standard deviation, rounded half up without a square root's error."""
    variance = Fraction(square * n - total**2, n * (n - 1))
    # floor(10^d sqrt(v) + 1/2) = floor((floor(2 · 10^d sqrt(v)) + 1) / 2)
    doubled = isqrt(floor(variance * 4 * 10 ** (2 * decimals)))
    return Decimal((doubled + 1) // 2).scaleb(-decimals)


def _figure(shown: str | float | Decimal, what: str) -> Decimal:
    """The figure with the decimals it was written with; a comma may stand for the point."""
    try:
        value = Decimal(str(shown).strip().removesuffix("%").strip().replace(",", "."))
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        raise UsageError(f"{what} {shown!r}: it is a number. Write it as published, for instance 5.9.")
    if _decimals(value) > MOST_DECIMALS or abs(value) > 10**9:
        raise UsageError(f"{what} {shown!r}: up to {MOST_DECIMALS} decimals and a billion are checked.")
    return value.quantize(Decimal(1).scaleb(-_decimals(value)))


def _decimals(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return max(0, -exponent if isinstance(exponent, int) else 0)


def _answers(n: int) -> int:
    if not 1 <= whole(n, "answers") <= LARGEST_N:
        raise UsageError(f"n {n}: from 1 to {LARGEST_N} answers. Give the number behind the figure.")
    return n


def _scale(scale: tuple[int, int]) -> tuple[int, int]:
    low, high = scale
    if not (isinstance(low, int) and isinstance(high, int) and low < high):
        raise UsageError(
            f"scale {low!r} to {high!r}: two whole numbers, the lower first. Give for instance 1 7."
        )
    if high - low > WIDEST_SCALE:
        raise UsageError(f"scale {low} to {high}: a scale of up to {WIDEST_SCALE} steps is checked.")
    return low, high
