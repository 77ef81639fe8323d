"""Why a unit has its arm, or what would happen to it now: every number that decides, recomputed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from amends.analysis.formatting import STATUSES, Sentence
from amends.assignment.hashing import Id, id_bytes
from amends.errors import UsageError
from amends.lab.assigned import rfc3339
from amends.lab.explaining_draw import coming_draw, stored_draw
from amends.lab.explaining_now import now
from amends.lab.explaining_part import judged, to_be_judged, where
from amends.lab.explanation import Case, Explanation, Step
from amends.lab.masking import refuse_masked
from amends.lab.places import coverage_at, coverage_history

if TYPE_CHECKING:
    from amends.design.experiment import Experiment
    from amends.lab.lab import Lab
    from amends.store import Stored


def explain(
    lab: Lab, key: str, unit_id: Id, *, cluster: Id | None = None, incident: Id | None = None
) -> Explanation:
    """Why a unit has its arm.

    Args:
        lab: The lab.
        key: The experiment's key.
        unit_id: The unit's id in your own system; the customer's where each incident is a unit.
        cluster: The cluster's, where the experiment is clustered: its id is what is hashed.
        incident: The incident's, as in `assign`; needed where each incident is a unit.

    Raises:
        UnknownExperiment: naming the nearest key.
        StateError: while the arms are masked.
        UsageError: for a cluster where none is declared, and no incident where each is a unit.
    """
    refuse_masked(lab, key, what="an explanation")
    force = lab.in_force(key)
    case = _case(lab, key, unit_id, cluster, incident)
    told = tuple(_story(case))
    figures: dict[str, Any] = {}
    for step in told:
        figures |= step.figures
    agrees = [step.agrees for step in told if step.agrees is not None]
    return Explanation(
        key,
        id_bytes(unit_id).decode(),
        force.status,
        None if case.stored is None else case.stored.arm,
        all(agrees) if agrees else None,
        tuple(step.said for step in told),
        figures,
    )


def _case(lab: Lab, key: str, unit_id: Id, cluster: Id | None, incident: Id | None) -> Case:
    force = lab.in_force(key)
    _check(force.experiment, cluster, incident)
    unit = id_bytes(unit_id).decode()
    group = None if cluster is None else id_bytes(cluster).decode()
    event = None if incident is None else id_bytes(incident).decode()
    if force.experiment.on_repeat == "new_unit" and event is not None:
        unit, group, event = event, unit, None
    asked = None if event is None else lab.pseudonym(event)
    stored = lab.store.find(key, unit=lab.pseudonym(unit), incident=asked)
    return Case(lab, force, unit, group, event, stored)


def _check(experiment: Experiment, cluster: Id | None, incident: Id | None) -> None:
    if experiment.on_repeat == "new_unit":
        if incident is None:
            raise UsageError(
                f"{experiment.key} treats each incident as a unit (on_repeat='new_unit'): name the customer "
                "and the incident, incident=… or --incident."
            )
        if cluster is not None:
            raise UsageError(f"cluster={cluster!r}: the cluster of {experiment.key} is the customer.")
    elif cluster is not None and not experiment.clustered:
        raise UsageError(f"cluster={cluster!r}: {experiment.key} declares no cluster. Leave it out.")


def _story(case: Case) -> Iterator[Step]:
    if case.stored is not None:
        yield from _assigned(case, case.stored)
    else:
        status = STATUSES[case.force.status]
        yield Step(
            Sentence(
                f"Never assigned; the experiment is {case.force.status}.",
                f"Belum pernah diundi; status eksperimen: {status.id}.",
            )
        )
        yield from to_be_judged(case)
        yield from where(case, case.coverage)
        yield from coming_draw(case)
    yield now(case)


def _assigned(case: Case, stored: Stored) -> Iterator[Step]:
    at = rfc3339(stored.assigned_at)
    yield Step(
        Sentence(
            f"Assigned to “{stored.arm}” at {at}; the record is {stored.assignment_id}.",
            f"Masuk kelompok “{stored.arm}” pada {at}; catatannya {stored.assignment_id}.",
        ),
        {"assigned_at": at, "assignment_id": stored.assignment_id, "test": stored.test},
    )
    record, state = case.lab.store.on_record(stored.number), case.force.state
    if record is None or state is None or state.after_the_fact:
        yield _IMPORTED
        return
    if case.incident is not None:
        yield _incident(case.incident, stored.incident_number)
    if case.cluster is not None and case.lab.pseudonym(case.cluster) != stored.cluster:
        yield Step(
            Sentence(
                f"It is stored in another cluster than {case.cluster}, and that one's arm stands.",
                f"Tersimpan di klaster selain {case.cluster}; kelompok klaster itulah yang berlaku.",
            ),
            {"same_cluster": False},
        )
        return
    if stored.test:
        yield _REHEARSAL
    else:
        yield judged(case, record)
        history = coverage_history(case.lab.store.audit_log(case.force.key), state)
        yield from where(case, coverage_at(history, stored.assigned_at))
    yield from stored_draw(case, stored, record)


def _incident(incident: str, n: int) -> Step:
    words = (
        Sentence(
            f"Incident {incident} is number {n} of this unit; all of them have its one arm.",
            f"Insiden {incident} adalah yang ke-{n} dari unit ini; semuanya satu kelompok.",
        )
        if n
        else Sentence(
            f"Incident {incident} is not on record; it would have the unit's one arm.",
            f"Insiden {incident} belum tercatat; kelompoknya akan sama dengan unit ini.",
        )
    )
    return Step(words, {"incident_number": n})


_IMPORTED = Step(
    Sentence(
        "Imported: its arm was drawn elsewhere, and nothing here can draw it again.",
        "Diimpor: kelompoknya diundi di tempat lain, dan tidak dapat diundi ulang di sini.",
    )
)
_REHEARSAL = Step(
    Sentence(
        "A rehearsal (test=True): its arm may have been forced, and it is never counted.",
        "Uji coba (test=True): kelompoknya mungkin ditentukan, dan tidak pernah dihitung.",
    )
)
