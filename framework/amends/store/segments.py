"""Counts within segments: from the tally what it tells apart, the customer's own weekend from the rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import ColumnElement, Connection, Integer, and_, case, cast, extract, func, literal, select

from amends.store.reading import RatingCounts, Sums, centres, metric_figures
from amends.store.table_order import in_table_order
from amends.store.tables import (
    Assignment,
    Outcome,
    Rating,
    Response,
    TallyCell,
    TallyMoments,
    TallyRating,
    table,
)
from amends.store.tallying import is_rating
from amends.store.values import MetricSpec
from amends.tally import ArmTally, Moments, Tally, merge

ASSIGNMENT = table(Assignment)
RESPONSE = table(Response)
RATING = table(Rating)
OUTCOME = table(Outcome)
TALLY = table(TallyCell)
TALLY_RATING = table(TallyRating)
TALLY_MOMENTS = table(TallyMoments)

PARTS = ("channel", "locale", "delay_band", "stratum")
"""Parts of the tally's key that a segment may be."""

WEEKDAY, WEEKEND = "0", "1"

Segments = dict[str, Tally]
"""By level of the segment: its matured units per arm; `""` those of which it is not known."""


@dataclass(slots=True)
class _Counted:
    """What one level holds, by arm."""

    matured: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    completed: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    ratings: RatingCounts = field(default_factory=lambda: defaultdict(dict))
    sums: Sums = field(default_factory=dict)

    def tally(self, key: str, arms: Sequence[str], metrics: Sequence[MetricSpec]) -> Tally:
        return Tally(
            key,
            tuple(
                ArmTally(
                    arm,
                    assigned=self.matured[arm],
                    matured=self.matured[arm],
                    completed=self.completed[arm],
                    **metric_figures(arm, metrics, self.ratings, self.sums),
                )
                for arm in arms
            ),
        )


def segments(
    connection: Connection,
    key: str,
    *,
    parts: Collection[str],
    weekend: bool,
    arms: Sequence[str],
    metrics: Sequence[MetricSpec],
    matured_before: date | None,
) -> dict[str, Segments]:
    """Counts of matured units per segment, level and arm.

    Args:
        connection: Within a transaction.
        key: The experiment's key.
        parts: Which of `PARTS`.
        weekend: Whether to tell Saturday and Sunday from other days, where the customer is.
        arms: The arms, in their order.
        metrics: How the store keeps the metrics.
        matured_before: The first day that has not matured; None where every day counts.
    """
    found = {
        part: {
            level: counted.tally(key, arms, metrics)
            for level, counted in _within(connection, key, part, matured_before).items()
        }
        for part in parts
    }
    if weekend:
        found["weekend"] = _weekends(connection, key, arms, metrics, matured_before)
    return found


def _within(connection: Connection, key: str, part: str, matured_before: date | None) -> dict[str, _Counted]:
    level: Any = TALLY.c[part]
    mine = [TALLY.c.experiment == key]
    if matured_before is not None:
        mine.append(matured_before > TALLY.c.day)
    found: dict[str, _Counted] = defaultdict(_Counted)
    counted = select(level, TALLY.c.arm, func.sum(TALLY.c.assigned), func.sum(TALLY.c.completed))
    for value, arm, n, completed in connection.execute(
        counted.where(*mine).group_by(level, TALLY.c.arm).order_by(level)
    ):
        held = found[str(value)]
        held.matured[arm], held.completed[arm] = int(n), int(completed)
    columns = (level, TALLY.c.arm, TALLY_RATING.c.metric, TALLY_RATING.c.rating)
    rated = select(*columns, func.sum(TALLY_RATING.c.n)).join_from(TALLY, TALLY_RATING).where(*mine)
    for value, arm, metric, rating, n in connection.execute(rated.group_by(*columns)):
        found[str(value)].ratings[arm, metric][int(rating)] = int(n)
    columns = (level, TALLY.c.arm, TALLY_MOMENTS.c.metric, TALLY_MOMENTS.c.source)
    sums = [func.sum(TALLY_MOMENTS.c[name]) for name in ("n", "total", "squares", "events")]
    summed = select(*columns, *sums).join_from(TALLY, TALLY_MOMENTS).where(*mine).group_by(*columns)
    centre = centres(connection, key)
    for value, arm, metric, source, n, total, squares, events in connection.execute(summed):
        moments = Moments(int(n), float(total), float(squares), centre[metric])
        found[str(value)].sums[arm, metric, source] = (moments, int(events))
    return found


def _weekends(
    connection: Connection,
    key: str,
    arms: Sequence[str],
    metrics: Sequence[MetricSpec],
    matured_before: date | None,
) -> Segments:
    within = in_table_order(connection, key)
    if matured_before is not None:
        within.append(matured_before > ASSIGNMENT.c.day)
    zones = set(connection.execute(select(ASSIGNMENT.c.timezone).where(*within).distinct()).scalars())
    if zones <= {None, "UTC"}:
        # Nobody told another zone: the day is the tally's, and no row need be read.
        return _weekend_days(connection, key, arms, metrics, matured_before)
    ends = select(func.min(ASSIGNMENT.c.assigned_at), func.max(ASSIGNMENT.c.assigned_at)).where(*within)
    first, last = connection.execute(ends).one()
    weekend = _on_weekend({zone for zone in zones if zone}, first, last).label("weekend")
    centre = {metric.name: metric.centre for metric in metrics}
    found = _from_rows(connection, weekend, within, centre)
    return {level: counted.tally(key, arms, metrics) for level, counted in found.items()}


