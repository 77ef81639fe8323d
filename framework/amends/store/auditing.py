"""Who did what when: rows are only ever added, the database refuses to change them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from amends.store.tables import Audit, table
from amends.store.values import AuditEntry, as_utc

AUDIT = table(Audit)


def write(
    connection: Connection, action: str, *, key: str | None, detail: Mapping[str, Any], at: datetime
) -> None:
    """Adds an entry, in the transaction of what it tells of."""
    values = {"action": action, "experiment": key, "detail": dict(detail), "at": as_utc(at)}
    connection.execute(insert(AUDIT), values)


def told_by(detail: Mapping[str, Any], by: str | None) -> dict[str, Any]:
    """The detail with who did it; without a name it was the command line or a program.

    >>> told_by({"to": "1"}, "owner"), told_by({"to": "1"}, None)
    ({'to': '1', 'by': 'owner'}, {'to': '1'})
    """
    return dict(detail) if by is None else {**detail, "by": by}


def read(connection: Connection, key: str | None) -> list[AuditEntry]:
    """Every entry, or one experiment's, the earliest first."""
    statement = select(AUDIT.c.at, AUDIT.c.action, AUDIT.c.experiment, AUDIT.c.detail).order_by(
        AUDIT.c.number
    )
    if key is not None:
        statement = statement.where(AUDIT.c.experiment == key)
    return [AuditEntry(*row) for row in connection.execute(statement)]
