"""The log of delays: what is told of incidents, who is late now, and the figures. Checked at the door."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from amends.analysis.durations import LONGEST, duration
from amends.analysis.service_events import DEFAULT_TARGETS, due_at
from amends.assignment.hashing import Id, id_bytes
from amends.errors import UsageError, nearest
from amends.lab.calling import moment_of, text_of, zone_of
from amends.store import ServiceEvent

if TYPE_CHECKING:
    from amends.analysis.service_figures import Waiting
    from amends.analysis.service_log import ServiceLog, Target
    from amends.lab.lab import Lab

TIMES = ("received_at", "promised_at", "answered_at", "closed_at")
FACTS = (*TIMES, "arrived_at", "customer", "channel", "agent", "mailbox", "timezone")
"""What may be told of an incident; `arrived_at` is another word for `answered_at`."""

AT_ONCE = 5_000


def read_event(lab: Lab, incident: Id, told: Mapping[str, Any]) -> ServiceEvent:
    """Checks one telling and puts pseudonyms in the place of ids.

    Raises:
        UsageError: For an unknown fact, a naive time, an answer before the receipt, or no time at all;
            naming the value, the rule and the remedy.
    """
    given = {name: value for name, value in told.items() if value is not None}
    for name in given:
        if name not in FACTS:
            raise UsageError(f"{name}={given[name]!r}: {nearest(name, FACTS, what='facts of an event')}")
    if "arrived_at" in given:
        if "answered_at" in given:
            raise UsageError("answered_at= and arrived_at= say the same thing: pass one of them.")
        given["answered_at"] = given.pop("arrived_at")
    times = {name: moment_of(name, given[name]) for name in TIMES if name in given}
    if not times:
        raise UsageError(
            f"event {incident!r} has no time: pass received_at=, promised_at=, answered_at= or closed_at=."
        )
    _in_order(times)
    channel = text_of("channel", given.get("channel"))
    return ServiceEvent(
        _pseudonym(lab, "incident", incident),
        customer=_pseudonym_or_none(lab, "customer", given.get("customer")),
        agent=_pseudonym_or_none(lab, "agent", given.get("agent")),
        channel=None if channel is None else channel.strip().lower() or None,
        mailbox=text_of("mailbox", given.get("mailbox")),
        timezone=zone_of(given.get("timezone")),
        **times,
    )


def _in_order(times: Mapping[str, datetime]) -> None:
    received = times.get("received_at")
    for name in ("answered_at", "closed_at"):
        end = times.get(name)
        if received is not None and end is not None and end < received:
            raise UsageError(
                f"{name}={end.isoformat()} is before received_at={received.isoformat()}. Check both times "
                "and their zones."
            )


def _pseudonym(lab: Lab, name: str, id: Id) -> str:
    try:
        return lab.store.pseudonym(id_bytes(id).decode())
    except UsageError as error:
        raise UsageError(f"{name}: {error}") from None


def _pseudonym_or_none(lab: Lab, name: str, id: Id | None) -> str | None:
    return None if id is None else _pseudonym(lab, name, id)


def record_event(
    lab: Lab, incident: Id, told: Mapping[str, Any], *, sender: str = "python", replace: bool = False
) -> bool:
    """Stores what is told of an incident; whether it is new in the log. See `Lab.record_event`."""
    event = read_event(lab, incident, told)
    return bool(lab.store.record_events([event], sender=sender, replace=replace, at=lab.clock()))


def record_events(
    lab: Lab, rows: Iterable[Mapping[str, Any]], *, sender: str = "python", replace: bool = False
) -> tuple[int, int]:
    """Stores many tellings in one transaction, all or none: how many, and how many incidents are new.

    Args:
        lab: The lab.
        rows: Mappings with `incident` and any of the facts.
        sender: Who tells.
        replace: What is told takes the place of what is stored.

    Raises:
        UsageError: Naming the row, counted from 1; nothing was stored.
    """
    events = []
    for number, row in enumerate(rows, start=1):
        facts = dict(row)
        if facts.get("incident") is None:
            raise UsageError(f"row {number}: no incident among {sorted(map(str, facts))}.")
        incident = facts.pop("incident")
        try:
            events.append(read_event(lab, incident, facts))
        except UsageError as error:
            raise UsageError(f"row {number}: {error}") from None
    new = lab.store.record_events(events, sender=sender, replace=replace, at=lab.clock())
    return len(events), new


def service_log(
    lab: Lab,
    *,
    at: datetime | None = None,
    timezone: str = "UTC",
    agents: Iterable[Id] = (),
) -> ServiceLog:
    """The figures of the log; see `Lab.service_log`."""
    from amends.analysis.service_log import read_service_log
    from amends.studies.response_times import published_audits, published_times

    return read_service_log(
        lab.store.service_events(),
        as_of=_now(lab, at),
        set_here=lab.store.response_targets(),
        published=published_times(),
        audits=published_audits(),
        timezone=zone_of(timezone) or "UTC",
        names={_pseudonym(lab, "agent", agent): str(agent) for agent in agents},
    )


def waiting(lab: Lab, *, channel: str | None = None, by: timedelta = timedelta(0)) -> tuple[Waiting, ...]:
    """Who waits now and how many of them are at least so late, by channel."""
    from amends.analysis.service_events import read_incidents
    from amends.analysis.service_figures import waiting_now

    incidents = read_incidents(
        lab.store.service_events(), as_of=lab.clock(), targets=target_seconds(lab), timezone="UTC"
    )
    wanted = None if channel is None else channel.strip().lower()
    found = waiting_now(incidents, at_least=by.total_seconds())
    return tuple(line for line in found if line.n and wanted in (None, line.channel))


def late_per_day(lab: Lab, *, days: int = 28) -> float | None:
    """How many incidents a day fell due and were late, over the last days; None where the log is empty.

    Args:
        lab: The lab.
        days: How far back is looked.
    """
    from amends.analysis.service_events import read_incidents

    now = lab.clock()
    incidents = read_incidents(
        lab.store.service_events(), as_of=now, targets=target_seconds(lab), timezone="UTC"
    )
    if not len(incidents.channel):
        return None
    recent = incidents.due >= now.timestamp() - days * 86_400.0  # never true of NaN
    return float((incidents.late & recent).sum()) / days


def targets(lab: Lab) -> tuple[Target, ...]:
    """Every channel's target beside published times."""
    from amends.analysis.service_log import targets_beside
    from amends.studies.response_times import published_times

    here = lab.store.response_targets()
    return targets_beside({**DEFAULT_TARGETS, **here}, here, published_times())


