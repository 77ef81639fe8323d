"""What a sender gets back from `assign`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

STATUSES = (
    "assigned",
    "not_eligible",
    "not_covered",
    "holdout",
    "not_started",
    "paused",
    "stopped",
    "error",
)


@dataclass(frozen=True, slots=True)
class Assignment:
    """One unit's arm and the words to send. A value always comes back, whatever happens to the database.

    Attributes:
        experiment: The experiment's key.
        unit_id: The id as the sender gave it (the incident's where each incident is a unit).
        arm: The arm's name; None where the unit was never assigned.
        enrolled: Whether the unit takes part, so that its deliveries and responses count.
        message: What to send: the facts plus the arm's sentence; the usual message for everyone not
            enrolled; None where there is nothing to say.
        notice: The facts alone, the same in every arm.
        invitation: The survey invitation, the same in every arm; None where none is due.
        invite_at: When to send the invitation.
        survey_url: The unit's own survey link.
        locale: The language the texts are in.
        status: One of `assigned`, `not_eligible`, `not_covered`, `holdout`, `not_started`, `paused`,
            `stopped`, `error`.
        reason: Why, in words, where the status is not `assigned`.
        assignment_id: The record's own id.
        assigned_at: When the arm was drawn and recorded.
        repeat: Whether the unit had been assigned before this call.
        sent: Whether a delivery is recorded already, so that a mailer run again skips it.
    """

    experiment: str
    unit_id: str
    status: str
    arm: str | None = None
    enrolled: bool = False
    message: str | None = None
    notice: str | None = None
    invitation: str | None = None
    invite_at: datetime | None = None
    survey_url: str | None = None
    locale: str | None = None
    reason: str | None = None
    assignment_id: str | None = None
    assigned_at: datetime | None = None
    repeat: bool = False
    sent: bool = False

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON-able values; times in RFC 3339."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return {
            name: rfc3339(value) if isinstance(value, datetime) else value for name, value in values.items()
        }


def rfc3339(moment: datetime) -> str:
    """A UTC time as text.

    >>> rfc3339(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    '2026-01-02T03:04:05Z'
    """
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
