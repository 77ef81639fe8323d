"""What was known before the message, used to sharpen the differences, beside the plain ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from amends.analysis.contrasts import Contrast
from amends.analysis.formatting import Figure, Sentence, arm_name, metric_name, number
from amends.analysis.material import Material
from amends.analysis.measure_proportions import limits
from amends.analysis.reasons import explained
from amends.analysis.result import NotEnough
from amends.analysis.section import (
    Cells,
    Section,
    SectionTable,
    both,
    effect_cell,
    figure_cell,
    p_cell,
    same,
    span_cell,
)

if TYPE_CHECKING:
    from amends.analysis.measure_adjusted import Prepared
    from amends.design.experiment import Experiment
    from amends.design.metrics import Metric

NAME = "adjustment"
CHAPTER = "sure"
TITLE = Sentence("Adjusted for what was known before", "Disesuaikan dengan yang sudah diketahui sebelumnya")
NEEDS_UNITS = True

PRE_PERIOD = ("{}_before", "before_{}", "pre_{}", "{}_pre", "previous_{}")
"""Names under which a covariate is the metric's own figure from before."""


@dataclass(frozen=True, slots=True)
class Adjusted:
    """One method's difference for a contrast.

    Attributes:
        contrast: Which one.
        method: The method's name.
        value: The adjusted difference, or the reason why there is none.
        low: Its lower 95% limit; `high` the upper one.
        p_value: Of no difference.
        variance_ratio: For CUPED, the variance left over the variance before.
        leads: Whether this is the contrast's own figure.
    """

    contrast: Contrast
    method: str
    value: Figure
    low: Figure
    high: Figure
    p_value: Figure
    variance_ratio: Figure = None
    leads: bool = False

    def to_dict(self) -> dict[str, Any]:
        return {
            **{name: getattr(self.contrast, name) for name in ("metric", "arm", "versus")},
            **{
                name: getattr(self, name)
                for name in ("method", "value", "low", "high", "p_value", "variance_ratio", "leads")
            },
        }


def wanted(experiment: Experiment) -> bool:
    """Where covariates were declared."""
    return bool(experiment.covariates)


def section(material: Material) -> Section | None:
    """Lin's regression and CUPED of means, g-computation of shares; by clusters where those were assigned."""
    if material.units is None:
        return None
    found = [line for contrast in material.contrasts for line in _lines(material, contrast)]
    names = ", ".join(material.experiment.covariates)
    return Section(
        NAME,
        CHAPTER,
        TITLE,
        said=(_said(names, clustered=material.experiment.clustered), *_reasons(found)),
        tables=(_table(found),),
        notes=NOTES,
        figures={"covariates": list(material.experiment.covariates), "lines": [x.to_dict() for x in found]},
    )


NOTES = (
    Sentence(
        "Lin: regression on arm, centred covariates and their products, HC2 errors (HC3 up to 50 units); "
        "Lin 2013. CUPED: one theta for both arms, then Welch; Deng et al. 2013. g-computation: the average "
        "chance if all units were in one arm and in the other, by a logit, error by the delta method; "
        "Steingrimsson et al. 2017. Clusters: covariates added to the regression, CR1 or CR2 errors.",
        "Lin: regresi atas kelompok, kovariat terpusat dan hasil kalinya, galat HC2 (HC3 sampai 50 unit). "
        "CUPED: satu theta untuk kedua kelompok, lalu Welch. g-computation: rata-rata peluang seandainya "
        "semua unit berada di satu kelompok lalu di kelompok lain, dengan logit.",
    ),
)


def _said(names: str, *, clustered: bool) -> Sentence:
    if clustered:
        return Sentence(
            f"Declared as known before the message: {names}. The plain differences decide, because clusters "
            "were assigned; the adjusted ones stand beside them.",
            f"Direncanakan sebagai hal yang diketahui sebelum pesan: {names}. Yang memutuskan adalah selisih "
            "tanpa penyesuaian, karena yang diundi adalah gugus; yang disesuaikan hanya pembanding.",
        )
    return Sentence(
        f"Declared as known before the message: {names}. For means the adjusted difference is the "
        "planned one and decides; for shares the plain difference decides and the adjusted one stands "
        "beside it.",
        f"Direncanakan sebagai hal yang diketahui sebelum pesan: {names}. Untuk rata-rata, selisih yang "
        "disesuaikan itulah yang direncanakan dan yang memutuskan; untuk persentase, selisih tanpa "
        "penyesuaian yang memutuskan dan yang disesuaikan hanya pembanding.",
    )


def _reasons(lines: list[Adjusted]) -> tuple[Sentence, ...]:
    """Why a covariate could not be used, each reason once."""
    found = dict.fromkeys(line.value.reason for line in lines if isinstance(line.value, NotEnough))
    said = []
    for reason in found:
        why = explained(reason)
        said.append(Sentence(f"Not adjusted: {why.en}.", f"Tidak disesuaikan: {why.id}."))
    return tuple(said)


