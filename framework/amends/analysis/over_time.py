"""The effect as it grew day by day, with the interval that may be looked at on every one of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from amends.analysis.formatting import Figure
from amends.analysis.result import Interval, NotEnough
from amends.analysis.sequential import always_valid_proportions


@dataclass(frozen=True, slots=True)
class DayOfEffect:
    """A difference of shares from all units assigned up to a day.

    Attributes:
        day: The UTC day on which the last of them were assigned.
        arm: The arm declared first.
        versus: The arm it is compared with.
        n: Units of both arms.
        effect: Share of `arm` minus share of `versus`.
        low: Lower end of the always-valid interval.
        high: Its upper end.
    """

    day: date
    arm: str
    versus: str
    n: int
    effect: Figure
    low: Figure
    high: Figure


def effect_by_day(
    counts: Iterable[tuple[date, str, int, int]],
    pairs: Sequence[tuple[str, str]],
    *,
    level: float,
    planned: Mapping[str, int],
) -> tuple[DayOfEffect, ...]:
    """The effect after each day, by pair; answers count for the day on which their unit was assigned.

    Args:
        counts: UTC day, arm, units and those with the event; in order of days.
        pairs: What is compared.
        level: Of one pair's always-valid interval.
        planned: Planned units of each arm, which tune the interval.

    Source: as `sequential.always_valid_proportions`; the last day's interval is that of the report.

    >>> day = date(2026, 3, 2)
    >>> found = effect_by_day(
    ...     [(day, "sorry", 51, 40), (day, "thank_you", 56, 51)], [("thank_you", "sorry")],
    ...     level=0.05, planned={"sorry": 134, "thank_you": 134})
    >>> [(round(one.effect, 3), round(one.low, 2), round(one.high, 2)) for one in found]
    [(0.126, -0.09, 0.34)]
    """
    units: Counter[str] = Counter()
    events: Counter[str] = Counter()
    found = []
    for day, rows in groupby(counts, key=lambda row: row[0]):
        for _, arm, n, x in rows:
            units[arm] += n
            events[arm] += x
        for arm, versus in pairs:
            x1, n1, x2, n2 = events[arm], units[arm], events[versus], units[versus]
            if not n1 or not n2:
                continue
            interval = always_valid_proportions(
                x1, n1, x2, n2, alpha=level, planned_n=planned[arm] + planned[versus]
            )
            low, high = _ends(interval)
            found.append(DayOfEffect(day, arm, versus, n1 + n2, x1 / n1 - x2 / n2, low, high))
    return tuple(found)


def _ends(interval: Interval | NotEnough) -> tuple[Figure, Figure]:
    return (interval, interval) if isinstance(interval, NotEnough) else (interval.low, interval.high)
