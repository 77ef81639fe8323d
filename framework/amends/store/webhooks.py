"""The webhooks of survey vendors: where answers come from, and the secrets that show them to be genuine."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, or_, select, update

from amends.errors import UsageError
from amends.store import auditing
from amends.store.tables import WebhookRow, table
from amends.store.values import Webhook, as_utc

WEBHOOK = table(WebhookRow)

COMING_NOTED_AFTER = timedelta(minutes=1)
"""How old the noted last message must be to be noted anew: a message of its own writes nothing."""


def add(connection: Connection, webhook: Webhook) -> None:
    """Stores a webhook.

    Raises:
        UsageError: There is one of that name already.
    """
    taken = select(WEBHOOK.c.name).where(WEBHOOK.c.name == webhook.name)
    if connection.execute(taken).first() is not None:
        raise UsageError(
            f"there is a webhook named {webhook.name!r} already. Give another name, or revoke that one first."
        )
    values = {
        "name": webhook.name,
        "vendor": webhook.vendor,
        "experiment": webhook.experiment,
        "token_field": webhook.token_field,
        "ratings": dict(webhook.ratings),
        "secret": webhook.secret,
        "former_secret": None,
        "former_until": None,
        "created_at": as_utc(webhook.created_at),
        "last_message_at": None,
    }
    connection.execute(insert(WEBHOOK), values)
    _audit(connection, "add webhook", webhook.name, webhook.vendor, webhook.experiment, at=webhook.created_at)


def rotate(connection: Connection, name: str, secret: str, *, until: datetime, at: datetime) -> bool:
    """Gives a webhook a new secret, the one before being good until then; False where it does not exist."""
    place = WEBHOOK.c.name == name
    row = connection.execute(select(WEBHOOK).where(place).with_for_update()).first()
    if row is None:
        return False
    values = {"secret": secret, "former_secret": row.secret, "former_until": as_utc(until)}
    connection.execute(update(WEBHOOK).where(place).values(**values))
    _audit(connection, "rotate webhook", name, row.vendor, row.experiment, at=at)
    return True


def revoke(connection: Connection, name: str, *, at: datetime) -> bool:
    """Takes a webhook away with its secrets; False where it does not exist."""
    place = WEBHOOK.c.name == name
    row = connection.execute(select(WEBHOOK).where(place).with_for_update()).first()
    if row is None:
        return False
    connection.execute(delete(WEBHOOK).where(place))
    _audit(connection, "revoke webhook", name, row.vendor, row.experiment, at=at)
    return True


def read(connection: Connection, vendor: str | None = None) -> list[Webhook]:
    """Every webhook, or a vendor's, the oldest first."""
    statement = select(WEBHOOK).order_by(WEBHOOK.c.created_at, WEBHOOK.c.name)
    if vendor is not None:
        statement = statement.where(WEBHOOK.c.vendor == vendor)
    return [_as_value(row) for row in connection.execute(statement)]


def came(connection: Connection, name: str, *, at: datetime) -> None:
    """Notes when a genuine message came."""
    now = as_utc(at)
    earlier = or_(WEBHOOK.c.last_message_at.is_(None), WEBHOOK.c.last_message_at < now)
    connection.execute(update(WEBHOOK).where(WEBHOOK.c.name == name, earlier).values(last_message_at=now))


def _as_value(row: Row[Any]) -> Webhook:
    return Webhook(**row._mapping)


def _audit(
    connection: Connection, action: str, name: str, vendor: str, experiment: str, *, at: datetime
) -> None:
    auditing.write(connection, action, key=experiment, detail={"name": name, "vendor": vendor}, at=at)
