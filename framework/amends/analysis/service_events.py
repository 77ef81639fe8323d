"""Incidents as the log of delays is judged: how long each waited, when it was due, whether it was late."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    import numpy as np

DEFAULT_TARGETS: Mapping[str, float] = {"email": 3600.0, "chat": 30.0, "social": 3600.0}
"""Seconds within which customers expect an answer, by channel; DESIGN's practice text, editable."""

UNSAID = "unsaid"
"""Stands for the channel of incidents of which nobody said it."""


@dataclass(frozen=True, slots=True)
class Incidents:
    """Arrays of equal length, a place an incident; times in seconds, NaN where there is none.

    Attributes:
        channel: Its name, `unsaid` where nobody said it.
        wait: From receipt to the answer, or to now or the close where none came; NaN without a receipt.
        answered: The answer went out, or the parcel arrived, by now.
        closed: Closed without an answer by now.
        due: Promised, or received plus the channel's target (seconds since 1970).
        judged: It was due by now and still awaited then, so that it is known whether it was late.
        late: Judged, and not answered when due.
        overdue: How long past due one is that still waits; NaN for others.
        weekday: Of its beginning in local time, Monday 0.
        hour: Of its beginning in local time, 0 to 23.
        agent: Pseudonym or None.
        mailbox: Name or None.
        begun: Received, or else promised (seconds since 1970).
        answered_at: Seconds since 1970.
        left_out: How many incidents could not be read, by reason.
    """

    channel: np.ndarray
    wait: np.ndarray
    answered: np.ndarray
    closed: np.ndarray
    due: np.ndarray
    judged: np.ndarray
    late: np.ndarray
    overdue: np.ndarray
    weekday: np.ndarray
    hour: np.ndarray
    agent: np.ndarray
    mailbox: np.ndarray
    begun: np.ndarray
    answered_at: np.ndarray
    left_out: Mapping[str, int]

    @property
    def open(self) -> np.ndarray:
        """Which still wait."""
        found: np.ndarray = ~(self.answered | self.closed)
        return found


def due_at(event: Mapping[str, Any], targets: Mapping[str, float]) -> datetime | None:
    """When an incident is due: when it was promised, else its channel's target after its receipt.

    >>> from datetime import UTC
    >>> received = datetime(2026, 3, 2, 9, tzinfo=UTC)
    >>> due_at({"channel": "email", "received_at": received, "promised_at": None}, {"email": 3600.0})
    datetime.datetime(2026, 3, 2, 10, 0, tzinfo=datetime.timezone.utc)
    """
    promised, received = event.get("promised_at"), event.get("received_at")
    target = targets.get(event.get("channel") or UNSAID)
    if promised is not None:
        found: datetime = promised
        return found
    return None if received is None or target is None else received + timedelta(seconds=target)


def read_incidents(
    columns: Mapping[str, Sequence[Any]], *, as_of: datetime, targets: Mapping[str, float], timezone: str
) -> Incidents:
    """Judges every incident as things stood at a moment; what happened later is not known yet.

    Args:
        columns: `received_at`, `promised_at`, `answered_at`, `closed_at` (aware or None), `channel`,
            `agent`, `mailbox`, `timezone`, from the store.
        as_of: The moment (aware).
        targets: Seconds by channel.
        timezone: The IANA zone of incidents that have none of their own.
    """
    import numpy as np

    now = as_of.timestamp()
    received, promised, answered_at, closed_at = (
        _epochs(columns[name]) for name in ("received_at", "promised_at", "answered_at", "closed_at")
    )
    begun = np.where(np.isnan(received), promised, received)
    with np.errstate(invalid="ignore"):
        left_out = {
            "neither received nor promised": np.isnan(begun),
            "received after now": received > now,
            "answered or closed before it was received": (answered_at < received) | (closed_at < received),
        }
    kept = ~np.logical_or.reduce(list(left_out.values()))
    counts = {reason: int(which.sum()) for reason, which in left_out.items() if which.any()}
    received, promised, answered_at, closed_at, begun = (
        column[kept] for column in (received, promised, answered_at, closed_at, begun)
    )
    words = {name: _words(columns[name])[kept] for name in ("channel", "agent", "mailbox", "timezone")}
    channel = np.array([name or UNSAID for name in words["channel"]], dtype=object)
    allowed = np.array([targets.get(name, np.nan) for name in channel], dtype=float)
    due = np.where(np.isnan(promised), received + allowed, promised)
    answered = answered_at <= now
    closed = ~answered & (closed_at <= now)
    ended = np.where(answered, answered_at, np.where(closed, closed_at, now))
    # An answer that came before its time was up is on time as soon as that time is up, not before:
    # else the quick ones of today would count and the slow ones not yet.
    judged = (due <= now) & ~(closed & (closed_at < due))
    late = judged & ~(answered & (answered_at <= due))
    overdue = np.where(late & ~answered & ~closed, now - due, np.nan)
    weekday, hour = _local(begun, words["timezone"], timezone)
    return Incidents(
        channel, ended - received, answered, closed, due, judged, late, overdue, weekday, hour,
        words["agent"], words["mailbox"], begun, answered_at, counts,
    )  # fmt: skip


def _epochs(times: Sequence[datetime | None]) -> np.ndarray:
    import numpy as np

    return np.array([np.nan if at is None else at.timestamp() for at in times], dtype=float)


def _words(values: Sequence[str | None]) -> np.ndarray:
    import numpy as np

    found = np.empty(len(values), dtype=object)
    found[:] = list(values)
    return found


def _local(begun: np.ndarray, zones: np.ndarray, default: str) -> tuple[np.ndarray, np.ndarray]:
    """Weekday and hour of each beginning on the customer's own clock."""
    import numpy as np

    known = {name: ZoneInfo(name or default) for name in set(zones)}
    local = [
        datetime.fromtimestamp(at, known[zone])
        for at, zone in zip(begun.tolist(), zones.tolist(), strict=True)
    ]
    weekday = np.array([at.weekday() for at in local], dtype=int)
    return weekday, np.array([at.hour for at in local], dtype=int)
