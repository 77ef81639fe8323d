"""API keys: shown once, stored as a digest."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection, insert, select, update

from amends.errors import UsageError, nearest
from amends.store import auditing
from amends.store.tables import ApiKeyRow, table
from amends.store.values import ApiKey, as_utc

API_KEY = table(ApiKeyRow)

SCOPES = ("assign", "ingest", "read", "admin")

PREFIX = "amends"


def create(connection: Connection, name: str, scopes: Sequence[str], *, at: datetime) -> str:
    """Makes a key and returns it: the only time that it can be seen.

    Raises:
        UsageError: No scope, a scope that does not exist, or a name that is taken.
    """
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
    }
    connection.execute(insert(API_KEY), {**values, "revoked_at": None})
    auditing.write(connection, "create key", key=None, detail={"name": name, "scopes": granted}, at=at)
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
    return ApiKey(row.name, tuple(row.scopes), row.created_at)


def revoke(connection: Connection, name: str, *, at: datetime) -> bool:
    """Ends a key; False where no key of that name is in use."""
    statement = update(API_KEY).where(API_KEY.c.name == name, API_KEY.c.revoked_at.is_(None))
    ended = connection.execute(statement.values(revoked_at=as_utc(at))).rowcount > 0
    if ended:
        auditing.write(connection, "revoke key", key=None, detail={"name": name}, at=at)
    return ended


def read(connection: Connection) -> list[ApiKey]:
    """Every key, the oldest first; revoked ones too."""
    columns = (API_KEY.c.name, API_KEY.c.scopes, API_KEY.c.created_at, API_KEY.c.revoked_at)
    rows = connection.execute(select(*columns).order_by(API_KEY.c.created_at, API_KEY.c.name))
    return [ApiKey(name, tuple(scopes), created, revoked) for name, scopes, created, revoked in rows]


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
