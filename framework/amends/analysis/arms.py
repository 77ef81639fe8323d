"""What each arm shows by itself: its funnel, its rates with intervals, its ratings."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from amends.analysis.contrasts import plain
from amends.analysis.formatting import Figure
from amends.analysis.measure_proportions import Counts, limits
from amends.analysis.refusals import CLUSTERED
from amends.analysis.result import NotEnough
from amends.tally import ArmTally, Tally

if TYPE_CHECKING:
    from pandas import DataFrame

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
    "agreed",
    "refused",
    "withdrawn",
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
    experiment: Experiment,
    tally: Tally,
    *,
    units: DataFrame | None = None,
    not_invited: Collection[str] = (),
    hidden: Mapping[str, NotEnough] = MappingProxyType({}),
) -> dict[str, ArmFigures]:
    """The figures of every arm, in declaration order; an arm that was not invited has no rate of answers.

    Args:
        experiment: The definition.
        tally: Counts per arm.
        units: Matured units as rows, or whole clusters, by which limits count these where they were assigned.
        not_invited: Arms that got no invitation to the survey.
        hidden: Steps of the funnel that may not be shown, and why.
    """
    found = {
        arm.name: _figures(experiment, arm_tally(tally, arm.name), hidden=hidden) for arm in experiment.arms
    }
    if experiment.clustered:
        found = {name: _by_clusters(experiment, figures, units) for name, figures in found.items()}
    for arm in not_invited:
        missing = NotEnough(f"{arm} was not invited to the survey")
        surveyed = {
            metric.name: dict.fromkeys(("rate", "low", "high"), missing)
            for metric in experiment.metrics
            if metric.kind == "proportion" and metric.source == "survey"
        }
        metrics = {
            name: {**figures, **surveyed.get(name, {})} for name, figures in found[arm].metrics.items()
        }
        found[arm] = replace(found[arm], rate=missing, rate_low=missing, rate_high=missing, metrics=metrics)
    return found


def _by_clusters(experiment: Experiment, figures: ArmFigures, units: DataFrame | None) -> ArmFigures:
    """The arm's figures with limits from its clusters, or refused where only counts are at hand."""
    from amends.design.metrics import Proportion

    if units is not None:
        units = units[units["arm"] == figures.arm]
    low, high = _cluster_limits(Proportion("completed"), units)
    metrics = {
        metric.name: {
            **figures.metrics[metric.name],
            **dict(zip(("low", "high"), _cluster_limits(metric, units), strict=True)),
        }
        for metric in experiment.metrics
    }
    return replace(figures, rate_low=low, rate_high=high, metrics=metrics)


def _cluster_limits(metric: Proportion | Mean | Metric, units: DataFrame | None) -> tuple[Figure, Figure]:
    if units is None:
        return NotEnough(CLUSTERED), NotEnough(CLUSTERED)
    from pandas import factorize

    from amends.analysis.cluster_levels import mean_of_clusters, share_of_clusters
    from amends.analysis.units import told

    values, alike = told(metric, units)
    known = values == values
    of = share_of_clusters if metric.kind == "proportion" else mean_of_clusters
    found = of(
        values[known],
        factorize(units["cluster"].to_numpy()[known])[0],
        times=None if alike is None else alike[0][known],
    )
    low, high = limits(found)
    centre = f"metric.{metric.name}:centre"
    if centre not in units or isinstance(low, NotEnough) or isinstance(high, NotEnough):
        return low, high
    return low + units[centre].iloc[0], high + units[centre].iloc[0]


def events(metric: Proportion | Metric, counts: ArmTally) -> int:
    """Matured units with the proportion's event: the completed survey, the rating, or the outcome."""
    if metric.of is not None:
        return metric.scored(counts.ratings.get(metric.of, {}))[1]
    return counts.completed if metric.source == "survey" else counts.outcomes.get(metric.name, 0)


def counted(metric: Proportion | Metric, counts: ArmTally) -> Counts:
    """The proportion's events among the units that count: all matured ones, or those who answered."""
    if not metric.selected:
        return Counts(counts.arm, events(metric, counts), counts.matured)
    answers = sum(counts.ratings.get(metric.of or metric.name, {}).values())
    return Counts(counts.arm, events(metric, counts), answers, assigned=counts.matured)


def _figures(experiment: Experiment, counts: ArmTally, *, hidden: Mapping[str, NotEnough]) -> ArmFigures:
    rate, low, high = _rate(Counts(counts.arm, counts.completed, counts.matured))
    described = _first_rating(experiment, counts)
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


def _first_rating(experiment: Experiment, counts: ArmTally) -> dict[str, Any]:
    """The first survey metric that is a mean, else the rating that the first other one is read from."""
    from amends.analysis.measure_means import rated_sample
    from amends.design.rated import rated

    means = (item for item in experiment.metrics if item.rating is not None and item.of is None)
    if (metric := next(means, None)) is not None:
        return _described(metric, counts)
    for name, scale in rated(experiment).items():
        return rated_sample(counts, name, scale).described() if scale else {"n": 0}
    return {"n": 0}


def _rate(found: Counts) -> tuple[Figure, Figure, Figure]:
    if isinstance(found.rate, NotEnough):
        return found.rate, found.rate, found.rate
    from amends.analysis.intervals import wilson

    low, high = limits(wilson(found.events, found.units))
    return found.rate, low, high


def _metric(metric: Proportion | Mean | Metric, counts: ArmTally) -> dict[str, Any]:
    if metric.kind == "mean":
        return {"kind": "mean", **_described(metric, counts)}
    found = counted(metric, counts)
    rate, low, high = _rate(found)
    return {
        "kind": "proportion",
        "n": found.units,
        "events": found.events,
        "rate": rate,
        "low": low,
        "high": high,
    }


def _described(metric: Mean | Metric, counts: ArmTally) -> dict[str, Any]:
    from amends.analysis.measure_means import sample

    return sample(metric, counts).described()
