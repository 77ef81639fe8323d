"""Attention checks: who passed them in each arm, and the ratings with and without the declared exclusion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from amends.analysis.contrasts import Contrast
from amends.analysis.deviation import pair_name
from amends.analysis.formatting import Figure, Sentence, arm_name, count, metric_name, p_value
from amends.analysis.material import Material
from amends.analysis.measure_means import contrast_of_means
from amends.analysis.measure_proportions import limits
from amends.analysis.refusals import CLUSTERED
from amends.analysis.result import NotEnough, TestResult
from amends.analysis.section import (
    Section,
    SectionTable,
    both,
    count_cell,
    effect_cell,
    p_cell,
    same,
    share_cell,
    span_cell,
)
from amends.analysis.sections.manipulation import contrast_figures, sample_of
from amends.analysis.units import values_of
from amends.analysis.withheld import withheld
from amends.design.attention import attention_checks, excluding_checks

if TYPE_CHECKING:
    from pandas import DataFrame, Series

    from amends.design.experiment import Experiment
    from amends.design.items import Choice, Rating

NAME = "attention_checks"
CHAPTER = "sure"
TITLE = Sentence("Attention checks", "Pemeriksaan perhatian")
NEEDS_UNITS = True

BREAKS = Sentence(
    "The full analysis comes first and decides. Leaving people out for what they answered after the message "
    "breaks the randomisation: the arms may have changed who passes.",
    "Analisis lengkap didahulukan dan yang menentukan. Mengeluarkan orang karena jawabannya setelah pesan "
    "merusak pengacakan: kelompok pesan bisa mengubah siapa yang lolos.",
)
NOT_DECLARED = Sentence(
    "No exclusion by an attention check was declared beforehand, so nobody is left out.",
    "Pengecualian berdasarkan pemeriksaan perhatian tidak ditetapkan sebelumnya, sehingga tidak ada yang "
    "dikeluarkan.",
)
NO_RIGHT_ANSWER = NotEnough("no right answer is declared: give correct=")


@dataclass(frozen=True, slots=True)
class Passed:
    """One check in one arm: who answered it, who answered it right, and the share with Wilson's interval."""

    check: str
    arm: str
    answered: int
    passed: int | NotEnough
    rate: Figure
    low: Figure
    high: Figure


def wanted(experiment: Experiment) -> bool:
    """Where an attention check is asked."""
    return bool(attention_checks(experiment))


def section(material: Material) -> Section | None:
    """Pass rates per arm; where an exclusion is declared, every mean with and without it."""
    units, experiment = material.units, material.experiment
    if units is None:
        return None
    checks = attention_checks(experiment)
    names = [arm.name for arm in experiment.arms]
    passed = [_passed(units, item, arm) for item in checks for arm in names]
    tests = {item.name: _test(material, [one for one in passed if one.check == item.name]) for item in checks}
    tables = [_rates_table(passed)]
    figures: dict[str, Any] = {"checks": passed, "tests": tests}
    judged = [item for item in checks if item.correct is not None]
    said = [_rates_said(item.name, tests[item.name]) for item in judged]
    if judged and (instead := withheld(material)) is not None:
        said = [instead]
    excluding = excluding_checks(experiment)
    if not excluding:
        return Section(
            NAME, CHAPTER, TITLE, said=(*said, NOT_DECLARED), tables=tuple(tables), figures=figures
        )
    wrong = _wrong(units, excluding)
    pairs = _with_and_without(material, units[~wrong])
    left_out = {arm: int((wrong & (units["arm"] == arm)).sum()) for arm in names}
    figures |= {
        "left_out": left_out,
        "contrasts": [{"full": contrast_figures(a), "without": contrast_figures(b)} for a, b in pairs],
    }
    said += [BREAKS, _left_out_said(left_out)]
    tables += [_pairs_table(pairs)] if pairs else []
    return Section(NAME, CHAPTER, TITLE, said=tuple(said), tables=tuple(tables), figures=figures)


def _given(units: DataFrame, item: Rating | Choice) -> Series:
    from pandas import Series

    column = f"item.{item.name}"
    return units[column] if column in units else Series(None, index=units.index, dtype=object)


def _passed(units: DataFrame, item: Rating | Choice, arm: str) -> Passed:
    from amends.analysis.intervals import wilson

    given = _given(units, item)[units["arm"] == arm]
    answered = int(given.notna().sum())
    if item.correct is None:
        missing = NO_RIGHT_ANSWER
        return Passed(item.name, arm, answered, missing, missing, missing, missing)
    right = int((given == item.correct).sum())
    if not answered:
        none = NotEnough(f"{arm} has no answers yet")
        return Passed(item.name, arm, 0, 0, none, none, none)
    low, high = limits(wilson(right, answered))
    return Passed(item.name, arm, answered, right, right / answered, low, high)


def _test(material: Material, passed: list[Passed]) -> Figure:
    """Whether the arms differ in who passes, by the chi-square test over all arms."""
    from amends.analysis.omnibus import chi2_k

    if material.experiment.clustered:
        return NotEnough(CLUSTERED)
    if any(isinstance(one.passed, NotEnough) for one in passed):
        return NO_RIGHT_ANSWER
    found = chi2_k([int(one.passed) for one in passed], [one.answered for one in passed])  # type: ignore[arg-type]
    return found.p_value if isinstance(found, TestResult) else found


