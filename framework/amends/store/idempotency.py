"""Keys under which records come in, so that sending one twice stores it once."""

from __future__ import annotations

import json
from datetime import datetime
from functools import cache
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, select

from amends.errors import KeyReused
from amends.store.statements import insert_new
from amends.store.tables import Idempotency, table
from amends.store.values import as_utc

IDEMPOTENCY = table(Idempotency)


def came_before(
    connection: Connection, key: str, kind: str, idempotency_key: str | None, body: object, *, at: datetime
) -> bool:
    """Whether this very record came in before under its idempotency key; without a key nobody knows.

    Raises:
        KeyReused: The key came with another content before.
    """
    if idempotency_key is None:
        return False
    digest = sha256(json.dumps(body, sort_keys=True, default=str).encode()).hexdigest()
    values = {"experiment": key, "kind": kind, "key": idempotency_key, "digest": digest, "at": as_utc(at)}
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


@cache
def _new_key(dialect: str) -> Any:
    return insert_new(IDEMPOTENCY, dialect, key=("experiment", "kind", "key"))
