"""Many rows at once: `COPY` on PostgreSQL, `executemany` on SQLite, never an object or a statement a row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import Boolean, Connection, Date, Dialect, Table, exc
from sqlalchemy.dialects import postgresql, sqlite

from amends.store.statements import insert_into
from amends.store.tables import Instant

Columns = Mapping[str, Iterable[Any]]
"""Rows told column by column, all as long: no object is made for a row, and no name is said twice."""

DIALECTS: Mapping[str, Dialect] = {
    "sqlite": sqlite.dialect(),
    "postgresql": postgresql.dialect(),  # type: ignore[no-untyped-call]
}


def load(connection: Connection, target: Table, columns: Columns) -> None:
    """Inserts rows, one in memory at a time where the columns are iterators."""
    if connection.dialect.name == "postgresql":
        _copy(connection, target.name, target, columns)
    else:
        _insert_many(connection, target, columns, key=())


def load_numbered(connection: Connection, target: Table, columns: Columns) -> range | None:
    """Inserts rows into a table whose row number is `number`.

    Returns:
        The rows' numbers, in order; None where only the database knows them (on PostgreSQL others
        write at the same time).
    """
    if connection.dialect.name == "postgresql":
        load(connection, target, columns)
        return None
    before = _highest(connection, target)
    load(connection, target, columns)
    return range(before + 1, _highest(connection, target) + 1)


def load_new(
    connection: Connection, target: Table, columns: Mapping[str, Sequence[Any]], *, key: Sequence[str]
) -> dict[Any, int]:
    """Inserts the rows whose key is not there yet; whoever waits for another's row goes by the key's order.

    Args:
        target: A table whose row number is `number`.
        columns: Rows of which no two have the same key.
        key: The columns of a unique index.

    Returns:
        The new rows' numbers by the last column of the key.
    """
    if connection.dialect.name == "postgresql":
        return _copy_new(connection, target, columns, key)
    before, last = _highest(connection, target), columns[key[-1]]
    _insert_many(connection, target, _said(target, columns), key=tuple(key))
    numbers = range(before + 1, _highest(connection, target) + 1)
    if len(numbers) == len(last):  # none was there already
        return dict(zip(last, numbers, strict=True))
    added = f"SELECT {key[-1]}, number FROM {target.name} WHERE number > ?"
    return dict(connection.exec_driver_sql(added, (before,)).all())


def _said(target: Table, columns: Mapping[str, Sequence[Any]]) -> Columns:
    """The columns that some row has a value in: one that is never there costs as much to bind as another."""
    return {
        name: values
        for name, values in columns.items()
        if not target.c[name].nullable or values.count(None) < len(values)
    }


def _highest(connection: Connection, target: Table) -> int:
    """SQLite gives a new row the number after this, and has one writer at a time."""
    return connection.exec_driver_sql(f"SELECT max(number) FROM {target.name}").scalar() or 0


def _insert_many(connection: Connection, target: Table, columns: Columns, *, key: tuple[str, ...]) -> None:
    import sqlite3

    statement, names = _insert_text(target, tuple(columns), key)
    raw: Any = connection.connection.dbapi_connection
    try:
        raw.executemany(statement, values_of(target, "sqlite", {name: columns[name] for name in names}))
    except sqlite3.Error as error:
        raise exc.DBAPIError.instance(
            statement, None, error, sqlite3.Error, dialect=connection.dialect
        ) from error


@cache
def _insert_text(
    target: Table, columns: tuple[str, ...], key: tuple[str, ...]
) -> tuple[str, tuple[str, ...]]:
    """SQLite's statement, which leaves a row of that key as it is, and the order of its values."""
    statement = insert_into(target, "sqlite")
    if key:
        statement = statement.on_conflict_do_nothing(index_elements=list(key))
    compiled = statement.compile(dialect=DIALECTS["sqlite"], column_keys=list(columns))
    return compiled.string, tuple(compiled.positiontup)


def values_of(target: Table, dialect: str, columns: Columns) -> Iterator[tuple[Any, ...]]:
    """The rows as the driver takes them, in the order of the columns."""
    processes = processes_of(target, dialect, tuple(columns))
    return zip(
        *(
            column if process is None else map(process, column)
            for process, column in zip(processes, columns.values(), strict=True)
        ),
        strict=True,
    )


@cache
def processes_of(
    target: Table, dialect: str, names: tuple[str, ...]
) -> tuple[Callable[[Any], Any] | None, ...]:
    """What makes a column's Python value one that the driver takes; None where it is one already."""
    return tuple(_process(target.c[name].type, dialect) for name in names)


def _process(kind: Any, dialect: str) -> Callable[[Any], Any] | None:
    spoken = DIALECTS[dialect]
    if dialect == "sqlite" and isinstance(kind, Instant):
        return _instant_text
    if dialect == "sqlite" and isinstance(kind, Boolean):
        return None  # the driver stores it as 0 or 1 itself
    process: Callable[[Any], Any] | None = kind.dialect_impl(spoken).bind_processor(spoken)
    # A load has few days; making each a text again costs as much as storing the row.
    return lru_cache(maxsize=64)(process) if process and isinstance(kind, Date) else process


def sqlite_instant(value: datetime | None) -> str | None:
    """A time as SQLAlchemy stores it on SQLite, in a quarter of the time it takes.

    >>> sqlite_instant(datetime(2026, 3, 2, 12, tzinfo=UTC))
    '2026-03-02 12:00:00.000000'
    """
    return None if value is None else value.astimezone(UTC).isoformat(" ", "microseconds")[:26]


_instant_text = lru_cache(maxsize=64)(sqlite_instant)
"""A list often says one moment many times, and a response begins and ends in the same one."""


def _copy_new(connection: Connection, target: Table, columns: Columns, key: Sequence[str]) -> dict[Any, int]:
    there, listed = f"new_{target.name}", ", ".join(columns)
    connection.exec_driver_sql(f"CREATE TEMPORARY TABLE {there} (LIKE {target.name}) ON COMMIT DROP")
    connection.exec_driver_sql(f"ALTER TABLE {there} ALTER COLUMN number DROP NOT NULL")
    _copy(connection, there, target, columns)
    added = connection.exec_driver_sql(
        f"INSERT INTO {target.name} ({listed}) SELECT {listed} FROM {there} ORDER BY {key[-1]}"
        f" ON CONFLICT ({', '.join(key)}) DO NOTHING RETURNING {key[-1]}, number"
    ).all()
    connection.exec_driver_sql(f"DROP TABLE {there}")  # this transaction may bring more
    return dict(added)


def _copy(connection: Connection, into: str, target: Table, columns: Columns) -> None:
    import psycopg

    statement = f"COPY {into} ({', '.join(columns)}) FROM STDIN"
    raw: Any = connection.connection.dbapi_connection
    try:
        with raw.cursor() as cursor, cursor.copy(statement) as copy:
            for values in values_of(target, "postgresql", columns):
                copy.write_row(values)
    except psycopg.Error as error:
        raise exc.DBAPIError.instance(
            statement,
            None,
            error,
            psycopg.Error,
            connection_invalidated=raw.closed,
            dialect=connection.dialect,
        ) from error
