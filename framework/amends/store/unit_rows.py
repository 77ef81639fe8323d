"""One experiment's matured units as columns, for analyses that need more than counts."""

from __future__ import annotations

from collections.abc import Collection
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
    "unit", "arm", "cluster", "stratum", "position", "day", "assigned_at", "channel", "locale",
    "delay_band", "sender", "delay_seconds",
)  # fmt: skip
DELIVERIES = ("sent", "delivered", "failed")

Columns = dict[str, list[Any]]


def unit_columns(
    connection: Connection, key: str, *, matured_before: date | None, answers: Collection[str] = ()
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
    rows = connection.execute(
        select(
            ASSIGNMENT.c.number,
            *(ASSIGNMENT.c[name] for name in PLAIN),
            ASSIGNMENT.c.covariates,
            ASSIGNMENT.c.strata,
        )
        .where(*mine)
        .order_by(ASSIGNMENT.c.assigned_at, ASSIGNMENT.c.number)
    ).all()
    found: Columns = {name: [row[place] for row in rows] for place, name in enumerate(PLAIN, start=1)}
    place = {row[0]: index for index, row in enumerate(rows)}
    for index, row in enumerate(rows):
        for kind, given in (("covariate", row[-2]), ("strata", row[-1])):
            for name, value in (given or {}).items():
                _column(found, f"{kind}.{name}", len(rows))[index] = value
    _positions_of_clusters(connection, key, found)
    _deliveries(connection, mine, place, found)
    _responses(connection, mine, place, found, answers)
    _numbers(connection, mine, place, found)
    return found


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


def _deliveries(connection: Connection, mine: list[Any], place: dict[int, int], found: Columns) -> None:
    columns = {name: _column(found, name, len(place), False) for name in DELIVERIES}
    heard = _column(found, "said", len(place))
    statement = (
        select(DELIVERY.c.assignment, DELIVERY.c.status, DELIVERY.c.said)
        .join_from(DELIVERY, ASSIGNMENT)
        .where(*mine)
        .order_by(DELIVERY.c.at, DELIVERY.c.number)
    )
    for number, status, said in connection.execute(statement):
        if status in columns:
            columns[status][place[number]] = True
        if said:
            heard[place[number]] = said
    incidents = _column(found, "incidents", len(place), 0)
    counted = (
        select(INCIDENT.c.assignment, func.count())
        .join_from(INCIDENT, ASSIGNMENT)
        .where(*mine)
        .group_by(INCIDENT.c.assignment)
    )
    for number, n in connection.execute(counted):
        incidents[place[number]] = n


def _responses(
    connection: Connection, mine: list[Any], place: dict[int, int], found: Columns, answers: Collection[str]
) -> None:
    started, completed, late = (
        _column(found, name, len(place), False) for name in ("started", "completed", "late")
    )
    columns = [RESPONSE.c.assignment, RESPONSE.c.finished_at.is_not(None), RESPONSE.c.late]
    statement = (
        select(*columns, *([RESPONSE.c.answers] if answers else []))
        .join_from(RESPONSE, ASSIGNMENT)
        .where(*mine)
    )
    for number, finished, was_late, *said in connection.execute(statement):
        index = place[number]
        started[index] = True
        completed[index] = bool(finished and not was_late)
        late[index] = bool(finished and was_late)
        for name in answers if completed[index] else ():
            value = ((said and said[0]) or {}).get(name)
            if value is not None:
                _column(found, f"item.{name}", len(place))[index] = value


def _numbers(connection: Connection, mine: list[Any], place: dict[int, int], found: Columns) -> None:
    rated = (
        select(RATING.c.assignment, RATING.c.item, RATING.c.value, RESPONSE.c.late)
        .join_from(RATING, RESPONSE)
        .join(ASSIGNMENT, ASSIGNMENT.c.number == RESPONSE.c.assignment)
        .where(*mine, RESPONSE.c.finished_at.is_not(None))
    )
    for number, item, value, was_late in connection.execute(rated):
        kind = "late" if was_late else "item"
        _column(found, f"{kind}.{item}", len(place))[place[number]] = value
    happened = (
        select(OUTCOME.c.assignment, OUTCOME.c.metric, OUTCOME.c.value)
        .join_from(OUTCOME, ASSIGNMENT)
        .where(*mine, OUTCOME.c.late.is_(False))
    )
    for number, metric, value in connection.execute(happened):
        _column(found, f"outcome.{metric}", len(place))[place[number]] = value
