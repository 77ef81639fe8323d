"""Where an id lies in an experiment's layer, holdout and coverage, and where it has to. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from amends.assignment.hashing import bucket, share_bound

if TYPE_CHECKING:
    from amends.design.experiment import Experiment
    from amends.store import AuditEntry, ExperimentState

BUCKETS = 2**52


@dataclass(frozen=True, slots=True)
class Place:
    """An id's bucket for one purpose, and the bounds between which it takes part.

    Attributes:
        kind: `layer`, `holdout` or `coverage`.
        name: The layer's or holdout's own name; the experiment's key for its coverage.
        bucket: 0 to 2⁵² − 1.
        low: The first bucket that takes part.
        high: The first one after it that does not.
        bound: The bounds as they were declared, such as `0.25 to 0.5`.
    """

    kind: str
    name: str
    bucket: int
    low: int
    high: int
    bound: str

    @property
    def inside(self) -> bool:
        """Whether the id takes part, as far as this goes."""
        return self.low <= self.bucket < self.high


def places(experiment: Experiment, drawn_for: str, *, coverage: str) -> list[Place]:
    """Every place that decides whether an id takes part, in the order in which they are asked.

    Args:
        experiment: The definition in force.
        drawn_for: The id that is hashed: the cluster's where there is one, else the unit's.
        coverage: Share of the eligible units that take part, as decimal text.
    """
    found = []
    layer, holdout, key = experiment.layer, experiment.holdout, experiment.key or ""
    if layer is not None:
        at, low, high = (
            bucket(layer.name, "layer", drawn_for),
            share_bound(layer.low),
            share_bound(layer.high),
        )
        found.append(Place("layer", layer.name, at, low, high, f"{layer.low} to {layer.high}"))
    if holdout is not None:
        at, low = bucket(holdout.name, "holdout", drawn_for), share_bound(holdout.share)
        found.append(Place("holdout", holdout.name, at, low, BUCKETS, f"{holdout.share} to 1"))
    at, high = bucket(key, "coverage", drawn_for), share_bound(coverage)
    found.append(Place("coverage", key, at, 0, high, f"0 to {coverage}"))
    return found


def coverage_history(audit: Iterable[AuditEntry], state: ExperimentState) -> list[tuple[datetime, str]]:
    """Since when which share was taken in, by an experiment's own audit, the oldest entry first."""
    named = {"start": "coverage", "ramp": "to"}
    told = [(entry.at, str(entry.detail[named[entry.action]])) for entry in audit if entry.action in named]
    return told or [(state.started_at, state.coverage)]


def coverage_at(history: Sequence[tuple[datetime, str]], moment: datetime) -> str:
    """The coverage that was in force at a moment.

    Before the first entry stands a call whose `at=` lies before the start: the start's share is meant.

    >>> from datetime import UTC
    >>> history = [(datetime(2026, 3, 1, tzinfo=UTC), "0.1"), (datetime(2026, 3, 8, tzinfo=UTC), "0.5")]
    >>> [coverage_at(history, datetime(2026, month, 5, tzinfo=UTC)) for month in (2, 3, 4)]
    ['0.1', '0.1', '0.5']
    """
    shares = [share for since, share in history if since <= moment]
    return shares[-1] if shares else history[0][1]
