"""What the data checks ask of the answers: counts per arm, made in the database in one pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    and_,
    case,
    cast,
    exists,
    false,
    func,
    literal,
    or_,
    select,
)

from amends.store.check_statements import ASSIGNMENT, ByArm, seconds
from amends.store.table_order import in_table_order
from amends.store.tables import Delivery, Rating, Response, table

DELIVERY = table(Delivery)
RATING = table(Rating)
RESPONSE = table(Response)

GONE_OUT = ("sent", "delivered")
FINISHED = RESPONSE.c.finished_at.is_not(None)

Scale = tuple[int, int, bool]
"""Lowest and highest value, and whether only whole numbers are possible."""


def answers(
    connection: Connection,
    key: str,
    *,
    rated: Mapping[str, Scale],
    answered: Mapping[str, Scale],
    alike: Sequence[str],
    too_fast: float,
    tolerance: float | None,
) -> dict[str, Any]:
    """Responses per arm by what the data checks look for, and by item those off its scale.

    Args:
        connection: Within a transaction.
        key: The experiment's key.
        rated: Items stored as ratings, with their scales.
        answered: Ratings that stand among the other answers, with their scales.
        alike: Items of either kind on one scale; the same answer to all of them is straight-lining.
        too_fast: Seconds below which a response was filled in faster than anybody reads.
        tolerance: Seconds by which a response may begin before the first recorded sending; None where
            the message does not come by delivery.
    """
    stored = {item: RATING.alias(f"rating_{number}") for number, item in enumerate(rated)}
    wanted: dict[tuple[str, str], ColumnElement[bool]] = {
        ("timed", ""): RESPONSE.c.finished_at > RESPONSE.c.started_at,
        ("fast", ""): _fast(connection, too_fast),
        ("early", ""): false() if tolerance is None else _early(connection, tolerance),
    }
    for item, scale in rated.items():
        wanted["off_scale", item] = _off(stored[item].c.value, scale)
    for item, scale in answered.items():
        wanted["off_scale", item] = _worded_off(RESPONSE.c.answers[item].as_string(), scale)
    given = [
        stored[item].c.value if item in stored else RESPONSE.c.answers[item].as_float() for item in alike
    ]
    if given:
        wanted["rated_all", ""] = _all_given(given)
        # Two answers that are equal are both there.
        alone = [given[0].is_not(None)] if len(given) == 1 else []
        wanted["straight", ""] = and_(FINISHED, *alone, *(value == given[0] for value in given[1:]))
    source = RESPONSE.join(ASSIGNMENT, ASSIGNMENT.c.number == RESPONSE.c.assignment)
    for item, rating in stored.items():
        mark = and_(rating.c.assignment == RESPONSE.c.assignment, rating.c.item == item)
        source = source.outerjoin(rating, mark)
    sums = [func.sum(case((condition, 1), else_=0)) for condition in wanted.values()]
    sums.append(func.sum(RESPONSE.c.repeats))
    statement = select(ASSIGNMENT.c.arm, *sums).select_from(source).where(*in_table_order(connection, key))
    names = [*wanted, ("again", "")]
    return _sorted_out(names, list(connection.execute(statement.group_by(ASSIGNMENT.c.arm))))


def _sorted_out(names: Sequence[tuple[str, str]], rows: Sequence[Any]) -> dict[str, Any]:
    found: dict[str, ByArm] = {name: {} for name, _ in names}
    for arm, *counts in rows:
        for (name, item), n in zip(names, counts, strict=True):
            if name == "off_scale":
                found[name][item] = found[name].get(item, 0) + int(n)
            else:
                found[name][arm] = int(n)
    return found


def _all_given(values: Sequence[ColumnElement[Any]]) -> ColumnElement[bool]:
    return and_(FINISHED, *(value.is_not(None) for value in values))


def _fast(connection: Connection, too_fast: float) -> ColumnElement[bool]:
    spent = seconds(connection, RESPONSE.c.finished_at, RESPONSE.c.started_at)
    return and_(RESPONSE.c.finished_at > RESPONSE.c.started_at, spent < too_fast)


def _early(connection: Connection, tolerance: float) -> ColumnElement[bool]:
    gone_out = (DELIVERY.c.assignment == RESPONSE.c.assignment, DELIVERY.c.status.in_(GONE_OUT))
    first = select(func.min(DELIVERY.c.at)).where(*gone_out).correlate(RESPONSE).scalar_subquery()
    # Nearly all were sent before they were answered, which takes one look into the index.
    before = exists(literal(1)).where(*gone_out, DELIVERY.c.at <= RESPONSE.c.started_at).correlate(RESPONSE)
    return and_(~before, seconds(connection, first, RESPONSE.c.started_at) > tolerance)


def _off(value: ColumnElement[Any], scale: Scale) -> ColumnElement[bool]:
    low, high, whole = scale
    between = [value != cast(value, BigInteger)] if whole else []
    return or_(value < low, value > high, *between)


def _worded_off(text: ColumnElement[Any], scale: Scale) -> ColumnElement[bool]:
    """An answer among the others was no point of its scale; compared as text, whatever stands there."""
    low, high, _ = scale
    # What is missing is not counted either: nothing is "not in" a list.
    return text.not_in([str(point) for point in range(low, high + 1)])
