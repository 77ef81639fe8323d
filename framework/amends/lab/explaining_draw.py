"""Why this arm and no other: the id's hash, the sealed list's envelope, or the cluster's own arm."""

from __future__ import annotations

from collections.abc import Iterator

from amends.analysis.formatting import Sentence, number
from amends.assignment.hashing import bucket
from amends.lab.explanation import Case, Step
from amends.lab.places import BUCKETS
from amends.store import Stored
from amends.store.on_record import OnRecord


def stored_draw(case: Case, stored: Stored, record: OnRecord) -> Iterator[Step]:
    """How the stored arm came about, and whether it comes about again."""
    if record.position is not None:
        yield _from_the_list(case, stored, record.stratum, record.position)
    elif case.drawn_for is None:
        yield Step(
            Sentence(
                "The cluster's id is what was hashed, and only its pseudonym is stored: name it with "
                "--cluster to see the numbers.",
                "Yang di-hash adalah id klaster, dan hanya nama samarannya yang tersimpan: sebutkan "
                "dengan --cluster untuk melihat angkanya.",
            )
        )
    else:
        yield from _from_the_hash(case, case.drawn_for)
        drawn = case.force.experiment.arm_of(case.drawn_for)
        if drawn != stored.arm:
            yield _another(stored)
        elif not stored.test:
            yield Step(
                Sentence("That is the stored arm.", "Itu sama dengan kelompok yang tersimpan."), agrees=True
            )


def coming_draw(case: Case) -> Iterator[Step]:
    """Where the arm of a unit without one would come from; the next envelope is told to nobody."""
    known = None
    if case.cluster is not None:
        known = case.lab.store.cluster_arm(case.force.key, case.lab.pseudonym(case.cluster))
    if known is not None:
        yield Step(
            Sentence(
                f"Its cluster {case.cluster} has “{known}” already, and a cluster has one arm.",
                f"Klasternya, {case.cluster}, sudah masuk “{known}”; satu klaster satu kelompok.",
            ),
            {"cluster_arm": known},
        )
    elif case.force.experiment.randomize.blocked:
        yield Step(
            Sentence(
                "The arm would come from the next envelope of the sealed list, which nobody sees beforehand.",
                "Kelompoknya akan diambil dari amplop berikutnya, yang tidak terlihat sebelumnya.",
            )
        )
    elif case.drawn_for is not None:
        yield from _from_the_hash(case, case.drawn_for)


def _from_the_list(case: Case, stored: Stored, stratum: str, position: int) -> Step:
    drawn = case.force.draw(f"test:{stratum}" if stored.test else stratum, position)
    agrees = drawn == stored.arm
    where = (f" of stratum {stratum}", f" strata {stratum}") if stratum else ("", "")
    verdict = (
        ("the same", "sama")
        if agrees
        else ("NOT the same: see amends db verify", "TIDAK sama: lihat amends db verify")
    )
    return Step(
        Sentence(
            f"Envelope {position + 1} of the sealed list{where[0]} holds “{drawn}”: {verdict[0]}.",
            f"Amplop ke-{position + 1} daftar tersegel{where[1]} berisi “{drawn}”: {verdict[1]}.",
        ),
        {"stratum": stratum, "position": position, "drawn": drawn},
        agrees,
    )


def _from_the_hash(case: Case, drawn_for: str) -> Iterator[Step]:
    experiment = case.force.experiment
    drawn = experiment.arm_of(drawn_for)
    at, limits = bucket(case.force.key, "arm", drawn_for), [0, *experiment.thresholds]
    index = [arm.name for arm in experiment.arms].index(drawn)

    def told(locale: str) -> tuple[str, str, str]:
        low, here, high = (share(value, locale) for value in (limits[index], at, limits[index + 1]))
        return low, here, high

    (low, here, high), (low_id, here_id, high_id) = told("en"), told("id")
    yield Step(
        Sentence(
            f"Its hash lies at {here} of the way (bucket {at}); {low} to {high} is “{drawn}”.",
            f"Nilai hash-nya pada {here_id} (bucket {at}); {low_id} sampai {high_id} adalah “{drawn}”.",
        ),
        {"bucket": at, "thresholds": list(experiment.thresholds), "hashed_arm": drawn},
    )


def _another(stored: Stored) -> Step:
    why = (
        ("it was forced", "kelompoknya ditentukan")
        if stored.test
        else (
            "see amends db verify",
            "lihat amends db verify",
        )
    )
    return Step(
        Sentence(
            f"That is not the stored arm “{stored.arm}”: {why[0]}.",
            f"Itu bukan kelompok yang tersimpan “{stored.arm}”: {why[1]}.",
        ),
        agrees=None if stored.test else False,
    )


def share(at: int, locale: str) -> str:
    """A bucket as a share of all buckets.

    >>> share(2**51, "en"), share(2**51, "id")
    ('0.5000', '0,5000')
    """
    return number(at / BUCKETS, digits=4, locale=locale)
