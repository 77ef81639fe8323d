"""A deviation from the preregistered plan, and what a plan is compared with."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from amends.analysis.contrasts import Contrast
from amends.analysis.formatting import Sentence, arm_name
from amends.analysis.verdict import Rule
from amends.tally import Tally

if TYPE_CHECKING:
    from amends.design.experiment import Experiment


@dataclass(frozen=True, slots=True)
class Deviation:
    """One difference between what was planned and what was done.

    Attributes:
        name: Its kind, for programs.
        what: What happened.
        meaning: What it means for the findings, or what to do about it.
    """

    name: str
    what: Sentence
    meaning: Sentence

    def __getitem__(self, locale: str) -> str:
        return f"{self.what[locale]} {self.meaning[locale]}"

    def __str__(self) -> str:
        return self["en"]

    def to_dict(self) -> dict[str, str]:
        """Its kind, and the whole of it in both languages."""
        return {"name": self.name, "en": self["en"], "id": self["id"]}


@dataclass(frozen=True, slots=True)
class Done:
    """What a plan is compared with.

    Attributes:
        experiment: The frozen definition.
        tally: Counts per arm.
        status: `draft`, `running`, `paused` or `stopped`.
        rule: Who decides.
        contrasts: What is reported.
        planned: Planned units of the smallest arm; None without a plan.
        reached: Matured units of the arm furthest behind its share.
        not_invited: Arms that got no invitation.
    """

    experiment: Experiment
    tally: Tally
    status: str
    rule: Rule
    contrasts: Sequence[Contrast]
    planned: int | None
    reached: int
    not_invited: Collection[str] = ()


def pair_name(arm: str, versus: str, locale: str) -> str:
    """Two arms compared: `thank you – sorry`."""
    return f"{arm_name(arm, locale)} – {arm_name(versus, locale)}"
