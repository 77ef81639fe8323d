"""Who is due a reminder now: drawn by chance among those who were silent when their window closed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from amends.assignment.hashing import Id, id_bytes
from amends.assignment.reminding import needs_reminder
from amends.errors import StateError, UsageError

if TYPE_CHECKING:
    from amends.design.experiment import Experiment
    from amends.lab.lab import Lab

OUTCOMES = ("due", "answered", "not drawn", "window open", "past", "never assigned")


@dataclass(frozen=True, slots=True)
class Due:
    """A unit to remind. Its arm is not told: a reminder is the same for everybody.

    Attributes:
        unit: The id as it was given.
        link: Its own survey link.
        since: When its response window closed.
        until: Until when an answer to the reminder is waited for.
    """

    unit: str
    link: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Reminders:
    """Who is due, and what became of the others, by one of `OUTCOMES`."""

    due: tuple[Due, ...]
    counts: Mapping[str, int]


def reminders(lab: Lab, key: str, unit_ids: Iterable[Id]) -> Reminders:
    """The units of a list that are due a reminder now. Nothing is recorded, and nobody is assigned.

    Pseudonyms cannot be turned back into ids, so the list of customers is needed again. Who is drawn
    follows from the unit's pseudonym alone: the same list gives the same units, until they answer.

    Args:
        lab: The lab.
        key: The experiment's key.
        unit_ids: Ids as they were assigned (the incident's, where each incident is a unit).

    Raises:
        UsageError: The experiment declares no reminder.
        StateError: It has not started.
        StoreUnavailable: The database does not answer.
    """
    force = lab.in_force(key)
    experiment = force.experiment
    if experiment.reminder is None or experiment.response_window is None:
        raise UsageError(f"{key} declares no reminder. Add reminder=Reminder(share=0.3) before it starts.")
    if force.state is None:
        raise StateError(f"{key} has not started, so nobody is silent yet: amends start {key}")
    counts: Counter[str] = Counter()
    due = []
    for unit_id in dict.fromkeys(unit_ids):
        outcome, found = _looked_up(lab, experiment, unit_id)
        counts[outcome] += 1
        due += [] if found is None else [found]
    return Reminders(tuple(due), {name: counts[name] for name in OUTCOMES})


def _looked_up(lab: Lab, experiment: Experiment, unit_id: Id) -> tuple[str, Due | None]:
    key, reminder, window = str(experiment.key), experiment.reminder, experiment.response_window
    assert reminder is not None
    assert window is not None
    name = id_bytes(unit_id).decode()
    pseudonym = lab.store.pseudonym(name)
    stored = lab.store.find(key, unit=pseudonym)
    if stored is None or stored.test:
        return "never assigned", None
    response = lab.store.response(key, assignment_id=stored.assignment_id)
    if response is not None and response.finished:
        return "answered", None
    since = (stored.invite_at or stored.assigned_at) + window
    until = since + reminder.within
    if lab.clock() < since:
        return "window open", None
    if not needs_reminder(key, pseudonym, reminder.share):
        return "not drawn", None
    if lab.clock() > until:
        return "past", None
    return "due", Due(name, lab.survey_url(experiment, stored.token_nonce), since, until)
