"""What the data checks know of the rows beside the tally: counts that the database made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from amends.analysis.cell_splits import Cell

ByArm = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class RowCounts:
    """Counts per arm unless named otherwise; test and forced units are in none but `tests`.

    Attributes:
        tests: Test and forced units, kept out of every figure.
        erased: Assignments erased in the whole database: they stay in the counts, without a name.
        opted_out: Units that asked after their assignment to be left out.
        incidents: Units with a second incident.
        elsewhere: Units whose customer was in another experiment in the days before.
        apart: Clusters with units in more than one arm; None where nothing is clustered.
        waiting: Of every cluster, while units wait for their response window: its arm, its units, and those
            that have matured.
        carried: Where incidents are the units, of customers with several: how many, the sum of their
            first completions, the sum of the shares completed later, sum and sum of squares of the change.
        delay: Units with a known delay, its sum and its sum of squares in hours.
        covariates: By covariate (or moderator) and arm, how many units have each value; None for none.
        ramps: When the coverage was raised, from what, to what.
        timed: Finished responses whose start and end are known apart; `fast` those too fast to be read.
        rated_all: Finished responses with every rating of one scale; `straight` those with one value.
        off_scale: By item, responses whose rating its scale does not have.
        early: Responses that began before the message was sent.
        again: Answers that came after a finished one, or a second time, of those counted with their unit.
        places: Units per arm within each language.
    """

    tests: int = 0
    erased: int = 0
    opted_out: int = 0
    incidents: ByArm = field(default_factory=dict)
    elsewhere: ByArm = field(default_factory=dict)
    apart: int | None = None
    waiting: Sequence[tuple[str, int, int]] = ()
    carried: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    delay: Mapping[str, tuple[int, float, float]] = field(default_factory=dict)
    covariates: Mapping[str, Mapping[str, Mapping[str | None, int]]] = field(default_factory=dict)
    ramps: tuple[tuple[datetime, str, str], ...] = ()
    timed: ByArm = field(default_factory=dict)
    fast: ByArm = field(default_factory=dict)
    rated_all: ByArm = field(default_factory=dict)
    straight: ByArm = field(default_factory=dict)
    off_scale: Mapping[str, int] = field(default_factory=dict)
    early: ByArm = field(default_factory=dict)
    again: ByArm = field(default_factory=dict)
    places: tuple[Cell, ...] = ()

    def renamed(self, names: Mapping[str, str]) -> RowCounts:
        """The same counts under other names of the arms, for a report whose arms are masked.

        >>> RowCounts(fast={"sorry": 2}).renamed({"sorry": "A"}).fast
        {'A': 2}
        """
        plain = ("incidents", "elsewhere", "carried", "delay", "timed", "fast", "rated_all", "straight")
        changed: dict[str, Any] = {
            name: {names.get(arm, arm): value for arm, value in getattr(self, name).items()}
            for name in (*plain, "early", "again")
        }
        covariates = {
            name: {names.get(arm, arm): values for arm, values in arms.items()}
            for name, arms in self.covariates.items()
        }
        places = tuple(
            Cell(cell.by, cell.value, {names.get(arm, arm): n for arm, n in cell.assigned.items()})
            for cell in self.places
        )
        waiting = [(names.get(arm, arm), n, matured) for arm, n, matured in self.waiting]
        return replace(self, **changed, covariates=covariates, places=places, waiting=waiting)
