"""Pieces that the data checks' statements share."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, extract, func

from amends.store.tables import Assignment, table

ASSIGNMENT = table(Assignment)

ByArm = dict[str, int]


def mine(key: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return ASSIGNMENT.c.experiment == key, ASSIGNMENT.c.test.is_(False)


def by_arm(connection: Connection, statement: Any) -> ByArm:
    return {arm: int(n) for arm, n in connection.execute(statement)}


def seconds(connection: Connection, later: ColumnElement[Any], earlier: ColumnElement[Any]) -> Any:
    """Seconds between two instants: SQLite keeps them as text, PostgreSQL as instants."""
    if connection.dialect.name == "sqlite":
        return (func.julianday(later) - func.julianday(earlier)) * 86_400.0
    return extract("epoch", later) - extract("epoch", earlier)
