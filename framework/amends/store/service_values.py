"""A service event as it goes into the store: a frozen value, no SQL. Standard library only."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ServiceEvent:
    """What one telling says of an incident; None where it says nothing.

    Attributes:
        incident: The incident's pseudonym.
        customer: The customer's pseudonym.
        channel: Where it came in, in lower case, such as `email`.
        received_at: When the customer wrote or called (aware).
        promised_at: When the service was promised (aware); else the channel's target says when it is due.
        answered_at: When the answer went out or the parcel arrived (aware).
        closed_at: When it was closed without an answer (aware).
        agent: The pseudonym of who answered.
        mailbox: The shared mailbox's name, as given.
        timezone: The customer's IANA zone.
    """

    incident: str
    _: KW_ONLY
    customer: str | None = None
    channel: str | None = None
    received_at: datetime | None = None
    promised_at: datetime | None = None
    answered_at: datetime | None = None
    closed_at: datetime | None = None
    agent: str | None = None
    mailbox: str | None = None
    timezone: str | None = None
