"""What each arm shows by itself: its funnel, its rates with intervals, its ratings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from amends.analysis.contrasts import plain
from amends.analysis.formatting import Figure
from amends.analysis.measure_proportions import limits
from amends.analysis.result import NotEnough
from amends.tally import ArmTally, Tally

if TYPE_CHECKING:
    from amends.design.experiment import Experiment
    from amends.design.metrics import Mean, Metric, Proportion

FUNNEL = (
    "assigned",
    "sent",
    "delivered",
    "failed",
    "started",
    "finished",
    "late",
    "completed",
    "matured",
    "waiting",
)


@dataclass(frozen=True, slots=True)
class ArmFigures:
    """One arm's counts and figures. Rates are over all matured units, answered or not.

    Attributes:
        arm: The arm's name.
        counts: The funnel: units assigned, sent, …, waiting; what masked arms hide is `NotEnough`.
        clusters: Clusters assigned; None where the experiment is not clustered.
        rate: Share of matured units that completed the survey; `rate_low`, `rate_high` its 95% Wilson limits.
        rated: Units that gave the rating which `mean`, `sd` and `ratings` describe: the first survey
            metric that is a mean.
        ratings: Units at each point of that metric's scale, empty where it has none.
        metrics: The same figures for every declared metric, by name.
    """

    arm: str
    counts: Mapping[str, int | NotEnough]
    clusters: int | None
    rate: Figure
    rate_low: Figure
    rate_high: Figure
    rated: int
    mean: Figure
    sd: Figure
    ratings: Mapping[int, int] = field(default_factory=dict)
    metrics: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The contract's object of one arm."""
        return {
            **plain(self.counts),
            "clusters": self.clusters,
            "rated": self.rated,
            "rate": plain(self.rate),
            "rate_low": plain(self.rate_low),
            "rate_high": plain(self.rate_high),
            "mean": plain(self.mean),
            "sd": plain(self.sd),
            "ratings": plain(self.ratings),
            "metrics": plain(self.metrics),
        }


def arm_tally(tally: Tally, arm: str) -> ArmTally:
    """The arm's counts; all zero where nothing has been counted for it yet."""
    return next((item for item in tally.arms if item.arm == arm), ArmTally(arm))


def arm_figures(
    experiment: Experiment, tally: Tally, *, hidden: Mapping[str, NotEnough] = MappingProxyType({})
) -> dict[str, ArmFigures]:
    """The figures of every arm, in declaration order.

    Args:
        experiment: The definition.
        tally: Counts per arm.
        hidden: Steps of the funnel that may not be shown, and why.
    """
    return {
        arm.name: _figures(experiment, arm_tally(tally, arm.name), hidden=hidden) for arm in experiment.arms
    }


def events(metric: Proportion | Metric, counts: ArmTally) -> int:
    """Matured units with the proportion's event: the completed survey, or the recorded outcome."""
    return counts.completed if metric.source == "survey" else counts.outcomes.get(metric.name, 0)


def _figures(experiment: Experiment, counts: ArmTally, *, hidden: Mapping[str, NotEnough]) -> ArmFigures:
    rate, low, high = _rate(counts.completed, counts.matured, counts.arm)
    rating = next(
        (item for item in experiment.metrics if item.kind == "mean" and item.source == "survey"), None
    )
    described: dict[str, Any] = {"n": 0} if rating is None else _described(rating, counts)
    missing = NotEnough("no survey rating is declared as a metric")
    return ArmFigures(
        arm=counts.arm,
        counts={name: hidden.get(name, getattr(counts, name)) for name in FUNNEL},
        clusters=counts.clusters,
        rate=rate,
        rate_low=low,
        rate_high=high,
        rated=described["n"],
        mean=described.get("mean", missing),
        sd=described.get("sd", missing),
        ratings=described.get("ratings", {}),
        metrics={metric.name: _metric(metric, counts) for metric in experiment.metrics},
    )


def _rate(count: int, units: int, arm: str) -> tuple[Figure, Figure, Figure]:
    if not units:
        missing = NotEnough(f"{arm} has no units yet")
        return missing, missing, missing
    from amends.analysis.intervals import wilson

    low, high = limits(wilson(count, units))
    return count / units, low, high


def _metric(metric: Proportion | Mean | Metric, counts: ArmTally) -> dict[str, Any]:
    if metric.kind == "mean":
        return {"kind": "mean", **_described(metric, counts)}
    count = events(metric, counts)
    rate, low, high = _rate(count, counts.matured, counts.arm)
    return {
        "kind": "proportion",
        "n": counts.matured,
        "events": count,
        "rate": rate,
        "low": low,
        "high": high,
    }


def _described(metric: Mean | Metric, counts: ArmTally) -> dict[str, Any]:
    from amends.analysis.measure_means import sample

    return sample(metric, counts).described()
