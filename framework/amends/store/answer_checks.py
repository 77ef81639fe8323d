"""What the data checks ask of the answers: counts per arm or item, made in the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import BigInteger, ColumnElement, Connection, Subquery, and_, case, cast, func, or_, select

from amends.store.check_statements import ASSIGNMENT, ByArm, by_arm, mine, seconds
from amends.store.tables import Delivery, Rating, Response, table

DELIVERY = table(Delivery)
RATING = table(Rating)
RESPONSE = table(Response)

GONE_OUT = ("sent", "delivered")


def timed(connection: Connection, key: str, *, too_fast: float) -> dict[str, ByArm]:
    """Finished responses per arm whose start and end are known apart, and those quicker than `too_fast` s."""
    spent = seconds(connection, RESPONSE.c.finished_at, RESPONSE.c.started_at)
    statement = (
        select(ASSIGNMENT.c.arm, func.count(), func.sum(case((spent < too_fast, 1), else_=0)))
        .join_from(RESPONSE, ASSIGNMENT)
        .where(RESPONSE.c.finished_at > RESPONSE.c.started_at, *mine(key))
        .group_by(ASSIGNMENT.c.arm)
    )
    rows = list(connection.execute(statement))
    return {
        "timed": {arm: int(n) for arm, n, _ in rows},
        "fast": {arm: int(fast) for arm, _, fast in rows},
    }


def answered_before_sending(connection: Connection, key: str, *, tolerance: float) -> ByArm:
    """Responses per arm that began more than `tolerance` seconds before the first recorded sending."""
    first = (
        select(func.min(DELIVERY.c.at))
        .where(DELIVERY.c.assignment == RESPONSE.c.assignment, DELIVERY.c.status.in_(GONE_OUT))
        .correlate(RESPONSE)
        .scalar_subquery()
    )
    begun = (
        select(ASSIGNMENT.c.arm, RESPONSE.c.started_at, first.label("first"))
        .join_from(RESPONSE, ASSIGNMENT)
        .where(*mine(key))
        .subquery()
    )
    early = seconds(connection, begun.c.first, begun.c.started_at) > tolerance
    return by_arm(connection, select(begun.c.arm, func.count()).where(early).group_by(begun.c.arm))


def off_scale(
    connection: Connection, key: str, scales: Mapping[str, tuple[int, int, bool]]
) -> dict[str, int]:
    """Stored ratings per item that are outside its scale, or between the points of a single rating.

    Args:
        connection: Within a transaction.
        key: The experiment's key.
        scales: By item its lowest and highest point, and whether only whole numbers are possible.
    """
    if not scales:
        return {}
    value = RATING.c.value
    wrong = [
        and_(
            RATING.c.item == item,
            or_(value < low, value > high, *([value != cast(value, BigInteger)] if whole else [])),
        )
        for item, (low, high, whole) in scales.items()
    ]
    statement = (
        select(RATING.c.item, func.count())
        .join_from(RATING, ASSIGNMENT, ASSIGNMENT.c.number == RATING.c.assignment)
        .where(or_(*wrong), *mine(key))
        .group_by(RATING.c.item)
    )
    return by_arm(connection, statement)


def answer_values(connection: Connection, key: str, items: Sequence[str]) -> dict[str, dict[str, int]]:
    """By item that is no metric: how many finished responses gave each answer, as text."""
    found: dict[str, dict[str, int]] = {}
    for item in items:
        value = RESPONSE.c.answers[item].as_string()
        statement = (
            select(value, func.count())
            .join_from(RESPONSE, ASSIGNMENT)
            .where(RESPONSE.c.answers.is_not(None), RESPONSE.c.finished_at.is_not(None), *mine(key))
            .group_by(value)
        )
        found[item] = {str(text): int(n) for text, n in connection.execute(statement) if text is not None}
    return found


def straight_lined(
    connection: Connection, key: str, *, rated: Sequence[str], answered: Sequence[str]
) -> dict[str, ByArm]:
    """Finished responses per arm with every one of these items, and those with one value throughout.

    Args:
        connection: Within a transaction.
        key: The experiment's key.
        rated: Items that are metrics, stored as ratings.
        answered: Items that stand among the other answers.
    """
    ratings = _rating_range(rated)
    texts = [RESPONSE.c.answers[item].as_string() for item in answered]
    complete: list[ColumnElement[bool]] = [text.is_not(None) for text in texts]
    same: list[ColumnElement[bool]] = [text == texts[0] for text in texts[1:]]
    if ratings is not None:
        complete.append(ratings.c.n == len(rated))
        same.append(ratings.c.low == ratings.c.high)
        if texts:
            same.append(RESPONSE.c.answers[answered[0]].as_float() == ratings.c.low)
    source = RESPONSE.join(ASSIGNMENT, ASSIGNMENT.c.number == RESPONSE.c.assignment)
    if ratings is not None:
        source = source.join(ratings, ratings.c.assignment == RESPONSE.c.assignment)
    statement = (
        select(ASSIGNMENT.c.arm, func.count(), func.sum(case((and_(*same), 1), else_=0)))
        .select_from(source)
        .where(RESPONSE.c.finished_at.is_not(None), *complete, *mine(key))
        .group_by(ASSIGNMENT.c.arm)
    )
    rows = list(connection.execute(statement))
    return {
        "rated_all": {arm: int(n) for arm, n, _ in rows},
        "straight": {arm: int(n) for arm, _, n in rows},
    }


def _rating_range(items: Sequence[str]) -> Subquery | None:
    if not items:
        return None
    return (
        select(
            RATING.c.assignment,
            func.count().label("n"),
            func.min(RATING.c.value).label("low"),
            func.max(RATING.c.value).label("high"),
        )
        .where(RATING.c.item.in_(items))
        .group_by(RATING.c.assignment)
        .subquery()
    )
