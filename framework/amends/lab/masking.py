"""Whether an experiment's arms are masked, the letters that stand for them, and unmasking before the stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amends.errors import StateError, UsageError
from amends.lab.lifecycle import started

if TYPE_CHECKING:
    from amends.analysis.masking import Mask
    from amends.lab.lab import Lab
    from amends.store import AuditEntry

UNMASK = "unmask"
LONGEST_REASON = 1_000


def unmasked(lab: Lab, key: str) -> AuditEntry | None:
    """The audit's entry of the unmasking; None where nobody asked for it."""
    return next((entry for entry in lab.store.audit_log(key) if entry.action == UNMASK), None)


def masked(lab: Lab, key: str) -> bool:
    """Whether nobody could, and can, see which arm is which before the stop.

    Declared by the definition, and given up for good by `unmask`. Imported data were seen by whoever
    collected them.
    """
    force = lab.in_force(key)
    if not force.experiment.masked or (force.state is not None and force.state.after_the_fact):
        return False
    return unmasked(lab, key) is None


def hides_arms(lab: Lab, key: str) -> bool:
    """Whether letters stand for the arms now: masked, and running or paused."""
    return lab.status(key) in ("running", "paused") and masked(lab, key)


def mask(lab: Lab, key: str) -> Mask | None:
    """The letters that stand for the arms now; None where their names may be shown."""
    from amends.analysis.masking import mask_of

    force = lab.in_force(key)
    if force.state is None or not hides_arms(lab, key):
        return None
    return mask_of([arm.name for arm in force.experiment.arms], key=key, secret=force.state.seed)


def refuse_masked(lab: Lab, key: str, *, what: str) -> None:
    """Refuses what would show which arm is which.

    Raises:
        StateError: naming the remedy.
    """
    if hides_arms(lab, key):
        raise StateError(
            f"{key} is masked until its stop, and {what} names the arms. Stop it first (amends stop {key}), "
            f'or unmask it, which the report will say: amends unmask {key} --reason "…"'
        )


def unmask(lab: Lab, key: str, *, reason: str, by: str | None = None) -> AuditEntry:
    """Shows the arms of a masked experiment from now on, although it has not stopped; audited.

    It cannot be undone: from now on somebody could stop on a result, so an early stop is no longer decided
    by the fixed test, and the report names the unmasking as a deviation. An experiment that is unmasked
    already stays as it is.

    Raises:
        StateError: for a draft, a stopped experiment, or one that is not masked.
        UsageError: for a reason that is empty or too long.
    """
    state, said = started(lab, key), reason.strip()
    if not said or len(said) > LONGEST_REASON:
        problem = f"has {len(said):,} characters" if said else "is empty"
        raise UsageError(
            f'the reason {problem}; from 1 to {LONGEST_REASON:,} are needed, as in --reason "safety board".'
        )
    if not lab.experiment(key).masked:
        raise StateError(f"{key} is not masked: its reports name the arms already (amends report {key}).")
    earlier = unmasked(lab, key)
    if earlier is not None:
        return earlier
    if state.status == "stopped":
        raise StateError(f"{key} has stopped, so its reports name the arms already (amends report {key}).")
    lab.store.audit(UNMASK, key=key, detail={"reason": said}, at=lab.clock(), by=by)
    made = unmasked(lab, key)
    assert made is not None
    return made
