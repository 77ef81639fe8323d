"""The planned sample itself: exactly the first units of each arm, from the rows and not from the tally."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, and_, func, select

from amends.store.reading import RatingCounts, Sums, metric_figures, ratings_of, sums_of
from amends.store.statements import chunks
from amends.store.tables import Assignment, Delivery, Outcome, Rating, Response, TallyCell, table
from amends.store.tallying import COUNTS, is_rating
from amends.store.values import MetricSpec
from amends.tally import ArmTally, Moments, Tally, merge

ASSIGNMENT = table(Assignment)
DELIVERY = table(Delivery)
RESPONSE = table(Response)
RATING = table(Rating)
OUTCOME = table(Outcome)
TALLY = table(TallyCell)


def first_units(
    connection: Connection,
    key: str,
    *,
    per_arm: Mapping[str, int],
    metrics: Sequence[MetricSpec],
    matured_before: date | None,
    as_of: datetime,
) -> Tally:
    """Counts over the first `per_arm[arm]` matured units of each arm, in the order of assignment.

    Test units do not count. Clusters are taken whole, in the order in which they were opened, until
    the number is reached; so a clustered arm may have a few units more. Whole as they were on the day on
    which the last arm reached its number: who joins a cluster later changes no decision.
    """
    arms = []
    last = last_day(connection, key, per_arm, matured_before)
    for arm, n in per_arm.items():
        numbers, clusters = _first(connection, key, arm, n, matured_before, last=last)
        parts = [_count(connection, arm, some, metrics) for some in chunks(numbers)]
        counted = merge(parts or [_count(connection, arm, [], metrics)])[0]
        arms.append(replace(counted, clusters=clusters))
    return Tally(experiment=key, arms=tuple(arms), as_of=as_of)


def _in_order(key: str, arm: str, matured_before: date | None) -> Select[Any]:
    """The arm's matured units in the order of assignment: number, cluster, day."""
    statement = (
        select(ASSIGNMENT.c.number, ASSIGNMENT.c.cluster, ASSIGNMENT.c.day)
        .where(ASSIGNMENT.c.experiment == key, ASSIGNMENT.c.arm == arm, ASSIGNMENT.c.test.is_(False))
        .order_by(ASSIGNMENT.c.assigned_at, ASSIGNMENT.c.number)
    )
    return statement if matured_before is None else statement.where(matured_before > ASSIGNMENT.c.day)


def tally_until(connection: Connection, key: str, last: date) -> tuple[Any, ...]:
    """Everything that the tally holds of the days up to one, by arm: to be held against itself later."""
    columns = (func.sum(TALLY.c[name]) for name in COUNTS)
    statement = (
        select(TALLY.c.arm, *columns)
        .where(TALLY.c.experiment == key, last >= TALLY.c.day)
        .group_by(TALLY.c.arm)
        .order_by(TALLY.c.arm)
    )
    funnel = tuple((arm, *map(int, counts)) for arm, *counts in connection.execute(statement))
    after = last + timedelta(days=1)
    return (funnel, ratings_of(connection, key, after), sums_of(connection, key, after))


def last_day(
    connection: Connection, key: str, per_arm: Mapping[str, int], matured_before: date | None
) -> date | None:
    """The day on which the last arm reached its number; None where one has not."""
    days = []
    for arm, n in per_arm.items():
        found = connection.execute(_in_order(key, arm, matured_before).offset(n - 1).limit(1)).first()
        if found is None:
            return None
        days.append(found.day)
    return max(days, default=None)


def _first(
    connection: Connection, key: str, arm: str, n: int, matured_before: date | None, *, last: date | None
) -> tuple[list[int], int | None]:
    """Numbers of the first units, and of how many clusters they are (None: not clustered)."""
    statement = _in_order(key, arm, matured_before)
    clustered = connection.execute(statement.where(ASSIGNMENT.c.cluster.is_not(None)).limit(1)).first()
    if clustered is None:
        return list(connection.execute(statement.limit(n)).scalars()), None
    members: dict[str, list[int]] = {}
    if last is not None:
        statement = statement.where(last >= ASSIGNMENT.c.day)
    for number, cluster, _ in connection.execute(statement):
        members.setdefault(cluster, []).append(number)
    taken: list[int] = []
    whole = 0
    for numbers in members.values():
        if len(taken) >= n:
            break
        taken += numbers
        whole += 1
    return taken, whole


def _count(connection: Connection, arm: str, numbers: list[int], metrics: Sequence[MetricSpec]) -> ArmTally:
    deliveries = (
        select(DELIVERY.c.status, func.count(DELIVERY.c.assignment.distinct()))
        .where(DELIVERY.c.assignment.in_(numbers))
        .group_by(DELIVERY.c.status)
    )
    by_status: dict[str, int] = dict(connection.execute(deliveries).all())
    responses = (
        select(RESPONSE.c.finished_at.is_not(None), RESPONSE.c.late, func.count())
        .where(RESPONSE.c.assignment.in_(numbers))
        .group_by(RESPONSE.c.finished_at.is_not(None), RESPONSE.c.late)
    )
    funnel: dict[str, Any] = {"started": 0, "finished": 0, "late": 0, "completed": 0}
    for finished, late, n in connection.execute(responses):
        funnel["started"] += n
        if finished:
            funnel["finished"] += n
            funnel["late" if late else "completed"] += n
    figures: dict[str, Any] = metric_figures(
        arm, metrics, *_figures(connection, arm, numbers, {metric.name: metric.centre for metric in metrics})
    )
    sends: dict[str, Any] = {name: by_status.get(name, 0) for name in ("sent", "delivered", "failed")}
    return ArmTally(arm=arm, assigned=len(numbers), matured=len(numbers), **sends, **funnel, **figures)


def _figures(
    connection: Connection, arm: str, numbers: list[int], centres: Mapping[str, float]
) -> tuple[RatingCounts, Sums]:
    ratings: RatingCounts = {}
    sums: Sums = {}

    def add(metric: str, source: str, value: float, n: int) -> None:
        centre = centres.get(metric, 0.0)
        distance = value - centre
        moments, events = sums.get((arm, metric, source), (Moments(centre=centre), 0))
        more = Moments(n, n * distance, n * distance**2, centre)
        sums[arm, metric, source] = (moments + more, events + (n if value else 0))

    completed = and_(RESPONSE.c.finished_at.is_not(None), RESPONSE.c.late.is_(False))
    rated = (
        select(RATING.c.item, RATING.c.value, func.count())
        .join_from(RATING, RESPONSE)
        .where(RATING.c.assignment.in_(numbers), completed)
        .group_by(RATING.c.item, RATING.c.value)
    )
    for metric, value, n in connection.execute(rated):
        if is_rating(value):
            ratings.setdefault((arm, metric), {})[int(value)] = n
        else:
            add(metric, "survey", value, n)
    happened = (
        select(OUTCOME.c.metric, OUTCOME.c.value, func.count())
        .where(OUTCOME.c.assignment.in_(numbers), OUTCOME.c.late.is_(False))
        .group_by(OUTCOME.c.metric, OUTCOME.c.value)
    )
    for metric, value, n in connection.execute(happened):
        add(metric, "outcome", value, n)
    return ratings, sums
