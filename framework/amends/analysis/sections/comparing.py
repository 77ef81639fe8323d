"""The units of one contrast on one metric, as the sections of declared analyses take them from the rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from amends.analysis.material import Material
from amends.analysis.units import alike, values_of

if TYPE_CHECKING:
    from amends.design.experiment import Experiment
    from amends.design.metrics import Metric


@dataclass(frozen=True, slots=True, eq=False)
class Between:
    """One metric between two arms.

    Attributes:
        metric: What is measured.
        arm: The first arm; `versus` the one it is compared with.
    """

    metric: Metric
    arm: str
    versus: str

    @property
    def selected(self) -> bool:
        """Whether the metric is known only of those who answered."""
        return self.metric.selected


@dataclass(frozen=True, slots=True, eq=False)
class Compared(Between):
    """Units of two arms with a value.

    Attributes:
        values: One value a unit, none missing.
        treated: Whether the unit is in the first arm.
        inside: Which rows of the material's units, or of its groups, these are.
        alike: Where a row stands for several units, how many, and how they spread about its value.
    """

    values: Any
    treated: Any
    inside: Any
    alike: tuple[Any, Any] | None = None

    def of(self, column: Any) -> Any:
        """A column of the material's units for these units alone."""
        from numpy import asarray

        return asarray(column)[self.inside]


def compared(material: Material) -> Iterator[Compared]:
    """Every metric between every pair of arms, in the order of the contrasts.

    Survey metrics are left out where one of the arms was not invited. Where units are too many to be at
    hand, the rows are groups of units that are alike.
    """
    import numpy as np

    units = material.rows_at_hand
    if units is None:
        return
    given = units["arm"].to_numpy(dtype=object)
    for metric in material.experiment.metrics:
        values = np.asarray(values_of(metric, units), dtype=float)
        known, grouped = np.isfinite(values), alike(metric, units)
        for arm, versus in material.experiment.pairs():
            if metric.source == "survey" and {arm, versus} & set(material.not_invited):
                continue
            first = given == arm
            inside = np.flatnonzero(known & (first | (given == versus)))
            times = None if grouped is None else (grouped[0][inside], grouped[1][inside])
            yield Compared(metric, arm, versus, values[inside], first[inside], inside, times)


def reference_arm(experiment: Experiment) -> str:
    """The arm that the others are compared with: the silent one, else the one declared last.

    >>> from amends import Experiment, silence, sorry, thank_you
    >>> reference_arm(Experiment(arms=[silence(), thank_you("Thank you."), sorry("Sorry.")], notice="Late."))
    'silence'
    """
    silent = experiment.silent_arms
    return silent[0].name if silent else experiment.arms[-1].name
