"""A contrast where whole clusters were assigned: the test, the interval and the bounds count clusters.

The difference stays that of all units (matured, or rated). From 40 clusters in the contrast its error is
CR1, from 15 CR2; with fewer the draw of whole clusters is replayed for the p-value, and the interval is
Welch's on the clusters' means. What takes units as independent is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from amends.analysis.contrasts import Contrast, Spread, disagreement
from amends.analysis.formatting import Figure, Sentence, count
from amends.analysis.refusals import CLUSTERED, refuse
from amends.analysis.result import NotEnough
from amends.analysis.units import told, values_of

if TYPE_CHECKING:
    import numpy as np
    from pandas import DataFrame

    from amends.analysis.clusters import ClusteredDifference
    from amends.analysis.means import MeanDifference
    from amends.analysis.randomization_tests import RandomizationTest
    from amends.design.experiment import Experiment
    from amends.design.metrics import Metric

REPLAYED = "randomisation of clusters"
MEANS_OF_CLUSTERS = "cluster means"
ONE_EACH = "one cluster per arm: what the message did cannot be told apart from what the clusters are like"
BLOCKS_UNKNOWN = "drawn in blocks that the data do not tell, so the draw cannot be replayed"
REGION = ("ci_low", "ci_high")
NOT_FROM_SUMS = NotEnough("sums over clusters do not tell whom the bounds leave out; single units are needed")
SEED = 0
"""Of the draws, where there are too many assignments to count."""


@dataclass(frozen=True, slots=True)
class Grouped:
    """The units of a contrast whose value is known, as arrays of one length.

    Attributes:
        values: The metric's values.
        treated: Whether the unit is in the first arm.
        clusters: Its cluster as a whole number.
        blocks: Its block of the sealed list; None for hashed arms, the reason where it is not known.
        alike: Where an entry is a whole cluster, its units and their squared distances from its value.
    """

    values: np.ndarray
    treated: np.ndarray
    clusters: np.ndarray
    blocks: np.ndarray | NotEnough | None
    alike: tuple[np.ndarray, np.ndarray] | None = None

    @property
    def times(self) -> np.ndarray | None:
        """How many units an entry stands for; None for one each."""
        return None if self.alike is None else self.alike[0]

    @property
    def counts(self) -> tuple[int, int]:
        """Clusters of either arm."""
        import numpy as np

        first, second = (len(np.unique(self.clusters[side])) for side in (self.treated, ~self.treated))
        return first, second


def grouped(experiment: Experiment, metric: Metric, pair: tuple[str, str], units: DataFrame) -> Grouped:
    """The units of two arms with a value of the metric."""
    from pandas import factorize

    mine = units[units["arm"].isin(pair)]
    values, alike = told(metric, mine)
    known = values == values
    mine = mine[known]
    return Grouped(
        values=values[known],
        treated=(mine["arm"] == pair[0]).to_numpy(),
        clusters=factorize(mine["cluster"].to_numpy())[0],
        blocks=blocks_of(experiment, mine),
        alike=None if alike is None else (alike[0][known], alike[1][known]),
    )


def blocks_of(experiment: Experiment, units: DataFrame) -> np.ndarray | NotEnough | None:
    """Every unit's block as a whole number; None where arms are hashed.

    Given the blocks' sizes, which follow from the seed alone, all orders of a block are equally likely, also
    of those of its places that have been dealt: so the arms seen in a block may change places with one
    another, whether the block is complete or not.
    """
    from pandas import factorize

    if not experiment.randomize.blocked:
        return None
    if "block" not in units or units["block"].isna().any():
        return NotEnough(BLOCKS_UNKNOWN)
    found: np.ndarray = factorize(units["block"].to_numpy())[0]
    return found


def clustered_contrast(
    experiment: Experiment, metric: Metric, contrast: Contrast, units: DataFrame | None
) -> Contrast:
    """The contrast with every figure that units taken as independent would give replaced or refused.

    Args:
        experiment: The frozen definition.
        metric: What is compared.
        contrast: As measured from the counts.
        units: Matured units as rows, or whole clusters (`units.told`); None refuses everything.
    """
    if units is None:
        return refuse(contrast, CLUSTERED)
    data = grouped(experiment, metric, (contrast.arm, contrast.versus), units)
    shown = _without_units(contrast, _bounds(metric, contrast, units))
    if isinstance(contrast.effect, NotEnough):
        return _missing(shown, contrast.effect)
    return _tested(shown, data)


def _without_units(contrast: Contrast, bounds: Mapping[str, Any] | None) -> Contrast:
    """Customary tests and intervals of effect sizes are refused; points and bounds stay."""
    missing = NotEnough(CLUSTERED)
    return replace(
        contrast,
        tests={name: dict.fromkeys(figures, missing) for name, figures in contrast.tests.items()},
        effect_intervals={
            name: {**figures, "low": missing, "high": missing}
            for name, figures in contrast.effect_intervals.items()
        },
        bounds=bounds,
        warnings=(),
    )


def _bounds(metric: Metric, contrast: Contrast, units: DataFrame) -> Mapping[str, Any] | None:
    """Lee's bounds with a region from sums over clusters."""
    if contrast.bounds is None or isinstance(contrast.bounds["lee"]["low"], NotEnough):
        return contrast.bounds
    if f"metric.{metric.name}" in units:
        return {**contrast.bounds, "lee": {**contrast.bounds["lee"], **dict.fromkeys(REGION, NOT_FROM_SUMS)}}
    from pandas import factorize

    from amends.analysis.clustered_bounds import clustered_region
    from amends.analysis.measure_proportions import limits

    mine = units[units["arm"].isin((contrast.arm, contrast.versus))]
    found = clustered_region(
        values_of(metric, mine).to_numpy(dtype=float),
        (mine["arm"] == contrast.arm).to_numpy(),
        factorize(mine["cluster"].to_numpy())[0],
    )
    low, high = limits(found)
    return {**contrast.bounds, "lee": {**contrast.bounds["lee"], "ci_low": low, "ci_high": high}}


