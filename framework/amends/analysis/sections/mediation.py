"""By which way the arms work: every declared mediator, with what its arrow to the outcome rests on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from amends.analysis.formatting import Sentence, arm_name
from amends.analysis.kept import kept
from amends.analysis.material import Material
from amends.analysis.result import NotEnough
from amends.analysis.section import Section
from amends.analysis.sections import whole_clusters
from amends.analysis.sections.comparing import reference_arm
from amends.analysis.sections.mediation_tables import (
    Moderated,
    Through,
    charts,
    moderated_tables,
    paths_table,
    sides_tables,
)
from amends.analysis.sections.naming import capital, effect_said, metric_cell, no_figure, once, own_word
from amends.analysis.units import moderator_values, numbered_clusters, values_of
from amends.analysis.withheld import withheld
from amends.design.metrics import COMPLETED

if TYPE_CHECKING:
    from amends.design.experiment import Experiment
    from amends.design.metrics import Metric

NAME = "mediation"
CHAPTER = "sure"
TITLE = Sentence("By which way the arms work", "Melalui apa pesan bekerja")
NEEDS_UNITS = True

RESAMPLES = 5000
SEED = 0

NOT_RANDOMISED = Sentence(
    "Chance decided who read which message, but not the mediator: the step from mediator to outcome is not "
    "randomised and holds only if nothing else drives both. Only those who answered are in it.",
    "Siapa membaca pesan apa ditentukan secara acak, tetapi mediator tidak: langkah dari mediator ke hasil "
    "tidak diacak dan hanya berlaku bila tidak ada hal lain yang memengaruhi keduanya. Hanya yang menjawab "
    "yang dihitung.",
)
STILL_COLLECTING = Sentence(
    "Still collecting: indirect effects are judged when collecting has ended.",
    "Data masih dikumpulkan: efek tidak langsung baru dinilai setelah pengumpulan selesai.",
)
METHODS = (
    Sentence(
        f"Indirect effect: arm → mediator times mediator → outcome, percentile bootstrap of {RESAMPLES:,} "
        f"resamples, seed {SEED} (Hayes 2018); from 10,000 units on, resampled sums are drawn from their "
        "normal limit. Not adjusted for several mediators or arms.",
        "Efek tidak langsung: kelompok → mediator kali mediator → hasil, bootstrap persentil "
        f"{RESAMPLES:,} ulangan, ".replace(",000", ".000")
        + f"seed {SEED} (Hayes 2018); mulai 10.000 unit, jumlah ulangan diambil dari batas normalnya. Tidak "
        "disesuaikan untuk banyak mediator atau kelompok.",
    ),
    Sentence(
        "By arm: average causal mediated effect (ACME) and average direct effect (ADE) with an interaction "
        "of arm "
        "and mediator (Imai, Keele & Tingley 2010); rho: Imai, Keele & Yamamoto 2010; index of moderated "
        "mediation: Hayes 2015.",
        "Menurut kelompok: efek mediasi kausal rata-rata (ACME) dan efek langsung rata-rata (ADE) dengan "
        "interaksi kelompok dan mediator (Imai, Keele & Tingley 2010); rho: Imai, Keele & Yamamoto 2010; "
        "indeks mediasi termoderasi: Hayes 2015.",
    ),
)


@dataclass(frozen=True, slots=True, eq=False)
class _Units:
    """Those of whom both the mediator and the outcome are known; arrays of equal length."""

    metric: Metric
    mediator: str
    values: Any
    through: Any
    arms: Any
    inside: Any
    clusters: Any = None

    def pair(self, arm: str, versus: str) -> tuple[Any, Any, Any, Any]:
        """Outcome, whether in the first arm, mediator, and which these units are, of two arms."""
        both = (self.arms == arm) | (self.arms == versus)
        return self.values[both], self.arms[both] == arm, self.through[both], both

    def clusters_of(self, here: Any) -> Any:
        """The clusters of some of these units; None where units themselves were given an arm."""
        return None if self.clusters is None else self.clusters[here]


def wanted(experiment: Experiment) -> bool:
    """Where a mediator is declared."""
    return bool(experiment.mediators)


def section(material: Material) -> Section | None:
    """Indirect effects relative to the reference arm, by arm, and at values of the declared moderators."""
    versus = reference_arm(material.experiment)
    through: list[Through] = []
    moderated: list[Moderated] = []
    for units in _given(material):
        through += _through(material, units, versus)
        moderated += _moderated(material, units, versus)
    said = [*_findings(material, through), *_missing(material, through, moderated), NOT_RANDOMISED]
    return Section(
        NAME,
        CHAPTER,
        TITLE,
        said=once(said),
        tables=(*paths_table(through), *sides_tables(through), *moderated_tables(moderated)),
        charts=charts(through),
        notes=(*METHODS, whole_clusters.MEDIATION) if material.experiment.clustered else METHODS,
        figures={
            "reference": versus,
            "resamples": RESAMPLES,
            "seed": SEED,
            "effects": [item.figures() for item in through],
            "moderated": [item.figures() for item in moderated],
        },
    )


def _given(material: Material) -> Iterator[_Units]:
    """Every mediator with every outcome that those who answered may differ in."""
    import numpy as np

    units = material.units
    if units is None:
        return
    numbered = numbered_clusters(units)["cluster"].to_numpy() if material.experiment.clustered else None
    invited = ~units["arm"].isin(list(material.not_invited)).to_numpy()
    for metric in material.experiment.metrics:
        if metric.name == COMPLETED:
            continue
        values = np.asarray(values_of(metric, units), dtype=float)
        for mediator in material.experiment.mediators:
            column = units.get(f"item.{mediator}")
            if mediator in (metric.name, metric.of) or column is None:
                continue
            through = np.asarray(column, dtype=float)
            inside = np.flatnonzero(np.isfinite(values) & np.isfinite(through) & invited)
            arms = units["arm"].to_numpy(dtype=object)[inside]
            own = None if numbered is None else numbered[inside]
            yield _Units(metric, mediator, values[inside], through[inside], arms, inside, own)


def _others(material: Material, units: _Units, versus: str) -> list[str]:
    """The arms compared with the reference, in the definition's order; none where one side has no answers."""
    present = set(units.arms)
    names = [arm.name for arm in material.experiment.arms if arm.name in present and arm.name != versus]
    return names if versus in present else []


