"""Segments nobody declared: the arms' difference by channel, language, delay, weekend and site, explored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from amends.analysis import segments
from amends.analysis.formatting import Sentence
from amends.analysis.material import Material
from amends.analysis.result import NotEnough
from amends.analysis.section import Section
from amends.analysis.sections.comparing import Between, compared
from amends.analysis.sections.moderator_tables import (
    Asked,
    charts,
    levels_table,
    moderator_cell,
    odds_tables,
    tests_table,
)
from amends.analysis.sections.moderators import adjusted, below, depends, figures_of, moderated
from amends.analysis.sections.naming import no_figure, once
from amends.analysis.units import moderator_values
from amends.analysis.withheld import withheld

if TYPE_CHECKING:
    from amends.analysis.moderated_levels import Moderation
    from amends.design.experiment import Experiment

NAME = "segments"
CHAPTER = "sure"
TITLE = Sentence("Segments, explored", "Segmen, eksploratif")
NEEDS_UNITS = False
FOLDED = True

MOST_DRAWN = 3
"""Pairs of arms whose levels are drawn in the report; of more their table says more than pictures do."""


def wanted(experiment: Experiment) -> bool:
    """Always: what every call tells can always be looked at."""
    return bool(segments.names(experiment))


def section(material: Material) -> Section | None:
    """Every segment in every contrast by its interaction; None where no segment has two levels."""
    asked = adjusted(_asked(material))
    tested = [item for item in asked if not isinstance(item.found, NotEnough)]
    if not tested:
        return None
    instead = withheld(material, collecting=STILL_COLLECTING)
    said = [EXPLORED, *([instead] if instead else _findings(material, tested)), *_missing(asked)]
    drawn = len(material.experiment.pairs()) <= MOST_DRAWN
    return Section(
        NAME,
        CHAPTER,
        TITLE,
        said=once(said),
        tables=(tests_table(tested), *odds_tables(tested), levels_table(tested)),
        charts=charts(tested) if drawn else (),
        notes=(METHOD_CLUSTERED if material.experiment.clustered else METHOD, FAMILY),
        figures={
            "segments": [
                {**figures_of(item), "said": _said(material, item) if instead is None else None}
                for item in asked
            ],
            "withheld": instead.to_dict() if instead else None,
        },
    )


def _asked(material: Material) -> list[Asked]:
    if material.experiment.clustered:
        return _of_units(material)
    metrics, pairs = material.experiment.metrics, material.experiment.pairs()
    return [
        Asked(Between(metric, *pair), name, True, _of_counts(metric, material.segments[name], pair, name))
        for metric in metrics
        for pair in pairs
        if not (metric.source == "survey" and set(pair) & set(material.not_invited))
        for name in segments.names(material.experiment)
        if name in material.segments
    ]


def _of_counts(
    metric: Any, levels: segments.Levels, pair: tuple[str, str], name: str
) -> Moderation | NotEnough:
    from amends.analysis.moderated_levels import moderation_of_cells

    return moderation_of_cells(
        segments.cells(metric, levels, pair),
        name=name,
        share=metric.kind == "proportion",
        left_out=segments.left_out(metric, levels, pair),
    )


def _of_units(material: Material) -> list[Asked]:
    """Where arms were given to clusters the units say who shares one: the errors count clusters."""
    units = material.units
    if units is None:
        return []
    told = {name: moderator_values(name, units) for name in segments.names(material.experiment)}
    return [
        Asked(item, name, True, _in_order(moderated(material, item, column, name=name)))
        for item in compared(material)
        for name, column in told.items()
    ]


def _in_order(found: Moderation | NotEnough) -> Moderation | NotEnough:
    # With two levels the change is the second minus the first, so their order stays.
    if isinstance(found, NotEnough) or len(found.levels) < 3:
        return found
    order = segments.in_order({str(at.level): at for at in found.levels})
    return replace(found, levels=tuple(sorted(found.levels, key=lambda at: order.index(str(at.level)))))


def _findings(material: Material, tested: Sequence[Asked]) -> list[Sentence]:
    found = [depends(item) for item in tested if below(item, material.experiment.alpha)]
    return found or [NOT_SHOWN]


def _said(material: Material, item: Asked) -> dict[str, str] | None:
    return depends(item).to_dict() if below(item, material.experiment.alpha) else None


def _missing(asked: Sequence[Asked]) -> list[Sentence]:
    """Segments that could not be compared at all; what one level lacks stands beside it in the table."""
    said = []
    for name in dict.fromkeys(item.moderator for item in asked):
        mine = [item for item in asked if item.moderator == name]
        without = [item.found for item in mine if isinstance(item.found, NotEnough)]
        if len(without) == len(mine):
            said.append(no_figure(moderator_cell(name), without[0]))
    return said


EXPLORED = Sentence(
    "These segments are looked at because every call tells them, not because anybody predicted a difference: "
    "what shows here is a question for a new experiment.",
    "Segmen ini dilihat karena selalu tercatat, bukan karena ada yang menduga perbedaannya: apa pun yang "
    "tampak di sini adalah pertanyaan untuk eksperimen baru.",
)
STILL_COLLECTING = Sentence(
    "Still collecting: in which segment the arms differ more is judged when collecting has ended.",
    "Data masih dikumpulkan: di segmen mana perbedaannya lebih besar baru dinilai setelah selesai.",
)
NOT_SHOWN = Sentence(
    "In no segment was the difference between the arms shown to be another. That is no proof that it is the "
    "same everywhere.",
    "Tidak ada segmen yang terbukti mengubah perbedaan antarkelompok. Itu bukan bukti bahwa perbedaannya "
    "sama di mana-mana.",
)
METHOD = Sentence(
    "Interaction of arm and segment by least squares with HC3 errors (MacKinnon & White 1985), all levels "
    "jointly; from counts alone, which is the same as from the units. Delays enter in fixed classes, the day "
    "is the customer's own where the time zone is known and UTC's otherwise.",
    "Interaksi kelompok dan segmen dengan kuadrat terkecil dan galat HC3 (MacKinnon & White 1985), semua "
    "tingkat bersama; dari hitungan saja, yang sama dengan dari unitnya. Keterlambatan dibagi dalam kelas "
    "tetap, dan harinya menurut jam pelanggan bila zonanya diketahui, selain itu menurut UTC.",
)
METHOD_CLUSTERED = Sentence(
    "Interaction of arm and segment by least squares with errors that count clusters (CR1 from 40 clusters "
    "on, CR2 from 15; Bell & McCaffrey 2002), several levels jointly by the approximate Hotelling test "
    "(Pustejovsky & Tipton 2018). Delays enter in fixed classes, the day is the customer's own where the "
    "time zone is known and UTC's otherwise.",
    "Interaksi kelompok dan segmen dengan kuadrat terkecil dan galat yang menghitung gugus (CR1 mulai 40 "
    "gugus, CR2 mulai 15; Bell & McCaffrey 2002), beberapa tingkat bersama dengan uji Hotelling hampiran "
    "(Pustejovsky & Tipton 2018). Keterlambatan dibagi dalam kelas tetap, dan harinya menurut jam pelanggan "
    "bila zonanya diketahui, selain itu menurut UTC.",
)
FAMILY = Sentence(
    "Adjusted by Benjamini and Hochberg over all segments and contrasts of one role. No level has a p-value "
    "of its own: a level that is significant and one that is not may not differ (Gelman & Stern 2006).",
    "Disesuaikan dengan Benjamini dan Hochberg atas semua segmen dan perbandingan satu peran. Tiap tingkat "
    "tidak diberi nilai p: tingkat yang signifikan dan yang tidak belum tentu berbeda (Gelman & Stern 2006).",
)
