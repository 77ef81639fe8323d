"""Manipulation checks: whether the arms differed in what they were meant to change, pair by pair."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from amends.analysis.contrasts import Contrast, known
from amends.analysis.deviation import pair_name
from amends.analysis.formatting import Sentence, amount, decimal, interval, p_value
from amends.analysis.material import Material
from amends.analysis.measure_means import Sample, contrast_of_means
from amends.analysis.refusals import CLUSTERED, refuse
from amends.analysis.section import (
    Section,
    SectionTable,
    both,
    count_cell,
    effect_cell,
    figure_cell,
    p_cell,
    same,
    span_cell,
)
from amends.analysis.withheld import withheld
from amends.design.survey import Rating, Scale

if TYPE_CHECKING:
    from pandas import DataFrame, Series

    from amends.design.experiment import Experiment

NAME = "manipulation_checks"
CHAPTER = "checks"
TITLE = Sentence(
    "Manipulation checks: did the arms change what they were meant to?",
    "Pemeriksaan manipulasi: apakah kelompok mengubah hal yang dimaksud?",
)
NEEDS_UNITS = True

NOTE = Sentence(
    "Welch's t test, not adjusted, of those who answered; it decides nothing about the findings.",
    "Uji t Welch tanpa penyesuaian, dari yang menjawab; uji ini tidak menentukan temuan.",
)


def checks(experiment: Experiment) -> tuple[Rating | Scale, ...]:
    """The ratings and scales asked as manipulation checks."""
    declared = experiment.survey if isinstance(experiment.survey, tuple) else ()
    return tuple(
        item for item in declared if isinstance(item, Rating | Scale) and item.role == "manipulation_check"
    )


def wanted(experiment: Experiment) -> bool:
    """Where a manipulation check is asked."""
    return bool(checks(experiment))


def section(material: Material) -> Section | None:
    """Means per arm and their difference with Welch's interval and test, per check and pair."""
    units = material.units
    if units is None:
        return None
    found = [
        _measured(material, item.name, pair, units)
        for item in checks(material.experiment)
        for pair in material.experiment.pairs()
    ]
    instead = withheld(material)
    columns = (
        Sentence("check", "pemeriksaan"),
        Sentence("contrast", "perbandingan"),
        Sentence("answers", "jawaban"),
        Sentence("means", "rata-rata"),
        Sentence("difference", "selisih"),
        Sentence("95% confidence interval", "selang kepercayaan 95%"),
        Sentence("p", "p"),
    )
    return Section(
        NAME,
        CHAPTER,
        TITLE,
        said=tuple(_said(item) for item in found) if instead is None else (instead,),
        tables=(SectionTable(columns, tuple(_row(item) for item in found), words=2),),
        notes=(NOTE,),
        figures={"contrasts": [contrast_figures(item) for item in found]},
    )


def sample_of(given: Series, arm: str) -> Sample:
    """What one arm's units gave, the silent left out."""
    from pandas import to_numeric

    from amends.analysis.means import summarize
    from amends.analysis.result import NotEnough

    values = [float(value) for value in to_numeric(given).dropna()]
    return Sample(arm, summarize(values) if values else NotEnough(f"{arm} has no answers yet"))


def _measured(material: Material, name: str, pair: tuple[str, str], units: DataFrame) -> Contrast:
    column = units[f"item.{name}"] if f"item.{name}" in units else units["arm"].head(0)
    first, second = (sample_of(column[units["arm"] == arm], arm) for arm in pair)
    found = contrast_of_means(name, first, second, selected=False)
    return refuse(found, CLUSTERED) if material.experiment.clustered else found


def contrast_figures(contrast: Contrast) -> dict[str, object]:
    """The exact figures of a contrast that decides nothing."""
    names = ("metric", "arm", "versus", "n", "values", "effect", "low", "high", "statistic", "df", "p_value")
    return {name: getattr(contrast, name) for name in names}


def _said(contrast: Contrast) -> Sentence:
    name, pair = contrast.metric.replace("_", " "), both(lambda locale: _pair(contrast, locale))
    if not (known(contrast.p_value) and known(contrast.low)):
        return Sentence(
            f"{name}, {pair.en}: not enough to tell.", f"{name}, {pair.id}: belum cukup untuk menilai."
        )
    facts = both(lambda locale: _facts(contrast, locale))
    if isinstance(contrast.p_value, float | int) and contrast.p_value <= 1 - contrast.confidence:
        return Sentence(
            f"{name}, {pair.en}: the arms differ ({facts.en}).",
            f"{name}, {pair.id}: kelompoknya berbeda ({facts.id}).",
        )
    return Sentence(
        f"{name}, {pair.en}: no difference shown ({facts.en}); if these arms were meant to differ here, the "
        "message may not have done it.",
        f"{name}, {pair.id}: belum terbukti berbeda ({facts.id}); bila kelompok ini dimaksudkan berbeda di "
        "sini, pesannya mungkin tidak berhasil.",
    )


def _pair(contrast: Contrast, locale: str) -> str:
    return pair_name(contrast.arm, contrast.versus, locale)


def _facts(contrast: Contrast, locale: str) -> str:
    against = {"en": "against", "id": "berbanding"}[locale]
    first, second = (decimal(value, locale=locale) for value in contrast.values)
    size = (
        f"{amount(contrast.effect, 'mean', locale)}, {interval(contrast.low, contrast.high, 'mean', locale)}"
    )
    return f"{first} {against} {second}; {size}; {p_value(contrast.p_value, locale)}"


def _row(contrast: Contrast) -> tuple[Sentence, ...]:
    means: Sequence[Sentence] = [figure_cell(value) for value in contrast.values]
    counts = [count_cell(n) for n in contrast.n]
    return (
        same(contrast.metric.replace("_", " ")),
        both(lambda locale: _pair(contrast, locale)),
        both(lambda locale: " / ".join(cell[locale] for cell in counts)),
        both(lambda locale: " / ".join(cell[locale] for cell in means)),
        effect_cell(contrast.effect, "mean"),
        span_cell(contrast.low, contrast.high),
        p_cell(contrast.p_value),
    )
