"""Keys under which records come in, so that sending one twice stores it once.

What comes here is a pseudonym of the key (`lab.records.remembered_key`): senders make keys from ids.

A key is remembered for `REMEMBERED`. Each new key takes away a few that are older, so that the table
neither grows for ever nor needs anybody to clean it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, delete, select

from amends.errors import KeyReused
from amends.store.statements import insert_new
from amends.store.tables import Idempotency, table
from amends.store.values import as_utc

IDEMPOTENCY = table(Idempotency)


REMEMBERED = timedelta(days=30)
TAKEN_AWAY = 10


def came_before(
    connection: Connection,
    key: str,
    kind: str,
    idempotency_key: str | None,
    body: Mapping[str, object],
    *,
    now: datetime,
    told_at: datetime | None = None,
) -> bool:
    """Whether this very record came in before under its idempotency key; without a key nobody knows.

    Args:
        now: When it comes in, whenever the record itself happened.
        told_at: When it happened, where the sender said so; it then belongs to the content.

    Raises:
        KeyReused: The key came with another content before.
    """
    if idempotency_key is None:
        return False
    if told_at is not None:
        body = {**body, "at": as_utc(told_at).isoformat()}
    digest = sha256(json.dumps(body, sort_keys=True, default=str).encode()).hexdigest()
    values = {"experiment": key, "kind": kind, "key": idempotency_key, "digest": digest, "at": as_utc(now)}
    _forget_old(connection, as_utc(now) - REMEMBERED)
    if connection.execute(_new_key(connection.dialect.name), values).first() is not None:
        return False
    known = connection.execute(
        select(IDEMPOTENCY.c.digest).where(
            IDEMPOTENCY.c.experiment == key, IDEMPOTENCY.c.kind == kind, IDEMPOTENCY.c.key == idempotency_key
        )
    ).scalar_one()
    if known != digest:
        raise KeyReused(
            f"the idempotency key {idempotency_key!r} came with another {kind} before. "
            "One key stands for one record: send a new key with new content."
        )
    return True


def is_known(connection: Connection, key: str, kind: str, idempotency_key: str) -> bool:
    """Whether a record came in under this key, within the time that keys are remembered."""
    place = (
        IDEMPOTENCY.c.experiment == key,
        IDEMPOTENCY.c.kind == kind,
        IDEMPOTENCY.c.key == idempotency_key,
    )
    return connection.execute(select(IDEMPOTENCY.c.at).where(*place)).first() is not None


def _forget_old(connection: Connection, before: datetime) -> None:
    place = (IDEMPOTENCY.c.experiment, IDEMPOTENCY.c.kind, IDEMPOTENCY.c.key)
    old = select(*place).where(IDEMPOTENCY.c.at < before).order_by(*place).limit(TAKEN_AWAY)
    for row in connection.execute(old.with_for_update(skip_locked=True)).all():
        connection.execute(
            delete(IDEMPOTENCY).where(*(column == value for column, value in zip(place, row, strict=True)))
        )


@cache
def _new_key(dialect: str) -> Any:
    return insert_new(IDEMPOTENCY, dialect, key=("experiment", "kind", "key"))
