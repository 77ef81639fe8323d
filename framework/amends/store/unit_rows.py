"""One experiment's matured units as columns, for analyses that need more than counts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, func, select

from amends.store.tables import Assignment, Cluster, Delivery, Incident, Outcome, Rating, Response, table

ASSIGNMENT = table(Assignment)
CLUSTER = table(Cluster)
DELIVERY = table(Delivery)
INCIDENT = table(Incident)
RESPONSE = table(Response)
RATING = table(Rating)
OUTCOME = table(Outcome)

PLAIN = (
    "unit", "arm", "cluster", "stratum", "position", "day", "assigned_at", "timezone", "channel", "locale",
    "delay_band", "sender", "delay_seconds",
)  # fmt: skip
DELIVERIES = ("sent", "delivered", "failed")

Columns = dict[str, list[Any]]


def unit_columns(
    connection: Connection,
    key: str,
    *,
    matured_before: date | None,
    answers: Collection[str] = (),
) -> Columns:
    """Columns of equal length, a place a unit, in the order of assignment; see `amends.analysis.units`.

    Args:
        connection: Within a transaction.
        key: The experiment's key.
        matured_before: The first day that has not matured; None where every day counts.
        answers: Names of choices to read beside the ratings; other answers stay where they are.
    """
    mine = [ASSIGNMENT.c.experiment == key, ASSIGNMENT.c.test.is_(False)]
    if matured_before is not None:
        mine.append(matured_before > ASSIGNMENT.c.day)
    # All that a unit has one of comes in one row: a statement for each would take as long again every time.
    rows = connection.execute(
        select(
            ASSIGNMENT.c.number,
            *(ASSIGNMENT.c[name] for name in PLAIN),
            *(_received(status) for status in DELIVERIES),
            RESPONSE.c.assignment.is_not(None),
            RESPONSE.c.finished_at.is_not(None),
            RESPONSE.c.late,
            ASSIGNMENT.c.covariates,
            ASSIGNMENT.c.strata,
            *([RESPONSE.c.answers] if answers else []),
        )
        .select_from(ASSIGNMENT.outerjoin(RESPONSE, RESPONSE.c.assignment == ASSIGNMENT.c.number))
        .where(*mine)
        .order_by(ASSIGNMENT.c.assigned_at, ASSIGNMENT.c.number)
    ).all()
    width = 1 + len(PLAIN) + len(DELIVERIES) + 3
    columns = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(width)]
    found: Columns = dict(zip(PLAIN, columns[1:], strict=False))
    for name, column in zip(DELIVERIES, columns[1 + len(PLAIN) :], strict=False):
        found[name] = list(map(bool, column))
    started, finished, late = columns[width - 3 : width]
    found["started"] = list(map(bool, started))
    found["completed"] = [bool(done and not after) for done, after in zip(finished, late, strict=True)]
    found["late"] = [bool(done and after) for done, after in zip(finished, late, strict=True)]
    place = {number: index for index, number in enumerate(columns[0])}
    _known_before(found, dict(zip(("covariate", "strata"), columns[width:], strict=False)))
    _incidents(connection, mine, place, found)
    if answers and rows:
        _answers(found, columns[-1], answers)
    _positions_of_clusters(connection, key, found)
    _said(connection, place, found)
    _ratings(connection, mine, place, found)
    _outcomes(connection, mine, place, found)
    return found


def _received(status: str) -> Any:
    recorded = select(DELIVERY.c.assignment).where(
        DELIVERY.c.assignment == ASSIGNMENT.c.number, DELIVERY.c.status == status
    )
    return recorded.correlate(ASSIGNMENT).exists()


def _known_before(found: Columns, documents: Mapping[str, list[Any]]) -> None:
    for kind, column in documents.items():
        for index, given in enumerate(column):
            for name, value in (given or {}).items():
                _column(found, f"{kind}.{name}", len(column))[index] = value


def _answers(found: Columns, documents: list[Any], answers: Collection[str]) -> None:
    """Choices of those who completed."""
    for index, given in enumerate(documents):
        for name in answers if given and found["completed"][index] else ():
            value = given.get(name)
            if value is not None:
                _column(found, f"item.{name}", len(documents))[index] = value


def _column(found: Columns, name: str, length: int, empty: Any = None) -> list[Any]:
    # Made only where it is missing: this is asked for every answer of every unit.
    if name not in found:
        found[name] = [empty] * length
    return found[name]


def _positions_of_clusters(connection: Connection, key: str, found: Columns) -> None:
    """The envelope of a clustered unit was its cluster's, so it is kept there."""
    if not any(found["cluster"]):
        return
    statement = select(CLUSTER.c.cluster, CLUSTER.c.position).where(
        CLUSTER.c.experiment == key, CLUSTER.c.test.is_(False)
    )
    drawn: dict[str, int | None] = dict(connection.execute(statement).all())
    found["position"] = [drawn.get(cluster) for cluster in found["cluster"]]


def _said(connection: Connection, place: dict[int, int], found: Columns) -> None:
    """The sentence that was said last."""
    heard = _column(found, "said", len(place))
    # Few deliveries are spoken ones: joining every delivery to its unit first would take ten times as long.
    spoken = (
        select(DELIVERY.c.assignment, DELIVERY.c.said)
        .where(DELIVERY.c.said.is_not(None), DELIVERY.c.said != "")
        .order_by(DELIVERY.c.at, DELIVERY.c.number)
    )
    for number, said in connection.execute(spoken):
        if number in place:
            heard[place[number]] = said


def _incidents(connection: Connection, mine: list[Any], place: dict[int, int], found: Columns) -> None:
    incidents = _column(found, "incidents", len(place), 0)
    counted = (
        select(INCIDENT.c.assignment, func.count())
        .join_from(INCIDENT, ASSIGNMENT)
        .where(*mine)
        .group_by(INCIDENT.c.assignment)
    )
    for number, n in connection.execute(counted):
        incidents[place[number]] = n


def _ratings(connection: Connection, mine: list[Any], place: dict[int, int], found: Columns) -> None:
    statement = select(RATING.c.assignment, RATING.c.item, RATING.c.value)
    joined = statement.join_from(RATING, ASSIGNMENT, ASSIGNMENT.c.number == RATING.c.assignment)
    completed, late = found["completed"], found["late"]
    for number, item, value in connection.execute(joined.where(*mine)).all():
        index = place[number]
        if completed[index] or late[index]:
            _column(found, f"{'item' if completed[index] else 'late'}.{item}", len(place))[index] = value


def _outcomes(connection: Connection, mine: list[Any], place: dict[int, int], found: Columns) -> None:
    happened = (
        select(OUTCOME.c.assignment, OUTCOME.c.metric, OUTCOME.c.value)
        .join_from(OUTCOME, ASSIGNMENT)
        .where(*mine, OUTCOME.c.late.is_(False))
    )
    for number, metric, value in connection.execute(happened).all():
        _column(found, f"outcome.{metric}", len(place))[place[number]] = value
