"""Who was assigned already, and whether this incident is known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, bindparam, func, select

from amends.store.statements import chunks
from amends.store.tables import Assignment, Delivery, Incident, table
from amends.store.values import Stored

ASSIGNMENT = table(Assignment)
INCIDENT = table(Incident)
DELIVERY = table(Delivery)

GONE_OUT = ("sent", "delivered")

_last_sent = (
    select(func.max(DELIVERY.c.at))
    .where(DELIVERY.c.assignment == ASSIGNMENT.c.number, DELIVERY.c.status.in_(GONE_OUT))
    .scalar_subquery()
)
_stored: Select[Any] = select(
    ASSIGNMENT.c.experiment,
    ASSIGNMENT.c.number,
    ASSIGNMENT.c.id,
    ASSIGNMENT.c.unit,
    ASSIGNMENT.c.arm,
    ASSIGNMENT.c.assigned_at,
    ASSIGNMENT.c.invite_at,
    ASSIGNMENT.c.token_nonce,
    ASSIGNMENT.c.cluster,
    ASSIGNMENT.c.stratum,
    ASSIGNMENT.c.test,
    ASSIGNMENT.c.locale,
    ASSIGNMENT.c.channel,
    _last_sent.label("last_sent"),
)
_by_unit = _stored.where(
    ASSIGNMENT.c.experiment == bindparam("experiment"), ASSIGNMENT.c.unit == bindparam("unit")
)
_by_units = _stored.where(
    ASSIGNMENT.c.experiment == bindparam("experiment"),
    ASSIGNMENT.c.unit.in_(bindparam("units", expanding=True)),
)
_by_nonces = _stored.where(ASSIGNMENT.c.token_nonce.in_(bindparam("nonces", expanding=True)))
_by_nonce = _stored.where(ASSIGNMENT.c.token_nonce == bindparam("nonce"))
_incidents = select(INCIDENT.c.assignment, INCIDENT.c.incident, INCIDENT.c.number, INCIDENT.c.at).where(
    INCIDENT.c.assignment.in_(bindparam("assignments", expanding=True))
)

Wanted = tuple[str, str | None]
"""A unit and its incident, both pseudonyms."""


class KnownIncident(NamedTuple):
    """An incident that is stored: its number and time."""

    number: int
    at: datetime


def find(connection: Connection, key: str, unit: str, incident: str | None) -> Stored | None:
    """A unit's assignment, seen from one incident."""
    row = connection.execute(_by_unit, {"experiment": key, "unit": unit}).first()
    if row is None:
        return None
    known = None if incident is None else incidents(connection, [row.number]).get((row.number, incident))
    return stored(row, incident=incident, known=known)


def find_many(connection: Connection, key: str, wanted: Sequence[Wanted]) -> list[Stored | None]:
    """The assignments of many units, in order; None where there is none yet."""
    rows: dict[str, Row[Any]] = {}
    for units in chunks(dict.fromkeys(unit for unit, _ in wanted)):
        found = connection.execute(_by_units, {"experiment": key, "units": units})
        rows.update((row.unit, row) for row in found)
    asked = dict.fromkeys(rows[unit].number for unit, incident in wanted if incident and unit in rows)
    known = incidents(connection, asked)
    return [
        stored(rows[unit], incident=incident, known=known.get((rows[unit].number, incident or "")))
        if unit in rows
        else None
        for unit, incident in wanted
    ]


def find_by_nonce(connection: Connection, nonce: str) -> Stored | None:
    """The assignment behind a survey link."""
    row = connection.execute(_by_nonce, {"nonce": nonce}).first()
    return None if row is None else stored(row, incident=None, known=None)


def find_by_nonces(connection: Connection, nonces: Iterable[str]) -> dict[str, Stored]:
    """The assignments behind many survey links; those that no assignment has are left out."""
    found = {}
    for some in chunks(dict.fromkeys(nonces)):
        for row in connection.execute(_by_nonces, {"nonces": some}):
            found[row.token_nonce] = stored(row, incident=None, known=None)
    return found


def incidents(connection: Connection, assignments: Iterable[int]) -> dict[tuple[int, str], KnownIncident]:
    """Every stored incident of these assignments."""
    known = {}
    for numbers in chunks(assignments):
        for row in connection.execute(_incidents, {"assignments": numbers}):
            known[row.assignment, row.incident] = KnownIncident(row.number, row.at)
    return known


def stored(row: Row[Any], *, incident: str | None, known: KnownIncident | None) -> Stored:
    """A row as it is answered; `sent` is judged from the incident's own time on."""
    since = row.assigned_at if incident is None else known.at if known else None
    return Stored(
        experiment=row.experiment,
        number=row.number,
        assignment_id=row.id,
        unit=row.unit,
        arm=row.arm,
        assigned_at=row.assigned_at,
        invite_at=row.invite_at,
        token_nonce=row.token_nonce,
        created=False,
        incident_number=1 if incident is None else known.number if known else 0,
        sent=since is not None and row.last_sent is not None and row.last_sent >= since,
        cluster=row.cluster,
        stratum=row.stratum,
        test=row.test,
        locale=row.locale,
        channel=row.channel,
    )
