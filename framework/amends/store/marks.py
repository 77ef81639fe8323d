"""A mark for each day's rows of an experiment: equal marks, equal rows, whoever committed when.

A cursor on times or row numbers loses what commits late: PostgreSQL gives a row its number before the
transaction that holds it is seen. And it does not see what is changed in place: an answer that is finished,
a customer who is erased. A mark is computed from all rows that one snapshot sees, inside the database: their
number, and the sum of a 64-bit hash of each. Days whose mark is another are to be exported again, whole.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from hashlib import blake2b
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Text, cast, func, select

from amends.store.tables import Assignment, Delivery, Rating, Response, table

ASSIGNMENT = table(Assignment)
DELIVERY = table(Delivery)
RESPONSE = table(Response)
RATING = table(Rating)

SYNCED = ("assignments", "deliveries", "responses")
"""The tables that are exported by day: the UTC day on which the row's unit was assigned."""

NOT_EXPORTED = ("repeats", "form", "token_nonce")
"""Columns that no export shows, so that their change makes no day another."""


class _Sum:
    """SQLite's aggregate: rows may come in any order, and each counts."""

    def __init__(self) -> None:
        self.total = 0

    def step(self, *values: Any) -> None:
        self.total += int.from_bytes(blake2b(repr(values).encode(), digest_size=8).digest(), "big")

    def finalize(self) -> str:
        return f"{self.total:x}"


def read(connection: Connection, key: str) -> dict[tuple[str, date], tuple[int, str]]:
    """By table and day: how many rows, and their mark.

    Args:
        connection: On one snapshot of the data (`Database.read`).
        key: The experiment's key.
    """
    if connection.dialect.name == "sqlite":
        raw: Any = connection.connection.dbapi_connection
        raw.create_aggregate("amends_sum", -1, _Sum)
    found: dict[tuple[str, date], list[Any]] = defaultdict(lambda: [0, []])
    for name, counts, statement in _statements(connection.dialect.name, key):
        for day, n, total in connection.execute(statement):
            entry = found[name, day]
            entry[0] += n if counts else 0
            entry[1].append(f"{n}:{total}")
    return {place: (n, "+".join(sums)) for place, (n, sums) in found.items()}


def _statements(dialect: str, key: str) -> list[tuple[str, bool, Select[Any]]]:
    """Each table's sums by day; the ratings are part of the responses, and no rows of their own."""

    def of(name: str, *tables: Any, counts: bool = True) -> tuple[str, bool, Select[Any]]:
        shown = [column for one in tables for column in one.c if column.name not in NOT_EXPORTED]
        statement = select(ASSIGNMENT.c.day, func.count(), _sum(dialect, shown)).select_from(tables[0])
        if tables[0] is not ASSIGNMENT:
            statement = statement.join(ASSIGNMENT, ASSIGNMENT.c.number == tables[0].c.assignment)
        return name, counts, statement.where(ASSIGNMENT.c.experiment == key).group_by(ASSIGNMENT.c.day)

    # What a delivery or response says of its unit (pseudonym, arm) may change too: by an erasure.
    return [
        of("assignments", ASSIGNMENT),
        of("deliveries", DELIVERY, ASSIGNMENT),
        of("responses", RESPONSE, ASSIGNMENT),
        of("responses", RATING, counts=False),
    ]


def _sum(dialect: str, columns: list[Any]) -> ColumnElement[Any]:
    if dialect == "sqlite":
        return func.amends_sum(*columns, type_=Text)
    return cast(func.sum(func.hashtextextended(cast(func.row(*columns), Text), 0)), Text)
