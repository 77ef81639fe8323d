"""The log of delays, read: targets beside published times, waits and lateness, and who waits now.

Times are sample quantiles where every wait has ended and Kaplan-Meier quantiles where some go on; shares
late have Wilson intervals and count only what was due by now. A wait closed without an answer is known
to be at least so long, like one that goes on. See `docs/decisions` for why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from amends.analysis.exported import exported
from amends.analysis.formatting import Sentence
from amends.analysis.result import Interval, NotEnough
from amends.analysis.service_events import DEFAULT_TARGETS, read_incidents
from amends.analysis.service_figures import (
    Agent,
    Group,
    SilentMailbox,
    Waiting,
    agents_of,
    groups_of,
    hours_of,
    silent_mailboxes,
    waiting_now,
)
from amends.analysis.waiting_times import Spell

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class PublishedTime:
    """A published average response time: seconds, and where it comes from."""

    channel: str
    seconds: float
    source: Sentence


@dataclass(frozen=True, slots=True)
class Target:
    """A channel's target.

    Attributes:
        channel: Its name.
        seconds: Within which it should be answered.
        default: Nobody set another one here.
        published: What companies were found to take.
    """

    channel: str
    seconds: float
    default: bool
    published: tuple[PublishedTime, ...]


@dataclass(frozen=True, slots=True)
class ServiceLog:
    """The log of delays as it stood at a moment. Printed it is text; also a frame and JSON.

    Attributes:
        as_of: The moment.
        timezone: Zone of incidents that have none of their own.
        incidents: How many were read.
        left_out: How many could not be, by reason.
        targets: By channel, beside published times.
        groups: Figures by channel and kind of day.
        waiting: Who waits now.
        hours: Beginnings by weekday (Monday first) and hour.
        late_hours: Those of them that were late.
        silent_mailboxes: Mail waits, nobody answers.
        agents: Those with at least 30 cases, in an order that says nothing.
        agents_with_fewer: How many have fewer.
        published: What audits of companies found, to compare with.
    """

    as_of: datetime
    timezone: str
    incidents: int
    left_out: Mapping[str, int]
    targets: tuple[Target, ...]
    groups: tuple[Group, ...]
    waiting: tuple[Waiting, ...]
    hours: tuple[tuple[int, ...], ...]
    late_hours: tuple[tuple[int, ...], ...]
    silent_mailboxes: tuple[SilentMailbox, ...]
    agents: tuple[Agent, ...]
    agents_with_fewer: int
    published: tuple[Sentence, ...] = ()

    def __getitem__(self, place: tuple[str, str] | str) -> Group:
        """A group by channel, or by channel and kind of day: `log["email"]`, `log["email", "weekend"]`."""
        channel, days = (place, "all") if isinstance(place, str) else place
        for group in self.groups:
            if (group.channel, group.days) == (channel, days):
                return group
        known = ", ".join(dict.fromkeys(group.channel for group in self.groups))
        raise KeyError(f"no group {place!r}; channels: {known}; days: all, weekday, weekend")

    @property
    def said(self) -> tuple[Sentence, ...]:
        """What a manager should know, in sentences."""
        from amends.analysis.service_words import said

        return said(self)

    def to_dict(self) -> dict[str, Any]:
        """Every figure in JSON's own types, with the sentences under `said`."""
        figures: dict[str, Any] = {
            item.name: exported(getattr(self, item.name))
            for item in fields(self)
            if item.name not in ("as_of", "groups", "agents")
        }
        groups = [
            {"channel": group.channel, "days": group.days, **exported(group.figures)} for group in self.groups
        ]
        agents = [
            {"agent": agent.agent, "name": agent.name, **exported(agent.figures)} for agent in self.agents
        ]
        return {
            "as_of": self.as_of.isoformat().replace("+00:00", "Z"),
            **figures,
            "groups": groups,
            "agents": agents,
            "said": [sentence.to_dict() for sentence in self.said],
        }

    def to_frame(self) -> pd.DataFrame:
        """One row per channel and kind of day; what cannot be known is missing.

        Columns: channel, days, n, answered, waiting, closed, median_seconds, median_at_least,
        median_low, median_high, p90_seconds, p90_at_least, judged, late, share_late, late_low, late_high.
        """
        import pandas as pd

        return pd.DataFrame([_row(group) for group in self.groups])

    def to_text(self, *, locale: str = "en") -> str:
        """Aligned text in English or Indonesian."""
        from amends.analysis.rendering.service_log import text

        return text(self, locale)

    def __str__(self) -> str:
        return self.to_text()


