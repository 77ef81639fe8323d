"""Letters to mail servers: each claimed before it is handed over, so that nobody gets one twice.

A letter is claimed durably, handed over, then settled. A process that dies in between leaves it claimed
(`sending`): whether the server has it is then unknown, and nobody sends it again but by a decision.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, select, update

from amends.errors import NeverAssigned
from amends.store import recording
from amends.store.mail_values import CLAIMABLE, Letter, StoredMail
from amends.store.recording import Whose
from amends.store.statements import chunks, insert_new
from amends.store.tables import Mail, table
from amends.store.tallying import Tallying
from amends.store.values import as_utc

MAIL = table(Mail)

KEY = ("experiment", "unit", "kind", "incident")


def read(connection: Connection, key: str, units: Iterable[str]) -> dict[Letter, StoredMail]:
    """Every letter of these units that was ever claimed."""
    found = {}
    for some in chunks(dict.fromkeys(units)):
        rows = connection.execute(select(MAIL).where(MAIL.c.experiment == key, MAIL.c.unit.in_(some)))
        for row in rows:
            found[Letter(row.unit, row.kind, row.incident)] = _stored(row)
    return found


def claim(
    connection: Connection, key: str, letter: Letter, *, message_id: str, enrolled: bool, at: datetime
) -> bool:
    """Takes a letter into the hand: False where it is in another one, has gone out or cannot.

    A letter that a server put off may be claimed again. Of several processes that try at once, one gets it.
    """
    values = {"message_id": message_id, "enrolled": enrolled, "state": "sending", "at": as_utc(at)}
    new = {"experiment": key, **letter._asdict(), **values, "attempts": 1, "detail": None}
    first = insert_new(MAIL, connection.dialect.name, key=KEY)
    if connection.execute(first, new).first() is not None:
        return True
    again = (
        update(MAIL)
        .where(_is(key, letter), MAIL.c.state.in_(CLAIMABLE))
        .values(**values, attempts=MAIL.c.attempts + 1)
        .returning(MAIL.c.number)
    )
    return connection.execute(again).first() is not None


def settle(
    connection: Connection,
    tallying: Tallying,
    key: str,
    letter: Letter,
    state: str,
    *,
    at: datetime,
    detail: str | None,
) -> bool:
    """What became of a claimed letter, with the unit's delivery in the same transaction.

    Returns:
        Whether the letter was claimed.
    """
    statement = (
        update(MAIL)
        .where(_is(key, letter), MAIL.c.state == "sending")
        .values(state=state, at=as_utc(at), detail=detail)
        .returning(MAIL.c.enrolled)
    )
    row = connection.execute(statement).first()
    if row is None:
        return False
    if row.enrolled:
        _deliver(connection, tallying, key, letter, state, at=at, detail=detail)
    return True


def withhold(
    connection: Connection, tallying: Tallying, key: str, letter: Letter, *, message_id: str, at: datetime
) -> bool:
    """Records that a silent unit without a notice gets no letter; False where that is known."""
    held = {"message_id": message_id, "enrolled": True, "state": "withheld", "at": as_utc(at)}
    values = {"experiment": key, **letter._asdict(), **held, "attempts": 0, "detail": None}
    statement = insert_new(MAIL, connection.dialect.name, key=KEY)
    if connection.execute(statement, values).first() is None:
        return False
    _deliver(connection, tallying, key, letter, "withheld", at=at, detail=None)
    return True


def bounce(
    connection: Connection, tallying: Tallying, message_id: str, *, at: datetime, detail: str
) -> bool | None:
    """A letter that came back; None for one that nobody here sent, False for one known to have failed."""
    row = connection.execute(select(MAIL).where(MAIL.c.message_id == message_id).with_for_update()).first()
    if row is None:
        return None
    if row.state == "failed":
        return False
    connection.execute(
        update(MAIL).where(MAIL.c.number == row.number).values(state="failed", at=as_utc(at), detail=detail)
    )
    if row.enrolled:
        letter = Letter(row.unit, row.kind, row.incident)
        _deliver(connection, tallying, row.experiment, letter, "failed", at=at, detail=detail)
    return True


def decide(
    connection: Connection,
    tallying: Tallying,
    key: str,
    units: Sequence[str],
    state: str,
    *,
    claimed_before: datetime,
    at: datetime,
) -> int:
    """Settles by hand the letters that a process left claimed; how many there were.

    Args:
        state: `sent`, or `deferred` for letters that are to be sent again.
        claimed_before: Later ones may be in the hand of a process that is at work.
    """
    settled = 0
    for letter, stored in sorted(read(connection, key, units).items()):
        if stored.state == "sending" and stored.at < claimed_before:
            detail = "decided by hand"
            settled += settle(connection, tallying, key, letter, state, at=at, detail=detail)
    return settled


def forget(connection: Connection, units: Iterable[str]) -> None:
    """Puts random values in the place of what leads to a person, as an erasure does."""
    for some in chunks(dict.fromkeys(units)):
        for number in connection.execute(select(MAIL.c.number).where(MAIL.c.unit.in_(some))).scalars().all():
            connection.execute(
                update(MAIL)
                .where(MAIL.c.number == number)
                .values(
                    unit=secrets.token_hex(32),
                    incident=secrets.token_hex(32),
                    message_id=f"<{secrets.token_hex(16)}@erased.invalid>",
                    detail=None,
                )
            )


def _deliver(
    connection: Connection,
    tallying: Tallying,
    key: str,
    letter: Letter,
    state: str,
    *,
    at: datetime,
    detail: str | None,
) -> None:
    """The unit's delivery: what became of its message; of other letters only that they failed."""
    if state == "deferred" or (letter.kind != "message" and state != "failed"):
        return
    told = detail if letter.kind == "message" else f"{letter.kind} {detail}"
    with suppress(NeverAssigned):  # erased since
        recording.delivery(
            connection, tallying, key, Whose(letter.unit), state, at=at, said=None, detail=told
        )


def _is(key: str, letter: Letter) -> Any:
    return and_(
        MAIL.c.experiment == key,
        MAIL.c.unit == letter.unit,
        MAIL.c.kind == letter.kind,
        MAIL.c.incident == letter.incident,
    )


def _stored(row: Any) -> StoredMail:
    return StoredMail(row.state, row.at, row.enrolled, row.attempts, row.detail)
