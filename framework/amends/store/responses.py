"""Many responses in one transaction, each counted as if it had come alone; a refused one harms no other.

Every assignment is locked before anything is written, so that nothing here can break a constraint: what is
wrong with a row is found by reading, and answered in its place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from amends.errors import KeyReused, NeverAssigned, RecordRefused
from amends.store.counting import turn_away
from amends.store.idempotency import came_before
from amends.store.recording import (
    ASSIGNMENT,
    RATING,
    REPEATED,
    RESPONSE,
    answered,
    came_again,
    cell_of,
    count_response,
)
from amends.store.statements import chunks
from amends.store.taking_part import barred, no_answers
from amends.store.tallying import Tallying
from amends.store.values import StoredResponse, TurnedAwayKey, as_utc


class NewResponse(NamedTuple):
    """A response to be stored, already held against the definition.

    Attributes:
        assignment_id: Whose it is.
        finished: Whether the survey was finished, or only begun.
        ratings: Numbers by item; `answers` everything else.
        at: When; `told_at` the same where the sender said so.
        late: Whether that was after its window.
        idempotency_key: Makes a retry safe.
    """

    assignment_id: str
    finished: bool
    ratings: Mapping[str, float]
    answers: Mapping[str, Any]
    at: datetime
    late: bool
    idempotency_key: str | None = None
    told_at: datetime | None = None


def responses(
    connection: Connection, key: str, rows: Sequence[NewResponse], *, now: datetime
) -> list[StoredResponse | RecordRefused]:
    """Stores responses; in order, what stands for each now or why it was refused."""
    units = located(connection, key, {row.assignment_id for row in rows})
    before = _standing(connection, units.values())
    apart = barred(connection, (unit.number for unit in units.values()))
    taking = _Taking(dict(before), Tallying(), Counter(), Counter())
    answers: list[StoredResponse | RecordRefused] = []
    for row in rows:
        unit = units.get(row.assignment_id)
        if unit is None:
            answers.append(NeverAssigned(f"{row.assignment_id!r} is no assignment of {key!r}."))
            continue
        if unit.number in apart:
            answers.append(no_answers(key))
            continue
        try:
            again = _again(connection, key, row, now=now)
        except KeyReused as refused:
            answers.append(refused)
        else:
            answers.append(_take(taking, unit, row, again=again))
    _put(connection, before, taking.standing)
    turn_away(connection, key, taking.repeated)
    came_again(connection, taking.again)
    taking.tallying.write(connection)
    return answers


class _Taking(NamedTuple):
    """What the rows so far amount to: what stands for each unit, and what is to be counted."""

    standing: dict[int, StoredResponse]
    tallying: Tallying
    repeated: Counter[TurnedAwayKey]
    again: Counter[int]


def _take(taking: _Taking, unit: Row[Any], row: NewResponse, *, again: bool) -> StoredResponse:
    earlier = taking.standing.get(unit.number)
    if earlier is not None and (again or earlier.finished):
        reason = "the same record again" if again else "a finished response stands already"
        taking.repeated[REPEATED, reason, as_utc(row.at).date()] += 1
        taking.again[unit.number] += 1
        return replace(earlier, first=False)
    after = answered(
        unit,
        earlier,
        finished=row.finished,
        ratings=row.ratings,
        answers=row.answers,
        at=row.at,
        late=row.late,
    )
    taking.standing[unit.number] = after
    if not unit.test:
        count_response(taking.tallying, cell_of(unit), after, new=earlier is None)
    return after


def _again(connection: Connection, key: str, row: NewResponse, *, now: datetime) -> bool:
    body = {
        "of": row.assignment_id,
        "finished": row.finished,
        "ratings": dict(row.ratings),
        "answers": dict(row.answers),
    }
    return came_before(connection, key, "response", row.idempotency_key, body, now=now, told_at=row.told_at)


def located(connection: Connection, key: str, ids: Iterable[str]) -> dict[str, Row[Any]]:
    """The assignments' rows, locked in the order of their numbers."""
    found: dict[str, Row[Any]] = {}
    for some in chunks(sorted(ids)):
        # By id alone: with the experiment beside several ids SQLite looks through the whole experiment.
        statement = (
            select(ASSIGNMENT)
            .where(ASSIGNMENT.c.id.in_(some))
            .order_by(ASSIGNMENT.c.number)
            .with_for_update()
        )
        found.update((row.id, row) for row in connection.execute(statement) if row.experiment == key)
    return found


def _standing(connection: Connection, units: Iterable[Row[Any]]) -> dict[int, StoredResponse]:
    """What is stored for these units already, by the assignment's number."""
    by_number = {unit.number: unit for unit in units}
    ratings: dict[int, dict[str, float]] = {}
    rows: list[Row[Any]] = []
    for some in chunks(by_number):
        rows += connection.execute(select(RESPONSE).where(RESPONSE.c.assignment.in_(some))).all()
        for number, item, value in connection.execute(
            select(RATING.c.assignment, RATING.c.item, RATING.c.value).where(RATING.c.assignment.in_(some))
        ):
            ratings.setdefault(number, {})[item] = value
    return {
        row.assignment: StoredResponse(
            first=False,
            experiment=unit.experiment,
            assignment_id=unit.id,
            unit=unit.unit,
            arm=unit.arm,
            started_at=row.started_at,
            finished_at=row.finished_at,
            late=row.late,
            ratings=ratings.get(row.assignment, {}),
            answers=row.answers or {},
        )
        for row in rows
        for unit in [by_number[row.assignment]]
    }


def _put(
    connection: Connection, before: Mapping[int, StoredResponse], after: Mapping[int, StoredResponse]
) -> None:
    """Writes what changed: a row per new response, and the ratings of all of them anew."""
    changed = {number: now for number, now in after.items() if now is not before.get(number)}
    values = {
        number: {
            "started_at": now.started_at,
            "finished_at": now.finished_at,
            "late": now.late,
            "answers": dict(now.answers) or None,
        }
        for number, now in changed.items()
    }
    new = [{"assignment": number, **row} for number, row in values.items() if number not in before]
    again = [{"whose": number, **row} for number, row in values.items() if number in before]
    if new:
        connection.execute(insert(RESPONSE), new)
    if again:
        connection.execute(update(RESPONSE).where(RESPONSE.c.assignment == bindparam("whose")), again)
        for some in chunks(row["whose"] for row in again):
            connection.execute(delete(RATING).where(RATING.c.assignment.in_(some)))
    rated = [
        {"assignment": number, "item": item, "value": value}
        for number, now in changed.items()
        for item, value in now.ratings.items()
    ]
    if rated:
        connection.execute(insert(RATING), rated)
