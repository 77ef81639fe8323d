"""The preregistration within the report: a registry's usual questions, answered by the frozen definition."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amends.analysis.formatting import Sentence
from amends.analysis.material import Material
from amends.analysis.preregistration import TITLE as TITLE
from amends.analysis.preregistration import preregistration
from amends.analysis.section import Section

if TYPE_CHECKING:
    from amends.design.experiment import Experiment

NAME = "preregistration"
CHAPTER = "plan"
NEEDS_UNITS = False
FOLDED = True


def wanted(experiment: Experiment) -> bool:
    """Always: whoever reads the findings must see what was settled beforehand."""
    return True


def section(material: Material) -> Section | None:
    """The stamp, then one paragraph a question; None for a draft, where nothing is frozen."""
    if material.course is None or material.plan is None:
        return None
    course = material.course
    found = preregistration(
        material.experiment,
        material.plan,
        fingerprint=course.fingerprint,
        frozen_at=course.started_at,
        after_the_fact=course.after_the_fact,
    )
    said = [
        Sentence(
            f"{answer.question.en} {' '.join(sentence.en for sentence in answer.said)}",
            f"{answer.question.id} {' '.join(sentence.id for sentence in answer.said)}",
        )
        for answer in found.answers
    ]
    figures = {name: value for name, value in found.to_dict().items() if name != "experiment"}
    return Section(NAME, CHAPTER, TITLE, said=(found.stamp, *said), figures=figures)