def _through(material: Material, units: _Units, versus: str) -> list[Through]:
    from amends.analysis.mediation import mediation, mediation_by_arm
    from amends.analysis.mediation_sensitivity import mediation_sensitivity
    from amends.analysis.relative_mediation import mediation_of_arms

    arms = _others(material, units, versus)
    settings: Any = {"resamples": RESAMPLES, "seed": SEED}
    ways: Any = (mediation, mediation_by_arm, mediation_sensitivity)
    relative: Any = None
    if len(arms) > 1:
        relative = kept(
            f"relative to {versus}, {settings}",
            lambda: mediation_of_arms(
                units.values,
                list(units.arms),
                units.through,
                control=versus,
                clusters=units.clusters,
                **settings,
            ),
            units.values,
            units.arms,
            units.through,
            units.clusters,
        )
    found = []
    for arm in arms:
        *data, both = units.pair(arm, versus)
        own = units.clusters_of(both)
        simple, by_arm, sensitivity = (
            kept(f"{make.__name__}, {settings}", partial(make, *data, clusters=own, **settings), *data, own)
            for make in ways
        )
        shared = relative if relative is None or isinstance(relative, NotEnough) else relative[arm]
        about = units.metric.name, units.metric.kind, units.mediator, arm, versus
        found.append(Through(*about, simple, by_arm, sensitivity, shared))
    return found


