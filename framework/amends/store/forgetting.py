"""Erases a customer: nothing that leads to a person is left, while every count still holds."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, or_, select, update

from amends.store import auditing, mailing, service_events
from amends.store.statements import chunks
from amends.store.tables import Assignment, Cluster, Delivery, Incident, OptOut, Response, table

ASSIGNMENT = table(Assignment)
CLUSTER = table(Cluster)
DELIVERY = table(Delivery)
INCIDENT = table(Incident)
RESPONSE = table(Response)
OPT_OUT = table(OptOut)


def forget(connection: Connection, unit: str, *, at: datetime) -> int:
    """Puts random values in the place of a unit's pseudonym, incidents, survey links and record ids.

    Covariates, words and what deliveries said go; arm, times, ratings and other numbers stay. Where incidents
    are the units (`on_repeat="new_unit"`) the customer is their cluster, so those units are erased
    too. Letters and the log of delays lose the customer and the incidents likewise. The audit keeps the
    time and the number, not who it was.

    Returns:
        How many assignments were erased.
    """
    mine = or_(ASSIGNMENT.c.unit == unit, ASSIGNMENT.c.cluster == unit)
    rows = connection.execute(select(ASSIGNMENT.c.number, ASSIGNMENT.c.unit).where(mine).with_for_update())
    numbers, units = [], [unit]
    for row in rows:
        numbers.append(row.number)
        units.append(row.unit)
    mailing.forget(connection, units)
    stranger = secrets.token_hex(32)
    for number in numbers:
        connection.execute(
            update(ASSIGNMENT)
            .where(ASSIGNMENT.c.number == number)
            .values(
                id=secrets.token_hex(16),
                unit=secrets.token_hex(32),
                covariates=None,
                token_nonce=secrets.token_urlsafe(9),
            )
        )
    connection.execute(update(ASSIGNMENT).where(ASSIGNMENT.c.cluster == unit).values(cluster=stranger))
    connection.execute(update(CLUSTER).where(CLUSTER.c.cluster == unit).values(cluster=stranger))
    connection.execute(update(OPT_OUT).where(OPT_OUT.c.unit == unit).values(unit=stranger))
    for some in chunks(numbers):
        connection.execute(
            update(DELIVERY).where(DELIVERY.c.assignment.in_(some)).values(said=None, detail=None)
        )
        answered = select(RESPONSE.c.assignment, RESPONSE.c.answers).where(RESPONSE.c.assignment.in_(some))
        for assignment, answers in connection.execute(answered).all():
            connection.execute(
                update(RESPONSE)
                .where(RESPONSE.c.assignment == assignment)
                .values(answers=numbers_only(answers or {}) or None)
            )
        incidents = select(INCIDENT.c.assignment, INCIDENT.c.incident).where(INCIDENT.c.assignment.in_(some))
        for assignment, incident in connection.execute(incidents).all():
            connection.execute(
                update(INCIDENT)
                .where(INCIDENT.c.assignment == assignment, INCIDENT.c.incident == incident)
                .values(incident=secrets.token_hex(32))
            )
    logged = service_events.forget(connection, unit)
    detail = {"assignments": len(numbers), "service_events": logged}
    auditing.write(connection, "erase", key=None, detail=detail, at=at)
    return len(numbers)


def numbers_only(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Ratings that are no metric stand among the answers: they stay, words go."""
    return {
        name: value
        for name, value in answers.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }
