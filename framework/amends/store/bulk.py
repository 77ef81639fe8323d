"""Many rows at once: `COPY` on PostgreSQL, `executemany` on SQLite, never an object or a statement a row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache, lru_cache
from itertools import chain
from operator import itemgetter
from typing import Any

from sqlalchemy import Boolean, Connection, Date, Dialect, Table, exc
from sqlalchemy.dialects import postgresql, sqlite

from amends.store.statements import insert_into
from amends.store.tables import Instant

Row = Mapping[str, Any]

DIALECTS: Mapping[str, Dialect] = {
    "sqlite": sqlite.dialect(),
    "postgresql": postgresql.dialect(),  # type: ignore[no-untyped-call]
}


def load(connection: Connection, target: Table, rows: Iterable[Row]) -> None:
    """Inserts rows that all name the same columns, one in memory at a time where they come so."""
    coming = iter(rows)
    first = next(coming, None)
    if first is None:
        return
    columns, rows = tuple(first), chain([first], coming)
    if connection.dialect.name == "postgresql":
        _copy(connection, target.name, target, columns, rows)
        return
    _insert_many(connection, target, columns, rows, key=())


def load_new(connection: Connection, target: Table, rows: Sequence[Row], *, key: Sequence[str]) -> list[Any]:
    """Inserts the rows whose key is not there yet; whoever waits for another's row goes by the key's order.

    Args:
        target: A table whose row number is `number`.
        rows: Rows that all name the same columns; no key twice.
        key: The columns of a unique index.

    Returns:
        The new rows' `number` and the last column of the key.
    """
    columns = tuple(rows[0])
    if connection.dialect.name == "postgresql":
        return _copy_new(connection, target, columns, sorted(rows, key=lambda row: row[key[-1]]), key)
    # One writer at a time: whatever is above the highest number of before is what this statement added.
    before = connection.exec_driver_sql(f"SELECT max(number) FROM {target.name}").scalar() or 0
    _insert_many(connection, target, _said(target, columns, rows), rows, key=tuple(key))
    span = f"SELECT min(number), max(number), count(*) FROM {target.name} WHERE number > ?"
    first, last, n = connection.exec_driver_sql(span, (before,)).one()
    if n == len(rows) == last - first + 1:  # none was there already, and they are numbered as they came
        return list(zip(range(first, last + 1), map(itemgetter(key[-1]), rows), strict=True))
    added = f"SELECT number, {key[-1]} FROM {target.name} WHERE number > ?"
    return connection.exec_driver_sql(added, (before,)).fetchall()  # type: ignore[return-value]


def _said(target: Table, columns: tuple[str, ...], rows: Sequence[Row]) -> tuple[str, ...]:
    """The columns that some row has a value in: one that is never there costs as much to bind as another."""
    return tuple(
        name
        for name in columns
        if not target.c[name].nullable or list(map(itemgetter(name), rows)).count(None) < len(rows)
    )


def _insert_many(
    connection: Connection,
    target: Table,
    columns: tuple[str, ...],
    rows: Iterable[Row],
    *,
    key: tuple[str, ...],
) -> None:
    import sqlite3

    statement, names = _insert_text(target, columns, key)
    raw: Any = connection.connection.dbapi_connection
    try:
        raw.executemany(statement, values_of(target, "sqlite", names, rows))  # one row in memory at a time
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


def values_of(
    target: Table, dialect: str, names: Sequence[str], rows: Iterable[Row]
) -> Iterator[Sequence[Any]]:
    """The rows as the driver takes them, in the order of the names."""
    processes = processes_of(target, dialect, tuple(names))
    made = [(place, process) for place, process in enumerate(processes) if process is not None]
    pick = itemgetter(*names)
    for row in rows:
        values = list(pick(row))
        for place, process in made:
            value = values[place]
            if value is not None:
                values[place] = process(value)
        yield values


@cache
def processes_of(
    target: Table, dialect: str, names: tuple[str, ...]
) -> tuple[Callable[[Any], Any] | None, ...]:
    """What makes a column's Python value one that the driver takes; None where it is one already."""
    return tuple(_process(target.c[name].type, dialect) for name in names)


def _process(kind: Any, dialect: str) -> Callable[[Any], Any] | None:
    spoken = DIALECTS[dialect]
    if dialect == "sqlite" and isinstance(kind, Instant):
        return lru_cache(maxsize=64)(sqlite_instant)
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


def _copy_new(
    connection: Connection, target: Table, columns: tuple[str, ...], rows: Sequence[Row], key: Sequence[str]
) -> list[Any]:
    there, listed = f"new_{target.name}", ", ".join(columns)
    connection.exec_driver_sql(f"CREATE TEMPORARY TABLE {there} (LIKE {target.name}) ON COMMIT DROP")
    connection.exec_driver_sql(f"ALTER TABLE {there} ALTER COLUMN number DROP NOT NULL")
    _copy(connection, there, target, columns, rows)
    added = connection.exec_driver_sql(
        f"INSERT INTO {target.name} ({listed}) SELECT {listed} FROM {there} ORDER BY {key[-1]}"
        f" ON CONFLICT ({', '.join(key)}) DO NOTHING RETURNING number, {key[-1]}"
    ).fetchall()
    connection.exec_driver_sql(f"DROP TABLE {there}")  # this transaction may bring more
    return added  # type: ignore[return-value]


def _copy(
    connection: Connection, into: str, target: Table, columns: tuple[str, ...], rows: Iterable[Row]
) -> None:
    import psycopg

    statement = f"COPY {into} ({', '.join(columns)}) FROM STDIN"
    raw: Any = connection.connection.dbapi_connection
    try:
        with raw.cursor() as cursor, cursor.copy(statement) as copy:
            for values in values_of(target, "postgresql", columns, rows):
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
