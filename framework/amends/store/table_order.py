"""The units of one experiment, asked for so that SQLite reads them in the order in which they lie."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, String, func, literal_column, select

from amends.store.tables import Assignment, table

ASSIGNMENT = table(Assignment)


def in_table_order(connection: Connection, key: str) -> list[ColumnElement[bool]]:
    """Conditions for the units of an experiment, tests aside, in a statement that reads nearly all of them.

    An index on experiment and time leads SQLite to each row, and to all that is joined to it, on another page
    than the one before: three to five times the work of passing over the tables once. So where the
    experiment's rows lie close together they are named by the numbers between which they lie, and the
    index is shut out. PostgreSQL sees from its own statistics when to do so.

    Args:
        connection: Within a transaction.
        key: The experiment's key.
    """
    mine = [ASSIGNMENT.c.experiment == key, ASSIGNMENT.c.test.is_(False)]
    if connection.dialect.name != "sqlite":
        return mine
    number = ASSIGNMENT.c.number
    ends = select(func.min(number), func.max(number), func.count()).where(mine[0])
    first, last, n = connection.execute(ends).one()
    # At most every second row may be somebody else's: it is read for nothing.
    if not n or 2 * n < last - first + 1:
        return mine
    # With a plus sign before it SQLite looks for a column in no index.
    return [number.between(first, last), literal_column("+assignment.experiment", String) == key, mine[1]]
