"""Who takes no part: answers of units that refused or withdrew are not stored, whichever way they come."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, select

from amends.errors import RecordRefused
from amends.store.statements import chunks
from amends.store.tables import Consent, table

CONSENT = table(Consent)


def barred(connection: Connection, numbers: Iterable[int]) -> set[int]:
    """Those of the assignments whose units withdrew, or refused and did not agree since."""
    refused = CONSENT.c.refused_at.is_not(None) & CONSENT.c.agreed_at.is_(None)
    found: set[int] = set()
    for some in chunks(numbers):
        against = select(CONSENT.c.assignment).where(
            CONSENT.c.assignment.in_(some), CONSENT.c.withdrawn_at.is_not(None) | refused
        )
        found.update(connection.execute(against).scalars())
    return found


def no_answers(key: str) -> RecordRefused:
    """The refusal of an answer of such a unit."""
    return RecordRefused(
        f"this unit refused to take part in {key!r} or withdrew its answers, so none are recorded for it. "
        "Leave it out of the file, and do not send it again."
    )
