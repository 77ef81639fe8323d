"""The figures of a log of delays: by channel and kind of day, by agent, by mailbox, and who waits now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from amends.analysis.intervals import wilson
from amends.analysis.result import Interval, NotEnough
from amends.analysis.service_events import Incidents
from amends.analysis.waiting_times import Spell, quantile_of_waits

if TYPE_CHECKING:
    import numpy as np

ALL = "all"
SATURDAY = 5
AGENT_NEEDS = 30
"""Cases before anything is said of one agent: below it chance decides who looks best."""
SILENT_AFTER = 7 * 86_400.0


@dataclass(frozen=True, slots=True)
class Figures:
    """What became of some incidents.

    Attributes:
        n: How many there are.
        answered: How many were answered by now.
        waiting: How many still wait.
        closed: How many were closed without an answer.
        median: The wait that half of them do not exceed.
        p90: The wait that nine in ten do not exceed.
        judged: How many were due by now, so that it is known whether they were late.
        late: How many of those were late.
        share_late: Their share; its Wilson interval is `late_interval`.
    """

    n: int
    answered: int
    waiting: int
    closed: int
    median: Spell | NotEnough
    p90: Spell | NotEnough
    judged: int
    late: int
    share_late: float | NotEnough
    late_interval: Interval | NotEnough


@dataclass(frozen=True, slots=True)
class Group:
    """The figures of one channel (or `all`) on one kind of day: `all`, `weekday`, `weekend`."""

    channel: str
    days: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class Waiting:
    """Who waits now in one channel (or `all`), and how long past due.

    Attributes:
        n: How many wait.
        overdue: How many of them are past due.
        median_overdue: Half of the overdue are past due by this many seconds or less.
        longest_overdue: The longest, in seconds past due.
    """

    channel: str
    n: int
    overdue: int
    median_overdue: float | NotEnough
    longest_overdue: float | NotEnough


@dataclass(frozen=True, slots=True)
class SilentMailbox:
    """A mailbox in which mail has waited for 7 days and from which no answer went out in 7 days.

    Attributes:
        mailbox: Its name.
        received: How many incidents came to it.
        waiting: How many still wait.
        oldest: How long the oldest of them has waited, in seconds.
        last_answer: How long ago the last answer went out, in seconds; NotEnough where none ever did.
    """

    mailbox: str
    received: int
    waiting: int
    oldest: float
    last_answer: float | NotEnough


@dataclass(frozen=True, slots=True)
class Agent:
    """The figures of one agent with at least 30 cases.

    `agent` is a pseudonym; `name` is known where the reader gave the ids of the agents.
    """

    agent: str
    figures: Figures
    name: str | None = None


def figures_of(incidents: Incidents, which: np.ndarray, *, at_least: int = 1) -> Figures:
    """The figures of some of the incidents; those that rest on fewer than `at_least` cases are missing."""
    import numpy as np

    waits = incidents.wait[which]
    known = ~np.isnan(waits)
    ended = incidents.answered[which][known]
    judged, late = int(incidents.judged[which].sum()), int(incidents.late[which].sum())
    median, p90 = (
        quantile_of_waits(waits[known], ended, share=share) if known.sum() >= at_least
        else _too_few(int(known.sum()), at_least)
        for share in (0.5, 0.9)
    )  # fmt: skip
    enough = judged >= max(at_least, 1)
    return Figures(
        n=int(which.sum()),
        answered=int(incidents.answered[which].sum()),
        waiting=int(incidents.open[which].sum()),
        closed=int(incidents.closed[which].sum()),
        median=median,
        p90=p90,
        judged=judged,
        late=late,
        share_late=late / judged if enough else _none_due(incidents, which, judged, at_least),
        late_interval=wilson(late, judged) if enough else _none_due(incidents, which, judged, at_least),
    )


def _too_few(n: int, needed: int) -> NotEnough:
    return NotEnough(f"{n} of the {needed} cases needed")


def _none_due(incidents: Incidents, which: np.ndarray, judged: int, needed: int) -> NotEnough:
    import numpy as np

    if judged:
        return _too_few(judged, needed)
    if np.isnan(incidents.due[which]).all():
        return NotEnough("no target is set and nothing was promised")
    return NotEnough("none is due yet")


def groups_of(incidents: Incidents) -> tuple[Group, ...]:
    """All channels together, then each by name; each on all days, weekdays and weekends."""
    weekend = incidents.weekday >= SATURDAY
    return tuple(
        Group(channel, days, figures_of(incidents, which & part))
        for channel, which in _by_channel(incidents)
        for days, part in (("all", weekend | ~weekend), ("weekday", ~weekend), ("weekend", weekend))
    )


def _by_channel(incidents: Incidents) -> Iterator[tuple[str, np.ndarray]]:
    import numpy as np

    yield ALL, np.ones(len(incidents.channel), dtype=bool)
    for channel in sorted(set(incidents.channel.tolist())):
        yield channel, incidents.channel == channel


def waiting_now(incidents: Incidents, *, at_least: float = 0.0) -> tuple[Waiting, ...]:
    """Who waits now, all channels together and each; past due by `at_least` seconds."""
    import numpy as np

    found = []
    for channel, which in _by_channel(incidents):
        overdue = incidents.overdue[which]
        overdue = overdue[overdue >= at_least]  # never true of NaN
        none = NotEnough("nobody is overdue")
        found.append(
            Waiting(
                channel,
                int((incidents.open & which).sum()),
                len(overdue),
                float(np.median(overdue)) if len(overdue) else none,
                float(overdue.max()) if len(overdue) else none,
            )
        )
    return tuple(found)


def hours_of(incidents: Incidents, which: np.ndarray) -> tuple[tuple[int, ...], ...]:
    """How many began in each hour: seven rows from Monday, 24 columns from midnight, local time."""
    import numpy as np

    places = incidents.weekday[which] * 24 + incidents.hour[which]
    counts = np.bincount(places, minlength=7 * 24).reshape(7, 24)
    return tuple(tuple(int(n) for n in day) for day in counts)


def silent_mailboxes(incidents: Incidents, *, now: float) -> tuple[SilentMailbox, ...]:
    """Mailboxes that nobody seems to read, by name.

    Args:
        incidents: The log.
        now: Seconds since 1970.
    """
    import numpy as np

    found = []
    names = {name for name in incidents.mailbox.tolist() if name}
    old = incidents.open & (incidents.wait >= SILENT_AFTER)
    for name in sorted(names & set(incidents.mailbox[old].tolist())):
        mine = incidents.mailbox == name
        answers = incidents.answered_at[mine & incidents.answered]
        last = now - float(answers.max()) if len(answers) else None
        if last is not None and last < SILENT_AFTER:
            continue
        waits = incidents.wait[mine & incidents.open]
        found.append(
            SilentMailbox(
                name,
                int(mine.sum()),
                int((mine & incidents.open).sum()),
                float(np.nanmax(waits)),
                NotEnough("no answer ever went out") if last is None else last,
            )
        )
    return tuple(found)


def agents_of(incidents: Incidents) -> tuple[tuple[Agent, ...], int]:
    """Agents with enough cases in the order of their pseudonyms, and how many have fewer.

    The order says nothing on purpose: it is no league table.
    """
    import numpy as np

    named = np.array([bool(name) for name in incidents.agent.tolist()], dtype=bool)
    names, places = np.unique(incidents.agent[named].astype(str), return_inverse=True)
    cases = np.bincount(places, minlength=len(names))
    rows = np.flatnonzero(named)
    found = []
    for place in np.flatnonzero(cases >= AGENT_NEEDS):
        which = np.zeros(len(named), dtype=bool)
        which[rows[places == place]] = True
        found.append(Agent(str(names[place]), figures_of(incidents, which, at_least=AGENT_NEEDS)))
    return tuple(found), int((cases < AGENT_NEEDS).sum())
