"""The delay and response-time log: one row an incident, told as often as there is something to tell."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, case, delete, func, insert, or_, select, update

from amends.store import auditing
from amends.store.service_values import ServiceEvent
from amends.store.statements import chunks, insert_into
from amends.store.tables import ResponseTarget, ServiceEventRow, table
from amends.store.values import as_utc

EVENT = table(ServiceEventRow)
TARGET = table(ResponseTarget)

TIMES = ("received_at", "promised_at", "answered_at", "closed_at")
FACTS = ("customer", "channel", "agent", "mailbox", "timezone")
READ = (*TIMES, "channel", "agent", "mailbox", "timezone")

Columns = dict[str, list[Any]]


def record(
    connection: Connection, events: Sequence[ServiceEvent], *, sender: str, at: datetime, replace: bool
) -> int:
    """Stores what is told of incidents; how many of them are new.

    Told again, an incident keeps what the new telling leaves open. Of two times the earlier one stands
    (the first reply, the first promise), so that it does not matter in which order they arrive; of two
    other facts the later one. With `replace` every fact told takes the place of the stored one.
    """
    known = _known(connection, {event.incident for event in events})
    rows = [_row(event) | {"sender": sender, "told_at": as_utc(at)} for event in events]
    # In one order, so that two writers never wait for each other's rows (PostgreSQL); the order of
    # several tellings of one incident stays, for the sort is stable.
    rows.sort(key=lambda row: str(row["incident"]))
    if rows:
        connection.execute(_upsert(connection.dialect.name, replace), rows)
    return len({event.incident for event in events}) - known


def _row(event: ServiceEvent) -> dict[str, Any]:
    row: dict[str, Any] = {name: getattr(event, name) for name in ("incident", *FACTS)}
    for name in TIMES:
        time = getattr(event, name)
        row[name] = None if time is None else as_utc(time)
    return row


def _known(connection: Connection, incidents: Iterable[str]) -> int:
    return sum(
        connection.execute(select(func.count()).where(EVENT.c.incident.in_(some))).scalar_one()
        for some in chunks(incidents)
    )


@cache
def _upsert(dialect: str, replace: bool) -> Any:
    statement = insert_into(EVENT, dialect)
    new = statement.excluded
    told = {name: func.coalesce(new[name], EVENT.c[name]) for name in (*TIMES, *FACTS)}
    if not replace:
        told |= {name: _earlier(new[name], EVENT.c[name]) for name in TIMES}
    return statement.on_conflict_do_update(
        index_elements=["incident"], set_={**told, "sender": new.sender, "told_at": new.told_at}
    )


def _earlier(new: Any, stored: Any) -> Any:
    """The earlier of two times that may be NULL, spelt for both databases."""
    return case((new.is_(None), stored), (stored.is_(None), new), (new < stored, new), else_=stored)


def read(connection: Connection) -> Columns:
    """The whole log as columns of equal length, a place an incident."""
    rows = connection.execute(select(*(EVENT.c[name] for name in READ))).all()
    return {name: [row[place] for row in rows] for place, name in enumerate(READ)}


def find(connection: Connection, incidents: Iterable[str]) -> dict[str, dict[str, Any]]:
    """What is stored of these incidents, by their pseudonym; unknown ones are missing."""
    found: dict[str, dict[str, Any]] = {}
    for some in chunks(dict.fromkeys(incidents)):
        statement = select(EVENT.c.incident, *(EVENT.c[name] for name in READ)).where(
            EVENT.c.incident.in_(some)
        )
        for incident, *values in connection.execute(statement):
            found[incident] = dict(zip(READ, values, strict=True))
    return found


def targets(connection: Connection) -> dict[str, float]:
    """Seconds by channel, of the channels whose target was set here."""
    return dict(connection.execute(select(TARGET.c.channel, TARGET.c.seconds)).all())


def set_targets(connection: Connection, given: Mapping[str, float | None], *, at: datetime) -> None:
    """Sets targets in seconds; None goes back to the default. The change is audited."""
    for channel, seconds in sorted(given.items()):
        connection.execute(delete(TARGET).where(TARGET.c.channel == channel))
        if seconds is not None:
            connection.execute(insert(TARGET), {"channel": channel, "seconds": seconds})
    auditing.write(connection, "response targets", key=None, detail=dict(given), at=at)


def forget(connection: Connection, id: str) -> int:
    """Puts random values in the place of an id: as a customer, an incident or an agent.

    A customer's incidents lose their pseudonyms, too. Times, channel and mailbox stay, so that the log's
    figures hold.

    Returns:
        How many incidents of the customer, or of that pseudonym, were erased.
    """
    mine = or_(EVENT.c.customer == id, EVENT.c.incident == id)
    incidents = list(connection.execute(select(EVENT.c.incident).where(mine)).scalars())
    stranger = secrets.token_hex(32)
    for incident in incidents:
        connection.execute(
            update(EVENT)
            .where(EVENT.c.incident == incident)
            .values(
                incident=secrets.token_hex(32),
                customer=case((EVENT.c.customer.is_not(None), stranger), else_=None),
            )
        )
    connection.execute(update(EVENT).where(EVENT.c.agent == id).values(agent=stranger))
    return len(incidents)
