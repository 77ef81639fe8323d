"""Counts into findings: every metric and pair measured, adjusted over its family, and given its verdict."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from amends.analysis.arms import arm_tally, counted
from amends.analysis.contrasts import Contrast, known
from amends.analysis.families import adjust_family
from amends.analysis.formatting import Figure, Sentence, arm_name, count
from amends.analysis.measure_means import contrast_of_means, mean_limits, sample
from amends.analysis.measure_proportions import Counts, contrast_of_proportions, limits
from amends.analysis.refusals import refuse
from amends.analysis.result import Interval, NotEnough
from amends.analysis.settled import decision_on, restored
from amends.analysis.verdict import Evidence, Rule, verdict
from amends.tally import Tally

if TYPE_CHECKING:
    from amends.design.experiment import Experiment
    from amends.design.metrics import Metric

ATTRITION_P = 0.10
ATTRITION_POINTS = 5
EQUIVALENCE_CONFIDENCE = 0.90
CLUSTERED = "clustered"


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
    """

    rule: Rule
    planned: Mapping[str, int] | None = None
    completion: float = 1.0
    decision_tally: Tally | None = None
    trustworthy: bool = True
    stored: Mapping[tuple[str, str, str], Mapping[str, Any]] | None = None
    not_invited: Collection[str] = ()


def read_contrasts(experiment: Experiment, tally: Tally, reading: Reading) -> tuple[Contrast, ...]:
    """All contrasts, in the order of metrics and pairs, adjusted and with their verdicts."""
    shown = _adjusted(experiment, tally, reading)
    deciding = shown
    if reading.decision_tally is not None:
        deciding = _adjusted(experiment, reading.decision_tally, reading)
    sizes: dict[str, int] = {}
    for item in shown.values():
        sizes[item.role] = sizes.get(item.role, 0) + 1
    return tuple(
        _decided(experiment, item, deciding[key], reading, family=sizes[item.role])
        for key, item in shown.items()
    )


def measure(experiment: Experiment, metric: Metric, pair: tuple[str, str], tally: Tally) -> Contrast:
    """One metric between two arms, unadjusted."""
    role = metric.role or "primary"
    first, second = (arm_tally(tally, arm) for arm in pair)
    if metric.kind == "mean":
        samples = sample(metric, first), sample(metric, second)
        return contrast_of_means(metric.name, *samples, selected=metric.selected, role=role)
    table = [counted(metric, item) for item in (first, second)]
    return contrast_of_proportions(metric.name, *table, role=role)


def expected_completion(experiment: Experiment) -> float:
    """The share of units expected to answer: the declared baseline of `completed`, else the customary one."""
    from amends.design.metrics import CUSTOMARY_RATE

    declared = [item.baseline for item in experiment.metrics if item.name == "completed"]
    return (declared and declared[0]) or CUSTOMARY_RATE


def attrition(tally: Tally, pair: tuple[str, str]) -> Contrast:
    """Completion between two arms, measured whether or not it is a declared metric."""
    first, second = (
        Counts(item.arm, item.completed, item.matured) for item in (arm_tally(tally, arm) for arm in pair)
    )
    return contrast_of_proportions("completed", first, second)


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
        (metric.name, *pair): _refused(
            experiment, metric, _warned(metric, measure(experiment, metric, pair, tally), tally), reading
        )
        for metric in experiment.metrics
        for pair in experiment.pairs()
    }
    first = frozenset(item.pair for item in experiment.contrasts if item.primary)
    for role in {item.role for item in found.values()}:
        family = [item for item in found.values() if item.role == role]
        found.update(
            {
                item.key: item
                for item in adjust_family(family, first=first if role == "primary" else frozenset())
            }
        )
    return found


def _warned(metric: Metric, contrast: Contrast, tally: Tally) -> Contrast:
    """What only some units have is said at every such contrast: answers, and amounts nobody recorded."""
    if not metric.selected:
        unrecorded = _unrecorded(metric, contrast, tally)
        return (
            contrast if unrecorded is None else replace(contrast, warnings=(*contrast.warnings, unrecorded))
        )
    said = [*contrast.warnings, AMONG_COMPLETERS]
    completion = attrition(tally, (contrast.arm, contrast.versus))
    if completion_differs(completion):
        said.append(NOT_THE_HEADLINE)
    return replace(contrast, warnings=tuple(said), headline=not completion_differs(completion))


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


