"""Takes away what is personal about units of experiments that stopped long ago; every count still holds."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, bindparam, delete, func, null, select, update

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
"""Rows in one transaction, so that senders go on meanwhile."""


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
    """Takes away what is older than a time, some thousand rows a transaction, so that senders go on.

    Of experiments stopped before it: what was known of units beforehand, words among their answers, what
    carriers said, survey links. Arms, times, deliveries, ratings and every tally stay. Of the log of
    delays: incidents last told of before it. Broken off, the same call does what is left.

    Args:
        database: The database.
        before: The time.
        at: Now, for the audit.
    """
    when = as_utc(before)
    with database.read(long=True) as connection:
        found = would_go(connection, when)
    stopped = ASSIGNMENT.c.experiment.in_(_stopped(when))
    _by_parts(database, select(ASSIGNMENT.c.number).where(stopped), ASSIGNMENT.c.number, _strip)
    said = (MAIL.c.experiment.in_(_stopped(when)), MAIL.c.detail.is_not(None))
    _by_parts(database, select(MAIL.c.number).where(*said), MAIL.c.number, _silence)
    told = SERVICE_EVENT.c.told_at < when
    _by_parts(database, select(SERVICE_EVENT.c.incident).where(told), SERVICE_EVENT.c.incident, _forget)
    while database.write(lambda connection: _forget_keys(connection, when)):
        pass
    detail = {"before": when.isoformat(), **found._asdict()}
    database.write(lambda connection: auditing.write(connection, "prune", key=None, detail=detail, at=at))
    traces.wipe(database)
    return found


def _by_parts(
    database: Database,
    wanted: Select[Any],
    place: ColumnElement[Any],
    work: Callable[[Connection, list[Any]], None],
) -> None:
    """Does the work on rows in the order of their key, a transaction for each part."""
    after = None
    while True:
        statement = wanted.order_by(place).limit(AT_ONCE)
        with database.read(long=True) as connection:
            rows = statement if after is None else statement.where(place > after)
            some = list(connection.execute(rows).scalars())
        if not some:
            return
        database.write(lambda connection, some=some: work(connection, some))  # type: ignore[misc]
        after = some[-1]


def _silence(connection: Connection, numbers: list[int]) -> None:
    connection.execute(update(MAIL).where(MAIL.c.number.in_(numbers)).values(detail=None))


def _forget(connection: Connection, incidents: list[str]) -> None:
    connection.execute(delete(SERVICE_EVENT).where(SERVICE_EVENT.c.incident.in_(incidents)))


def _forget_keys(connection: Connection, when: datetime) -> int:
    """Idempotency keys that came before a time, the first of them; how many."""
    place = (IDEMPOTENCY.c.experiment, IDEMPOTENCY.c.kind, IDEMPOTENCY.c.key)
    old = connection.execute(select(*place).where(IDEMPOTENCY.c.at < when).limit(AT_ONCE)).all()
    if old:
        connection.execute(
            delete(IDEMPOTENCY).where(*(column == bindparam(f"old_{column.name}") for column in place)),
            [{f"old_{column.name}": value for column, value in zip(place, row, strict=True)} for row in old],
        )
    return len(old)


def _stopped(before: datetime) -> Any:
    return select(EXPERIMENT.c.key).where(EXPERIMENT.c.status == "stopped", EXPERIMENT.c.stopped_at < before)


def _strip(connection: Connection, numbers: list[int]) -> None:
    connection.execute(
        update(ASSIGNMENT)
        .where(ASSIGNMENT.c.number == bindparam("whose"))
        .values(covariates=null(), token_nonce=bindparam("nonce")),
        [{"whose": number, "nonce": secrets.token_urlsafe(9)} for number in numbers],
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
