"""What became of a unit: deliveries, responses, outcomes; each counted once, in the same transaction.

Every function locks the assignment's row first (PostgreSQL; SQLite has one writer), so that two
reports about one unit come after one another. What is to be counted goes into the `Tallying` that
is handed in; whoever began the transaction writes it, once for all records of a batch.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from amends.errors import NeverAssigned, RecordRefused, nearest
from amends.store.counting import turn_away
from amends.store.idempotency import came_before
from amends.store.statements import insert_new
from amends.store.tables import Assignment, Consent, Delivery, Outcome, Rating, Response, table
from amends.store.taking_part import barred, no_answers
from amends.store.tallying import Cell, Tallying
from amends.store.values import StoredResponse, as_utc

ASSIGNMENT = table(Assignment)
CONSENT = table(Consent)
DELIVERY = table(Delivery)
RESPONSE = table(Response)
RATING = table(Rating)
OUTCOME = table(Outcome)

DELIVERY_STATUSES = ("sent", "delivered", "failed", "withheld")

REPEATED = "repeated"
"""A response that came after a finished one, or a second time: answered with what is stored, and counted."""


class Whose(NamedTuple):
    """Which assignment a record is about: the unit's pseudonym or the assignment's id."""

    unit: str | None = None
    assignment_id: str | None = None


def delivery(
    connection: Connection,
    tallying: Tallying,
    key: str,
    whose: Whose,
    status: str,
    *,
    at: datetime,
    said: str | None,
    detail: str | None,
    idempotency_key: str | None = None,
    now: datetime | None = None,
    told_at: datetime | None = None,
) -> bool:
    """Stores a delivery; False where exactly this one is stored already.

    Each status counts once for a unit, however many incidents it was about.

    Raises:
        NeverAssigned: The unit has no assignment.
        KeyReused: The idempotency key came with another content before.
    """
    if status not in DELIVERY_STATUSES:
        raise RecordRefused(
            f"{status!r} is no delivery status. {nearest(status, DELIVERY_STATUSES, what='statuses')}"
        )
    unit = locate(connection, key, whose)
    body = {"of": unit.id, "status": status, "said": said, "detail": detail}
    if came_before(connection, key, "delivery", idempotency_key, body, now=now or at, told_at=told_at):
        return False
    earlier = select(DELIVERY.c.number).where(
        DELIVERY.c.assignment == unit.number, DELIVERY.c.status == status
    )
    first = connection.execute(earlier.limit(1)).first() is None
    values = {"assignment": unit.number, "status": status, "at": as_utc(at), "said": said, "detail": detail}
    stored = connection.execute(_statements(connection.dialect.name).delivery, values).first() is not None
    if first:
        _tally(tallying, unit, status)
    return stored


def started(connection: Connection, tallying: Tallying, key: str, whose: Whose, *, at: datetime) -> bool:
    """Stores that the survey was begun; False where it was before."""
    unit = locate(connection, key, whose)
    values = {
        "assignment": unit.number,
        "started_at": as_utc(at),
        "finished_at": None,
        "late": False,
        "answers": None,
    }
    first = connection.execute(_statements(connection.dialect.name).response, values).first() is not None
    if first:
        _tally(tallying, unit, "started")
    return first


def response(
    connection: Connection,
    tallying: Tallying,
    key: str,
    whose: Whose,
    *,
    finished: bool,
    ratings: Mapping[str, float],
    answers: Mapping[str, Any],
    at: datetime,
    late: bool,
    idempotency_key: str | None,
    now: datetime | None = None,
    told_at: datetime | None = None,
    form: str | None = None,
) -> StoredResponse:
    """Stores a response; where a finished one is stored already, answers with that.

    Raises:
        NeverAssigned: The unit has no assignment.
        RecordRefused: The unit refused to take part or withdrew.
        KeyReused: The idempotency key came with another content before.
    """
    unit = locate(connection, key, whose)
    if barred(connection, [unit.number]):
        raise no_answers(key)
    body = {"of": unit.id, "finished": finished, "ratings": dict(ratings), "answers": dict(answers)}
    again = came_before(connection, key, "response", idempotency_key, body, now=now or at, told_at=told_at)
    before = stored_response(connection, unit)
    if before is not None and (again or before.finished):
        reason = "the same record again" if again else "a finished response stands already"
        turn_away(connection, key, {(REPEATED, reason, as_utc(at).date()): 1})
        came_again(connection, {unit.number: 1})
        return before
    after = answered(
        unit, before, finished=finished, ratings=ratings, answers=answers, at=at, late=late, form=form
    )
    _put_response(connection, unit.number, after, new=before is None)
    if not unit.test:
        count_response(tallying, cell_of(unit), after, new=before is None)
    return after


def came_again(connection: Connection, times: Mapping[int, int]) -> None:
    """Adds to what is counted with a stored response, by the assignment's number, as coming again."""
    if times:
        more = RESPONSE.c.repeats + bindparam("more")
        statement = update(RESPONSE).where(RESPONSE.c.assignment == bindparam("whose")).values(repeats=more)
        connection.execute(statement, [{"whose": number, "more": n} for number, n in sorted(times.items())])


def answered(
    unit: Row[Any],
    before: StoredResponse | None,
    *,
    finished: bool,
    ratings: Mapping[str, float],
    answers: Mapping[str, Any],
    at: datetime,
    late: bool,
    form: str | None = None,
) -> StoredResponse:
    """What stands for a unit after a further response: earlier answers stay where no later one is given."""
    moment = as_utc(at)
    return StoredResponse(
        first=True,
        experiment=unit.experiment,
        assignment_id=unit.id,
        unit=unit.unit,
        arm=unit.arm,
        started_at=moment if before is None else before.started_at,
        finished_at=moment if finished else None,
        late=finished and late,
        ratings={**(before.ratings if before else {}), **ratings},
        answers={**(before.answers if before else {}), **answers},
        form=form if finished else None,
    )


