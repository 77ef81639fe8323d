"""Why a unit has its arm, or what would happen to it now: every number that decides, recomputed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from amends.analysis.formatting import Sentence
from amends.assignment.hashing import Id, bucket, id_bytes, share_bound
from amends.errors import UsageError
from amends.lab.assigned import rfc3339
from amends.lab.masking import refuse_masked

if TYPE_CHECKING:
    from amends.lab.lab import InForce, Lab
    from amends.store import Stored

BUCKETS = 2**52


@dataclass(frozen=True, slots=True)
class Explanation:
    """One unit's story.

    Attributes:
        experiment: The experiment's key.
        unit_id: The unit, as given.
        status: Of the experiment: `draft`, `running`, `paused`, `stopped`.
        arm: The stored arm; None where the unit has none.
        agrees: Whether the arm, recomputed now, is the stored one; None where it cannot be recomputed.
        steps: What decided, in order, as sentences.
        figures: The same as numbers.
    """

    experiment: str
    unit_id: str
    status: str
    arm: str | None
    agrees: bool | None
    steps: tuple[Sentence, ...]
    figures: dict[str, Any] = field(default_factory=dict)

    def to_text(self, locale: str = "en") -> str:
        """The steps, a line each, in `en` or `id`."""
        return "\n".join(step[locale] for step in self.steps)

    def to_dict(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "experiment": self.experiment,
            "unit_id": self.unit_id,
            "status": self.status,
            "arm": self.arm,
            "agrees": self.agrees,
            "figures": self.figures,
            "steps": [{"en": step.en, "id": step.id} for step in self.steps],
        }

    def __str__(self) -> str:
        return self.to_text()


def explain(lab: Lab, key: str, unit_id: Id, *, cluster: Id | None = None) -> Explanation:
    """Why a unit has its arm.

    Args:
        lab: The lab.
        key: The experiment's key.
        unit_id: The unit's id in your own system.
        cluster: The cluster's, where the experiment is clustered: its id is what is hashed.

    Raises:
        UnknownExperiment: naming the nearest key.
        StateError: while the arms are masked.
        UsageError: for a cluster where none is declared.
    """
    refuse_masked(lab, key, what="an explanation")
    force = lab.in_force(key)
    if cluster is not None and not force.experiment.clustered:
        raise UsageError(f"cluster={cluster!r}: {key} declares no cluster. Leave it out.")
    unit = id_bytes(unit_id).decode()
    stored = lab.store.find(key, unit=lab.pseudonym(unit))
    told = _Told(lab, force, unit, None if cluster is None else id_bytes(cluster).decode(), stored)
    steps = tuple(told.steps())
    return Explanation(
        key, unit, force.status, None if stored is None else stored.arm, told.agrees, steps, told.figures
    )


class _Told:
    def __init__(
        self, lab: Lab, force: InForce, unit: str, cluster: str | None, stored: Stored | None
    ) -> None:
        self.lab, self.force, self.unit, self.cluster, self.stored = lab, force, unit, cluster, stored
        self.agrees: bool | None = None
        self.figures: dict[str, Any] = {}

    def steps(self) -> Iterator[Sentence]:
        if self.stored is None:
            yield from self._unassigned()
        else:
            yield from self._assigned(self.stored)

    @property
    def _hashed(self) -> str | None:
        """The id that is hashed; None where it is the cluster's and nobody said which."""
        return self.cluster if self.force.experiment.clustered else self.unit

    def _assigned(self, stored: Stored) -> Iterator[Sentence]:
        at = rfc3339(stored.assigned_at)
        self.figures |= {"assigned_at": at, "assignment_id": stored.assignment_id, "test": stored.test}
        yield Sentence(
            f"Assigned to “{stored.arm}” at {at}; the record is {stored.assignment_id}.",
            f"Masuk kelompok “{stored.arm}” pada {at}; catatannya {stored.assignment_id}.",
        )
        if stored.test:
            yield Sentence(
                "A rehearsal (test=True): its arm may have been forced, and it is never counted.",
                "Uji coba (test=True): kelompoknya mungkin ditentukan, dan tidak pernah dihitung.",
            )
        place = self.lab.store.envelope(stored.number)
        if place is not None:
            yield self._from_the_list(stored, *place)
        else:
            yield from self._from_the_hash(stored.arm, forced=stored.test)

    def _from_the_list(self, stored: Stored, stratum: str, position: int) -> Sentence:
        name = f"test:{stratum}" if stored.test else stratum
        drawn = self.force.draw(name, position)
        self.agrees = drawn == stored.arm
        self.figures |= {"stratum": stratum, "position": position, "drawn": drawn}
        where = (f" of stratum {stratum}", f" strata {stratum}") if stratum else ("", "")
        agrees = ("the same", "sama") if self.agrees else ("NOT the same", "TIDAK sama")
        return Sentence(
            f"Envelope {position + 1} of the sealed list{where[0]} holds “{drawn}”: {agrees[0]}.",
            f"Amplop ke-{position + 1} daftar tersegel{where[1]} berisi “{drawn}”: {agrees[1]}.",
        )

    def _from_the_hash(self, arm: str | None, *, forced: bool = False) -> Iterator[Sentence]:
        experiment, hashed = self.force.experiment, self._hashed
        if hashed is None:
            yield Sentence(
                "The cluster's id is what was hashed, and only its pseudonym is stored: name it with "
                "--cluster to see the numbers.",
                "Yang di-hash adalah id klaster, dan hanya nama samarannya yang tersimpan: sebutkan "
                "dengan --cluster untuk melihat angkanya.",
            )
            return
        drawn = experiment.arm_of(hashed)
        number, limits = bucket(self.force.key, "arm", hashed), [0, *experiment.thresholds]
        index = [item.name for item in experiment.arms].index(drawn)
        low, high = limits[index] / BUCKETS, limits[index + 1] / BUCKETS
        self.figures |= {"bucket": number, "thresholds": list(experiment.thresholds), "hashed_arm": drawn}
        yield Sentence(
            f"Its hash lies at {number / BUCKETS:.4f} of the way (bucket {number}); "
            f"{low:.4f} to {high:.4f} is “{drawn}”.",
            f"Nilai hash-nya pada {number / BUCKETS:.4f} (ember {number}); "
            f"{low:.4f} sampai {high:.4f} adalah “{drawn}”.",
        )
        if arm is not None and not forced:
            self.agrees = drawn == arm
        if arm is not None and drawn != arm:
            yield Sentence(
                f"That is not the stored arm “{arm}”: "
                + ("it was forced." if forced else "see amends db verify."),
                f"Itu bukan kelompok yang tersimpan “{arm}”: "
                + ("kelompoknya ditentukan." if forced else "lihat amends db verify."),
            )

    def _unassigned(self) -> Iterator[Sentence]:
        experiment, status = self.force.experiment, self.force.status
        yield Sentence(
            f"Never assigned; the experiment is {status}.",
            f"Belum pernah diundi; status eksperimen: {status}.",
        )
        if self.lab.store.opted_out(self.lab.pseudonym(self.unit)):
            self.figures["opted_out"] = True
            yield Sentence(
                "The customer opted out of experiments.",
                "Pelanggan meminta tidak diikutkan dalam eksperimen.",
            )
        yield Sentence(
            f"Who takes part: {experiment.eligible!r}, judged at each call.",
            f"Yang ikut: {experiment.eligible!r}, dinilai pada setiap panggilan.",
        )
        if self._hashed is not None:
            yield from self._shares(self._hashed)
        if experiment.randomize.blocked:
            yield Sentence(
                "The arm would come from the next envelope of the sealed list, which nobody sees beforehand.",
                "Kelompoknya akan diambil dari amplop berikutnya, yang tidak terlihat sebelumnya.",
            )
        else:
            yield from self._from_the_hash(None)

    def _shares(self, hashed: str) -> Iterator[Sentence]:
        experiment, state = self.force.experiment, self.force.state
        if experiment.layer is not None:
            layer = experiment.layer
            place = bucket(layer.name, "layer", hashed)
            inside = share_bound(layer.low) <= place < share_bound(layer.high)
            self.figures["layer"] = {"bucket": place, "inside": inside}
            yield _share(f"layer {layer.name}", place, f"{layer.low} to {layer.high}", inside)
        if experiment.holdout is not None:
            holdout = experiment.holdout
            place = bucket(holdout.name, "holdout", hashed)
            free = place >= share_bound(holdout.share)
            self.figures["holdout"] = {"bucket": place, "held_out": not free}
            yield _share(f"holdout {holdout.name}", place, f"from {holdout.share} on", free)
        coverage = "1" if state is None else state.coverage
        place = bucket(self.force.key, "coverage", hashed)
        covered = place < share_bound(coverage)
        self.figures["coverage"] = {"bucket": place, "coverage": coverage, "covered": covered}
        yield _share("coverage", place, f"below {coverage}", covered)


def _share(name: str, place: int, needed: str, inside: bool) -> Sentence:
    words = ("takes part", "ikut") if inside else ("does not take part", "tidak ikut")
    return Sentence(
        f"{name.capitalize()}: at {place / BUCKETS:.4f}, needed {needed}: {words[0]}.",
        f"{name.capitalize()}: pada {place / BUCKETS:.4f}, perlu {needed}: {words[1]}.",
    )
