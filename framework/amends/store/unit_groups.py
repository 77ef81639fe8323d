"""Matured units that are alike in arm, receipt and result, counted: a few rows for any number of units."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, false, func, literal, null, select

from amends.store.table_order import in_table_order
from amends.store.tables import Assignment, Delivery, Outcome, Rating, Response, table

ASSIGNMENT = table(Assignment)
DELIVERY = table(Delivery)
RESPONSE = table(Response)
RATING = table(Rating)
OUTCOME = table(Outcome)

RECEIPTS = ("delivered", "failed")
SPOKEN = (DELIVERY.c.said.is_not(None), DELIVERY.c.said != "")


def unit_groups(
    connection: Connection,
    key: str,
    *,
    matured_before: date | None,
    rated: Collection[str] = (),
    outcomes: Collection[str] = (),
) -> dict[str, list[Any]]:
    """Columns as `amends.analysis.units` names them, and `n`: how many units each row stands for.

    Args:
        connection: Within a transaction.
        key: The experiment's key.
        matured_before: The first day that has not matured; None where every day counts.
        rated: Ratings to tell apart, of those who completed.
        outcomes: Outcomes to tell apart, within their window.
    """
    completed = func.coalesce(and_(RESPONSE.c.finished_at.is_not(None), RESPONSE.c.late.is_(False)), false())
    columns: dict[str, ColumnElement[Any]] = {"arm": ASSIGNMENT.c.arm, "completed": completed}
    columns |= {status: _received(status) for status in RECEIPTS}
    columns["said"] = _said() if _anybody_spoke(connection) else null()
    source: Any = ASSIGNMENT.outerjoin(RESPONSE, RESPONSE.c.assignment == ASSIGNMENT.c.number)
    for kind, names in (("item", rated), ("outcome", outcomes)):
        for name in names:
            source, columns[f"{kind}.{name}"] = _joined(source, kind, name, completed)
    within = in_table_order(connection, key)
    if matured_before is not None:
        within.append(matured_before > ASSIGNMENT.c.day)
    told = select(*(column.label(f"c{place}") for place, column in enumerate(columns.values())))
    rows = told.select_from(source).where(*within).subquery()
    counted = select(*rows.c, func.count()).group_by(*rows.c).order_by(*rows.c)
    found = connection.execute(counted).all()
    names = [*columns, "n"]
    made: dict[str, list[Any]] = {name: [row[place] for row in found] for place, name in enumerate(names)}
    for name in (*RECEIPTS, "completed"):
        made[name] = [bool(value) for value in made[name]]
    return made


def _received(status: str) -> ColumnElement[bool]:
    return exists(literal(1)).where(DELIVERY.c.assignment == ASSIGNMENT.c.number, DELIVERY.c.status == status)


def _anybody_spoke(connection: Connection) -> bool:
    return connection.execute(select(literal(1)).where(*SPOKEN).limit(1)).first() is not None


def _said() -> ColumnElement[str]:
    """The sentence that was said last."""
    return (
        select(DELIVERY.c.said)
        .where(
            DELIVERY.c.assignment == ASSIGNMENT.c.number, DELIVERY.c.said.is_not(None), DELIVERY.c.said != ""
        )
        .order_by(DELIVERY.c.at.desc(), DELIVERY.c.number.desc())
        .limit(1)
        .correlate(ASSIGNMENT)
        .scalar_subquery()
    )


def _joined(
    source: Any, kind: str, name: str, completed: ColumnElement[bool]
) -> tuple[Any, ColumnElement[Any]]:
    if kind == "item":
        rating = RATING.alias()
        mark = and_(rating.c.assignment == ASSIGNMENT.c.number, rating.c.item == name, completed)
        return source.outerjoin(rating, mark), rating.c.value
    outcome = OUTCOME.alias()
    mark = and_(
        outcome.c.assignment == ASSIGNMENT.c.number, outcome.c.metric == name, outcome.c.late.is_(False)
    )
    return source.outerjoin(outcome, mark), outcome.c.value
