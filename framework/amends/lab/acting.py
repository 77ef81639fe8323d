"""What is done to an experiment from its page: the command line's verbs, for a role, audited with who.

A page may have stood open while somebody else acted. Each verb therefore says what it was asked of: a
start is of the definition that was looked at, and nothing that already happened is done again in silence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from amends.errors import DefinitionChanged, StateError
from amends.lab.exports import EXPORT, begin_export
from amends.lab.lifecycle import definition_now

if TYPE_CHECKING:
    from amends.analysis.formatting import Sentence
    from amends.lab.lab import Lab
    from amends.lab.roles import Actor
    from amends.store import AuditEntry, ExperimentState


def start(lab: Lab, key: str, *, actor: Actor, seen: str, coverage: object = None) -> ExperimentState:
    """Starts a draft.

    Args:
        lab: The lab.
        key: The experiment's key.
        actor: Who does it.
        seen: Fingerprint of the definition whose checklist was shown.
        coverage: Share of the eligible that take part; all without.

    Raises:
        NotAllowed: The actor is no owner.
        StateError: It is no draft any more.
        DefinitionChanged: The file was edited since the checklist was shown.
        UsageError: A coverage outside (0, 1].
    """
    actor.insist("start")
    _refuse_unless(lab, key, "draft")
    if definition_now(lab, key).fingerprint() != seen:
        raise DefinitionChanged(
            f"the file of {key} was edited since this checklist was shown. Read the list again, then start."
        )
    return lab.start(key, coverage=coverage, by=actor.by)


def pause(lab: Lab, key: str, *, actor: Actor) -> ExperimentState:
    """Takes in no new customers for a while.

    Raises:
        NotAllowed: The actor is no owner.
        StateError: It is not running.
    """
    actor.insist("pause")
    _refuse_unless(lab, key, "running")
    return lab.pause(key, by=actor.by)


def resume(lab: Lab, key: str, *, actor: Actor) -> ExperimentState:
    """Goes on after a pause.

    Raises:
        NotAllowed: The actor is no owner.
        StateError: It is not paused.
        DefinitionChanged: The file was edited since the start.
    """
    actor.insist("resume")
    _refuse_unless(lab, key, "paused")
    return lab.start(key, by=actor.by)


def ramp(lab: Lab, key: str, coverage: object, *, actor: Actor) -> ExperimentState:
    """Takes in a larger share of the eligible.

    Raises:
        NotAllowed: The actor is no owner.
        UsageError: A share outside (0, 1], or below the present one.
        StateError: It is a draft, or has stopped.
    """
    actor.insist("ramp")
    return lab.ramp(key, coverage, by=actor.by)


def stop(lab: Lab, key: str, *, actor: Actor, then: str | None = None) -> ExperimentState:
    """Ends it for good.

    Raises:
        NotAllowed: The actor is no owner.
        StateError: It is a draft, or has stopped already.
        UsageError: `then` is not an arm.
    """
    actor.insist("stop")
    _refuse_unless(lab, key, "running", "paused")
    return lab.stop(key, then=then, by=actor.by)


def unmask(lab: Lab, key: str, *, actor: Actor, reason: str) -> AuditEntry:
    """Shows which arm is which before the stop; see `amends.lab.masking.unmask`.

    Raises:
        NotAllowed: The actor is a viewer.
        StateError: There is nothing to unmask.
        UsageError: A reason that is empty or too long.
    """
    actor.insist("unmask")
    return lab.unmask(key, reason=reason, by=actor.by)


def take_figures(lab: Lab, key: str | None, *, actor: Actor, detail: Mapping[str, Any]) -> None:
    """Writes down that figures are taken from a page; call it before they are.

    Without a key they belong to no experiment: the log of delays.

    Raises:
        NotAllowed: The actor is a viewer.
        StoreUnavailable: The audit cannot be written, so nothing may be taken.
    """
    actor.insist("export")
    if key is None:
        lab.store.audit(EXPORT, detail=detail, at=lab.clock(), by=actor.by)
    else:
        begin_export(lab, key, detail=detail, rows=False, by=actor.by)


@dataclass(frozen=True, slots=True)
class Foretold:
    """What stopping at this moment would mean for the verdict.

    Attributes:
        early: Whether the planned sample is not there yet, so that a smaller one would have to do.
        said: What the report would say: at first, and in the end where that differs.
    """

    early: bool
    said: tuple[Sentence, ...]


def if_stopped_now(lab: Lab, key: str) -> Foretold:
    """What stopping at this moment would mean for the verdict, as the report would say it."""
    from amends.analysis.formatting import Sentence
    from amends.analysis.verdict import deciding_rule
    from amends.lab.masking import masked

    report = lab.live(key)
    planned = report.progress.planned_per_arm

    def rule(waiting: int) -> Sentence | None:
        return deciding_rule(
            status="stopped",
            alpha=lab.experiment(key).alpha,
            planned=planned if isinstance(planned, int) else None,
            reached=report.progress.reached,
            masked=masked(lab, key),
            waiting=waiting,
        ).note

    open_windows = [arm.counts["waiting"] for arm in report.arms.values()]
    waiting = sum(n for n in open_windows if isinstance(n, int))
    in_the_end = rule(0) or Sentence(
        "The planned sample is there: the verdict made on it stays as it is.",
        "Jumlah sampel yang direncanakan sudah tercapai: kesimpulan yang dibuat darinya tetap berlaku.",
    )
    at_first = rule(waiting) if waiting else None
    return Foretold(
        early=not isinstance(planned, int) or report.progress.reached < planned,
        said=(in_the_end,) if at_first is None else (at_first, in_the_end),
    )


def _refuse_unless(lab: Lab, key: str, *allowed: str) -> None:
    lab.forget_state(key)
    status = lab.status(key)
    if status not in allowed:
        raise StateError(
            f"{key} is {status} by now: somebody else was quicker. Reload the page to see how it stands."
        )