def _put_response(connection: Connection, number: int, after: StoredResponse, *, new: bool) -> None:
    values = {
        "started_at": after.started_at,
        "finished_at": after.finished_at,
        "late": after.late,
        "answers": dict(after.answers) or None,
        "form": after.form,
    }
    if new:
        connection.execute(insert(RESPONSE), {"assignment": number, **values})
    else:
        connection.execute(update(RESPONSE).where(RESPONSE.c.assignment == number).values(**values))
        connection.execute(delete(RATING).where(RATING.c.assignment == number))
    if after.ratings:
        rows = [{"assignment": number, "item": item, "value": value} for item, value in after.ratings.items()]
        connection.execute(insert(RATING), rows)


def count_response(tallying: Tallying, cell: Cell, after: StoredResponse, *, new: bool) -> None:
    """Counts a response that has just been stored: begun where it is new, finished where it is."""
    if new:
        tallying.count(cell, "started")
    if after.finished:
        tallying.count(cell, "finished")
        tallying.count(cell, "late" if after.late else "completed")
        if not after.late:
            tallying.rate(cell, after.ratings)


def outcome(
    connection: Connection,
    tallying: Tallying,
    key: str,
    whose: Whose,
    *,
    metric: str,
    value: float,
    at: datetime,
    late: bool,
    idempotency_key: str | None,
    now: datetime | None = None,
    told_at: datetime | None = None,
) -> bool:
    """Stores an outcome's value; False where an earlier value stands.

    The first value stands, except that 0 means "nothing so far" and gives way to a later value.

    Raises:
        NeverAssigned: The unit has no assignment.
        KeyReused: The idempotency key came with another content before.
    """
    unit = locate(connection, key, whose)
    body = {"of": unit.id, "metric": metric, "value": value}
    if came_before(connection, key, "outcome", idempotency_key, body, now=now or at, told_at=told_at):
        return False
    place = (OUTCOME.c.assignment == unit.number, OUTCOME.c.metric == metric)
    before = connection.execute(select(OUTCOME.c.value, OUTCOME.c.late).where(*place)).first()
    if before is not None and outcome_stands(before.value, before.late, value=value, late=late):
        return False
    values = {"value": float(value), "at": as_utc(at), "late": late}
    if before is None:
        connection.execute(insert(OUTCOME), {"assignment": unit.number, "metric": metric, **values})
    else:
        connection.execute(update(OUTCOME).where(*place).values(**values))
    if not unit.test and not late:
        counted = before is not None and not before.late
        tallying.happen(cell_of(unit), metric, float(value), instead_of=0.0 if counted else None)
    return True


def outcome_stands(before: float, before_late: bool, *, value: float, late: bool) -> bool:
    """Whether an outcome's stored value stands against a further one; 0 means "nothing so far"."""
    return bool(before) or not value or (late and not before_late)


def stored_response(connection: Connection, unit: Row[Any]) -> StoredResponse | None:
    """What is stored for a unit's survey; None where it has not begun."""
    row = connection.execute(select(RESPONSE).where(RESPONSE.c.assignment == unit.number)).first()
    if row is None:
        return None
    ratings = connection.execute(
        select(RATING.c.item, RATING.c.value).where(RATING.c.assignment == unit.number)
    )
    return StoredResponse(
        first=False,
        experiment=unit.experiment,
        assignment_id=unit.id,
        unit=unit.unit,
        arm=unit.arm,
        started_at=row.started_at,
        finished_at=row.finished_at,
        late=row.late,
        ratings=dict(ratings.all()),
        answers=row.answers or {},
        form=row.form,
    )


def read_response(connection: Connection, key: str, whose: Whose) -> StoredResponse | None:
    """What is stored for a unit's survey, without locking anything.

    Raises:
        NeverAssigned: The unit has no assignment.
    """
    return stored_response(connection, locate(connection, key, whose, lock=False))


def cell_of(unit: Row[Any]) -> Cell:
    """The tally cell that a row of `assignment` is counted in."""
    return Cell(
        unit.experiment,
        unit.arm,
        unit.day,
        unit.channel,
        unit.locale,
        unit.delay_band,
        unit.stratum,
        unit.sender,
    )


def locate(connection: Connection, key: str, whose: Whose, *, lock: bool = True) -> Row[Any]:
    statement = select(ASSIGNMENT).where(ASSIGNMENT.c.experiment == key)
    if whose.assignment_id is not None:
        statement = statement.where(ASSIGNMENT.c.id == whose.assignment_id)
    else:
        statement = statement.where(ASSIGNMENT.c.unit == whose.unit)
    row = connection.execute(statement.with_for_update() if lock else statement).first()
    if row is None:
        raise NeverAssigned(
            f"this unit was never given an arm in {key!r}, so nothing can be recorded for it. "
            "Assign it first, with exactly the same id."
        )
    return row


def _tally(tallying: Tallying, unit: Row[Any], name: str) -> None:
    if not unit.test:
        tallying.count(cell_of(unit), name)


class _Statements(NamedTuple):
    delivery: Any
    response: Any


@cache
def _statements(dialect: str) -> _Statements:
    return _Statements(
        delivery=insert_new(DELIVERY, dialect, key=("assignment", "status", "at")),
        response=insert_new(RESPONSE, dialect, key=("assignment",)),
    )
