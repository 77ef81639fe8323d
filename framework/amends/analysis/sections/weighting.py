"""What all would have said if what was known beforehand tells who answers: weighting, labelled as a model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from amends.analysis.contrasts import Contrast, known
from amends.analysis.effect_chart import NAIVE, WORST, effect_chart, name_of
from amends.analysis.formatting import Sentence, amount, count, interval, number
from amends.analysis.material import Material
from amends.analysis.measure_adjusted import unadjusted
from amends.analysis.reasons import explained
from amends.analysis.result import Interval, NotEnough
from amends.analysis.section import Section, SectionChart, both

if TYPE_CHECKING:
    from pandas import DataFrame

    from amends.analysis.weighting import WeightedArm, WeightedMeans
    from amends.design.experiment import Experiment

NAME = "weighting"
CHAPTER = "unknown"
TITLE = Sentence(
    "If what we knew beforehand tells who answers",
    "Bila hal yang sudah diketahui menjelaskan siapa yang menjawab",
)
NEEDS_UNITS = True

WEIGHTED = Sentence("weighted (model)", "dibobot (model)")
MODEL = Sentence(
    "A model, not a bound: each answer counts for as many units as are alike in what was known before the "
    "message (inverse-probability weighting, Hájek; a logit in each arm; error from stacked estimating "
    "equations, Lunceford and Davidian 2004). It is right only where nothing else ties answering to the "
    "rating.",
    "Sebuah model, bukan batas: setiap jawaban mewakili sebanyak unit yang serupa dalam hal yang diketahui "
    "sebelum pesan (pembobotan peluang terbalik, Hájek; satu logit per kelompok; galat dari persamaan "
    "penduga bertumpuk, Lunceford dan Davidian 2004). Model ini benar hanya bila tidak ada hal lain yang "
    "mengaitkan kesediaan menjawab dengan nilai.",
)


def wanted(experiment: Experiment) -> bool:
    """Where a metric is known only of those who answered and something was known before."""
    known_before = experiment.covariates or experiment.moderators
    return bool(known_before) and any(metric.selected for metric in experiment.metrics)


def section(material: Material) -> Section | None:
    """The weighted difference of every contrast of a metric that only answers show."""
    held = [unadjusted(item) for item in material.contrasts if item.bounds is not None and known(item.effect)]
    if material.units is None or not held:
        return None
    made = list(zip(held, _weighted(material.experiment, held, material.units), strict=True))
    return Section(
        NAME,
        CHAPTER,
        TITLE,
        said=tuple(_said(item, found) for item, found in made),
        charts=tuple(chart for item, found in made if (chart := _chart(item, found)) is not None),
        notes=(MODEL,),
        figures={
            "contrasts": [
                {
                    "metric": item.metric,
                    "arm": item.arm,
                    "versus": item.versus,
                    "naive": item.effect,
                    "weighted": found,
                }
                for item, found in made
            ]
        },
    )


def _weighted(
    experiment: Experiment, held: Sequence[Contrast], units: DataFrame
) -> list[WeightedMeans | NotEnough]:
    """Every contrast weighted by who answers. An arm is fitted once a metric, however many pairs it is in."""
    from numpy import unique

    from amends.analysis.known_before import design, known_before
    from amends.analysis.units import values_of
    from amends.analysis.weighting import weighted_arm, weighted_difference

    columns = design(known_before(experiment, units), len(units))
    clusters = unique(units["cluster"].astype(str), return_inverse=True)[1] if experiment.clustered else None
    fitted: dict[tuple[str, str], WeightedArm | NotEnough] = {}
    for metric in dict.fromkeys(item.metric for item in held):
        values = values_of(experiment.metric(metric), units).to_numpy(dtype=float)
        for arm in experiment.arms:
            mine = (units["arm"] == arm.name).to_numpy()
            groups = None if clusters is None else clusters[mine]
            fitted[metric, arm.name] = weighted_arm(
                values[mine], columns.matrix[mine], arm.name, groups=groups
            )
    return [
        weighted_difference(
            fitted[item.metric, item.arm], fitted[item.metric, item.versus], used=columns.used
        )
        for item in held
    ]


def _said(contrast: Contrast, found: WeightedMeans | NotEnough) -> Sentence:
    start = name_of(contrast)
    if isinstance(found, NotEnough):
        why = explained(found.reason)
        return Sentence(f"{start.en}: not enough data ({why.en}).", f"{start.id}: belum cukup ({why.id}).")
    span = Sentence("", "")
    if isinstance(found.interval, Interval):
        low, high = found.interval.low, found.interval.high
        span = Sentence(
            f" (95% confidence interval {interval(low, high, contrast.kind)})",
            f" (selang kepercayaan 95% {interval(low, high, contrast.kind, 'id')})",
        )
    size = both(lambda locale: amount(found.difference, contrast.kind, locale))
    used = ", ".join(found.used)
    most = both(lambda locale: number(found.largest_weight, digits=1, locale=locale))
    rests = Sentence(f"if {used} tell who answers", f"bila {used} menjelaskan siapa yang menjawab")
    if not used:
        rests = Sentence("nothing known before varies, so", "hal yang sudah diketahui tidak bervariasi, jadi")
    return both(
        lambda locale: (
            f"{start.en}: {rests.en}, the difference over all {count(sum(found.ns))} units is {size.en} "
            f"points{span.en}; the heaviest answer stands for {most.en} units."
            if locale == "en"
            else f"{start.id}: {rests.id}, selisih untuk semua {count(sum(found.ns), 'id')} unit adalah "
            f"{size.id} poin{span.id}; jawaban terberat mewakili {most.id} unit."
        )
    )


def _chart(contrast: Contrast, found: WeightedMeans | NotEnough) -> SectionChart | None:
    if isinstance(found, NotEnough) or isinstance(found.interval, NotEnough):
        return None
    worst = (contrast.bounds or {})["manski"]
    spans = (
        (NAIVE, contrast.effect, contrast.low, contrast.high, False),
        (WEIGHTED, found.difference, found.interval.low, found.interval.high, True),
        (WORST, contrast.effect, worst["low"], worst["high"], False),
    )
    return effect_chart(contrast, spans)