def set_targets(lab: Lab, given: Mapping[str, timedelta | None]) -> None:
    """Sets channels' targets; None goes back to the default. See `Lab.set_response_targets`."""
    wanted: dict[str, float | None] = {}
    for name, target in given.items():
        channel = (text_of("channel", name) or "").strip().lower()
        if not channel:
            raise UsageError(f"channel {name!r}: a name such as 'email' is needed.")
        if target is None:
            wanted[channel] = None
            continue
        if not isinstance(target, timedelta) or not 0 < target.total_seconds() <= LONGEST:
            raise UsageError(
                f"the target of {channel} is {target!r}: a timedelta of more than nothing and at most "
                f"{duration(LONGEST)} is needed."
            )
        wanted[channel] = target.total_seconds()
    lab.store.set_response_targets(wanted, at=lab.clock())


def delay_of(lab: Lab, incident: Id, *, at: datetime | None = None) -> timedelta | None:
    """How late an incident is now; see `Lab.delay_of`."""
    place = _pseudonym(lab, "incident", incident)
    event = lab.store.find_events([place]).get(place)
    due = None if event is None else _overdue_since(event, target_seconds(lab), _now(lab, at))
    return None if due is None else _now(lab, at) - due


def late_now(
    lab: Lab,
    rows: Iterable[Id | Mapping[str, Any]],
    *,
    channel: str | None = None,
    by: timedelta = timedelta(0),
    at: datetime | None = None,
    incident: str = "incident",
) -> Iterator[dict[str, Any]]:
    """Those of the sender's own rows that are late now; see `Lab.late_now`."""
    now, known = _now(lab, at), target_seconds(lab)
    wanted = None if channel is None else channel.strip().lower()
    remaining = enumerate(rows, start=1)
    while batch := list(islice(remaining, AT_ONCE)):
        placed = [
            (_pseudonym(lab, f"row {number}", found[incident]), found)
            for number, found in ((number, _as_row(number, row, incident)) for number, row in batch)
        ]
        events = lab.store.find_events(place for place, _ in placed)
        for place, row in placed:
            event = events.get(place)
            due = None if event is None else _overdue_since(event, known, now)
            if event is None or due is None or now - due < by:
                continue
            if wanted is None or event["channel"] == wanted:
                yield {**row, "promised_at": due}


def _as_row(number: int, row: Id | Mapping[str, Any], incident: str) -> dict[str, Any]:
    """A mapping as it is; a bare id is unit and incident at once."""
    if not isinstance(row, Mapping):
        return {"unit_id": row, incident: row}
    if row.get(incident) is None:
        raise UsageError(f"row {number}: no {incident} among {sorted(map(str, row))}.")
    return dict(row)


def _overdue_since(event: Mapping[str, Any], known: Mapping[str, float], now: datetime) -> datetime | None:
    """When an incident that still waits was due; None where it does not wait or is not due yet."""
    ended = (event["answered_at"], event["closed_at"])
    due = due_at(event, known)
    if due is None or due > now or any(end is not None and end <= now for end in ended):
        return None
    return due


def target_seconds(lab: Lab) -> dict[str, float]:
    """Seconds by channel within which it is answered: set here, else the default."""
    return {**DEFAULT_TARGETS, **lab.store.response_targets()}


def _now(lab: Lab, at: datetime | None) -> datetime:
    return lab.clock() if at is None else moment_of("at", at)
