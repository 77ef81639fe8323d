"""What a contrast brings to its verdict beside its p-value: limits at any confidence, or at any time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import inf
from typing import TYPE_CHECKING

from amends.analysis.contrasts import Contrast, known
from amends.analysis.formatting import Figure
from amends.analysis.measure_means import mean_limits
from amends.analysis.measure_proportions import limits
from amends.analysis.result import Interval, NotEnough

if TYPE_CHECKING:
    from amends.design.experiment import Experiment

EQUIVALENCE_CONFIDENCE = 0.90


@dataclass(frozen=True, slots=True)
class Looks:
    """What the always-valid interval is tuned by, all of it known before the data.

    Attributes:
        level: Of one contrast of the family; None for finished data, which have no such interval.
        planned: Planned assigned units per arm; None where there is no plan.
        completion: Share of them expected to answer.
        cluster_size: Units expected in a cluster; None where units were assigned.
    """

    level: float | None
    planned: Mapping[str, int] | None
    completion: float = 1.0
    cluster_size: float | None = None


def cluster_size(experiment: Experiment) -> float | None:
    """Units expected in a cluster, None where units were assigned.

    It tunes the always-valid interval, so it must not come from the data; any number keeps the interval
    valid, and 1 stands where none was declared.
    """
    if not experiment.clustered:
        return None
    return (experiment.cluster.size if experiment.cluster else None) or 1.0


def always_valid_limits(contrast: Contrast, looks: Looks) -> tuple[Figure, Figure] | None:
    """The limits that hold at any look; None for finished data."""
    from amends.analysis import sequential

    if looks.level is None:
        return None
    if isinstance(contrast.effect, NotEnough):
        return contrast.effect, contrast.effect
    if looks.cluster_size is not None and contrast.spread is None:
        return contrast.low, contrast.low
    if looks.planned is None:
        missing = NotEnough("no planned sample: declare detect= and sd=, or sample=")
        return missing, missing
    planned = looks.planned[contrast.arm] + looks.planned[contrast.versus]
    # What only answers show is planned in answers, the rest in assigned units.
    answers = planned * (looks.completion if contrast.bounds is not None else 1.0)
    found: Interval | NotEnough
    if looks.cluster_size is not None:
        found = _of_clusters(contrast, alpha=looks.level, planned=planned / looks.cluster_size)
    elif contrast.counts is not None:
        (x1, n1), (x2, n2) = contrast.counts
        found = sequential.always_valid_proportions(x1, n1, x2, n2, alpha=looks.level, planned_n=answers)
    else:
        first, second = contrast.summaries
        if isinstance(first, NotEnough) or isinstance(second, NotEnough):
            return contrast.effect, contrast.effect
        found = sequential.always_valid_means(first, second, alpha=looks.level, planned_n=answers)
    return limits(found)


def _of_clusters(contrast: Contrast, *, alpha: float, planned: float) -> Interval | NotEnough:
    from amends.analysis.sequential import always_valid_clusters

    spread = contrast.spread
    assert spread is not None
    assert spread.scores is not None
    assert spread.clusters is not None
    effect = float(contrast.effect)  # type: ignore[arg-type]
    found = always_valid_clusters(effect, spread.scores, spread.clusters, alpha=alpha, planned_n=planned)
    if contrast.kind == "mean" or isinstance(found, NotEnough):
        return found
    return replace(found, low=max(-1.0, found.low), high=min(1.0, found.high))


def limits_at(contrast: Contrast, confidence: float) -> tuple[Figure, Figure]:
    """The contrast's own interval at another confidence."""
    if isinstance(contrast.effect, NotEnough):
        return contrast.effect, contrast.effect
    if contrast.spread is not None:
        return contrast.spread.limits(confidence, within=1.0 if contrast.kind == "proportion" else inf)
    if isinstance(contrast.low, NotEnough):
        return contrast.low, contrast.low
    if contrast.counts is not None:
        from amends.analysis.intervals import newcombe

        (x1, n1), (x2, n2) = contrast.counts
        return limits(newcombe(x1, n1, x2, n2, confidence=confidence))
    return mean_limits(*contrast.summaries, confidence=confidence)


def within_margin(contrast: Contrast, margin: float | None) -> bool:
    """Whether the 90% interval lies inside the margin declared beforehand."""
    if margin is None:
        return False
    low, high = limits_at(contrast, EQUIVALENCE_CONFIDENCE)
    return known(low) and known(high) and -margin < low and high < margin  # type: ignore[operator]


def region_of(contrast: Contrast) -> tuple[Figure, Figure] | None:
    """The 95% region of the Lee bounds; None where there are no bounds."""
    if contrast.bounds is None:
        return None
    lee = contrast.bounds["lee"]
    return lee["ci_low"], lee["ci_high"]
