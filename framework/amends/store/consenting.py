"""What a unit decided about taking part, counted where it stands; a withdrawal takes its answers away.

Refusing and agreeing may follow each other: the last word counts. A withdrawal is final. It empties the
response in the same transaction that corrects the tally, so that no figure holds a withdrawn answer while
the unit stays among those assigned.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, delete, insert, select, update

from amends.store.recording import (
    CONSENT,
    RATING,
    RESPONSE,
    Whose,
    cell_of,
    locate,
    stored_response,
)
from amends.store.tallying import Tallying
from amends.store.values import StoredConsent, StoredResponse, as_utc


class Read(NamedTuple):
    """Which text a unit read: its version, and the language it was read in."""

    version: str
    locale: str = ""


def agree(
    connection: Connection, tallying: Tallying, key: str, whose: Whose, *, read: Read, at: datetime
) -> StoredConsent:
    """Stores that a unit takes part; a withdrawal stands.

    Raises:
        NeverAssigned: The unit has no assignment.
    """
    unit = locate(connection, key, whose)
    before = stored_consent(connection, unit.number)
    if before is not None and before.decision in ("agreed", "withdrawn"):
        return before
    after = replace(before or StoredConsent(), agreed_at=as_utc(at), version=read.version, locale=read.locale)
    _put(connection, tallying, unit, before, after)
    return after


def refuse(
    connection: Connection, tallying: Tallying, key: str, whose: Whose, *, read: Read, at: datetime
) -> StoredConsent:
    """Stores that a unit does not take part; one that had agreed withdraws by it.

    Raises:
        NeverAssigned: The unit has no assignment.
    """
    unit = locate(connection, key, whose)
    before = stored_consent(connection, unit.number)
    if before is not None and before.decision == "refused":
        return before
    if before is not None and before.decision in ("agreed", "withdrawn"):
        return _withdraw(connection, tallying, unit, before, at=at)
    after = replace(
        before or StoredConsent(), refused_at=as_utc(at), version=read.version, locale=read.locale
    )
    _put(connection, tallying, unit, before, after)
    return after


def withdraw(
    connection: Connection, tallying: Tallying, key: str, whose: Whose, *, at: datetime
) -> StoredConsent:
    """Takes a unit's answers away for good; that it was assigned and had begun stays.

    Raises:
        NeverAssigned: The unit has no assignment.
    """
    unit = locate(connection, key, whose)
    before = stored_consent(connection, unit.number)
    return _withdraw(connection, tallying, unit, before, at=at)


def debriefed(
    connection: Connection, tallying: Tallying, key: str, whose: Whose, *, read: Read, at: datetime
) -> StoredConsent:
    """Stores which debriefing a unit was shown, the first time.

    Raises:
        NeverAssigned: The unit has no assignment.
    """
    unit = locate(connection, key, whose)
    before = stored_consent(connection, unit.number)
    if before is not None and before.debriefed_at is not None:
        return before
    after = replace(before or StoredConsent(), debriefed_at=as_utc(at), debrief_version=read.version)
    if not after.locale:
        after = replace(after, locale=read.locale)
    _put(connection, tallying, unit, before, after)
    return after


def read_survey(
    connection: Connection, key: str, whose: Whose
) -> tuple[StoredResponse | None, StoredConsent | None]:
    """What a unit answered and decided so far, without locking anything.

    Raises:
        NeverAssigned: The unit has no assignment.
    """
    unit = locate(connection, key, whose, lock=False)
    return stored_response(connection, unit), stored_consent(connection, unit.number)


def stored_consent(connection: Connection, number: int) -> StoredConsent | None:
    """What a unit decided; None where it was never asked."""
    row = connection.execute(select(CONSENT).where(CONSENT.c.assignment == number)).first()
    if row is None:
        return None
    return StoredConsent(**{name: getattr(row, name) for name in _COLUMNS})


_COLUMNS = tuple(column.name for column in CONSENT.c if column.name != "assignment")
_COUNTED = {"agreed_at": "agreed", "withdrawn_at": "withdrawn"}


def _put(
    connection: Connection,
    tallying: Tallying,
    unit: Row[Any],
    before: StoredConsent | None,
    after: StoredConsent,
) -> None:
    values = {name: getattr(after, name) for name in _COLUMNS}
    if before is None:
        connection.execute(insert(CONSENT), {"assignment": unit.number, **values})
    else:
        connection.execute(update(CONSENT).where(CONSENT.c.assignment == unit.number).values(**values))
    if unit.test:
        return
    earlier, now = _counts(before), _counts(after)
    for name in sorted(earlier ^ now):
        tallying.count(cell_of(unit), name, 1 if name in now else -1)


def _counts(consent: StoredConsent | None) -> set[str]:
    """In which counts of the tally a unit stands."""
    if consent is None:
        return set()
    found = {name for column, name in _COUNTED.items() if getattr(consent, column) is not None}
    refused = consent.refused_at is not None and consent.agreed_at is None
    return found | ({"refused"} if refused else set())


def _withdraw(
    connection: Connection,
    tallying: Tallying,
    unit: Row[Any],
    before: StoredConsent | None,
    *,
    at: datetime,
) -> StoredConsent:
    if before is not None and before.decision == "withdrawn":
        return before
    answered = stored_response(connection, unit)
    if answered is not None:
        emptied = {"finished_at": None, "late": False, "answers": None, "form": None}
        connection.execute(update(RESPONSE).where(RESPONSE.c.assignment == unit.number).values(**emptied))
        connection.execute(delete(RATING).where(RATING.c.assignment == unit.number))
        if answered.finished and not unit.test:
            _take_back(tallying, unit, answered)
    after = replace(before or StoredConsent(), withdrawn_at=as_utc(at))
    _put(connection, tallying, unit, before, after)
    return after


def _take_back(tallying: Tallying, unit: Row[Any], answered: StoredResponse) -> None:
    cell = cell_of(unit)
    tallying.count(cell, "finished", -1)
    tallying.count(cell, "late" if answered.late else "completed", -1)
    if not answered.late:
        tallying.rate(cell, answered.ratings, -1)
