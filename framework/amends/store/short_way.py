"""One hashed unit on SQLite: the same statements as for many, compiled once and run without layers between.

Only what a waiting customer needs most often goes this way: a new unit whose arm is known, without
cluster or incident. Everything else is answered None, and goes the way of many.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Table, bindparam, exists, select

from amends.store.bulk import DIALECTS, processes_of
from amends.store.engine import Database
from amends.store.enrolling import ASSIGNMENT, new_assignment
from amends.store.new_rows import cell_of_row, created, row_of
from amends.store.tables import OptOut, table
from amends.store.tallying import COUNTS, KEY, TALLY, adding_cell
from amends.store.values import Enrolment, Stored

OPT_OUT = table(OptOut)


def opted_out(database: Database, key: str, unit: str) -> bool | None:
    """Whether a unit without assignment opted out; None where it has one, or this is not the way now."""
    statement = _statements().unknown
    values = statement.values({"experiment": key, "unit": unit})
    with database.short_way(write=False) as raw:
        if raw is None:
            return None
        [(assigned, out)] = raw.execute(statement.text, values).fetchall()
    return None if assigned else bool(out)


def enrol(database: Database, key: str, enrolment: Enrolment) -> Stored | None:
    """The new assignment; None where this is not the way, or somebody was faster.

    Raises:
        UsageError: A time without zone.
        StoreUnavailable: As from `Database.write`.
    """
    if enrolment.arm is None or enrolment.cluster is not None or enrolment.incident is not None:
        return None
    row = row_of(key, enrolment)
    statements = _statements()
    values = statements.assignment.values(row)
    counted = None if enrolment.test else statements.cell.values(_counted(row))
    try:
        with database.short_way(write=True) as raw:
            assert raw is not None
            inserted = raw.execute(statements.assignment.text, values).fetchall()
            if not inserted:
                return None
            if counted is not None:
                raw.execute(statements.cell.text, counted)
    except sqlite3.IntegrityError:  # a draft; the way of many says so
        return None
    return created(row, inserted[0][0])


def _counted(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**cell_of_row(row)._asdict(), **_NOTHING, "assigned": 1}


_NOTHING = dict.fromkeys(COUNTS, 0)


class _Compiled(NamedTuple):
    """A statement's text, and how its values are made from a row."""

    text: str
    names: tuple[str, ...]
    processes: tuple[Callable[[Any], Any] | None, ...]

    def values(self, row: Mapping[str, Any]) -> list[Any]:
        return [
            row[name] if process is None else process(row[name])
            for name, process in zip(self.names, self.processes, strict=True)
        ]


def _compiled(statement: Any, of: Table, columns: Sequence[str]) -> _Compiled:
    compiled = statement.compile(dialect=DIALECTS["sqlite"], column_keys=list(columns))
    names = tuple(compiled.positiontup)
    return _Compiled(compiled.string, names, processes_of(of, "sqlite", names))


class _Statements(NamedTuple):
    unknown: _Compiled
    assignment: _Compiled
    cell: _Compiled


@cache
def _statements() -> _Statements:
    unit = bindparam("unit", type_=ASSIGNMENT.c.unit.type)
    assigned = exists().where(ASSIGNMENT.c.experiment == bindparam("experiment"), ASSIGNMENT.c.unit == unit)
    opted_out = exists().where(OPT_OUT.c.unit == unit)
    columns = [column.name for column in ASSIGNMENT.c if column.name != "number"]
    return _Statements(
        unknown=_compiled(select(assigned, opted_out), ASSIGNMENT, []),
        assignment=_compiled(new_assignment("sqlite"), ASSIGNMENT, columns),
        cell=_compiled(adding_cell("sqlite"), TALLY, [*KEY, *COUNTS]),
    )
