"""Whether stored arms are those that the customers' own ids, the sealed lists and the coverage give."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from amends.errors import StateError
from amends.lab.assigned import rfc3339
from amends.lab.masking import hides_arms, refuse_masked
from amends.lab.places import coverage_at, coverage_history, places

if TYPE_CHECKING:
    from amends.lab.lab import InForce, Lab
    from amends.store import Stored


def audit_units(lab: Lab, key: str, units: Mapping[str, str | None]) -> list[str]:
    """Which of the units should not have been assigned, or not to the arm that is stored.

    A hashed arm is recomputed from the id; drawn ones are replayed by `audit_lists`, which needs no ids.
    For both, the id must lie inside the layer, outside the holdout, and below the coverage that was
    in force at the time of the assignment (the audit remembers every raise).

    Args:
        lab: The lab.
        key: The experiment's key.
        units: Raw ids, each with its cluster's id where the experiment is clustered.

    Returns:
        A line for each disagreement; empty when all agree.

    Raises:
        StateError: while the arms are masked, before the start, or for imported data, whose arms were
            drawn elsewhere.
    """
    refuse_masked(lab, key, what="an audit of units")
    force = lab.in_force(key)
    if force.state is None:
        raise StateError(f"{key!r} has not been started, so no arm is stored. Start it: amends start {key}")
    if force.state.after_the_fact:
        raise StateError(
            f"{key!r} was imported: its arms were drawn elsewhere and follow from no id of ours."
        )
    by_pseudonym = {lab.pseudonym(unit): unit for unit in units}
    found = lab.store.find_many(key, [(pseudonym, None) for pseudonym in by_pseudonym])
    history = coverage_history(lab.store.audit_log(key), force.state)
    said: list[str] = []
    for unit, stored in zip(by_pseudonym.values(), found, strict=True):
        if stored is None:
            said.append(f"{unit}: never assigned")
        elif not stored.test:
            said += (f"{unit}: {wrong}" for wrong in _wrong(lab, force, unit, units[unit], stored, history))
    return said


def audit_lists(lab: Lab, key: str) -> list[str]:
    """Every envelope that was opened, against the sealed list that the experiment's seed gives.

    Returns:
        A line for each that holds another arm than is stored, without the arms while they are masked;
        empty when all agree, and where no list was drawn from.
    """
    force = lab.in_force(key)
    if force.state is None or force.state.after_the_fact or not force.experiment.randomize.blocked:
        return []
    masked = hides_arms(lab, key)
    said = []
    for stratum, position, arm in lab.store.dealt(key):
        drawn = force.draw(stratum, position)
        if drawn != arm:
            place = f"{key}: envelope {position + 1}" + (f" of {stratum}" if stratum else "")
            differ = "another arm is stored than" if masked else f"stored {arm},"
            said.append(f"{place}: {differ} the sealed list holds" + ("" if masked else f" {drawn}"))
    return said


def _wrong(
    lab: Lab,
    force: InForce,
    unit: str,
    cluster: str | None,
    stored: Stored,
    history: list[tuple[datetime, str]],
) -> Iterator[str]:
    experiment = force.experiment
    hashed = unit
    if experiment.clustered:
        if cluster is None or lab.pseudonym(cluster) != stored.cluster:
            yield f"stored in another cluster than {cluster}"
            return
        hashed = cluster
    if not experiment.randomize.blocked:
        expected = experiment.arm_of(hashed)
        if expected != stored.arm:
            yield f"stored {stored.arm}, its id gives {expected}"
    share = coverage_at(history, stored.assigned_at)
    for place in places(experiment, hashed, coverage=share):
        if place.inside:
            continue
        if place.kind == "layer":
            yield f"its id lies outside the layer {place.name} from {place.bound}"
        elif place.kind == "holdout":
            yield f"its id belongs to the holdout {place.name}"
        else:
            yield f"assigned at {rfc3339(stored.assigned_at)}, when the coverage of {share} left it out"
