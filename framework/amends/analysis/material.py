"""What an analysis beside the contrasts may read: the definition, the counts, the units, the contrasts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from amends.analysis.contrasts import Contrast
from amends.analysis.course import Course
from amends.analysis.deviation import Deviation
from amends.analysis.verdict import Rule
from amends.tally import Tally

if TYPE_CHECKING:
    from pandas import DataFrame

    from amends.analysis.cell_splits import Cell
    from amends.analysis.checks.row_counts import RowCounts
    from amends.analysis.split import Split
    from amends.design.experiment import Experiment
    from amends.design.plan import Plan


@dataclass(frozen=True, slots=True)
class Material:
    """All that has been counted, read and decided when the sections are made.

    Attributes:
        experiment: The frozen definition.
        tally: Counts per arm.
        status: `draft`, `running`, `paused` or `stopped`.
        rule: Who decides, at what level.
        contrasts: The contrasts with their verdicts.
        units: One row a matured unit, columns as `amends.analysis.units` lists them; None where no
            section asked for them.
        groups: In the place of units that are too many, those alike as one row with their number `n`.
        not_invited: Arms that got no invitation.
        finished_data: The data were there before the plan.
        split: Whether the arms were split, and kept, as planned.
        cells: Units per arm within each day, channel and sender.
        rows: What the database counted of the rows for the data checks; None where nothing is stored.
        turned_away: Calls and answers that were not taken, as `(status, reason, n)`.
        masked: Letters stand for the arms: sections that would tell them apart are left out.
        plan: The planned sample; None without a plan.
        planned: Planned units of the smallest arm; None without a plan.
        reached: Matured units of the arm furthest behind its share.
        course: What was done with the experiment from start to stop; None for a draft.
        deviations: From the preregistered plan.
        segments: Matured units per arm by segment and level, for what every call tells.
        told: More facts of the experiment's life by name, for the sections that show them.
    """

    experiment: Experiment
    tally: Tally
    status: str
    rule: Rule
    contrasts: tuple[Contrast, ...]
    units: DataFrame | None = None
    groups: DataFrame | None = None
    not_invited: Collection[str] = ()
    finished_data: bool = False
    split: Split | None = None
    cells: Sequence[Cell] = ()
    rows: RowCounts | None = None
    turned_away: Sequence[tuple[str, str, int]] = ()
    masked: bool = False
    plan: Plan | None = None
    planned: int | None = None
    reached: int = 0
    course: Course | None = None
    deviations: tuple[Deviation, ...] = ()
    segments: Mapping[str, Mapping[str, Tally]] = field(default_factory=dict)
    told: Mapping[str, Any] = field(default_factory=dict)

    @property
    def rows_at_hand(self) -> DataFrame | None:
        """The units, or the groups in their place."""
        return self.groups if self.units is None else self.units
