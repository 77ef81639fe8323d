"""An experiment's life: draft, running, paused, stopped; its definition frozen at start."""

from __future__ import annotations

import logging
import secrets
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from amends.design.experiment import Experiment, changed_fields
from amends.design.plan import plan
from amends.errors import (
    DefinitionChanged,
    DefinitionError,
    StateError,
    UnknownExperiment,
    UsageError,
    nearest,
)

if TYPE_CHECKING:
    from amends.lab.lab import Lab
    from amends.store import ExperimentState

log = logging.getLogger("amends")


def definition_now(lab: Lab, key: str) -> Experiment:
    """The definition as the file has it now.

    Raises:
        UnknownExperiment: naming the nearest key.
        DefinitionError: when the file of that key is broken.
    """
    found = lab.discover()
    if isinstance(key, str) and key in found.experiments:
        return found.experiments[key]
    for problem in found.problems:
        if problem.path.stem == key:
            raise DefinitionError(problem.message)
    raise lab.unknown(key)


def definition_in_force(lab: Lab, key: str, state: ExperimentState | None) -> Experiment:
    """The definition frozen at start; the file's while a draft. An edited file is logged, not followed."""
    if state is None:
        return definition_now(lab, key)
    frozen = Experiment.from_snapshot(state.snapshot)
    edited = _differences(lab, frozen)
    if edited and (key, edited[0]) not in lab.changes_said:
        lab.changes_said.add((key, edited[0]))
        log.warning("%s: the file differs from the definition frozen at start in %s", key, ", ".join(edited))
    return frozen


def changed(lab: Lab, key: str) -> tuple[str, ...]:
    """The fields in which the file differs from the frozen definition; empty for a draft."""
    state = lab.store.experiment(key)
    return () if state is None else _differences(lab, Experiment.from_snapshot(state.snapshot))


def _differences(lab: Lab, frozen: Experiment) -> tuple[str, ...]:
    now = lab.discover().experiments.get(frozen.key or "")
    if now is None or now.fingerprint() == frozen.fingerprint():
        return ()
    return changed_fields(frozen.snapshot(), now.snapshot())


def refuse_edited(lab: Lab, key: str) -> None:
    """Refuses a started experiment whose file was edited.

    Raises:
        DefinitionChanged: naming the changed fields.
    """
    fields = changed(lab, key)
    if fields:
        raise DefinitionChanged(
            f"{key} was frozen at start, and its file has changed since in: {', '.join(fields)}. "
            "Undo the edit, or copy the file to a new key and start that.",
            changed=fields,
        )


def start(
    lab: Lab, key: str, *, coverage: object = None, simulated: bool = False, by: str | None = None
) -> ExperimentState:
    """Starts a draft, resumes a paused experiment, leaves a running one as it is; audited as done by `by`.

    Raises:
        StateError: for a stopped experiment.
        DefinitionChanged: for an edited file of a started experiment.
        UsageError: for a coverage outside (0, 1].
    """
    share = "1" if coverage is None else _share(coverage)
    state = lab.store.experiment(key)
    if state is not None:
        refuse_edited(lab, key)
        if state.status == "stopped":
            raise StateError(f"{key} has stopped and stays so: copy its file to a new key and start that.")
        if state.status == "paused":
            lab.store.set_status(key, "running", at=lab.clock(), by=by)
    else:
        experiment = definition_now(lab, key)
        lab.store.start(
            key,
            snapshot=experiment.snapshot(),
            fingerprint=experiment.fingerprint(),
            seed=secrets.token_hex(16),
            coverage=share,
            at=lab.clock(),
            simulated=simulated,
            planned=plan(experiment).per_arm,
            by=by,
        )
    return _now(lab, key)


def pause(lab: Lab, key: str, *, by: str | None = None) -> ExperimentState:
    """Pauses a running experiment; a paused one stays as it is."""
    state = started(lab, key)
    if state.status == "stopped":
        raise StateError(f"{key} has stopped already; it cannot be paused.")
    if state.status == "running":
        lab.store.set_status(key, "paused", at=lab.clock(), by=by)
    return _now(lab, key)


def stop(lab: Lab, key: str, *, then: str | None = None, by: str | None = None) -> ExperimentState:
    """Stops a started experiment for good.

    Raises:
        StateError: for a draft, or one stopped already with another `then`.
        UsageError: when `then` is not an arm.
    """
    state = started(lab, key)
    names = [arm.name for arm in Experiment.from_snapshot(state.snapshot).arms]
    if then is not None and then not in names:
        raise UsageError(f"then={then!r} is not an arm of {key}. {nearest(then, names, what='arms')}")
    if state.status == "stopped":
        if then == state.then_arm:
            return state
        raise StateError(f"{key} has stopped already (then: {state.then_arm or 'the usual message'}).")
    lab.store.set_status(key, "stopped", at=lab.clock(), then_arm=then, by=by)
    return _now(lab, key)


def ramp(lab: Lab, key: str, coverage: object, *, by: str | None = None) -> ExperimentState:
    """Raises the coverage: lowering it would turn away units like those already assigned.

    Raises:
        UsageError: for a share outside (0, 1], or not above the present one.
        StateError: for an experiment that is not started, or stopped.
    """
    share = _share(coverage)
    state = started(lab, key)
    if state.status == "stopped":
        raise StateError(f"{key} has stopped; its coverage stays {state.coverage}.")
    if Decimal(share) < Decimal(state.coverage):
        raise UsageError(f"coverage {share} is below the present {state.coverage}: it can only be raised.")
    if Decimal(share) > Decimal(state.coverage):
        lab.store.set_coverage(key, share, at=lab.clock(), by=by)
    return _now(lab, key)


def started(lab: Lab, key: str) -> ExperimentState:
    """The state of an experiment that has been started.

    Raises:
        StateError: It is a draft.
    """
    state = lab.store.experiment(key)
    if state is None:
        definition_now(lab, key)
        raise StateError(f"{key} has not started: amends start {key}")
    return state


def _now(lab: Lab, key: str) -> ExperimentState:
    lab.forget_state(key)
    state = lab.store.experiment(key)
    if state is None:
        raise UnknownExperiment(f"{key} is gone from the database.")
    return state


def _share(value: object) -> str:
    try:
        share = Decimal(str(value))
    except InvalidOperation:
        share = Decimal(0)
    if not (share.is_finite() and 0 < share <= 1):
        raise UsageError(f"coverage {value!r}: a share above 0 and at most 1 is needed, for instance 0.1.")
    return format(share.normalize(), "f")
