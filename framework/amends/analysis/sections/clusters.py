"""What was given an arm as a whole: how many clusters, of what size, how alike within, at what cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from amends.analysis.contrasts import Contrast
from amends.analysis.formatting import Figure, Sentence, arm_name, cluster_name, count, metric_name
from amends.analysis.material import Material
from amends.analysis.measure_proportions import limits
from amends.analysis.result import NotEnough
from amends.analysis.section import (
    Cells,
    Section,
    SectionTable,
    both,
    count_cell,
    figure_cell,
    p_cell,
    same,
    span_cell,
)

if TYPE_CHECKING:
    from pandas import DataFrame

    from amends.analysis.cluster_likeness import IntraclassCorrelation
    from amends.design.experiment import Experiment
    from amends.design.metrics import Metric

NAME = "clusters"
CHAPTER = "sure"
TITLE = Sentence("Clusters", "Gugus")
NEEDS_UNITS = True


def wanted(experiment: Experiment) -> bool:
    """Where several units share a draw."""
    return experiment.clustered


def section(material: Material) -> Section | None:
    """Clusters per arm, their sizes and likeness on every metric, and what unclustered intervals claim."""
    units, experiment = material.units, material.experiment
    if units is None or not len(units):
        return None
    sizes = {arm.name: _sizes(units[units["arm"] == arm.name]) for arm in experiment.arms}
    alike = {metric.name: _likeness(metric, units) for metric in experiment.metrics}
    planned = experiment.cluster.design_effect if experiment.cluster else None
    return Section(
        NAME,
        CHAPTER,
        TITLE,
        said=(_said(experiment, sizes),),
        tables=(_arms_table(sizes), _likeness_table(alike, planned), _naive_table(material)),
        notes=NOTES,
        figures={
            "arms": sizes,
            "metrics": {
                name: found if isinstance(found, NotEnough) else found.to_dict()
                for name, found in alike.items()
            },
            "design_effect_planned": planned,
            "naive": [_naive(item) for item in material.contrasts],
        },
    )


NOTES = (
    Sentence(
        "Likeness (ICC): one-way analysis of variance within the arms, Donner & Koval 1980; its interval by "
        "the F distribution, Searle 1971, for sizes that differ with their mean size. Design effect: "
        "1 + (m − 1)·ICC, Kish 1965, where m is the size that clusters of unequal size are worth.",
        "Kemiripan (ICC): analisis ragam satu arah di dalam kelompok, Donner & Koval 1980; selangnya dengan "
        "sebaran F, Searle 1971. Efek desain: 1 + (m − 1)·ICC, Kish 1965.",
    ),
    Sentence(
        "Intervals that count units as independent are wrong here and stand only to show what the clusters "
        "cost.",
        "Selang yang menganggap unit saling bebas keliru di sini dan hanya dicantumkan untuk menunjukkan "
        "pengaruh gugus.",
    ),
)


def _sizes(units: DataFrame) -> dict[str, Any]:
    found = units["cluster"].value_counts()
    if not len(found):
        return dict.fromkeys(("clusters", "units", "smallest", "largest"), 0) | {"mean_size": None}
    return {
        "clusters": len(found),
        "units": len(units),
        "mean_size": float(found.mean()),
        "smallest": int(found.min()),
        "largest": int(found.max()),
    }


def _likeness(metric: Metric, units: DataFrame) -> IntraclassCorrelation | NotEnough:
    from pandas import factorize

    from amends.analysis.cluster_likeness import intraclass_correlation
    from amends.analysis.units import values_of

    values = values_of(metric, units).to_numpy(dtype=float)
    known = values == values
    return intraclass_correlation(
        values[known],
        factorize(units["cluster"].to_numpy()[known])[0],
        arms=factorize(units["arm"].to_numpy()[known])[0],
    )


def _said(experiment: Experiment, sizes: dict[str, dict[str, Any]]) -> Sentence:
    name = experiment.cluster.name if experiment.cluster else experiment.unit
    own = cluster_name(name, "id")
    total = sum(found["clusters"] for found in sizes.values())
    units = sum(found["units"] for found in sizes.values())
    return Sentence(
        f"Arms were given to {count(total)} whole clusters ({name}) with {count(units)} units; units of one "
        "cluster tend to be alike, so the clusters are what counts.",
        f"Kelompok diberikan kepada {count(total, 'id')} gugus ({own}) berisi {count(units, 'id')} unit; "
        "unit dalam satu gugus cenderung mirip, sehingga yang dihitung adalah gugusnya.",
    )


def _arms_table(sizes: dict[str, dict[str, Any]]) -> SectionTable:
    rows = tuple(
        (
            both(lambda locale, arm=arm: arm_name(arm, locale)),  # type: ignore[misc]
            count_cell(found["clusters"]),
            count_cell(found["units"]),
            figure_cell(found["mean_size"], digits=1),
            count_cell(found["smallest"]),
            count_cell(found["largest"]),
        )
        for arm, found in sizes.items()
    )
    columns = (
        Sentence("arm", "kelompok pesan"),
        Sentence("clusters", "gugus"),
        Sentence("units", "unit"),
        Sentence("mean size", "ukuran rata-rata"),
        Sentence("smallest", "terkecil"),
        Sentence("largest", "terbesar"),
    )
    return SectionTable(columns, rows, caption=Sentence("Clusters per arm", "Gugus per kelompok pesan"))


def _likeness_table(
    alike: dict[str, IntraclassCorrelation | NotEnough], planned: float | None
) -> SectionTable:
    rows = tuple(_likeness_row(name, found, planned) for name, found in alike.items())
    columns = (
        Sentence("metric", "ukuran"),
        same("ICC"),
        Sentence("95% interval", "selang 95%"),
        Sentence("design effect", "efek desain"),
        Sentence("planned", "rencana"),
    )
    return SectionTable(
        columns,
        rows,
        caption=Sentence("How alike units of one cluster are", "Kemiripan unit dalam satu gugus"),
    )


def _likeness_row(name: str, found: IntraclassCorrelation | NotEnough, planned: float | None) -> Cells:
    if isinstance(found, NotEnough):
        icc, span, effect = figure_cell(found), span_cell(found, found), figure_cell(found)
    else:
        icc, effect = figure_cell(found.value), figure_cell(found.design_effect)
        span = span_cell(*limits(found.interval))
    return both(lambda locale: metric_name(name, locale)), icc, span, effect, figure_cell(planned)


def _naive(contrast: Contrast) -> dict[str, Any]:
    from amends.analysis.naive_limits import naive_limits

    low, high = naive_limits(contrast)
    return {
        "metric": contrast.metric,
        "arm": contrast.arm,
        "versus": contrast.versus,
        "low": low,
        "high": high,
        "wrong_because": "units are taken as independent",
        "width_ratio": _ratio(contrast, low, high),
    }


def _ratio(contrast: Contrast, low: Figure, high: Figure) -> Figure:
    for value in (contrast.low, contrast.high, low, high):
        if isinstance(value, NotEnough):
            return value
    assert isinstance(low, float) and isinstance(high, float)  # noqa: PT018
    assert isinstance(contrast.low, float) and isinstance(contrast.high, float)  # noqa: PT018
    if high <= low:
        return NotEnough("the interval without clusters has no width")
    return (contrast.high - contrast.low) / (high - low)


def _naive_table(material: Material) -> SectionTable:
    rows = []
    for item in material.contrasts:
        naive = _naive(item)
        rows.append(
            (
                both(lambda locale, item=item: metric_name(item.metric, locale)),  # type: ignore[misc]
                both(lambda locale, item=item: _pair(item, locale)),  # type: ignore[misc]
                same(item.test),
                p_cell(item.p_value),
                span_cell(item.low, item.high, item.kind),
                span_cell(naive["low"], naive["high"], item.kind),
                figure_cell(naive["width_ratio"]),
            )
        )
    columns = (
        Sentence("metric", "ukuran"),
        Sentence("contrast", "perbandingan"),
        Sentence("method", "metode"),
        same("p"),
        Sentence("95% interval", "selang 95%"),
        Sentence("without clusters (wrong)", "tanpa gugus (keliru)"),
        Sentence("times as wide", "kali lebih lebar"),
    )
    return SectionTable(
        columns, tuple(rows), words=3, caption=Sentence("What the clusters cost", "Pengaruh gugus")
    )


def _pair(contrast: Contrast, locale: str) -> str:
    return f"{arm_name(contrast.arm, locale)} – {arm_name(contrast.versus, locale)}"