def _tested(contrast: Contrast, data: Grouped) -> Contrast:
    from amends.analysis.clusters import cluster_means, cluster_method, clustered_difference

    first, second = data.counts
    if first < 2 or second < 2:
        return _missing(contrast, _too_few(contrast, first, second))
    method = cluster_method(first + second)
    if method != "randomisation":
        found = clustered_difference(
            data.values, data.treated, data.clusters, method=method, alike=data.alike
        )
        if isinstance(found, NotEnough):
            return _missing(contrast, found)
        return _shown(contrast, data, found, method=method)
    replayed = replayed_clusters(data)
    if isinstance(replayed, NotEnough):
        return _missing(contrast, replayed)
    means = cluster_means(data.values, data.treated, data.clusters, times=data.times)
    return _few(contrast, data, replayed, means)


def replayed_clusters(data: Grouped) -> RandomizationTest | NotEnough:
    """The difference of all units against every draw of whole clusters that the design could have made."""
    from amends.analysis.randomization_tests import randomization_test

    if isinstance(data.blocks, NotEnough):
        return data.blocks
    return randomization_test(
        data.values,
        data.treated,
        clusters=data.clusters,
        blocks=data.blocks,
        seed=SEED,
        times=data.times,
    )


def _shown(contrast: Contrast, data: Grouped, found: ClusteredDifference, *, method: str) -> Contrast:
    spread = Spread(found.value, found.standard_error, found.df, scores(data), found.clusters)
    low, high = spread.limits(contrast.confidence, within=_within(contrast))
    warning = disagreement(found.p_value, low, high) if contrast.confidence == 0.95 else None
    return replace(
        contrast,
        low=low,
        high=high,
        interval=method,
        test=method,
        statistic=found.statistic,
        df=found.df,
        p_value=found.p_value,
        p_adjusted=found.p_value,
        standard_error=found.standard_error,
        spread=spread,
        warnings=(warning,) if warning else (),
    )


def _few(
    contrast: Contrast, data: Grouped, test: RandomizationTest, means: MeanDifference | NotEnough
) -> Contrast:
    spread: Spread | None = None
    low: Figure
    high: Figure
    error: Figure
    if isinstance(means, NotEnough):
        low = high = error = means
    else:
        spread = Spread(means.difference, means.standard_error, means.df, scores(data), data.counts)
        low, high = spread.limits(contrast.confidence, within=_within(contrast))
        error = means.standard_error
    warning = disagreement(test.p_value, low, high)
    return replace(
        contrast,
        low=low,
        high=high,
        interval=MEANS_OF_CLUSTERS,
        test=REPLAYED,
        statistic=None,
        df=None,
        p_value=test.p_value,
        p_adjusted=test.p_value,
        standard_error=error,
        spread=spread,
        warnings=(_few_clusters(sum(data.counts)), *([warning] if warning else [])),
    )


def _missing(contrast: Contrast, reason: NotEnough) -> Contrast:
    why = NotEnough(_named(reason.reason, contrast))
    figures: dict[str, Figure] = dict.fromkeys(
        ("low", "high", "statistic", "df", "p_value", "p_adjusted", "standard_error"), why
    )
    return replace(contrast, **figures, warnings=())  # type: ignore[arg-type]


def _named(reason: str, contrast: Contrast) -> str:
    """The reason with the arms' names in the place of "the first arm" and "the second arm"."""
    named = reason.replace("the first arm", contrast.arm)
    return named.replace("the second arm", contrast.versus)


def _too_few(contrast: Contrast, first: int, second: int) -> NotEnough:
    if first == second == 1:
        return NotEnough(ONE_EACH)
    few, n = (contrast.arm, first) if first < 2 else (contrast.versus, second)
    return NotEnough(f"{few} has {n} cluster{'' if n == 1 else 's'}; 2 needed")


def _within(contrast: Contrast) -> float:
    return 1.0 if contrast.kind == "proportion" else float("inf")


def scores(data: Grouped) -> tuple[float, float]:
    """In either arm, the standard deviation of what its clusters add to the difference.

    A cluster's score is its sum of distances from the arm's mean, times the arm's clusters over its units:
    the influence value of a unit where every cluster has one.
    """
    import numpy as np

    found = []
    every = np.ones(len(data.values)) if data.times is None else data.times
    for side in (data.treated, ~data.treated):
        groups = np.unique(data.clusters[side], return_inverse=True)[1]
        values, times = data.values[side], every[side]
        away = times * (values - np.average(values, weights=times))
        sums = np.bincount(groups, away) * (groups.max() + 1) / times.sum()
        found.append(float(np.sqrt((sums**2).sum() / (len(sums) - 1))))
    return found[0], found[1]


def _few_clusters(n: int) -> Sentence:
    return Sentence(
        f"Only {count(n)} clusters: p replays the draw of whole clusters, and the interval compares the "
        "clusters' means, each counted once. Read both with care.",
        f"Hanya {count(n, 'id')} gugus: nilai p mengulang pengundian seluruh gugus, dan selangnya "
        "membandingkan rata-rata gugus yang masing-masing dihitung sekali. Baca keduanya dengan hati-hati.",
    )
