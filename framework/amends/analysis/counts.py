"""Counts as they enter a calculation: checked once, at the door, with an error that says what is wrong."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from fractions import Fraction
from operator import index

from amends.analysis.result import NotEnough
from amends.errors import UsageError

Answers = Mapping[int, int] | Mapping[float, int]
"""How often each value was given: `{7: 40, 6: 12}`."""

ALTERNATIVES = ("two-sided", "greater", "less")


def whole(value: object, what: str) -> int:
    """`value` as an int of at least 0; anything else is refused, bool included.

    Raises:
        UsageError: The value is negative or not a whole number.

    >>> whole(56, "units")
    56
    """
    if isinstance(value, bool):
        raise UsageError(f"{value!r} {what}: a count is a whole number, not true or false. Give a number.")
    try:
        number = index(value)  # type: ignore[arg-type]
    except TypeError:
        raise UsageError(
            f"{value!r} {what}: a count is a whole number. Give how many units there were."
        ) from None
    if number < 0:
        raise UsageError(f"{number} {what}: a count is never negative. Give 0 or more.")
    return number


def check_count(x: object, n: object) -> tuple[int, int]:
    """A count of events and its total.

    Raises:
        UsageError: Negative, not whole, or more events than units.

    >>> check_count(51, 56)
    (51, 56)
    >>> check_count(60, 56)
    Traceback (most recent call last):
        ...
    amends.errors.UsageError: 60 of 56: the events cannot outnumber the units. Give the events first, then \
all units, for instance 51 of 56.
    """
    events, units = whole(x, "events"), whole(n, "units")
    if events > units:
        raise UsageError(
            f"{events} of {units}: the events cannot outnumber the units. "
            "Give the events first, then all units, for instance 51 of 56."
        )
    return events, units


def check_counts(x1: object, n1: object, x2: object, n2: object) -> tuple[int, int, int, int]:
    """Two counts with their totals, each as in `check_count`."""
    return (*check_count(x1, n1), *check_count(x2, n2))


def check_table(xs: Iterable[object], ns: Iterable[object]) -> tuple[list[int], list[int]]:
    """Events and units of several arms, each pair as in `check_count`, in the order given."""
    events, units = list(xs), list(ns)
    if len(events) != len(units):
        raise UsageError(
            f"{len(events)} counts of events for {len(units)} arms: one is needed per arm. "
            "Give both lists whole."
        )
    pairs = [check_count(x, n) for x, n in zip(events, units, strict=True)]
    return [x for x, _ in pairs], [n for _, n in pairs]


def check_share(value: float, what: str) -> float:
    """A number strictly between 0 and 1, such as a confidence or an alpha.

    Raises:
        UsageError: It lies elsewhere.
    """
    if not 0 < value < 1:
        raise UsageError(
            f"{what} {value!r}: it lies strictly between 0 and 1. Give for instance 0.95 or 0.05."
        )
    return float(value)


def check_choice(value: str, allowed: Iterable[str], what: str) -> str:
    """One of the words allowed.

    Raises:
        UsageError: Another word; those allowed are listed.
    """
    choices = tuple(allowed)
    if value not in choices:
        raise UsageError(f"{what} {value!r} is not known. Choose one of: {', '.join(choices)}.")
    return value


def check_values(counts: Answers) -> dict[float, int]:
    """How often each value was given, in rising order, values that nobody gave left out.

    Raises:
        UsageError: A value is not a finite number, or a count is negative or not whole.

    >>> check_values({7: 3, 1: 0, 5: 2})
    {5: 2, 7: 3}
    """
    given: dict[float, int] = dict(counts.items())
    for value in given:
        if isinstance(value, str) or not math.isfinite(value):
            raise UsageError(f"value {value!r}: an answer is a finite number. Leave unanswered ones out.")
    checked = {value: whole(given[value], f"answers of {value}") for value in sorted(given)}
    return {value: count for value, count in checked.items() if count}


def exact(value: float) -> int | Fraction:
    """The value without rounding: whole numbers, which cost least, where it is one.

    >>> exact(7.0), exact(0.5)
    (7, Fraction(1, 2))
    """
    return int(value) if value == int(value) else Fraction(value)


def empty_arm(n1: int) -> NotEnough:
    """Which of two arms has no units: the first if it is empty, else the second."""
    return NotEnough(f"the {'second' if n1 else 'first'} arm has no units")


def untestable(x1: int, n1: int, x2: int, n2: int) -> NotEnough | None:
    """Why no test can be made of these (checked) counts; None where one can.

    >>> untestable(0, 50, 0, 50).reason
    'nobody of 50 and 50 had the event, so no difference can be tested'
    """
    if not n1 or not n2:
        return empty_arm(n1)
    if x1 + x2 == 0:
        return NotEnough(f"nobody of {n1} and {n2} had the event, so no difference can be tested")
    if x1 + x2 == n1 + n2:
        return NotEnough(f"everybody of {n1} and {n2} had the event, so no difference can be tested")
    return None
