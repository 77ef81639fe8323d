"""How many units an experiment needs, and everything that number rests on, in plain sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import ceil, inf, sqrt
from types import MappingProxyType

from amends.design.experiment import Experiment
from amends.design.metrics import COMPLETED, CUSTOMARY_RATE, Mean, Proportion
from amends.design.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

FIXED_SHARE = 0.8  # of alpha, for the fixed test at the planned sample; the rest is for looking meanwhile


class Plan(Value):
    """The planned sample of an experiment.

    Attributes:
        per_arm: Planned assigned units of each arm.
        metric: The primary metric, which sets the plan.
        level: Level at which the fixed test decides, per comparison.
        family: Comparisons that share it.
        power: Chance of finding the difference.
        detect: Smallest difference worth acting on.
        detectable: Smallest difference that the fixed sample finds with that power; None where
            `sample=` was not given, or where no difference is large enough.
        design_effect: Factor for clusters, 1 without them.
        completion: Expected share of units with a value, 1 where every unit has one.
        clusters_per_arm: Planned clusters of the smallest arm; None where not clustered or size unknown.
        assumptions: By language (`en`, `id`), what the number rests on.
    """

    __slots__ = (
        "assumptions", "clusters_per_arm", "completion", "design_effect", "detect", "detectable", "family",
        "fixed", "level", "metric", "per_arm", "power",
    )  # fmt: skip
    _fields = (
        "metric", "per_arm", "level", "family", "power", "detect", "fixed", "detectable", "design_effect",
        "completion", "clusters_per_arm", "assumptions",
    )  # fmt: skip

    metric: str
    per_arm: Mapping[str, int]
    level: float
    family: int
    power: float
    detect: float
    fixed: bool
    detectable: float | None
    design_effect: float
    completion: float
    clusters_per_arm: int | None
    assumptions: Mapping[str, tuple[str, ...]]

    def __init__(self, **content: Any) -> None:
        self._fill(**content)

    @property
    def smallest(self) -> int:
        """Planned units of the arm with the smallest share."""
        return min(self.per_arm.values())

    @property
    def total(self) -> int:
        """Planned units of all arms together."""
        return sum(self.per_arm.values())

    def to_dict(self) -> dict[str, Any]:
        return {**super().to_dict(), "smallest": self.smallest, "total": self.total}


def plan(experiment: Experiment) -> Plan:
    """The planned sample: assigned units per arm, by the normal formula at the deciding level.

    The fixed test decides at 4·alpha/5 divided by the number of comparisons of the primary metric.
    Units are multiplied by the design effect of clusters (1 + (m − 1)·ICC, Kish 1965) and, for a metric
    known only of those who answer, divided by the expected completion. `sample=` fixes the smallest
    arm's number instead, and the smallest detectable difference is worked out from it.

    >>> from amends.design.arm import sorry, thank_you
    >>> from amends.design.metrics import Proportion
    >>> two = Experiment(arms=[thank_you("Thank you."), sorry("Sorry!")], notice="Late.",
    ...                  metrics=[Proportion("completed", baseline=0.784, detect=0.127)])
    >>> plan(two).per_arm
    mappingproxy({'thank_you': 134, 'sorry': 134})
    """
    metric = experiment.primary_metric
    family = _family(experiment)
    level = FIXED_SHARE * experiment.alpha / family
    effect = _design_effect(experiment)
    completion = _completion(experiment)
    shares = dict(zip((arm.name for arm in experiment.arms), experiment.shares, strict=True))
    least = min(shares.values())
    inflation = effect / completion

    def needed(detect: float) -> float:
        """Units of the smallest arm that find a difference, over every comparison."""
        per_share = (
            _first_arm(metric, detect, shares[versus] / shares[arm], level=level, power=experiment.power)
            / shares[arm]
            for arm, versus in _decisive_pairs(experiment)
        )
        return max(per_share) * least * inflation

    detect = metric.detect or 0.0
    smallest = ceil(needed(detect) - 1e-9) if experiment.sample is None else experiment.sample
    detectable = None if experiment.sample is None else _detectable(needed, metric, experiment.sample)
    size = experiment.cluster.size if experiment.cluster else None
    planned = Plan(
        metric=metric.name,
        per_arm=MappingProxyType(
            {name: ceil(smallest * share / least - 1e-9) for name, share in shares.items()}
        ),
        level=level,
        family=family,
        power=experiment.power,
        detect=detect,
        fixed=experiment.sample is not None,
        detectable=detectable,
        design_effect=effect,
        completion=completion,
        clusters_per_arm=ceil(smallest / size) if size else None,
        assumptions=MappingProxyType({}),
    )
    from amends.design.assumptions import sentences

    said = {language: sentences(experiment, planned, language) for language in ("en", "id")}
    planned._fill(assumptions=MappingProxyType(said))
    return planned


def two_proportions(p1: float, p2: float, *, level: float, power: float, ratio: float = 1.0) -> float:
    """Units of group 1 for a two-sided z test of two shares, not rounded.

    Normal formula with the pooled variance under no difference (Fleiss, Levin and Paik 2003, §4.2);
    the one of R's `power.prop.test` and of statsmodels' `samplesize_proportions_2indep_onetail`.

    Args:
        p1: Share in group 1; `p2` in group 2.
        level: Two-sided level.
        power: Wanted chance of rejecting.
        ratio: Units of group 2 for each unit of group 1.

    >>> round(two_proportions(0.784, 0.911, level=0.05, power=0.8), 6)
    124.602692
    """
    if p1 == p2:
        return inf
    z_level, z_power = _quantiles(level, power)
    pooled = (p1 + ratio * p2) / (1 + ratio)
    null = sqrt(pooled * (1 - pooled) * (1 + 1 / ratio))
    apart = sqrt(p1 * (1 - p1) + p2 * (1 - p2) / ratio)
    return ((z_level * null + z_power * apart) / (p1 - p2)) ** 2


def two_means(sd: float, detect: float, *, level: float, power: float, ratio: float = 1.0) -> float:
    """Units of group 1 for a two-sided test of two means of equal spread, normal formula, not rounded.

    >>> round(two_means(1.4, 0.3, level=0.05, power=0.8), 1)
    341.9
    """
    z_level, z_power = _quantiles(level, power)
    return (1 + 1 / ratio) * ((z_level + z_power) * sd / detect) ** 2


def _quantiles(level: float, power: float) -> tuple[float, float]:
    from statistics import NormalDist

    normal = NormalDist()
    return normal.inv_cdf(1 - level / 2), normal.inv_cdf(power)


def _first_arm(
    metric: Proportion | Mean, detect: float, ratio: float, *, level: float, power: float
) -> float:
    if isinstance(metric, Mean):
        return two_means(metric.sd or 0.0, detect, level=level, power=power, ratio=ratio)
    base, _ = metric.compared
    other = base + _side(metric) * detect
    return two_proportions(other, base, level=level, power=power, ratio=ratio)


def _side(metric: Proportion) -> int:
    """1 where planning compares the baseline with a higher share, -1 with a lower one."""
    base, other = metric.compared
    return 1 if other > base else -1


def _decisive_pairs(experiment: Experiment) -> tuple[tuple[str, str], ...]:
    """The comparisons tested first: those declared primary, else all."""
    declared = tuple(item.pair for item in experiment.contrasts if item.primary)
    return declared or experiment.pairs()


def _family(experiment: Experiment) -> int:
    return len(_decisive_pairs(experiment))


def _design_effect(experiment: Experiment) -> float:
    return (experiment.cluster and experiment.cluster.design_effect) or 1.0


def _completion(experiment: Experiment) -> float:
    """Expected share of units whose value is known: for what only answers show, those who complete."""
    metric = experiment.primary_metric
    if not metric.selected:
        return 1.0
    rates = [item.baseline for item in experiment.metrics if item.name == COMPLETED]
    return (rates and rates[0]) or CUSTOMARY_RATE


def _detectable(needed: Callable[[float], float], metric: Proportion | Mean, sample: int) -> float | None:
    """The smallest difference that a sample finds, by halving; None where none is large enough."""
    low, high = 0.0, _widest(metric)
    if needed(high) > sample:
        return None
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (low, middle) if needed(middle) <= sample else (middle, high)
    return high


def _widest(metric: Proportion | Mean) -> float:
    if isinstance(metric, Mean):
        return float(metric.scale[1] - metric.scale[0]) if metric.scale else 100 * (metric.sd or 1.0)
    base, _ = metric.compared
    return (1 - base if _side(metric) > 0 else base) - 1e-9