def _weekend_days(
    connection: Connection,
    key: str,
    arms: Sequence[str],
    metrics: Sequence[MetricSpec],
    matured_before: date | None,
) -> Segments:
    found: dict[str, list[ArmTally]] = defaultdict(list)
    for day, counted in _within(connection, key, "day", matured_before).items():
        level = WEEKEND if date.fromisoformat(day).weekday() >= 5 else WEEKDAY
        found[level] += counted.tally(key, arms, metrics).arms
    return {level: Tally(key, merge(tallies)) for level, tallies in sorted(found.items())}


def _from_rows(
    connection: Connection, level: ColumnElement[Any], mine: list[Any], centre: dict[str, float]
) -> dict[str, _Counted]:
    completed = and_(RESPONSE.c.finished_at.is_not(None), RESPONSE.c.late.is_(False))
    found: dict[str, _Counted] = defaultdict(_Counted)
    counted = (
        select(level, ASSIGNMENT.c.arm, func.count(), func.sum(case((completed, 1), else_=0)))
        .select_from(ASSIGNMENT.outerjoin(RESPONSE, RESPONSE.c.assignment == ASSIGNMENT.c.number))
        .where(*mine)
        .group_by(level, ASSIGNMENT.c.arm)
        .order_by(level)
    )
    for value, arm, n, done in connection.execute(counted):
        found[str(value)].matured[arm], found[str(value)].completed[arm] = int(n), int(done)
    rated = (
        select(level, ASSIGNMENT.c.arm, RATING.c.item, literal("survey"), RATING.c.value, func.count())
        .select_from(
            RATING.join(RESPONSE, RESPONSE.c.assignment == RATING.c.assignment).join(
                ASSIGNMENT, ASSIGNMENT.c.number == RATING.c.assignment
            )
        )
        .where(*mine, completed)
        .group_by(level, ASSIGNMENT.c.arm, RATING.c.item, RATING.c.value)
    )
    happened = (
        select(level, ASSIGNMENT.c.arm, OUTCOME.c.metric, literal("outcome"), OUTCOME.c.value, func.count())
        .select_from(OUTCOME.join(ASSIGNMENT, ASSIGNMENT.c.number == OUTCOME.c.assignment))
        .where(*mine, OUTCOME.c.late.is_(False))
        .group_by(level, ASSIGNMENT.c.arm, OUTCOME.c.metric, OUTCOME.c.value)
    )
    for statement in (rated, happened):
        for value, arm, metric, source, given, n in connection.execute(statement):
            _add(found[str(value)], (arm, metric, source), float(given), int(n), centre.get(metric, 0.0))
    return found


def _add(held: _Counted, place: tuple[str, str, str], value: float, n: int, centre: float) -> None:
    """Ratings are counted at their point, everything else is summed, as the tally keeps it."""
    arm, metric, source = place
    if source == "survey" and is_rating(value):
        held.ratings[arm, metric][int(value)] = n
        return
    distance = value - centre
    moments, events = held.sums.get(place, (Moments(centre=centre), 0))
    more = Moments(n, n * distance, n * distance**2, centre)
    held.sums[place] = (moments + more, events + (n if value else 0))


def _on_weekend(zones: Iterable[str], first: datetime, last: datetime) -> ColumnElement[Any]:
    """Whether it was Saturday or Sunday for the customer when the arm was drawn: `0` or `1`.

    The customer's day is UTC's, the one before or the one after, by the offset of the zone at that time.
    """
    offsets = [
        (and_(ASSIGNMENT.c.timezone == zone, ASSIGNMENT.c.assigned_at >= since), minutes)
        for zone in sorted(zones)
        for since, minutes in reversed(offsets_between(zone, first, last))
    ]
    at = ASSIGNMENT.c.assigned_at
    minute = cast(extract("hour", at), Integer) * 60 + cast(extract("minute", at), Integer)
    minute += case(*offsets, else_=0)
    shift = case((minute < 0, -1), (minute >= 24 * 60, 1), else_=0)
    sunday_is_zero = cast(extract("dow", ASSIGNMENT.c.day), Integer) + shift
    return case((sunday_is_zero.in_((-1, 0, 6, 7)), 1), else_=0)


def offsets_between(zone: str, first: datetime, last: datetime) -> list[tuple[datetime, int]]:
    """From when on a zone's clock is how many minutes ahead of UTC, between two moments.

    A zone that this machine does not know is taken as UTC.

    >>> summer = [datetime(2026, month, 1, tzinfo=UTC) for month in (3, 5)]
    >>> [(since.isoformat(), ahead) for since, ahead in offsets_between("Europe/Berlin", *summer)]
    [('2026-03-01T00:00:00+00:00', 60), ('2026-03-29T01:00:00+00:00', 120)]
    """
    try:
        clock = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        return [(first, 0)]

    def ahead(at: datetime) -> int:
        offset = at.astimezone(clock).utcoffset() or timedelta()
        return int(offset.total_seconds() // 60)

    found = [(first, ahead(first))]
    at = first
    while at < last:
        later = min(at + timedelta(days=1), last)
        if ahead(later) != ahead(at):
            found.append((_changed(at, later, ahead), ahead(later)))
        at = later
    return found


def _changed(low: datetime, high: datetime, ahead: Any) -> datetime:
    """The first full minute at which the offset is the later one."""
    low = low.astimezone(UTC)
    before = ahead(low)
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        low, high = (middle, high) if ahead(middle) == before else (low, middle)
    return high.replace(second=0, microsecond=0)
