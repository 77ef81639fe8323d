"""An assignment as a feature flag: what OpenFeature's reasons and values stand for here. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from amends.errors import UsageError

if TYPE_CHECKING:
    from amends.lab import Assignment

REASONS: Mapping[str, str] = {
    "assigned": "SPLIT",
    "not_started": "DISABLED",
    "paused": "DISABLED",
    "stopped": "DISABLED",
    "not_eligible": "DEFAULT",
    "not_covered": "DEFAULT",
    "holdout": "DEFAULT",
}
"""OpenFeature's reason for each status; `error` is none of them."""

TAKEN = (
    *("delay_seconds", "promised_at", "channel", "locale", "timezone"),
    *("cluster", "strata", "covariates", "incident"),
)
"""What an evaluation context may say of a unit beside `slots`; whatever else stands in it is ignored."""


def arguments_of(context: Mapping[str, Any]) -> dict[str, Any]:
    """An evaluation context as the arguments of `assign`.

    Raises:
        UsageError: for a delay that is no number, a time that is none, slots that are no mapping.

    >>> arguments_of({"delay_seconds": 7200, "plan": "gold", "slots": {"first_name": "Sari"}})
    {'delay': datetime.timedelta(seconds=7200), 'first_name': 'Sari'}
    """
    given = {name: context[name] for name in TAKEN if context.get(name) is not None}
    seconds = given.pop("delay_seconds", None)
    if seconds is not None:
        given["delay"] = _delay(seconds)
    if isinstance(given.get("promised_at"), str):
        given["promised_at"] = _moment(given["promised_at"])
    slots = context.get("slots") or {}
    if not isinstance(slots, Mapping) or not all(isinstance(name, str) for name in slots):
        raise UsageError(f"slots={slots!r}: a mapping from slot names to values is needed.")
    taken = sorted(slots.keys() & {*TAKEN, "delay", "at", "test", "arm"})
    if taken:
        raise UsageError(f"slots.{taken[0]}: a member of the context itself, no slot. Put it beside slots.")
    return {**given, **slots}


def _delay(seconds: object) -> timedelta:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise UsageError(f"delay_seconds={seconds!r}: a number of seconds is needed.")
    try:
        return timedelta(seconds=seconds)
    except (OverflowError, ValueError):
        raise UsageError(f"delay_seconds={seconds!r}: no service is late by that.") from None


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"promised_at={text!r}: write a time with its zone, for instance 2026-03-01T09:30:00Z."
        ) from None


def value_of(given: Assignment) -> dict[str, Any]:
    """What an object flag holds for an assigned unit."""
    return {
        "arm": given.arm,
        "message": given.message,
        "invitation": given.invitation,
        "survey_url": given.survey_url,
    }


def metadata_of(given: Assignment) -> dict[str, str | bool]:
    """What a flag tells beside its value: the words to send, also for a unit that is not assigned."""
    told: dict[str, str | None] = {
        "status": given.status,
        "reason": given.reason,
        "message": given.message,
        "notice": given.notice,
        "invitation": given.invitation,
        "invite_at": None if given.invite_at is None else given.invite_at.isoformat(),
        "survey_url": given.survey_url,
        "locale": given.locale,
        "assignment_id": given.assignment_id,
    }
    return {**{name: value for name, value in told.items() if value is not None}, "repeat": given.repeat}
