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
    return Export(
        assignments=_pages(database, key, "assignments", after=(ASSIGNMENT.c.number,)),
        deliveries=_pages(database, key, "deliveries", after=(DELIVERY.c.number,)),
        responses=_pages(database, key, "responses", after=(ASSIGNMENT.c.number,), complete=add_ratings),
        outcomes=_pages(database, key, "outcomes", after=(ASSIGNMENT.c.number, OUTCOME.c.metric)),
        consents=_pages(database, key, "consents", after=(ASSIGNMENT.c.number,)),
    )


def statement(table: str, key: str) -> Select[Any]:
    """Selects the rows of one of the export's tables, in no order; `number` is theirs or their unit's."""
    if table == "assignments":
        shown = [column for column in ASSIGNMENT.c if column.name not in ("id", *LEFT_OUT)]
        found = select(ASSIGNMENT.c.number, ASSIGNMENT.c.id.label("assignment_id"), *shown)
    elif table == "deliveries":
        columns = (DELIVERY.c.status, DELIVERY.c.at, DELIVERY.c.said, DELIVERY.c.detail)
        found = _of_unit(DELIVERY.c.number, *columns).join_from(DELIVERY, ASSIGNMENT)
    elif table == "responses":
        response = (RESPONSE.c.started_at, RESPONSE.c.finished_at, RESPONSE.c.late, RESPONSE.c.answers)
        found = _of_unit(ASSIGNMENT.c.number, *response).join_from(RESPONSE, ASSIGNMENT)
    elif table == "outcomes":
        outcome = (OUTCOME.c.metric, OUTCOME.c.value, OUTCOME.c.at, OUTCOME.c.late)
        found = _of_unit(ASSIGNMENT.c.number, *outcome).join_from(OUTCOME, ASSIGNMENT)
    else:
        consent = (column for column in CONSENT.c if column.name != "assignment")
        found = _of_unit(ASSIGNMENT.c.number, *consent).join_from(CONSENT, ASSIGNMENT)
    return found.where(ASSIGNMENT.c.experiment == key)


def _of_unit(number: ColumnElement[int], *columns: ColumnElement[Any]) -> Select[Any]:
    whose = (ASSIGNMENT.c.id.label("assignment_id"), ASSIGNMENT.c.unit, ASSIGNMENT.c.arm, ASSIGNMENT.c.test)
    return select(number.label("number"), *whose, *columns)


def _pages(
    database: Database,
    key: str,
    table: str,
    *,
    after: tuple[ColumnElement[Any], ...],
    complete: Callable[[Connection, list[Row]], None] | None = None,
) -> Iterator[Row]:
    """Rows in the order of `after`, a page in each short transaction."""
    first = statement(table, key).order_by(*after).limit(PAGE)
    last: tuple[Any, ...] | None = None
    names = [column.key for column in after]
    while True:
        page = first if last is None else first.where(tuple_(*after) > last)
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


def add_ratings(connection: Connection, rows: list[Row]) -> None:
    """Adds each response's ratings, and an empty mapping for answers where there are none."""
    by_number = {row["number"]: row for row in rows}
    for row in rows:
        row["ratings"], row["answers"] = {}, row["answers"] or {}
    for numbers in chunks(by_number):
        ratings = select(RATING).where(RATING.c.assignment.in_(numbers)).order_by(RATING.c.item)
        for assignment, item, value in connection.execute(ratings):
            by_number[assignment]["ratings"][item] = value
