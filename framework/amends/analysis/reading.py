"""Counts into findings: every metric and pair measured, adjusted over its family, and given its verdict."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from amends.analysis.arms import arm_tally, counted
from amends.analysis.contrasts import Contrast
from amends.analysis.evidence import (
    Looks,
    always_valid_limits,
    cluster_size,
    limits_at,
    region_of,
    within_margin,
)
from amends.analysis.families import adjust_family
from amends.analysis.formatting import Sentence, arm_name, count
from amends.analysis.measure_means import contrast_of_means, sample
from amends.analysis.measure_proportions import Counts, contrast_of_proportions
from amends.analysis.refusals import refuse
from amends.analysis.result import BEING_COMPUTED, NotEnough
from amends.analysis.settled import decision_on, restored
from amends.analysis.units import first_planned
from amends.analysis.verdict import Evidence, Rule, verdict
from amends.tally import Tally

if TYPE_CHECKING:
    from pandas import DataFrame

    from amends.design.experiment import Experiment
    from amends.design.metrics import Metric

ATTRITION_P = 0.10
ATTRITION_POINTS = 5


@dataclass(frozen=True, slots=True)
class Reading:
    """How the counts are to be read.

    Attributes:
        rule: Who decides, from `verdict.deciding_rule`.
        planned: Planned assigned units per arm; None where there is no plan.
        completion: Share of them expected to answer, declared before the data came.
        decision_tally: The first planned matured units of every arm, once they are there.
        trustworthy: False when the arms were not split as planned.
        stored: Verdicts made earlier with their figures, by `(metric, arm, versus)`; they stand.
        not_invited: Arms that got no invitation to the survey.
        units: Matured units as rows, where clusters or covariates need them.
        search: False where an exact test that has not been searched yet is filled in after.
    """

    rule: Rule
    planned: Mapping[str, int] | None = None
    completion: float = 1.0
    decision_tally: Tally | None = None
    trustworthy: bool = True
    stored: Mapping[tuple[str, str, str], Mapping[str, Any]] | None = None
    not_invited: Collection[str] = ()
    units: DataFrame | None = None
    search: bool = True


def read_contrasts(experiment: Experiment, tally: Tally, reading: Reading) -> tuple[Contrast, ...]:
    """All contrasts, in the order of metrics and pairs, adjusted and with their verdicts."""
    shown = deciding = _adjusted(experiment, tally, reading)
    if reading.decision_tally is not None:
        first = reading.units
        if first is not None and reading.planned:
            first = first_planned(first, reading.planned, clustered=experiment.clustered)
        deciding = _adjusted(experiment, reading.decision_tally, replace(reading, units=first))
    sizes: dict[str, int] = {}
    for item in shown.values():
        sizes[item.role] = sizes.get(item.role, 0) + 1
    return tuple(
        _decided(experiment, item, deciding[key], reading, family=sizes[item.role])
        for key, item in shown.items()
    )


def measure(
    experiment: Experiment,
    metric: Metric,
    pair: tuple[str, str],
    tally: Tally,
    units: DataFrame | None = None,
    *,
    search: bool = True,
) -> Contrast:
    """One metric between two arms, not adjusted over its family.

    Clusters and declared covariates need the units as rows: without them a clustered contrast is refused
    and a mean is compared as it is.
    """
    found = _counted(metric, pair, tally, search=search)
    if experiment.clustered:
        from amends.analysis.measure_clusters import clustered_contrast

        return clustered_contrast(experiment, metric, found, units)
    if metric.kind == "mean" and experiment.covariates and units is not None:
        from amends.analysis.measure_adjusted import adjusted_contrast

        return adjusted_contrast(experiment, metric, found, units)
    return found


def _counted(metric: Metric, pair: tuple[str, str], tally: Tally, *, search: bool) -> Contrast:
    """One metric between two arms from their counts."""
    role = metric.role or "primary"
    first, second = (arm_tally(tally, arm) for arm in pair)
    if metric.kind == "mean":
        samples = sample(metric, first), sample(metric, second)
        return contrast_of_means(metric.name, *samples, selected=metric.selected, role=role)
    table = [counted(metric, item) for item in (first, second)]
    return contrast_of_proportions(metric.name, *table, role=role, search=search)


def expected_completion(experiment: Experiment) -> float:
    """The share of units expected to answer: the declared baseline of `completed`, else the customary one."""
    from amends.design.metrics import CUSTOMARY_RATE

    declared = [item.baseline for item in experiment.metrics if item.name == "completed"]
    return (declared and declared[0]) or CUSTOMARY_RATE


def attrition(tally: Tally, pair: tuple[str, str], *, search: bool = True) -> Contrast:
    """Completion between two arms, measured whether or not it is a declared metric."""
    first, second = (
        Counts(item.arm, item.completed, item.matured) for item in (arm_tally(tally, arm) for arm in pair)
    )
    return contrast_of_proportions("completed", first, second, search=search)


def completion_differs(contrast: Contrast) -> bool:
    """Whether who answered differs enough that a test among those who answered may not be the headline."""
    if isinstance(contrast.effect, NotEnough) or contrast.counts is None:
        return False
    (x1, n1), (x2, n2) = contrast.counts
    # In whole numbers, so that exactly 5 points are not more than 5.
    wide = 100 * abs(x1 * n2 - x2 * n1) > ATTRITION_POINTS * n1 * n2
    p = contrast.p_value
    return wide or (isinstance(p, float | int) and p < ATTRITION_P)


def _adjusted(experiment: Experiment, tally: Tally, reading: Reading) -> dict[tuple[str, str, str], Contrast]:
    """Contrasts by key, in order of metric and pair; a family is all contrasts of one role."""
    found = {
        (metric.name, *pair): measure(experiment, metric, pair, tally, reading.units, search=reading.search)
        for metric in experiment.metrics
        for pair in experiment.pairs()
    }
    for metric in experiment.metrics:
        for pair in experiment.pairs():
            key = (metric.name, *pair)
            found[key] = _refused(metric, _warned(experiment, metric, found, key, tally, reading), reading)
    first = frozenset(item.pair for item in experiment.contrasts if item.primary)
    for role in {item.role for item in found.values()}:
        family = [item for item in found.values() if item.role == role]
        adjusted = adjust_family(family, first=first if role == "primary" else frozenset())
        if any(item.p_value is BEING_COMPUTED for item in family):
            # The p-values of a family depend on each other: those of some would be too small.
            adjusted = [replace(item, p_adjusted=BEING_COMPUTED) for item in adjusted]
        found.update({item.key: item for item in adjusted})
    return found


def _warned(
    experiment: Experiment,
    metric: Metric,
    found: Mapping[tuple[str, str, str], Contrast],
    key: tuple[str, str, str],
    tally: Tally,
    reading: Reading,
) -> Contrast:
    """What only some units have is said at every such contrast: answers, and amounts nobody recorded."""
    contrast = found[key]
    if not metric.selected:
        unrecorded = _unrecorded(metric, contrast, tally)
        return (
            contrast if unrecorded is None else replace(contrast, warnings=(*contrast.warnings, unrecorded))
        )
    said = [*contrast.warnings, AMONG_COMPLETERS]
    completion = found.get(("completed", *key[1:]))
    if completion is None:
        completion = _completion(experiment, contrast, tally, reading)
    differs = completion_differs(completion)
    if differs:
        said.append(NOT_THE_HEADLINE)
    return replace(contrast, warnings=tuple(said), headline=not differs)


def _completion(experiment: Experiment, contrast: Contrast, tally: Tally, reading: Reading) -> Contrast:
    """Who answered, between the arms of a contrast; by clusters where those were assigned."""
    found = attrition(tally, (contrast.arm, contrast.versus), search=reading.search)
    if not experiment.clustered:
        return found
    from amends.analysis.measure_clusters import clustered_contrast
    from amends.design.metrics import Proportion

    return clustered_contrast(experiment, Proportion("completed"), found, reading.units)


def _unrecorded(metric: Metric, contrast: Contrast, tally: Tally) -> Sentence | None:
    """What the mean of an outcome supposes of units without a value; for a share it is no event."""
    matured = sum(arm_tally(tally, arm).matured for arm in (contrast.arm, contrast.versus))
    n = sum(contrast.n)
    if metric.kind != "mean" or not n or n >= matured:
        return None
    return Sentence(
        f"{count(n)} of {count(matured)} units have a value; the mean is of those, as if the arm had "
        "no part in who has one. Record 0 where there was nothing.",
        f"{count(n, 'id')} dari {count(matured, 'id')} unit memiliki nilai; rata-ratanya dari mereka, "
        "seolah-olah kelompok pesan tidak memengaruhi siapa yang memilikinya. Catat 0 bila tidak ada.",
    )


AMONG_COMPLETERS = Sentence(
    "Among those who answered, not randomised: read the test together with the bounds.",
    "Hanya di antara yang menjawab, bukan hasil pengacakan: baca ujinya bersama batas-batasnya.",
)
NOT_THE_HEADLINE = Sentence(
    "The arms differ in how many answered, so this test may not be the headline.",
    "Jumlah yang menjawab berbeda antarkelompok, sehingga uji ini tidak boleh menjadi temuan utama.",
)


def _refused(metric: Metric, contrast: Contrast, reading: Reading) -> Contrast:
    if metric.source == "survey":
        for arm in (contrast.arm, contrast.versus):
            if arm in reading.not_invited:
                reason = f"{arm_name(arm)} was not invited to the survey, so its answers cannot be compared"
                return refuse(contrast, reason, effect=True)
    return contrast


def _decided(
    experiment: Experiment, shown: Contrast, deciding: Contrast, reading: Reading, *, family: int
) -> Contrast:
    """The contrast with its always-valid and family-wide limits, its verdict and what decided it."""
    from amends.analysis.exaggeration import overstated

    rule, metric = reading.rule, experiment.metric(shown.metric)
    looks = Looks(
        level=rule.always_valid_level and rule.always_valid_level / family,
        planned=reading.planned,
        completion=reading.completion,
        cluster_size=cluster_size(experiment),
    )
    always = always_valid_limits(shown, looks)
    always_then = always if deciding is shown else always_valid_limits(deciding, looks)
    low, high = (
        (shown.low, shown.high) if family == 1 else limits_at(shown, 1 - (1 - shown.confidence) / family)
    )
    evidence = Evidence(
        p_value=deciding.p_adjusted,
        always_valid=always_then,
        region=region_of(deciding),
        within_margin=within_margin(deciding, metric.margin),
        selected=metric.selected,
    )
    stored = (reading.stored or {}).get(shown.key)
    level = rule.level if rule.method == "fixed" else (rule.always_valid_level or 0.0) / family
    decision = decision_on(deciding, evidence, rule, level=level) if stored is None else restored(stored)
    decided = replace(
        shown,
        low_adjusted=low,
        high_adjusted=high,
        always_valid=None if always is None else {"low": always[0], "high": always[1]},
        verdict=verdict(
            evidence,
            rule,
            trustworthy=reading.trustworthy,
            stored=None if stored is None else stored["verdict"],
        ),
        decision=decision,
        basis=None if deciding is shown else deciding,
    )
    curse = None if rule.collecting else overstated(decided, metric)
    return decided if curse is None else replace(decided, warnings=(*decided.warnings, curse))