def _moderated(material: Material, units: _Units, versus: str) -> list[Moderated]:
    from amends.analysis.moderated_mediation import STAGES

    found: list[Moderated] = []
    if material.units is None:
        return found
    for name in material.experiment.moderators:
        column = _numbers(moderator_values(name, material.units), name)
        for arm in _others(material, units, versus):
            about = units.metric.name, units.metric.kind, units.mediator, arm, versus, name
            for stage in STAGES:
                found.append(Moderated(*about, stage, _at_stage(units, (arm, versus), column, stage)))
    return found


def _at_stage(units: _Units, pair: tuple[str, str], column: Any, stage: str) -> Any:
    """The index of one step, over the units of which the moderator is known."""
    from amends.analysis.moderated_mediation import moderated_mediation

    if isinstance(column, NotEnough):
        return column
    values, treated, through, inside = units.pair(*pair)
    given = column[units.inside][inside]
    known = given == given
    data = values[known], treated[known], through[known], given[known]
    own = units.clusters_of(inside.nonzero()[0][known])
    settings: Any = {"stage": stage, "resamples": RESAMPLES, "seed": SEED}
    make = partial(moderated_mediation, *data, clusters=own, **settings)
    return kept(f"moderated, {settings}", make, *data, own)


def _numbers(column: Any, name: str) -> Any:
    """The moderator as numbers; two levels become 0 and 1 in the order of their names."""
    from pandas import to_numeric
    from pandas.api.types import infer_dtype

    if infer_dtype(column, skipna=True) in ("floating", "integer", "mixed-integer-float", "empty"):
        return to_numeric(column).to_numpy(dtype=float)
    levels = sorted({str(value) for value in column.dropna().unique()})
    if len(levels) > 2:
        return NotEnough(f"moderator {name!r} has {len(levels)} levels; of an indirect effect two are needed")
    places = {level: float(place) for place, level in enumerate(levels)}
    return (
        column.astype(object)
        .where(column.notna(), None)
        .map(lambda value: places.get(str(value)))
        .to_numpy(dtype=float)
    )


def _findings(material: Material, through: Sequence[Through]) -> list[Sentence]:
    found = [item for item in through if not isinstance(item.simple, NotEnough)]
    if not found:
        return []
    if (instead := withheld(material, collecting=STILL_COLLECTING)) is not None:
        return [instead]
    return [_finding(item) for item in found]


def _finding(item: Through) -> Sentence:
    assert not isinstance(item.simple, NotEnough)
    effect = item.simple.indirect
    name, way = capital(metric_cell(item.metric)), own_word(item.mediator)
    size = effect_said(effect.value, effect.interval, item.kind)
    first, second = ({"en": arm_name(arm), "id": arm_name(arm, "id")} for arm in (item.arm, item.versus))
    if effect.interval.low <= 0 <= effect.interval.high:
        return Sentence(
            f"{name.en}: no effect of “{first['en']}” against “{second['en']}” through {way.en} was shown: "
            f"{size.en}.",
            f"{name.id}: belum terbukti ada efek “{first['id']}” dibanding “{second['id']}” melalui "
            f"{way.id}: "
            f"{size.id}.",
        )
    return Sentence(
        f"{name.en}: part of the effect of “{first['en']}” against “{second['en']}” goes with {way.en}: "
        f"{size.en}.",
        f"{name.id}: sebagian efek “{first['id']}” dibanding “{second['id']}” sejalan dengan {way.id}: "
        f"{size.id}.",
    )


def _missing(
    material: Material, through: Sequence[Through], moderated: Sequence[Moderated]
) -> list[Sentence]:
    said = [
        no_figure(capital(own_word(name)), NotEnough(f"mediator {name!r} has no answers"))
        for name in material.experiment.mediators
        if not any(item.mediator == name for item in through)
    ]
    for item in through:
        if isinstance(item.simple, NotEnough):
            said.append(no_figure(item.about, item.simple))
        elif isinstance(item.by_arm, NotEnough):
            said.append(no_figure(item.about, item.by_arm))
    said += [no_figure(item.about, item.found) for item in moderated if isinstance(item.found, NotEnough)]
    return said
