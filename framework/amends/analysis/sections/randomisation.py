"""The draw replayed: how often chance alone, as the arms were in fact drawn, gives so large a difference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from amends.analysis.arms import arm_tally
from amends.analysis.contrasts import Contrast
from amends.analysis.formatting import Sentence, arm_name, count, metric_name
from amends.analysis.material import Material
from amends.analysis.reasons import explained
from amends.analysis.result import NotEnough
from amends.analysis.section import Cells, Section, SectionTable, both, p_cell, same
from amends.tally import Tally

if TYPE_CHECKING:
    import numpy as np

    from amends.analysis.randomization_tests import RandomizationTest
    from amends.design.experiment import Experiment

NAME = "randomisation"
CHAPTER = "sure"
TITLE = Sentence("The draw replayed", "Pengundian diulang")
NEEDS_UNITS = False
FOLDED = True

SMALL = 400
"""Units of a contrast up to which the draw is replayed where each unit was drawn by itself."""

BLOCKED = 1_000
"""Units in all up to which the sealed list is drawn anew: beyond, 10,000 draws keep the page waiting."""


def wanted(experiment: Experiment) -> bool:
    """For every design; large experiments are left out when the counts are known."""
    return True


def replays_blocks(experiment: Experiment, tally: Tally) -> bool:
    """Whether the sealed list is drawn anew, for which the units must be read."""
    assigned = sum(arm_tally(tally, arm.name).assigned for arm in experiment.arms)
    return experiment.randomize.blocked and assigned <= BLOCKED


def section(material: Material) -> Section | None:
    """The replayed p of every contrast beside its own; None where the experiment is too large for it."""
    lines = [(item, _replayed(material, item)) for item in material.contrasts if _fits(material, item)]
    tested = [(item, found) for item, found in lines if found is not None]
    if not tested or all(isinstance(item.p_value, NotEnough) for item, _ in tested):
        return None
    return Section(
        NAME,
        CHAPTER,
        TITLE,
        said=(_said(material.experiment), *_reasons(tested)),
        tables=(_table(tested),),
        notes=NOTES,
        figures={"contrasts": [_figures(item, found) for item, found in tested]},
    )


NOTES = (
    Sentence(
        "Under the null of no effect on anybody. Where a million assignments or fewer were possible all are "
        "counted, else 10,000 are drawn from seed 0 and p = (b + 1) / (B + 1), which is never 0 (Phipson & "
        "Smyth 2010). Where the difference is adjusted, what the covariates leave of the values is compared "
        "(Rosenbaum 2002). Blocks follow from the sealed list's seed; arms change places within the places "
        "dealt of a block, clusters as a whole (Athey & Imbens 2017). For metrics known only of those who "
        "answered, the null includes that nobody's answering depended on the arm.",
        "Di bawah anggapan tidak ada pengaruh pada siapa pun. Bila pembagian yang mungkin paling banyak satu "
        "juta, semuanya dihitung; selebihnya 10.000 undian dengan benih 0 dan p = (b + 1) / (B + 1). Blok "
        "mengikuti benih daftar tersegel; gugus ditukar seutuhnya.",
    ),
)


def _said(experiment: Experiment) -> Sentence:
    if experiment.clustered:
        how = Sentence("whole clusters", "gugus seutuhnya")
    elif experiment.randomize.blocked:
        how = Sentence("the sealed list, block by block,", "daftar tersegel, blok demi blok,")
    else:
        how = Sentence("the units' arms", "kelompok setiap unit")
    return Sentence(
        f"A check that needs no assumption about the answers: {how.en} drawn again and again, how often is "
        "the difference at least as large as the one seen? It stands beside the test that decides.",
        f"Pemeriksaan tanpa anggapan tentang jawaban: bila {how.id} diundi berulang kali, seberapa sering "
        "selisihnya paling sedikit sebesar yang terlihat? Ini pembanding bagi uji yang memutuskan.",
    )


def _reasons(lines: list[tuple[Contrast, RandomizationTest | NotEnough]]) -> tuple[Sentence, ...]:
    found = dict.fromkeys(found.reason for _, found in lines if isinstance(found, NotEnough))
    why = [explained(reason) for reason in found]
    return tuple(Sentence(f"Not replayed: {said.en}.", f"Tidak diulang: {said.id}.") for said in why)


def _fits(material: Material, contrast: Contrast) -> bool:
    if isinstance(contrast.effect, NotEnough):
        return False
    if material.experiment.clustered:
        spread = contrast.spread
        return spread is not None and spread.clusters is not None and sum(spread.clusters) <= SMALL
    if material.experiment.randomize.blocked:
        return replays_blocks(material.experiment, material.tally)
    return sum(contrast.n) <= SMALL


def _replayed(material: Material, contrast: Contrast) -> RandomizationTest | NotEnough | None:
    experiment = material.experiment
    adjusted = contrast.test.startswith("Lin")
    if not (experiment.clustered or experiment.randomize.blocked or adjusted):
        return _free(material, contrast)
    if material.units is None:
        return None
    from amends.analysis.measure_clusters import SEED, grouped, replayed_clusters
    from amends.analysis.randomization_tests import randomization_test

    metric = experiment.metric(contrast.metric)
    data = grouped(experiment, metric, (contrast.arm, contrast.versus), material.units)
    if experiment.clustered:
        return replayed_clusters(data)
    if isinstance(data.blocks, NotEnough):
        return data.blocks
    values = data.values
    if contrast.test.startswith("Lin"):
        values = _left_over(material, contrast, values)
    return randomization_test(values, data.treated, blocks=data.blocks, seed=SEED)


def _left_over(material: Material, contrast: Contrast, values: np.ndarray) -> np.ndarray:
    """What the covariates leave of the values: under the null of no effect no draw changes it."""
    import numpy as np

    from amends.analysis.covariates import known_before
    from amends.analysis.units import values_of

    experiment, units = material.experiment, material.units
    assert units is not None
    mine = units[units["arm"].isin((contrast.arm, contrast.versus))]
    mine = mine[values_of(experiment.metric(contrast.metric), mine).notna().to_numpy()]
    known = known_before(experiment, mine)
    if isinstance(known, NotEnough):
        return values
    design = np.column_stack([np.ones(len(values)), *known.columns.values()])
    left: np.ndarray = values - design @ np.linalg.lstsq(design, values, rcond=None)[0]
    return left


def _free(material: Material, contrast: Contrast) -> RandomizationTest | NotEnough | None:
    """From the counts alone: with units drawn one by one their order does not matter."""
    from amends.analysis.measure_clusters import SEED
    from amends.analysis.measure_means import sample
    from amends.analysis.randomization_tests import randomization_test

    values: list[float] = []
    treated: list[bool] = []
    if contrast.counts is not None:
        tables = [{1: x, 0: n - x} for x, n in contrast.counts]
    else:
        metric = material.experiment.metric(contrast.metric)
        pair = (contrast.arm, contrast.versus)
        given = [sample(metric, arm_tally(material.tally, arm)).ratings for arm in pair]
        if None in given:
            return None
        tables = [dict(ratings or {}) for ratings in given]
    for table, first in zip(tables, (True, False), strict=True):
        for value, n in table.items():
            values += [float(value)] * n
            treated += [first] * n
    return randomization_test(values, treated, seed=SEED)


def _figures(contrast: Contrast, found: RandomizationTest | NotEnough) -> dict[str, Any]:
    named = {name: getattr(contrast, name) for name in ("metric", "arm", "versus")}
    return {**named, "replayed": found if isinstance(found, NotEnough) else found.to_dict()}


def _table(lines: list[tuple[Contrast, RandomizationTest | NotEnough]]) -> SectionTable:
    columns = (
        Sentence("metric", "ukuran"),
        Sentence("contrast", "perbandingan"),
        Sentence("test that decides", "uji yang memutuskan"),
        same("p"),
        Sentence("p, replayed", "p, diulang"),
        Sentence("assignments", "pembagian"),
    )
    return SectionTable(columns, tuple(_row(*line) for line in lines), words=3)


def _row(contrast: Contrast, found: RandomizationTest | NotEnough) -> Cells:
    missing = isinstance(found, NotEnough)
    return (
        both(lambda locale: metric_name(contrast.metric, locale)),
        both(lambda locale: f"{arm_name(contrast.arm, locale)} – {arm_name(contrast.versus, locale)}"),
        same(contrast.test),
        p_cell(contrast.p_value),
        p_cell(found if isinstance(found, NotEnough) else found.p_value),
        same("–") if missing else both(lambda locale: _assignments(found, locale)),  # type: ignore[arg-type]
    )


def _assignments(found: RandomizationTest, locale: str) -> str:
    if found.assignments is not None:
        return {"en": "all {}", "id": "semua {}"}[locale].format(count(found.assignments, locale))
    return {"en": "{} drawn", "id": "{} undian"}[locale].format(count(found.draws or 0, locale))
