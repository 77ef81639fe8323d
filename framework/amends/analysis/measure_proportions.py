"""Two arms' rates into a contrast: the default test, its interval, the customary tests beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import isinf, sqrt
from typing import Any

from amends.analysis.bounds import Answered, bounds_of
from amends.analysis.contrasts import Contrast, disagreement
from amends.analysis.formatting import Figure
from amends.analysis.later import Later, LaterMapping, later
from amends.analysis.refusals import refuse
from amends.analysis.result import BEING_COMPUTED, Estimate, Interval, NotEnough, TestResult

CUSTOMARY = ("z_pooled", "chi2", "chi2_yates", "fisher", "boschloo")


@dataclass(frozen=True, slots=True)
class Counts:
    """Events among units of one arm.

    Attributes:
        arm: The arm's name.
        events: Units with the event.
        units: Units that count.
        assigned: Where only those who answered count, all matured units of the arm, answered or not.
    """

    arm: str
    events: int
    units: int
    assigned: int | None = None

    @property
    def rate(self) -> Figure:
        if self.units == 0:
            none = f"{self.arm} has no units yet"
            return NotEnough(none if self.assigned is None else f"{self.arm} has no answers yet")
        return self.events / self.units


def contrast_of_proportions(
    metric: str,
    first: Counts,
    second: Counts,
    *,
    confidence: float = 0.95,
    role: str = "primary",
    search: bool = True,
) -> Contrast:
    """The contrast of two rates, unadjusted and without a verdict yet.

    The customary tests and the effect sizes, which decide nothing, are worked out when they are read.

    Args:
        metric: The metric's name.
        first: The arm declared first.
        second: The arm it is compared with.
        confidence: Of the interval.
        role: The metric's role.
        search: False where an exact test whose search has not been made yet is to be filled in after.

    >>> found = contrast_of_proportions("completed", Counts("thank_you", 51, 56), Counts("sorry", 40, 51))
    >>> found.test, round(found.effect, 4), round(found.tests["z_pooled"]["p_value"], 4)
    ('Boschloo exact', 0.1264, 0.0671)
    """
    from amends.analysis import proportions

    table = (first.events, first.units, second.events, second.units)
    test = proportions.default_test(*table, search=search)
    interval = limits(proportions.newcombe(*table, confidence=confidence))
    values = (first.rate, second.rate)
    p_value = figure(test, "p_value")
    sizes, intervals = effects_later(lambda: _effect_sizes(table))
    selected = first.assigned is not None or second.assigned is not None
    warning = disagreement(p_value, *interval) if confidence == 0.95 else None
    found = Contrast(
        metric=metric,
        arm=first.arm,
        versus=second.arm,
        n=(first.units, second.units),
        effect=difference(*values),
        low=interval[0],
        high=interval[1],
        confidence=confidence,
        interval="Newcombe",
        test=test.name if isinstance(test, TestResult) else _name_without(test),
        statistic=figure(test, "statistic"),
        df=figure(test, "df"),
        p_value=p_value,
        p_adjusted=p_value,
        tests=later(lambda: _customary(table)),
        effect_sizes=sizes,
        effect_intervals=intervals,
        kind="proportion",
        role=role,
        values=values,
        counts=((first.events, first.units), (second.events, second.units)),
        bounds=bounds_of(*(_answers(item) for item in (first, second))) if selected else None,
        standard_error=_standard_error(*table),
        warnings=(warning,) if warning else (),
    )
    empty = _empty(first, second)
    return found if empty is None else replace(refuse(found, empty.reason), effect=empty)


def _empty(first: Counts, second: Counts) -> NotEnough | None:
    """Whose figures are missing: where only answers count, it is not units that are."""
    missing = [item.rate for item in (first, second) if isinstance(item.rate, NotEnough)]
    if len(missing) == 2 and first.assigned and second.assigned:
        return NotEnough("nobody has answered yet")
    return missing[0] if missing else None


def _name_without(missing: NotEnough) -> str:
    return "Boschloo exact" if missing is BEING_COMPUTED else "pooled z"


def _customary(table: tuple[int, int, int, int]) -> dict[str, Mapping[str, Figure]]:
    from amends.analysis.proportions import customary_tests

    found = customary_tests(*table)
    return {name: figures_of_test(found[name]) for name in CUSTOMARY}


Effects = tuple[dict[str, Figure], dict[str, dict[str, Any]]]
"""Effect sizes by name, and the interval of each."""


def effects_later(
    make: Callable[[], Effects],
) -> tuple[LaterMapping[Figure], LaterMapping[Mapping[str, Any]]]:
    """Effect sizes and their intervals, both worked out when either is read."""
    made = Later(make)
    return later(lambda: made.value[0]), later(lambda: made.value[1])


def _answers(counts: Counts) -> Answered:
    ratings = {0: counts.units - counts.events, 1: counts.events}
    return Answered(counts.arm, ratings, counts.assigned, (0, 1))


def _standard_error(x1: int, n1: int, x2: int, n2: int) -> Figure:
    """Of the difference, unpooled; it belongs to no test here, but later analyses pool by it."""
    if not n1 or not n2:
        return NotEnough("an arm has no units yet")
    variance = x1 * (n1 - x1) / n1**3 + x2 * (n2 - x2) / n2**3
    return sqrt(variance) if variance else NotEnough("all units of either arm are alike, so nothing varies")


def _effect_sizes(table: tuple[int, int, int, int]) -> Effects:
    from amends.analysis import ratios

    values, intervals = estimates(
        {
            "cohens_h": ratios.cohens_h(*table),
            "risk_ratio": ratios.risk_ratio(*table),
            "odds_ratio": ratios.odds_ratio(*table),
        }
    )
    needed = ratios.nnt(*table)
    if isinstance(needed, NotEnough):
        return {**values, "nnt": needed}, {**intervals, "nnt": {"low": needed, "high": needed}}
    values["nnt"] = NotEnough("the rates are equal") if isinf(needed.value) else needed.value
    intervals["nnt"] = {"low": needed.low, "high": needed.high, "two_regions": needed.two_regions}
    return values, intervals


def estimates(
    found: Mapping[str, Estimate | NotEnough],
) -> tuple[dict[str, Figure], dict[str, dict[str, Any]]]:
    """Splits estimates into their values and their intervals, by name."""
    values: dict[str, Figure] = {}
    intervals: dict[str, dict[str, Any]] = {}
    for name, estimate in found.items():
        if isinstance(estimate, NotEnough):
            values[name] = estimate
            intervals[name] = {"low": estimate, "high": estimate, "method": None}
        else:
            values[name] = estimate.value
            low, high = limits(estimate.interval)
            method = estimate.interval.method if isinstance(estimate.interval, Interval) else None
            intervals[name] = {"low": low, "high": high, "method": method}
    return values, intervals


def limits(interval: Interval | NotEnough) -> tuple[Figure, Figure]:
    """Both limits, or the reason twice."""
    if isinstance(interval, NotEnough):
        return interval, interval
    return interval.low, interval.high


def figure(result: TestResult | NotEnough, name: str) -> Figure:
    """One figure of a test, or the reason in its place; None where the test has no such figure."""
    if isinstance(result, NotEnough):
        return result
    value: Figure = getattr(result, name)
    return value


def figures_of_test(result: TestResult | NotEnough) -> dict[str, Figure]:
    """A customary test as the contract lists it: `statistic`, `df`, `p_value`."""
    return {name: figure(result, name) for name in ("statistic", "df", "p_value")}


def difference(first: Figure, second: Figure) -> Figure:
    """First minus second, or the first reason found.

    >>> difference(0.75, 0.5), difference(0.75, NotEnough("no units"))
    (0.25, NotEnough(reason='no units'))
    """
    for value in (first, second):
        if isinstance(value, NotEnough):
            return value
    assert isinstance(first, float | int)
    assert isinstance(second, float | int)
    return first - second