def _refused(experiment: Experiment, metric: Metric, contrast: Contrast, reading: Reading) -> Contrast:
    if metric.source == "survey":
        for arm in (contrast.arm, contrast.versus):
            if arm in reading.not_invited:
                reason = f"{arm_name(arm)} was not invited to the survey, so its answers cannot be compared"
                return refuse(contrast, reason, effect=True)
    return refuse(contrast, CLUSTERED) if experiment.clustered else contrast


def _decided(
    experiment: Experiment, shown: Contrast, deciding: Contrast, reading: Reading, *, family: int
) -> Contrast:
    """The contrast with its always-valid and family-wide limits, its verdict and what decided it."""
    rule, metric = reading.rule, experiment.metric(shown.metric)
    refused = isinstance(shown.p_value, NotEnough) and shown.p_value.reason == CLUSTERED
    always = _always_valid(shown, reading, family=family, refused=refused)
    always_then = (
        always if deciding is shown else _always_valid(deciding, reading, family=family, refused=refused)
    )
    low, high = (
        (shown.low, shown.high)
        if family == 1 or refused
        else _limits(shown, 1 - (1 - shown.confidence) / family)
    )
    evidence = Evidence(
        p_value=deciding.p_adjusted,
        always_valid=always_then,
        region=_region(deciding),
        within_margin=not refused and _within_margin(deciding, metric.margin),
        selected=metric.selected,
    )
    stored = (reading.stored or {}).get(shown.key)
    level = rule.level if rule.method == "fixed" else (rule.always_valid_level or 0.0) / family
    decision = decision_on(deciding, evidence, rule, level=level) if stored is None else restored(stored)
    return replace(
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
    )


def _always_valid(
    contrast: Contrast, reading: Reading, *, family: int, refused: bool
) -> tuple[Figure, Figure] | None:
    from amends.analysis import sequential

    level = reading.rule.always_valid_level
    if level is None:
        return None
    if refused or isinstance(contrast.effect, NotEnough):
        missing = contrast.p_value if refused else contrast.effect
        return missing, missing
    if reading.planned is None:
        missing = NotEnough("no planned sample: declare detect= and sd=, or sample=")
        return missing, missing
    planned = reading.planned[contrast.arm] + reading.planned[contrast.versus]
    # What only answers show is planned in answers, the rest in assigned units.
    answers = planned * (reading.completion if contrast.bounds is not None else 1.0)
    found: Interval | NotEnough
    if contrast.counts is not None:
        (x1, n1), (x2, n2) = contrast.counts
        found = sequential.always_valid_proportions(x1, n1, x2, n2, alpha=level / family, planned_n=answers)
    else:
        first, second = contrast.summaries
        if isinstance(first, NotEnough) or isinstance(second, NotEnough):
            return contrast.effect, contrast.effect
        found = sequential.always_valid_means(first, second, alpha=level / family, planned_n=answers)
    return limits(found)


def _limits(contrast: Contrast, confidence: float) -> tuple[Figure, Figure]:
    """The contrast's own interval at another confidence."""
    if isinstance(contrast.effect, NotEnough):
        return contrast.effect, contrast.effect
    if contrast.counts is not None:
        from amends.analysis.intervals import newcombe

        (x1, n1), (x2, n2) = contrast.counts
        return limits(newcombe(x1, n1, x2, n2, confidence=confidence))
    return mean_limits(*contrast.summaries, confidence=confidence)


def _within_margin(contrast: Contrast, margin: float | None) -> bool:
    if margin is None:
        return False
    low, high = _limits(contrast, EQUIVALENCE_CONFIDENCE)
    return known(low) and known(high) and -margin < low and high < margin  # type: ignore[operator]


def _region(contrast: Contrast) -> tuple[Figure, Figure] | None:
    if contrast.bounds is None:
        return None
    lee = contrast.bounds["lee"]
    return lee["ci_low"], lee["ci_high"]
