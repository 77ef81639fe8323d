"""Takes away what is personal about units of experiments that stopped long ago; every count still holds."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, func, select, update

from amends.store import auditing, traces
from amends.store.engine import Database
from amends.store.forgetting import numbers_only
from amends.store.tables import (
    Assignment,
    Delivery,
    ExperimentRow,
    Idempotency,
    Mail,
    Response,
    ServiceEventRow,
    table,
)
from amends.store.values import as_utc

ASSIGNMENT = table(Assignment)
DELIVERY = table(Delivery)
EXPERIMENT = table(ExperimentRow)
IDEMPOTENCY = table(Idempotency)
MAIL = table(Mail)
RESPONSE = table(Response)
SERVICE_EVENT = table(ServiceEventRow)

AT_ONCE = 2_000
"""Units in one transaction, so that senders go on meanwhile."""


class Pruned(NamedTuple):
    """What was taken away, or would be.

    Attributes:
        units: Units whose covariates, words, carriers' codes and survey links go.
        events: Incidents that leave the log of delays.
        keys: Idempotency keys.
    """

    units: int
    events: int
    keys: int


def would_go(connection: Connection, before: datetime) -> Pruned:
    """How much is older than a time."""
    when = as_utc(before)
    units = select(func.count()).select_from(ASSIGNMENT).where(ASSIGNMENT.c.experiment.in_(_stopped(when)))
    events = select(func.count()).select_from(SERVICE_EVENT).where(SERVICE_EVENT.c.told_at < when)
    keys = select(func.count()).select_from(IDEMPOTENCY).where(IDEMPOTENCY.c.at < when)
    return Pruned(*(connection.execute(count).scalar_one() for count in (units, events, keys)))


def prune(database: Database, before: datetime, *, at: datetime) -> Pruned:
    """Takes away what is older than a time, some thousand units a transaction.

    Of experiments stopped before it: what was known of units beforehand, words among their answers, what
    carriers said, survey links. Arms, times, deliveries, ratings and every tally stay. Of the log of
    delays: incidents last told of before it.

    Args:
        database: The database.
        before: The time.
        at: Now, for the audit.
    """
    when = as_utc(before)
    with database.read(long=True) as connection:
        found = would_go(connection, when)
        numbers = list(
            connection.execute(
                select(ASSIGNMENT.c.number).where(ASSIGNMENT.c.experiment.in_(_stopped(when)))
            ).scalars()
        )
    for some in _parts(numbers):
        database.write(lambda connection, some=some: _strip(connection, some))  # type: ignore[misc]

    def finish(connection: Connection) -> None:
        old = (MAIL.c.experiment.in_(_stopped(when)), MAIL.c.detail.is_not(None))
        connection.execute(update(MAIL).where(*old).values(detail=None))
        connection.execute(delete(SERVICE_EVENT).where(SERVICE_EVENT.c.told_at < when))
        connection.execute(delete(IDEMPOTENCY).where(IDEMPOTENCY.c.at < when))
        detail = {"before": when.isoformat(), **found._asdict()}
        auditing.write(connection, "prune", key=None, detail=detail, at=at)

    database.write(finish)
    traces.wipe(database)
    return found


def _stopped(before: datetime) -> Any:
    return select(EXPERIMENT.c.key).where(EXPERIMENT.c.status == "stopped", EXPERIMENT.c.stopped_at < before)


def _parts(numbers: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(numbers), AT_ONCE):
        yield numbers[start : start + AT_ONCE]


def _strip(connection: Connection, numbers: list[int]) -> None:
    for number in numbers:
        connection.execute(
            update(ASSIGNMENT)
            .where(ASSIGNMENT.c.number == number)
            .values(covariates=None, token_nonce=secrets.token_urlsafe(9))
        )
    connection.execute(
        update(DELIVERY)
        .where(DELIVERY.c.assignment.in_(numbers), DELIVERY.c.detail.is_not(None))
        .values(detail=None)
    )
    answered = select(RESPONSE.c.assignment, RESPONSE.c.answers).where(
        RESPONSE.c.assignment.in_(numbers), RESPONSE.c.answers.is_not(None)
    )
    for assignment, answers in connection.execute(answered).all():
        connection.execute(
            update(RESPONSE)
            .where(RESPONSE.c.assignment == assignment)
            .values(answers=numbers_only(answers or {}) or None)
        )
