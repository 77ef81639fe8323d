"""A unit's story, told in steps: each a sentence for people and the numbers behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from amends.analysis.formatting import Sentence

if TYPE_CHECKING:
    from amends.lab.lab import InForce, Lab
    from amends.store import Stored


class Step(NamedTuple):
    """One thing that decided.

    Attributes:
        said: For people.
        figures: The same as numbers, by name.
        agrees: Whether the arm that this step gives is the stored one; None where it gives none.
    """

    said: Sentence
    figures: Mapping[str, Any] = {}
    agrees: bool | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """Whose arm is explained.

    Attributes:
        lab: The lab.
        force: The experiment in force.
        unit: The unit's id; the incident's where each incident is a unit.
        cluster: The cluster's id; None where the experiment is not clustered, or nobody said.
        incident: The incident asked about, where incidents are no units.
        stored: The assignment; None where there is none.
    """

    lab: Lab
    force: InForce
    unit: str
    cluster: str | None
    incident: str | None
    stored: Stored | None

    @property
    def drawn_for(self) -> str | None:
        """The id that is hashed; None where it is the cluster's and nobody said which."""
        return self.cluster if self.force.experiment.clustered else self.unit

    @property
    def coverage(self) -> str:
        """The coverage in force now."""
        return "1" if self.force.state is None else self.force.state.coverage


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
