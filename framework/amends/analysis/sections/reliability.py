"""How well every declared scale measures one thing, in each arm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from amends.analysis.exported import exported
from amends.analysis.formatting import Sentence
from amends.analysis.material import Material
from amends.analysis.result import Interval, NotEnough
from amends.analysis.section import (
    Cells,
    ChartLine,
    Section,
    SectionChart,
    SectionTable,
    both,
    count_cell,
    figure_cell,
)
from amends.analysis.sections.naming import arm_cell, capital, columns, no_figure, once, own_word, span_of
from amends.design.survey import Scale

if TYPE_CHECKING:
    from pandas import DataFrame

    from amends.analysis.reliability import Reliability
    from amends.design.experiment import Experiment

NAME = "reliability"
CHAPTER = "sure"
TITLE = Sentence("How well the scales measure", "Seberapa baik skala mengukur")
NEEDS_UNITS = True

LOW = 0.7
"""Below this a scale's score is mostly said to be too noisy for comparisons (Nunnally 1978)."""

METHOD = Sentence(
    "Cronbach's alpha with Feldt's interval; McDonald's omega of one factor by maximum likelihood; both "
    "after reversing, and within each arm: pooled arms would let a message that moves every item pass for "
    "agreement of the items. Missing rule: who left an item out has no score and is not in these figures.",
    "Alfa Cronbach dengan selang Feldt; omega McDonald satu faktor dengan kemungkinan maksimum; keduanya "
    "setelah butir dibalik, dan di dalam tiap kelompok: bila digabung, pesan yang menggeser semua butir "
    "tampak seperti keselarasan butir. Aturan jawaban kosong: yang melewatkan satu butir tidak diberi skor "
    "dan tidak dihitung.",
)


def wanted(experiment: Experiment) -> bool:
    """Where the survey has a scale."""
    return bool(_scales(experiment))


def _scales(experiment: Experiment) -> tuple[Scale, ...]:
    items = experiment.survey if isinstance(experiment.survey, tuple) else ()
    return tuple(item for item in items if isinstance(item, Scale))


def section(material: Material) -> Section | None:
    """Alpha, omega and the ties of the items, by arm and never pooled."""
    if material.units is None:
        return None
    said: list[Sentence] = []
    rows: list[Cells] = []
    items: list[Cells] = []
    lines: list[ChartLine] = []
    figures: dict[str, dict[str, Any]] = {}
    for scale in _scales(material.experiment):
        for arm in material.experiment.arms:
            found = _found(scale, material.units[material.units["arm"] == arm.name])
            figures.setdefault(scale.name, {})[arm.name] = exported(found)
            name, of = capital(own_word(scale.name)), arm_cell(arm.name)
            about = both(lambda locale, name=name, of=of: f"{name[locale]}, {of[locale]}")  # type: ignore[misc]
            if isinstance(found, NotEnough):
                said.append(no_figure(about, found))
                continue
            said += _remarks(about, found)
            rows.append(_row(scale.name, arm.name, found))
            items += _item_rows(arm.name, found)
            lines += _line(about, found)
    return Section(
        NAME,
        CHAPTER,
        TITLE,
        said=once(said),
        tables=tuple(table for table in (_table(rows), _items_table(items)) if table.rows),
        charts=_chart(lines),
        notes=(METHOD,),
        figures={"scales": figures},
    )


def _found(scale: Scale, units: DataFrame) -> Reliability | NotEnough:
    """The figures of those who completed the survey in one arm."""
    from amends.analysis.reliability import reliability

    done = units[units["completed"].astype(bool)]
    names = [rating.name for rating in scale.ratings]
    if not len(done) or any(f"item.{name}" not in done for name in names):
        return NotEnough(f"scale {scale.name!r} has no answers")
    given: dict[str, Any] = {name: done[f"item.{name}"].to_numpy(dtype=float) for name in names}
    turned = [rating.name for rating in scale.ratings if rating.reverse]
    return reliability(given, reverse=turned, scale=scale.scale)


def _remarks(about: Sentence, found: Reliability) -> list[Sentence]:
    said = []
    if found.against:
        names = ", ".join(found.against)
        said.append(
            Sentence(
                f"{about.en}: {names} runs against the other items. Was it to be reversed?",
                f"{about.id}: {names} berlawanan dengan butir lain. Apakah seharusnya dibalik?",
            )
        )
    if found.alpha < LOW:
        said.append(
            Sentence(
                f"{about.en}: the items agree little (alpha below 0.70), so the score is noisy.",
                f"{about.id}: butir-butirnya kurang selaras (alfa di bawah 0,70), sehingga skornya kasar.",
            )
        )
    return said


def _row(scale: str, arm: str, found: Reliability) -> Cells:
    omega = found.omega
    value = None if isinstance(omega, NotEnough) else omega.value
    return (
        own_word(scale),
        arm_cell(arm),
        figure_cell(found.alpha),
        span_of(found.interval, "mean"),
        figure_cell(value),
        span_of(None if isinstance(omega, NotEnough) else omega.interval, "mean"),
        figure_cell(found.average_correlation),
        count_cell(found.n),
        count_cell(found.left_out),
    )


def _item_rows(arm: str, found: Reliability) -> list[Cells]:
    return [
        (
            own_word(item.name),
            arm_cell(arm),
            figure_cell(item.mean),
            figure_cell(item.sd),
            figure_cell(item.item_rest),
            figure_cell(item.alpha_without),
        )
        for item in found.items
    ]


def _table(rows: list[Cells]) -> SectionTable:
    heading = columns(
        ("scale", "skala"),
        ("arm", "kelompok"),
        ("alpha", "alfa"),
        ("95% interval", "selang kepercayaan 95%"),
        ("omega", "omega"),
        ("95% interval", "selang kepercayaan 95%"),
        ("mean correlation", "korelasi rata-rata"),
        ("answers", "jawaban"),
        ("left out", "tidak dihitung"),
    )
    return SectionTable(heading, tuple(rows), words=2)


def _items_table(rows: list[Cells]) -> SectionTable:
    heading = columns(
        ("item, after reversing", "butir, setelah dibalik"),
        ("arm", "kelompok"),
        ("mean", "rata-rata"),
        ("sd", "sd"),
        ("correlation with the rest", "korelasi dengan butir lain"),
        ("alpha without it", "alfa tanpa butir ini"),
    )
    return SectionTable(heading, tuple(rows), words=2)


def _line(about: Sentence, found: Reliability) -> list[ChartLine]:
    if not isinstance(found.interval, Interval):
        return []
    said = figure_cell(found.alpha)
    return [ChartLine(about, found.alpha, found.interval.low, found.interval.high, said)]


def _chart(lines: list[ChartLine]) -> tuple[SectionChart, ...]:
    if not lines:
        return ()
    title = Sentence("Alpha by arm", "Alfa menurut kelompok")
    unit = Sentence("Cronbach's alpha", "alfa Cronbach")
    return (SectionChart(title, unit, tuple(lines), zero=False),)
