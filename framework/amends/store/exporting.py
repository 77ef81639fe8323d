"""One experiment's rows, read page by page so that any size fits into memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, select, tuple_

from amends.store.engine import Database
from amends.store.statements import chunks
from amends.store.tables import Assignment, Consent, Delivery, Outcome, Rating, Response, table
from amends.store.values import Export

ASSIGNMENT = table(Assignment)
CONSENT = table(Consent)
DELIVERY = table(Delivery)
RESPONSE = table(Response)
RATING = table(Rating)
OUTCOME = table(Outcome)

PAGE = 5_000

LEFT_OUT = ("number", "experiment", "token_nonce", "day")
"""Columns of `assignment` that an export does not show: row numbers, and what opens a survey link."""

Row = dict[str, Any]


def export_rows(database: Database, key: str) -> Export:
    """Iterators over the rows of each of the export's tables, in the order of assignment.

    Every row names its `unit` (the pseudonym) and `assignment_id`.
    """
    shown = [column for column in ASSIGNMENT.c if column.name not in ("id", *LEFT_OUT)]
    return Export(
        assignments=_pages(
            database,
            select(ASSIGNMENT.c.number, ASSIGNMENT.c.id.label("assignment_id"), *shown),
            key,
            after=(ASSIGNMENT.c.number,),
        ),
        deliveries=_pages(
            database,
            _of_unit(
                DELIVERY.c.number, DELIVERY.c.status, DELIVERY.c.at, DELIVERY.c.said, DELIVERY.c.detail
            ).join_from(DELIVERY, ASSIGNMENT),
            key,
            after=(DELIVERY.c.number,),
        ),
        responses=_pages(
            database,
            _of_unit(
                ASSIGNMENT.c.number,
                RESPONSE.c.started_at,
                RESPONSE.c.finished_at,
                RESPONSE.c.late,
                RESPONSE.c.answers,
            ).join_from(RESPONSE, ASSIGNMENT),
            key,
            after=(ASSIGNMENT.c.number,),
            complete=_add_ratings,
        ),
        outcomes=_pages(
            database,
            _of_unit(
                ASSIGNMENT.c.number, OUTCOME.c.metric, OUTCOME.c.value, OUTCOME.c.at, OUTCOME.c.late
            ).join_from(OUTCOME, ASSIGNMENT),
            key,
            after=(ASSIGNMENT.c.number, OUTCOME.c.metric),
        ),
        consents=_pages(
            database,
            _of_unit(
                ASSIGNMENT.c.number, *(column for column in CONSENT.c if column.name != "assignment")
            ).join_from(CONSENT, ASSIGNMENT),
            key,
            after=(ASSIGNMENT.c.number,),
        ),
    )


def _of_unit(number: ColumnElement[int], *columns: ColumnElement[Any]) -> Select[Any]:
    whose = (ASSIGNMENT.c.id.label("assignment_id"), ASSIGNMENT.c.unit, ASSIGNMENT.c.arm, ASSIGNMENT.c.test)
    return select(number.label("number"), *whose, *columns)


def _pages(
    database: Database,
    statement: Select[Any],
    key: str,
    *,
    after: tuple[ColumnElement[Any], ...],
    complete: Callable[[Connection, list[Row]], None] | None = None,
) -> Iterator[Row]:
    """Rows in the order of `after`, a page in each short transaction."""
    statement = statement.where(ASSIGNMENT.c.experiment == key).order_by(*after).limit(PAGE)
    last: tuple[Any, ...] | None = None
    names = [column.key for column in after]
    while True:
        page = statement if last is None else statement.where(tuple_(*after) > last)
        with database.read(long=True) as connection:
            rows = [dict(row) for row in connection.execute(page).mappings()]
            if complete is not None:
                complete(connection, rows)
        for row in rows:
            last = tuple(row[name] for name in names)
            row.pop("number")
            yield row
        if len(rows) < PAGE:
            return


def _add_ratings(connection: Connection, rows: list[Row]) -> None:
    by_number = {row["number"]: row for row in rows}
    for row in rows:
        row["ratings"], row["answers"] = {}, row["answers"] or {}
    for numbers in chunks(by_number):
        statement = select(RATING).where(RATING.c.assignment.in_(numbers)).order_by(RATING.c.item)
        for assignment, item, value in connection.execute(statement):
            by_number[assignment]["ratings"][item] = value
