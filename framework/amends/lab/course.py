"""An experiment's course from its state, its audit and its file."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from amends.lab.masking import UNMASK
from amends.lab.verdicts import VERDICT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from amends.analysis.course import Course, EarlyVerdict
    from amends.lab.lab import Lab
    from amends.store import AuditEntry


def course(lab: Lab, key: str) -> Course | None:
    """What happened to an experiment so far; None for a draft."""
    from amends.analysis.course import Course

    force = lab.in_force(key)
    state = force.state
    if state is None:
        return None
    log = lab.store.audit_log(key)
    told = {entry.action: entry for entry in log}
    begun = told.get("start")
    return Course(
        started_at=state.started_at,
        fingerprint=state.fingerprint,
        stopped_at=state.stopped_at,
        after_the_fact=state.after_the_fact,
        simulated=state.simulated,
        coverage=begun.detail["coverage"] if begun else state.coverage,
        ramps=tuple((entry.at, entry.detail["to"]) for entry in log if entry.action == "ramp"),
        pauses=_pauses(log),
        masked=force.experiment.masked and not state.after_the_fact,
        unmasked=(told[UNMASK].at, told[UNMASK].detail["reason"]) if UNMASK in told else None,
        edited=lab.changed(key),
        verdicts=tuple(_verdict(entry) for entry in log if entry.action == VERDICT),
        set_aside=lab.store.set_aside(key),
        planned=begun.detail.get("planned") if begun else None,
    )


def _pauses(log: Sequence[AuditEntry]) -> tuple[tuple[datetime, datetime | None], ...]:
    """A pause ends when the experiment is resumed or stopped."""
    found: list[tuple[datetime, datetime | None]] = []
    since: datetime | None = None
    for entry in log:
        if entry.action == "pause":
            since = entry.at
        elif entry.action in ("resume", "stop") and since is not None:
            found.append((since, entry.at))
            since = None
    return (*found, (since, None)) if since is not None else tuple(found)


def _verdict(entry: AuditEntry) -> EarlyVerdict:
    from amends.analysis.course import EarlyVerdict

    made = entry.detail
    decision = made["decision"]
    first, second = decision["n"]
    method = decision["rejected_by"] or decision["method"]
    return EarlyVerdict(entry.at, made["metric"], made["arm"], made["versus"], method, (first, second))
