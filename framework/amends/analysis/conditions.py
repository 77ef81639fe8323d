"""What a sample is planned for, and what stands between units assigned and independent answers."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from amends.analysis.power import design_effect
from amends.errors import UsageError


@dataclass(frozen=True, slots=True)
class Rates:
    """A difference of two proportions to plan for; `p2` may be left out where the smallest one is asked."""

    p1: float
    p2: float | None = None


@dataclass(frozen=True, slots=True)
class Means:
    """A difference of two means to plan for, in the metric's unit, with the spread within an arm."""

    sd: float
    difference: float | None = None

    def __post_init__(self) -> None:
        if not (isfinite(self.sd) and self.sd > 0):
            raise UsageError(f"sd {self.sd!r}: a spread is above 0. Give a quarter of the scale if unknown.")


@dataclass(frozen=True, slots=True)
class Conditions:
    """What stands between units assigned and independent answers.

    Attributes:
        completion: Expected share of assigned units whose value is known; 1 for a rate over everyone.
        cluster_size: Mean units per cluster; 1 where units are randomised.
        icc: Intraclass correlation within clusters.
        cluster_cv: Coefficient of variation of the clusters' sizes.
    """

    completion: float = 1.0
    cluster_size: float = 1.0
    icc: float = 0.0
    cluster_cv: float = 0.0

    def __post_init__(self) -> None:
        if not 0 < self.completion <= 1:
            raise UsageError(f"completion {self.completion!r}: above 0 and at most 1. Write 40% as 0.4.")
        if self.cluster_size == 1 and self.cluster_cv:
            raise UsageError("clusters of 1 unit do not vary in size. Give cluster_size= as well.")
        design_effect(self.cluster_size, self.icc, cv=self.cluster_cv)

    @property
    def design_effect(self) -> float:
        """How many times as many units clusters make necessary."""
        return design_effect(self.cluster_size, self.icc, cv=self.cluster_cv)

    @property
    def inflation(self) -> float:
        """Units to assign for one independent answer."""
        return self.design_effect / self.completion
