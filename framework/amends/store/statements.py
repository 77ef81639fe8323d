"""The few things that SQLite and PostgreSQL both know but SQLAlchemy spells by dialect."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite

Item = TypeVar("Item")

AT_ONCE = 5_000
"""Values in one `IN (…)`: SQLite allows 32,766 parameters in a statement."""


def insert_into(table: Table, dialect: str) -> Any:
    """An insert that knows `ON CONFLICT`."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def insert_new(table: Table, dialect: str, *, key: Sequence[str]) -> Any:
    """An insert that leaves a row of that key as it is; it returns a row only where it inserted one.

    (Not by row count, which drivers do not agree on for inserts.)
    """
    statement = insert_into(table, dialect).on_conflict_do_nothing(index_elements=list(key))
    return statement.returning(*(table.c[name] for name in key))


def insert_adding(table: Table, dialect: str, *, key: Sequence[str], counts: Sequence[str]) -> Any:
    """An insert that adds its counts to the row of that key where there is one already."""
    statement = insert_into(table, dialect)
    return statement.on_conflict_do_update(
        index_elements=list(key),
        set_={name: table.c[name] + statement.excluded[name] for name in counts},
    )


def chunks(items: Iterable[Item], size: int = AT_ONCE) -> Iterator[list[Item]]:
    """The items in lists of at most `size`.

    >>> list(chunks("abcde", 2))
    [['a', 'b'], ['c', 'd'], ['e']]
    """
    chunk: list[Item] = []
    for item in items:
        chunk.append(item)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