def _lines(material: Material, contrast: Contrast) -> list[Adjusted]:
    from amends.analysis.measure_adjusted import prepared_units

    experiment, units = material.experiment, material.units
    assert units is not None
    metric = experiment.metric(contrast.metric)
    data = prepared_units(experiment, metric, (contrast.arm, contrast.versus), units)
    if experiment.clustered:
        return [_of_clusters(contrast, data)]
    if metric.kind == "proportion":
        return [_of_shares(contrast, data)]
    return [_of_means(contrast, data), *_cuped(metric, contrast, data)]


def _none(contrast: Contrast, method: str, reason: NotEnough) -> Adjusted:
    return Adjusted(contrast, method, reason, reason, reason, reason)


def _of_means(contrast: Contrast, data: Prepared | NotEnough) -> Adjusted:
    """The contrast's own figures where Lin's regression leads, else the reason why it does not."""
    from amends.analysis.adjustment import lin

    if contrast.test.startswith("Lin"):
        figures = (contrast.effect, contrast.low, contrast.high, contrast.p_value)
        return Adjusted(contrast, contrast.test, *figures, leads=True)
    found = data if isinstance(data, NotEnough) else lin(data.values, data.treated, data.known.columns)
    if isinstance(found, NotEnough):
        return _none(contrast, "Lin", found)
    low, high = limits(found.interval)
    return Adjusted(contrast, found.name, found.value, low, high, found.p_value)


def _of_shares(contrast: Contrast, data: Prepared | NotEnough) -> Adjusted:
    from amends.analysis.risk_adjustment import adjusted_risk_difference

    if isinstance(data, NotEnough):
        return _none(contrast, "logit, g-computation", data)
    found = adjusted_risk_difference(data.values, data.treated, data.known.columns)
    if isinstance(found, NotEnough):
        return _none(contrast, "logit, g-computation", found)
    low, high = limits(found.interval)
    return Adjusted(contrast, found.name, found.value, low, high, found.p_value)


def _of_clusters(contrast: Contrast, data: Prepared | NotEnough) -> Adjusted:
    from pandas import factorize

    from amends.analysis.clusters import MANY_CLUSTERS, clustered_difference

    if isinstance(data, NotEnough):
        return _none(contrast, "CR2", data)
    codes = factorize(data.units["cluster"].to_numpy())[0]
    method = "CR1" if codes.max() + 1 >= MANY_CLUSTERS else "CR2"
    found = clustered_difference(
        data.values, data.treated, codes, covariates=data.known.columns, method=method
    )
    if isinstance(found, NotEnough):
        return _none(contrast, method, found)
    low, high = limits(found.interval)
    return Adjusted(contrast, method, found.value, low, high, found.p_value)


def _cuped(metric: Metric, contrast: Contrast, data: Prepared | NotEnough) -> list[Adjusted]:
    """By the metric's own figure from before, where such a covariate was declared."""
    from amends.analysis.cuped import cuped

    if isinstance(data, NotEnough):
        return []
    names = [pattern.format(metric.name) for pattern in PRE_PERIOD]
    own = next((data.known.columns[name] for name in names if name in data.known.columns), None)
    if own is None:
        return []
    found = cuped(data.values, data.treated, own)
    if isinstance(found, NotEnough):
        return [_none(contrast, "CUPED", found)]
    low, high = limits(found.test.interval)
    return [
        Adjusted(
            contrast, found.name, found.test.difference, low, high, found.test.p_value, found.variance_ratio
        )
    ]


def _table(lines: list[Adjusted]) -> SectionTable:
    columns = (
        Sentence("metric", "ukuran"),
        Sentence("contrast", "perbandingan"),
        Sentence("method", "metode"),
        Sentence("without adjustment", "tanpa penyesuaian"),
        Sentence("adjusted", "disesuaikan"),
        Sentence("95% interval", "selang 95%"),
        same("p"),
        Sentence("variance left", "sisa ragam"),
    )
    return SectionTable(columns, tuple(_row(line) for line in lines), words=3)


def _row(line: Adjusted) -> Cells:
    contrast = line.contrast

    def method(locale: str) -> str:
        mark = {"en": " (decides)", "id": " (yang memutuskan)"}[locale] if line.leads else ""
        return f"{line.method}{mark}"

    left = line.variance_ratio
    return (
        both(lambda locale: metric_name(contrast.metric, locale)),
        both(lambda locale: f"{arm_name(contrast.arm, locale)} – {arm_name(contrast.versus, locale)}"),
        both(method),
        effect_cell(_plain(contrast), contrast.kind),
        effect_cell(line.value, contrast.kind),
        span_cell(line.low, line.high, contrast.kind),
        p_cell(line.p_value),
        figure_cell(left) if left is None or isinstance(left, NotEnough) else _share(float(left)),
    )


def _share(left: float) -> Sentence:
    return both(lambda locale: f"{number(100 * left, digits=0, locale=locale)}%")


def _plain(contrast: Contrast) -> Figure:
    """The difference without adjustment, from the two levels."""
    first, second = contrast.values
    if isinstance(first, float | int) and isinstance(second, float | int):
        return first - second
    return contrast.effect
