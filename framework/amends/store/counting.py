"""Those who were not enrolled, counted by reason; and those who asked to be left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection, func, select

from amends.store import auditing
from amends.store.statements import chunks, insert_adding, insert_new
from amends.store.tables import OptOut, TurnedAway, table
from amends.store.values import TurnedAwayKey, as_utc

TURNED_AWAY = table(TurnedAway)
OPT_OUT = table(OptOut)


def turn_away(connection: Connection, key: str, counts: Mapping[TurnedAwayKey, int]) -> None:
    """Adds to the counts by status, reason and UTC day."""
    statement = insert_adding(
        TURNED_AWAY, connection.dialect.name, key=("experiment", "day", "status", "reason"), counts=("n",)
    )
    rows = [
        {"experiment": key, "day": day, "status": status, "reason": reason, "n": n}
        for (status, reason, day), n in sorted(counts.items())
        if n
    ]
    if rows:
        connection.execute(statement, rows)


def turned_away(connection: Connection, key: str) -> list[tuple[str, str, int]]:
    """How many were turned away, by status and reason."""
    total = func.sum(TURNED_AWAY.c.n)
    columns = (TURNED_AWAY.c.status, TURNED_AWAY.c.reason)
    statement = (
        select(*columns, total).where(TURNED_AWAY.c.experiment == key).group_by(*columns).order_by(*columns)
    )
    return [(status, reason, int(n)) for status, reason, n in connection.execute(statement)]


def opt_out(connection: Connection, unit: str, *, at: datetime) -> bool:
    """Leaves a unit out of every experiment from now on; False where it was before.

    The audit keeps the time, not who it was.
    """
    statement = insert_new(OPT_OUT, connection.dialect.name, key=("unit",))
    new = connection.execute(statement, {"unit": unit, "at": as_utc(at)}).first() is not None
    if new:
        auditing.write(connection, "opt out", key=None, detail={}, at=at)
    return new


def anybody_opted_out(connection: Connection) -> bool:
    """Whether somebody asked to be left out."""
    return connection.execute(select(OPT_OUT.c.unit).limit(1)).first() is not None


def opted_out(connection: Connection, units: Iterable[str]) -> set[str]:
    """Those of the units that are to be left out."""
    found: set[str] = set()
    for some in chunks(units):
        found.update(connection.execute(select(OPT_OUT.c.unit).where(OPT_OUT.c.unit.in_(some))).scalars())
    return found
