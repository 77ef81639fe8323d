"""Manipulation checks: whether the arms differed in what they were meant to change, pair by pair."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from amends.analysis.contrasts import Contrast, known
from amends.analysis.deviation import pair_name
from amends.analysis.formatting import Sentence, amount, decimal, interval, p_value, percent
from amends.analysis.material import Material
from amends.analysis.measure_means import Sample, contrast_of_means
from amends.analysis.measure_proportions import Counts, contrast_of_proportions
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
    share_cell,
    span_cell,
)
from amends.analysis.withheld import withheld
from amends.design.survey import Choice, Rating, Scale

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
OF_SHARES = Sentence(
    "Of a question with named answers the share that chose the declared one is compared, by the test that "
    "completion has; not adjusted, and it decides nothing either.",
    "Untuk pertanyaan dengan pilihan jawaban, yang dibandingkan ialah porsi yang memilih jawaban yang "
    "ditetapkan, dengan uji yang sama seperti untuk survei selesai; tanpa penyesuaian dan juga tidak "
    "menentukan temuan.",
)


def checks(experiment: Experiment) -> tuple[Rating | Scale | Choice, ...]:
    """The questions asked as manipulation checks."""
    declared = experiment.survey if isinstance(experiment.survey, tuple) else ()
    return tuple(
        item
        for item in declared
        if isinstance(item, Rating | Scale | Choice) and item.role == "manipulation_check"
    )


def wanted(experiment: Experiment) -> bool:
    """Where a manipulation check is asked."""
    return bool(checks(experiment))


def section(material: Material) -> Section | None:
    """Means or shares per arm and their difference with its interval and test, per check and pair."""
    units, asked = material.units, checks(material.experiment)
    if units is None:
        return None
    found = [_measured(material, item, pair, units) for item in asked for pair in material.experiment.pairs()]
    kinds = {item.kind for item in found}
    instead = withheld(material)
    columns = (
        Sentence("check", "pemeriksaan"),
        Sentence("contrast", "perbandingan"),
        Sentence("answers", "jawaban"),
        _VALUES[len(kinds) > 1 or "proportion" in kinds],
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
        notes=tuple(note for kind, note in (("mean", NOTE), ("proportion", OF_SHARES)) if kind in kinds),
        figures={"contrasts": [contrast_figures(item) for item in found]},
    )


def sample_of(given: Series, arm: str) -> Sample:
    """What one arm's units gave, the silent left out."""
    from pandas import to_numeric

    from amends.analysis.means import summarize
    from amends.analysis.result import NotEnough

    values = [float(value) for value in to_numeric(given).dropna()]
    return Sample(arm, summarize(values) if values else NotEnough(f"{arm} has no answers yet"))


_VALUES = {False: Sentence("means", "rata-rata"), True: Sentence("means or shares", "rata-rata atau porsi")}


def _measured(
    material: Material, item: Rating | Scale | Choice, pair: tuple[str, str], units: DataFrame
) -> Contrast:
    column = units[f"item.{item.name}"] if f"item.{item.name}" in units else units["arm"].head(0)
    given = [column[units["arm"] == arm].dropna() for arm in pair]
    if isinstance(item, Choice):
        first, second = (
            Counts(arm, int((answers == item.correct).sum()), len(answers))
            for arm, answers in zip(pair, given, strict=True)
        )
        found = contrast_of_proportions(item.name, first, second)
    else:
        means = (sample_of(answers, arm) for arm, answers in zip(pair, given, strict=True))
        found = contrast_of_means(item.name, *means, selected=False)
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
    shares = contrast.kind == "proportion"
    first, second = (
        percent(value, locale) if shares else decimal(value, locale=locale) for value in contrast.values
    )
    size = (
        f"{amount(contrast.effect, contrast.kind, locale)}, "
        f"{interval(contrast.low, contrast.high, contrast.kind, locale)}"
    )
    return f"{first} {against} {second}; {size}; {p_value(contrast.p_value, locale)}"


def _row(contrast: Contrast) -> tuple[Sentence, ...]:
    cell = share_cell if contrast.kind == "proportion" else figure_cell
    means: Sequence[Sentence] = [cell(value) for value in contrast.values]
    counts = [count_cell(n) for n in contrast.n]
    return (
        same(contrast.metric.replace("_", " ")),
        both(lambda locale: _pair(contrast, locale)),
        both(lambda locale: " / ".join(cell[locale] for cell in counts)),
        both(lambda locale: " / ".join(cell[locale] for cell in means)),
        effect_cell(contrast.effect, contrast.kind),
        span_cell(contrast.low, contrast.high, contrast.kind),
        p_cell(contrast.p_value),
    )