def _wrong(units: DataFrame, excluding: tuple[Rating | Choice, ...]) -> Series:
    """Who answered one of the checks wrongly; who did not answer it is not judged by it."""
    from pandas import Series

    wrong = Series(False, index=units.index)
    for item in excluding:
        given = _given(units, item)
        wrong |= given.notna() & (given != item.correct)
    return wrong


def _with_and_without(material: Material, kept: DataFrame) -> list[tuple[Contrast, Contrast]]:
    """Every mean of the survey: the full contrast of the report, and the same of those who passed."""
    experiment = material.experiment
    means = {
        metric.name for metric in experiment.metrics if metric.kind == "mean" and metric.source == "survey"
    }
    found = []
    for full in material.contrasts:
        if full.metric not in means:
            continue
        found.append((full, _again(experiment, full, kept)))
    return found


def _again(experiment: Experiment, full: Contrast, kept: DataFrame) -> Contrast:
    """The contrast of fewer units by the very method of the full one: its metric, clusters, covariates."""
    metric = experiment.metric(full.metric)
    values = values_of(metric, kept)
    first, second = (sample_of(values[kept["arm"] == arm], arm) for arm in (full.arm, full.versus))
    without = contrast_of_means(full.metric, first, second, selected=False, role=full.role)
    if experiment.clustered:
        from amends.analysis.measure_clusters import clustered_contrast

        return clustered_contrast(experiment, metric, without, kept)
    if experiment.covariates:
        from amends.analysis.measure_adjusted import adjusted_contrast

        return adjusted_contrast(experiment, metric, without, kept)
    return without


def _rates_said(check: str, p: Figure) -> Sentence:
    name = check.replace("_", " ")
    if not isinstance(p, float | int):
        return Sentence(
            f"{name}: whether the arms differ in who passed cannot be tested.",
            f"{name}: perbedaan yang lolos antarkelompok tidak dapat diuji.",
        )
    written = both(lambda locale: p_value(p, locale))
    if p <= 0.05:
        return Sentence(
            f"{name}: the arms differ in who passed ({written.en}), so an exclusion by it compares different "
            "people.",
            f"{name}: yang lolos berbeda antarkelompok ({written.id}), sehingga pengecualian berdasarkan ini "
            "membandingkan orang yang berbeda.",
        )
    return Sentence(
        f"{name}: no difference between the arms in who passed was shown ({written.en}).",
        f"{name}: belum terbukti ada perbedaan antarkelompok dalam yang lolos ({written.id}).",
    )


def _left_out_said(left_out: dict[str, int]) -> Sentence:
    each = both(
        lambda locale: ", ".join(f"{arm_name(arm, locale)} {count(n, locale)}" for arm, n in left_out.items())
    )
    return Sentence(
        f"Left out by the declared exclusion, beside the full analysis: {each.en}.",
        f"Dikeluarkan menurut pengecualian yang ditetapkan, di samping analisis lengkap: {each.id}.",
    )


def _rates_table(passed: list[Passed]) -> SectionTable:
    columns = (
        Sentence("check", "pemeriksaan"),
        Sentence("arm", "kelompok pesan"),
        Sentence("answered", "menjawab"),
        Sentence("passed", "lolos"),
        Sentence("share", "porsi"),
        Sentence("95% confidence interval (%)", "selang kepercayaan 95% (%)"),
    )
    rows = tuple(
        (
            same(one.check.replace("_", " ")),
            both(lambda locale, arm=one.arm: arm_name(arm, locale)),  # type: ignore[misc]
            count_cell(one.answered),
            count_cell(one.passed),
            share_cell(one.rate),
            span_cell(one.low, one.high, "proportion"),
        )
        for one in passed
    )
    return SectionTable(columns, rows, words=2, caption=Sentence("Who passed", "Siapa yang lolos"))


def _pairs_table(pairs: list[tuple[Contrast, Contrast]]) -> SectionTable:
    columns = (
        Sentence("metric", "ukuran"),
        Sentence("contrast", "perbandingan"),
        Sentence("analysis", "analisis"),
        Sentence("answers", "jawaban"),
        Sentence("difference", "selisih"),
        Sentence("95% confidence interval", "selang kepercayaan 95%"),
        Sentence("p, not adjusted", "p, tanpa penyesuaian"),
    )
    full, without = Sentence("everyone", "semua"), Sentence("only those who passed", "hanya yang lolos")
    rows = tuple(
        _pair_row(contrast, which)
        for pair in pairs
        for contrast, which in zip(pair, (full, without), strict=True)
    )
    caption = Sentence("With and without the exclusion", "Dengan dan tanpa pengecualian")
    return SectionTable(columns, rows, words=3, caption=caption)


def _pair_row(contrast: Contrast, which: Sentence) -> tuple[Sentence, ...]:
    return (
        both(lambda locale: metric_name(contrast.metric, locale)),
        both(lambda locale: pair_name(contrast.arm, contrast.versus, locale)),
        which,
        both(lambda locale: " / ".join(count(n, locale) for n in contrast.n)),
        effect_cell(contrast.effect, "mean"),
        span_cell(contrast.low, contrast.high),
        p_cell(contrast.p_value),
    )
