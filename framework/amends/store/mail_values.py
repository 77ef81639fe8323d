"""What the store tells of letters to mail servers."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

KINDS = ("message", "invitation", "reminder")
STATES = ("sending", "sent", "deferred", "failed", "withheld")
CLAIMABLE = ("deferred",)


class Letter(NamedTuple):
    """Which letter: one row in the database, whoever sends and however often.

    Attributes:
        unit: The unit's pseudonym.
        kind: One of `KINDS`.
        incident: The incident's pseudonym, where a unit may have several messages.
    """

    unit: str
    kind: str
    incident: str = ""


class StoredMail(NamedTuple):
    """What became of a letter.

    Attributes:
        state: `sending` (claimed; unknown where its process died), `sent`, `deferred` (not taken, to be
            sent again), `failed`, `withheld` (silence without a notice).
        at: Since when.
        enrolled: Whether its unit takes part; others get the usual message.
        attempts: How often it was claimed.
        detail: Where the server refused it, with which codes: never an address, never a server's words.
    """

    state: str
    at: datetime
    enrolled: bool
    attempts: int
    detail: str | None
