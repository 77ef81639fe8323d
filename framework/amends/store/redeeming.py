"""Completion codes that were handed in, in a table that nothing joins to an assignment or an answer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, select

from amends.store.statements import chunks, insert_new
from amends.store.tables import CompletionCode, table
from amends.store.values import as_utc

CODE = table(CompletionCode)


def redeem(connection: Connection, key: str, marks: Iterable[str], *, at: datetime) -> set[str]:
    """Stores the codes' digests; those that were not stored before."""
    wanted = sorted(set(marks))
    known: set[str] = set()
    for some in chunks(wanted):
        stored = select(CODE.c.digest).where(CODE.c.experiment == key, CODE.c.digest.in_(some))
        known.update(connection.execute(stored).scalars())
    new = {mark for mark in wanted if mark not in known}
    statement = insert_new(CODE, connection.dialect.name, key=("experiment", "digest"))
    found: set[str] = set()
    for mark in sorted(new):  # one by one: another process may redeem the same ones meanwhile
        row = {"experiment": key, "digest": mark, "redeemed_at": as_utc(at)}
        if connection.execute(statement, row).first() is not None:
            found.add(mark)
    return found
