"""Three arms or more: every pair of means at once, beside the declared contrasts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from amends.analysis.contrasts import Contrast
from amends.analysis.formatting import Sentence
from amends.analysis.material import Material
from amends.analysis.result import NotEnough
from amends.analysis.section import (
    Cells,
    ChartLine,
    Section,
    SectionChart,
    SectionTable,
    both,
    effect_cell,
    p_cell,
    span_cell,
)
from amends.analysis.sections import whole_clusters
from amends.analysis.sections.naming import AMONG, capital, columns, metric_cell, no_figure, once, pair_cell

if TYPE_CHECKING:
    from amends.analysis.pairs import PairComparison
    from amends.design.experiment import Experiment
    from amends.design.metrics import Metric

NAME = "all_pairs"
CHAPTER = "sure"
TITLE = Sentence("All pairs of means together", "Semua pasangan rata-rata bersama-sama")
NEEDS_UNITS = False
FOLDED = True

BESIDE = Sentence(
    "Every pair of arms at once, with intervals that hold for all of them together. The declared contrasts "
    "above decide; this stands beside them.",
    "Semua pasangan kelompok sekaligus, dengan selang yang berlaku bersama untuk semuanya. Yang memutuskan "
    "adalah perbandingan di atas; tabel ini mendampinginya.",
)
METHOD = Sentence(
    "Games–Howell: every pair with its own spreads and degrees of freedom, p-values and intervals from the "
    "studentized range (Games & Howell 1976).",
    "Games–Howell: tiap pasangan dengan sebaran dan derajat bebasnya sendiri, nilai p dan selang dari "
    "sebaran rentang terstudentisasi (Games & Howell 1976).",
)


def wanted(experiment: Experiment) -> bool:
    """Where three arms or more are compared on a mean."""
    return len(experiment.arms) > 2 and any(metric.kind == "mean" for metric in experiment.metrics)


def section(material: Material) -> Section | None:
    """Games and Howell's pairs of every mean."""
    said: list[Sentence] = []
    rows: list[Cells] = []
    lines: list[ChartLine] = []
    figures: list[dict[str, Any]] = []
    for metric in material.experiment.metrics:
        if metric.kind != "mean":
            continue
        mine = [item for item in material.contrasts if item.metric == metric.name]
        found = _pairs(material, metric, mine)
        if isinstance(found, NotEnough):
            said.append(no_figure(capital(metric_cell(metric.name)), found))
            continue
        for (arm, versus), pair in found.items():
            about = both(
                lambda locale, arm=arm, versus=versus, metric=metric: (  # type: ignore[misc]
                    f"{_metric_said(metric)[locale]}, {pair_cell(arm, versus)[locale]}"
                )
            )
            if isinstance(pair, NotEnough):
                said.append(no_figure(capital(about), pair))
                continue
            figures.append({"metric": metric.name, "arm": arm, "versus": versus, **_figures(pair)})
            rows.append(_row(_metric_said(metric), arm, versus, pair))
            lines.append(_line(about, pair))
    if not rows and not said:
        return None
    return Section(
        NAME,
        CHAPTER,
        TITLE,
        said=once([*([BESIDE] if rows else []), *said]),
        tables=_table(rows),
        charts=_chart(lines),
        notes=(whole_clusters.ALL_PAIRS if material.experiment.clustered else METHOD,),
        figures={"pairs": figures},
    )


def _pairs(
    material: Material, metric: Metric, contrasts: list[Contrast]
) -> dict[tuple[str, str], PairComparison | NotEnough] | NotEnough:
    """Every pair of the arms that the contrasts name, a later arm subtracted from an earlier one."""
    arms: dict[str, Any] = {}
    for item in contrasts:
        if isinstance(item.effect, NotEnough):
            continue
        arms.setdefault(item.arm, item.summaries[0])
        arms.setdefault(item.versus, item.summaries[1])
    if len(arms) < 3:
        reasons = [item.effect for item in contrasts if isinstance(item.effect, NotEnough)]
        return [*reasons, NotEnough("fewer than three arms have answers")][0]
    # The pairs come as later minus earlier.
    names = list(arms)[::-1]
    found = _compared(material, metric, names, [arms[name] for name in names])
    if isinstance(found, NotEnough):
        return found
    places = [(first, second) for second in range(len(names)) for first in range(second + 1, len(names))]
    return dict(
        sorted(
            zip(((names[i], names[j]) for i, j in places), found, strict=True),
            key=lambda item: [list(arms).index(name) for name in item[0]],
        )
    )


def _compared(
    material: Material, metric: Metric, names: list[str], summaries: list[Any]
) -> Sequence[PairComparison | NotEnough] | NotEnough:
    from amends.analysis.clustered_pairs import clustered_pairs
    from amends.analysis.pairs import games_howell

    if not material.experiment.clustered:
        return games_howell(summaries)
    data = whole_clusters.of_clusters(material, metric.name, names)
    if isinstance(data, NotEnough):
        return data
    return clustered_pairs(data.values, data.arms, data.clusters, names=names)


def _metric_said(metric: Metric) -> Sentence:
    name = metric_cell(metric.name)
    return both(lambda locale: f"{name[locale]}, {AMONG[locale]}") if metric.source == "survey" else name


def _row(metric: Sentence, arm: str, versus: str, pair: PairComparison) -> Cells:
    return (
        metric,
        pair_cell(arm, versus),
        effect_cell(pair.difference, "mean"),
        span_cell(pair.interval.low, pair.interval.high),
        p_cell(pair.p_value),
    )


def _line(about: Sentence, pair: PairComparison) -> ChartLine:
    said = effect_cell(pair.difference, "mean")
    return ChartLine(capital(about), pair.difference, pair.interval.low, pair.interval.high, said)


def _figures(pair: PairComparison) -> dict[str, Any]:
    return {
        "test": pair.interval.method,
        "difference": pair.difference,
        "statistic": pair.statistic,
        "df": pair.df,
        "p_value": pair.p_value,
        "interval": pair.interval,
    }


def _table(rows: list[Cells]) -> tuple[SectionTable, ...]:
    heading = columns(
        ("metric", "ukuran"),
        ("pair", "pasangan"),
        ("difference", "selisih"),
        ("95% interval, all together", "selang kepercayaan 95%, bersama"),
        ("p, all together", "p, bersama"),
    )
    return (SectionTable(heading, tuple(rows), words=2),) if rows else ()


def _chart(lines: list[ChartLine]) -> tuple[SectionChart, ...]:
    if not lines:
        return ()
    title = Sentence("Pairs of means, intervals hold together", "Pasangan rata-rata, selang berlaku bersama")
    unit = Sentence("difference in the metric's unit", "selisih dalam satuan ukuran")
    return (SectionChart(title, unit, tuple(lines)),)
