"""API keys: shown once, stored as a digest."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, insert, or_, select, update

from amends.errors import UsageError, nearest
from amends.store import auditing
from amends.store.tables import ApiKeyRow, table
from amends.store.values import ApiKey, as_utc

API_KEY = table(ApiKeyRow)

SCOPES = ("assign", "ingest", "read", "admin")

PREFIX = "amends"

USE_NOTED_AFTER = timedelta(minutes=1)
"""How old the noted use of a key must be to be noted anew: a request of its own writes nothing."""


def create(
    connection: Connection,
    name: str,
    scopes: Sequence[str],
    *,
    at: datetime,
    expires_at: datetime | None = None,
    rate: float | None = None,
) -> str:
    """Makes a key and returns it: the only time that it can be seen.

    Raises:
        UsageError: No scope, a scope that does not exist, a name that is taken, an end that is past,
            a rate that is not above 0.
    """
    if expires_at is not None and as_utc(expires_at) <= as_utc(at):
        raise UsageError(f"a key cannot end at {expires_at.isoformat()}: that is past.")
    if rate is not None and not rate > 0:
        raise UsageError(f"rate={rate!r}: requests a second, above 0, are needed.")
    for scope in scopes:
        if scope not in SCOPES:
            raise UsageError(f"{scope!r} is no scope. {nearest(scope, SCOPES, what='scopes')}")
    if not scopes:
        raise UsageError(f"a key needs at least one scope: {', '.join(SCOPES)}.")
    taken = select(API_KEY.c.id).where(API_KEY.c.name == name, API_KEY.c.revoked_at.is_(None))
    if connection.execute(taken).first() is not None:
        raise UsageError(
            f"there is a key named {name!r} already. Give another name, or revoke that one first."
        )
    number, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    granted = [scope for scope in SCOPES if scope in scopes]
    values = {
        "id": number,
        "name": name,
        "digest": _digest(secret),
        "scopes": granted,
        "created_at": as_utc(at),
        "expires_at": None if expires_at is None else as_utc(expires_at),
        "rate": rate,
    }
    connection.execute(insert(API_KEY), {**values, "revoked_at": None, "last_used_at": None})
    detail = {"name": name, "scopes": granted, "prefix": _prefix(number)}
    if expires_at is not None:
        detail["expires_at"] = as_utc(expires_at).isoformat()
    auditing.write(connection, "create key", key=None, detail=detail, at=at)
    return f"{PREFIX}_{number}_{secret}"


def check(connection: Connection, bare: str) -> ApiKey | None:
    """Whose key this is; None where it is unknown, wrong or revoked.

    The secret part is compared in constant time, whether or not the key exists.
    """
    prefix, _, rest = bare.partition("_")
    number, _, secret = rest.partition("_")
    row = connection.execute(select(API_KEY).where(API_KEY.c.id == number)).first()
    right = hmac.compare_digest(row.digest if row else "0" * 64, _digest(secret))
    if row is None or not right or prefix != PREFIX or row.revoked_at is not None:
        return None
    return _as_value(row)


def used(connection: Connection, name: str, *, at: datetime) -> None:
    """Notes when a key in use was used."""
    now = as_utc(at)
    statement = update(API_KEY).where(
        API_KEY.c.name == name,
        API_KEY.c.revoked_at.is_(None),
        or_(API_KEY.c.last_used_at.is_(None), API_KEY.c.last_used_at < now),
    )
    connection.execute(statement.values(last_used_at=now))


def revoke(connection: Connection, name: str, *, at: datetime) -> bool:
    """Ends a key; False where no key of that name is in use."""
    statement = update(API_KEY).where(API_KEY.c.name == name, API_KEY.c.revoked_at.is_(None))
    ended = connection.execute(statement.values(revoked_at=as_utc(at))).rowcount > 0
    if ended:
        auditing.write(connection, "revoke key", key=None, detail={"name": name}, at=at)
    return ended


def read(connection: Connection) -> list[ApiKey]:
    """Every key, the oldest first; revoked ones too."""
    rows = connection.execute(select(API_KEY).order_by(API_KEY.c.created_at, API_KEY.c.name))
    return [_as_value(row) for row in rows]


def _as_value(row: Row[Any]) -> ApiKey:
    return ApiKey(
        name=row.name,
        scopes=tuple(row.scopes),
        created_at=row.created_at,
        revoked_at=row.revoked_at,
        prefix=_prefix(row.id),
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        rate=row.rate,
    )


def _prefix(number: str) -> str:
    return f"{PREFIX}_{number}_"


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
