"""One experiment's rows by day, from one snapshot: which days there are, and the rows of each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select

from amends.store import exporting, marks
from amends.store.engine import Database

Row = dict[str, Any]

PAGE = 5_000


class Day(NamedTuple):
    """The rows of one table whose units were assigned on one UTC day.

    Attributes:
        table: `assignments`, `deliveries` or `responses`.
        day: The day.
        rows: How many.
        mark: Another whenever a row is another.
    """

    table: str
    day: date
    rows: int
    mark: str


class Snapshot:
    """What one moment's view of the database holds of an experiment."""

    def __init__(self, connection: Connection, key: str) -> None:
        self._connection = connection
        self._key = key

    def days(self) -> list[Day]:
        """Every day of every table, in order."""
        found = marks.read(self._connection, self._key)
        return [Day(table, day, *found[table, day]) for table, day in sorted(found)]

    def rows(self, day: Day) -> Iterator[Row]:
        """The rows of a day, in the order of assignment, as `Store.export_rows` has them."""
        statement = _of_day(exporting.statement(day.table, self._key), day.day)
        found = self._connection.execute(statement.order_by("number"), execution_options={"yield_per": PAGE})
        for some in found.mappings().partitions():
            rows = [dict(row) for row in some]
            if day.table == "responses":
                exporting.add_ratings(self._connection, rows)
            for row in rows:
                row.pop("number")
                yield row


@contextmanager
def snapshot(database: Database, key: str) -> Iterator[Snapshot]:
    """A view of an experiment that no writer changes until the block ends."""
    with database.read(long=True) as connection:
        yield Snapshot(connection, key)


def _of_day(statement: Select[Any], day: date) -> Select[Any]:
    """Of one day: by the index of times, and by the day that the tally counts the unit under."""
    assigned_at, begins = exporting.ASSIGNMENT.c.assigned_at, datetime.combine(day, time(), UTC)
    return statement.where(
        assigned_at >= begins,
        assigned_at < begins + timedelta(days=1),
        exporting.ASSIGNMENT.c.day.in_([day]),
    )