def _row(group: Group) -> dict[str, Any]:
    figures = group.figures
    row: dict[str, Any] = {"channel": group.channel, "days": group.days}
    row |= {name: getattr(figures, name) for name in ("n", "answered", "waiting", "closed")}
    for name, spell in (("median", figures.median), ("p90", figures.p90)):
        row[f"{name}_seconds"] = spell.seconds if isinstance(spell, Spell) else None
        row[f"{name}_at_least"] = spell.at_least if isinstance(spell, Spell) else None
    limits = figures.median.interval if isinstance(figures.median, Spell) else figures.median
    row["median_low"] = limits.low if isinstance(limits, Interval) else None
    row["median_high"] = limits.high if isinstance(limits, Interval) else None
    late = figures.late_interval
    return row | {
        "judged": figures.judged,
        "late": figures.late,
        "share_late": None if isinstance(figures.share_late, NotEnough) else figures.share_late,
        "late_low": None if isinstance(late, NotEnough) else late.low,
        "late_high": None if isinstance(late, NotEnough) else late.high,
    }


def read_service_log(
    columns: Mapping[str, Sequence[Any]],
    *,
    as_of: datetime,
    set_here: Mapping[str, float],
    published: Sequence[PublishedTime] = (),
    audits: Sequence[Sentence] = (),
    timezone: str = "UTC",
    names: Mapping[str, str] | None = None,
) -> ServiceLog:
    """Reads the log as it stood at a moment.

    Args:
        columns: From the store; see `read_incidents`.
        as_of: The moment (aware); what happened later is not known yet.
        set_here: Targets in seconds that take the place of the defaults.
        published: Response times to show beside the targets.
        audits: What audits of companies found, in sentences.
        timezone: The IANA zone of incidents that have none of their own.
        names: What to call agents, by pseudonym.

    >>> from datetime import UTC
    >>> at = datetime(2026, 3, 2, 12, tzinfo=UTC)
    >>> none = [None]
    >>> log = read_service_log(
    ...     {"received_at": [at.replace(hour=9)], "answered_at": [at.replace(hour=11)], "promised_at": none,
    ...      "closed_at": none, "channel": ["email"], "agent": none, "mailbox": none, "timezone": none},
    ...     as_of=at, set_here={})
    >>> log["email"].figures.median.seconds, log["email"].figures.late
    (7200.0, 1)
    """
    import numpy as np

    targets = {**DEFAULT_TARGETS, **set_here}
    incidents = read_incidents(columns, as_of=as_of, targets=targets, timezone=timezone)
    agents, fewer = agents_of(incidents)
    everything = np.ones(len(incidents.channel), dtype=bool)
    return ServiceLog(
        as_of=as_of,
        timezone=timezone,
        incidents=len(incidents.channel),
        left_out=incidents.left_out,
        targets=targets_beside(targets, set_here, published),
        groups=groups_of(incidents) if len(everything) else (),
        waiting=waiting_now(incidents) if len(everything) else (),
        hours=hours_of(incidents, everything),
        late_hours=hours_of(incidents, incidents.late),
        silent_mailboxes=silent_mailboxes(incidents, now=as_of.timestamp()),
        agents=tuple(replace(agent, name=(names or {}).get(agent.agent)) for agent in agents),
        agents_with_fewer=fewer,
        published=tuple(audits),
    )


def targets_beside(
    targets: Mapping[str, float], set_here: Mapping[str, float], published: Sequence[PublishedTime]
) -> tuple[Target, ...]:
    """Every channel's target beside what was published of it."""
    return tuple(
        Target(
            channel,
            seconds,
            channel not in set_here,
            tuple(time for time in published if time.channel == channel),
        )
        for channel, seconds in sorted(targets.items())
    )
