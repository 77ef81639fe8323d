"""The sections of a report, in reading order, and who of them needs unit rows."""

from __future__ import annotations

import logging
from dataclasses import replace
from types import ModuleType
from typing import TYPE_CHECKING

from amends.analysis.formatting import Sentence
from amends.analysis.material import Material
from amends.analysis.reasons import explained
from amends.analysis.section import Section
from amends.analysis.sections import (
    adjustment,
    all_pairs,
    attention,
    bayes,
    checks,
    clusters,
    compliance,
    done,
    factorial,
    funnel,
    guardrails,
    manipulation,
    mediation,
    methods,
    moderators,
    nonresponse,
    ordinal,
    planned_and_done,
    preregistered,
    randomisation,
    reliability,
    reminders,
    segments,
    weighting,
)
from amends.analysis.withheld import DESCRIPTIVE, tells_p, withheld
from amends.errors import AmendsError
from amends.tally import Tally

if TYPE_CHECKING:
    from amends.design.experiment import Experiment

MODULES: tuple[ModuleType, ...] = (
    checks,
    manipulation,
    done,
    funnel,
    guardrails,
    clusters,
    adjustment,
    randomisation,
    all_pairs,
    moderators,
    segments,
    factorial,
    mediation,
    ordinal,
    reliability,
    compliance,
    bayes,
    nonresponse,
    weighting,
    reminders,
    attention,
    methods,
    planned_and_done,
    preregistered,
)
"""Each has `NAME`, `CHAPTER`, `TITLE`, `NEEDS_UNITS`, `wanted(experiment)` and `section(material)`.

One that reads what is not recorded everywhere says by `recorded(tally)` whether it was: the units are not
read for it where it was not. One that reads neither what was known before the message nor answers, other
than in metrics that every unit has, says `PLAIN_UNITS = True`: such units are counted by the database.

One that would tell masked arms apart, by what was sent or by the length of a text, says `TELLS_ARMS = True`
and is left out while letters stand for them. One that is for looking up says `FOLDED = True`.

One that reads a table's groups of units as well as single units says `GROUPS_WILL_DO = True`.
"""

log = logging.getLogger("amends")


def needs_units(experiment: Experiment, tally: Tally) -> str | None:
    """Which unit rows the analyses that this definition asks for read: `"plain"`, `"described"` or None.

    Clustered experiments always do: their tests rest on sums per cluster. Blocked ones do while they are
    small enough for their sealed list to be drawn anew. Plain rows hold what was drawn, received and
    completed, the outcomes, and of the ratings those of a metric that every unit has.
    """
    if experiment.clustered or randomisation.replays_blocks(experiment, tally):
        return "described"
    asked = [module for module in MODULES if module.NEEDS_UNITS and module.wanted(experiment)]
    reading = [module for module in asked if not hasattr(module, "recorded") or module.recorded(tally)]
    if not reading:
        return None
    return "plain" if all(getattr(module, "PLAIN_UNITS", False) for module in reading) else "described"


def left_out(experiment: Experiment, tally: Tally, *, groups: bool = False) -> tuple[Sentence, ...]:
    """The titles of what this definition asks for and cannot have where no unit rows are at hand.

    Args:
        experiment: The definition.
        tally: Counts per arm.
        groups: Whether groups of units that are alike are at hand in their place.
    """
    lacking = (module for module in MODULES if module.NEEDS_UNITS and not (groups and _grouped(module)))
    asked = (module for module in lacking if module.wanted(experiment))
    return tuple(
        module.TITLE for module in asked if not hasattr(module, "recorded") or module.recorded(tally)
    )


def _grouped(module: ModuleType) -> bool:
    return getattr(module, "GROUPS_WILL_DO", False)


def make_sections(material: Material) -> tuple[Section, ...]:
    """Every section that the definition asks for; one that cannot be made says why in its place."""
    allowed = (module for module in MODULES if not (material.masked and getattr(module, "TELLS_ARMS", False)))
    found = [_made(module, material) for module in allowed if module.wanted(material.experiment)]
    return tuple(section for section in found if section is not None)


def _made(module: ModuleType, material: Material) -> Section | None:
    held = material.rows_at_hand if _grouped(module) else material.units
    if module.NEEDS_UNITS and held is None:
        return None
    try:
        section: Section | None = module.section(material)
    except AmendsError as error:
        log.warning("%s: section %s: %s", material.experiment.key, module.NAME, error)
        why = explained(str(error))
        said = Sentence(f"Not enough: {why.en}", f"Belum cukup: {why.id}")
        return Section(module.NAME, module.CHAPTER, module.TITLE, said=(said,))
    if section is None:
        return None
    if module.CHAPTER != "checks" and withheld(material) is not None and tells_p(section):
        section = replace(section, notes=(*section.notes, DESCRIPTIVE))
    return replace(section, folded=True) if getattr(module, "FOLDED", False) else section
