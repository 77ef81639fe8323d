"""Counts per arm: what the store keeps up to date and the analysis reads. Pure, standard library only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Moments:
    """Sums of a metric about a fixed centre, which merge without loss and do not cancel.

    Attributes:
        n: Values seen.
        total: Sum of (value - centre).
        squares: Sum of (value - centre)².
        centre: The fixed centre, in the metric's unit (mid-scale for a rating).
    """

    n: int = 0
    total: float = 0.0
    squares: float = 0.0
    centre: float = 0.0

    def __add__(self, other: Moments) -> Moments:
        if self.n and other.n and self.centre != other.centre:
            raise ValueError(f"moments about {self.centre} and {other.centre} cannot be added")
        centre = self.centre if self.n else other.centre
        return Moments(self.n + other.n, self.total + other.total, self.squares + other.squares, centre)


@dataclass(frozen=True, slots=True)
class ArmTally:
    """Everything counted for one arm. All counts are units unless named otherwise.

    Attributes:
        arm: The arm's name.
        assigned: Units assigned, matured or not.
        clusters: Clusters assigned; None where the experiment is not clustered.
        sent: Units with a recorded sending; `delivered`, `failed` likewise.
        started: Units that began the survey; `finished` likewise, whenever it was.
        late: Finished after the response window had closed.
        agreed: Units that agreed to take part, where the survey asks; `refused` those that did not.
        withdrawn: Units that withdrew: no figure holds their answers, and they count as not finished.
        matured: Units of matured days (all of them where there is no response window).
        completed: Units of matured days that finished within the window.
        ratings: Per rating metric, the number of completed units at each point of its scale
            (matured days only).
        moments: Per metric without a rating scale, its sums (matured days only).
        outcomes: Per Proportion metric with `source="outcome"`, units with the event (matured days).
    """

    arm: str
    assigned: int = 0
    clusters: int | None = None
    sent: int = 0
    delivered: int = 0
    failed: int = 0
    started: int = 0
    finished: int = 0
    late: int = 0
    agreed: int = 0
    refused: int = 0
    withdrawn: int = 0
    matured: int = 0
    completed: int = 0
    ratings: Mapping[str, Mapping[int, int]] = field(default_factory=dict)
    moments: Mapping[str, Moments] = field(default_factory=dict)
    outcomes: Mapping[str, int] = field(default_factory=dict)

    @property
    def waiting(self) -> int:
        """Units whose day has not matured yet."""
        return self.assigned - self.matured

    def __add__(self, other: ArmTally) -> ArmTally:
        if self.arm != other.arm:
            raise ValueError(f"tallies of arms {self.arm!r} and {other.arm!r} cannot be added")
        clusters = None if self.clusters is None else self.clusters + (other.clusters or 0)
        counts = {name: getattr(self, name) + getattr(other, name) for name in _COUNTS}
        return replace(
            self,
            **counts,
            clusters=clusters,
            ratings={
                metric: _add_counts(self.ratings.get(metric, {}), other.ratings.get(metric, {}))
                for metric in {**self.ratings, **other.ratings}
            },
            moments={
                metric: self.moments.get(metric, Moments()) + other.moments.get(metric, Moments())
                for metric in {**self.moments, **other.moments}
            },
            outcomes=_add_counts(self.outcomes, other.outcomes),
        )


_COUNTS = (
    *("assigned", "sent", "delivered", "failed", "started", "finished", "late"),
    *("agreed", "refused", "withdrawn", "matured", "completed"),
)


def _add_counts(left: Mapping[Key, int], right: Mapping[Key, int]) -> dict[Key, int]:
    return {key: left.get(key, 0) + right.get(key, 0) for key in {**left, **right}}


@dataclass(frozen=True, slots=True)
class Tally:
    """One experiment's counts at one moment, an `ArmTally` per arm in declaration order.

    >>> tally = Tally(experiment="late_parcel", arms=(ArmTally("thank_you", assigned=3, matured=2),))
    >>> tally["thank_you"].waiting
    1
    """

    experiment: str
    arms: tuple[ArmTally, ...]
    as_of: datetime | None = None

    def __getitem__(self, arm: str) -> ArmTally:
        return next(item for item in self.arms if item.arm == arm)


def merge(tallies: Iterable[ArmTally]) -> tuple[ArmTally, ...]:
    """Adds tallies of the same arm, keeping the order in which arms first appear."""
    merged: dict[str, ArmTally] = {}
    for item in tallies:
        merged[item.arm] = merged[item.arm] + item if item.arm in merged else item
    return tuple(merged.values())
