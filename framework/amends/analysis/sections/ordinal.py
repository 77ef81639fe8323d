"""Ratings as ordered answers: what tests say that do not take the steps of the scale for equal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from amends.analysis.arms import arm_tally
from amends.analysis.contrasts import Contrast
from amends.analysis.exported import exported
from amends.analysis.formatting import Sentence, arm_name, percent
from amends.analysis.kept import kept
from amends.analysis.material import Material
from amends.analysis.result import NotEnough
from amends.analysis.section import (
    Cells,
    ChartLine,
    Section,
    SectionChart,
    SectionTable,
    both,
    figure_cell,
    p_cell,
    share_cell,
    span_cell,
)
from amends.analysis.sections import whole_clusters
from amends.analysis.sections.naming import AMONG, capital, columns, metric_cell, no_figure, once, pair_cell

if TYPE_CHECKING:
    from amends.analysis.brant import BrantTest
    from amends.analysis.ordinal import ProportionalOdds
    from amends.analysis.ranks import BrunnerMunzel
    from amends.design.experiment import Experiment
    from amends.design.metrics import Metric

NAME = "ordinal"
CHAPTER = "sure"
TITLE = Sentence("Ratings read by their order", "Nilai dibaca menurut urutannya")
NEEDS_UNITS = False
FOLDED = True

CEILING = 0.6
"""Share of answers at the best end above which means of ratings are doubted."""

UNEQUAL = 0.05
"""Below this the shift is taken to differ between steps of the scale."""

BESIDE = Sentence(
    "A check beside the test of means, which takes the steps of the scale for equal. It decides nothing.",
    "Pemeriksaan di samping uji rata-rata, yang menganggap jarak antarnilai sama. Bagian ini tidak "
    "memutuskan.",
)
METHOD = Sentence(
    "Proportional-odds logit (McCullagh 1980): how much likelier a higher answer is, taken alike at every "
    "step and tested for that. Brunner–Munzel (2000): how often an answer of the first arm beats one of the "
    "second, ties counted half. Neither is adjusted for several contrasts.",
    "Logit odds proporsional (McCullagh 1980): seberapa besar peluang jawaban lebih tinggi, dianggap sama di "
    "tiap langkah dan diuji. Brunner–Munzel (2000): seberapa sering jawaban kelompok pertama melebihi "
    "jawaban kelompok kedua, seri dihitung setengah. Keduanya tidak disesuaikan untuk banyak perbandingan.",
)


@dataclass(frozen=True, slots=True)
class _Read:
    contrast: Contrast
    odds: ProportionalOdds | NotEnough
    ranks: BrunnerMunzel | NotEnough
    brant: BrantTest | NotEnough

    @property
    def about(self) -> Sentence:
        metric, pair = (
            capital(_metric_said(self.contrast)),
            pair_cell(self.contrast.arm, self.contrast.versus),
        )
        return both(lambda locale: f"{metric[locale]}, {pair[locale]}")


def wanted(experiment: Experiment) -> bool:
    """Where a rating is a metric."""
    return any(_rated(metric) for metric in experiment.metrics)


def section(material: Material) -> Section | None:
    """Every contrast of every rating, with a warning where most answers stand at the best end."""
    given = {
        metric.name: _answers(material, metric) for metric in material.experiment.metrics if _rated(metric)
    }
    read = [
        _read(material, item, given[item.metric])
        for item in material.contrasts
        if given.get(item.metric) and any(given[item.metric].values())
    ]
    if not read:
        return None
    ceilings = [
        sentence
        for metric in material.experiment.metrics
        if _rated(metric)
        for sentence in _ceiling(metric, given[metric.name])
    ]
    shown = [
        item for item in read if not (isinstance(item.odds, NotEnough) and isinstance(item.ranks, NotEnough))
    ]
    return Section(
        NAME,
        CHAPTER,
        TITLE,
        said=once([*ceilings, *([BESIDE] if shown else []), *_remarks(read)]),
        tables=_table(shown),
        charts=_chart(shown),
        notes=(whole_clusters.ORDINAL if material.experiment.clustered else METHOD,),
        figures={
            "ceiling": {name: _at_the_end(material, name, answers) for name, answers in given.items()},
            "contrasts": [_figures(item) for item in read],
        },
    )


def _rated(metric: Metric) -> bool:
    return metric.kind == "mean" and metric.scale is not None and metric.of is None


def _answers(material: Material, metric: Metric) -> dict[str, Mapping[int, int]]:
    """By arm, how often each point was given; empty for scores between the points."""
    return {
        arm.name: {
            point: n
            for point, n in arm_tally(material.tally, arm.name).ratings.get(metric.name, {}).items()
            if n
        }
        for arm in material.experiment.arms
    }


def _read(material: Material, item: Contrast, answers: Mapping[str, Mapping[int, int]]) -> _Read:
    from amends.analysis.brant import brant_test
    from amends.analysis.ordinal import proportional_odds
    from amends.analysis.ranks import brunner_munzel

    if isinstance(item.effect, NotEnough):
        return _Read(item, item.effect, item.effect, item.effect)
    if material.experiment.clustered:
        return _of_clusters(material, item)
    tables = answers[item.arm], answers[item.versus]
    asked = " ".join(str(sorted(table.items())) for table in tables)
    odds = kept(f"proportional odds {asked}", lambda: proportional_odds(*tables))
    brant = kept(f"brant {asked}", lambda: brant_test(*tables))
    return _Read(item, odds, brunner_munzel(*tables), brant)


def _of_clusters(material: Material, item: Contrast) -> _Read:
    from amends.analysis.clustered_ordinal import NOT_TESTED, clustered_proportional_odds
    from amends.analysis.clustered_ranks import clustered_brunner_munzel

    data = whole_clusters.of_clusters(material, item.metric, (item.arm, item.versus))
    if isinstance(data, NotEnough):
        return _Read(item, data, data, data)
    given = data.values, data.arms == item.arm, data.clusters
    odds = kept("proportional odds of clusters", lambda: clustered_proportional_odds(*given), *given)
    return _Read(item, odds, clustered_brunner_munzel(*given), NOT_TESTED)


def _metric_said(item: Contrast) -> Sentence:
    name = metric_cell(item.metric)
    return both(lambda locale: f"{name[locale]}, {AMONG[locale]}") if item.bounds is not None else name


def _shares(metric: Metric, answers: Mapping[str, Mapping[int, int]]) -> dict[str, float]:
    """By arm, the share of answers at the best end of the scale."""
    assert metric.scale is not None
    end = metric.scale[0 if metric.better == "lower" else 1]
    return {arm: table.get(end, 0) / sum(table.values()) for arm, table in answers.items() if table}


def _at_the_end(material: Material, name: str, answers: Mapping[str, Mapping[int, int]]) -> dict[str, float]:
    return _shares(material.experiment.metric(name), answers)


def _ceiling(metric: Metric, answers: Mapping[str, Mapping[int, int]]) -> list[Sentence]:
    high = {arm: share for arm, share in _shares(metric, answers).items() if share > CEILING}
    if not high:
        return []
    name = capital(metric_cell(metric.name))
    listed = {
        locale: ", ".join(
            f"“{arm_name(arm, locale)}” {percent(share, locale)}" for arm, share in high.items()
        )
        for locale in ("en", "id")
    }
    return [
        Sentence(
            f"{name.en}: more than 60% chose the best answer ({listed['en']}), so there is little room "
            "above. Read the order of the answers below together with the means.",
            f"{name.id}: lebih dari 60% memilih jawaban terbaik ({listed['id']}), sehingga hampir tidak ada "
            "ruang di atasnya. Baca urutan jawaban di bawah bersama rata-ratanya.",
        )
    ]


def _remarks(read: list[_Read]) -> list[Sentence]:
    said = []
    for item in read:
        missing = [found for found in (item.odds, item.ranks) if isinstance(found, NotEnough)]
        said += [no_figure(item.about, reason) for reason in dict.fromkeys(missing)]
        if isinstance(item.odds, NotEnough) or isinstance(item.odds.proportional_p, NotEnough):
            continue
        if item.odds.proportional_p < UNEQUAL:
            said.append(
                Sentence(
                    f"{item.about.en}: the shift is not the same at every step of the scale, so its odds "
                    "ratio is only an average; read Brunner–Munzel.",
                    f"{item.about.id}: pergeserannya tidak sama di tiap langkah skala, sehingga rasio "
                    "odds-nya hanya rata-rata; baca Brunner–Munzel.",
                )
            )
    return said


def _table(read: list[_Read]) -> tuple[SectionTable, ...]:
    heading = columns(
        ("metric", "ukuran"),
        ("contrast", "perbandingan"),
        ("odds ratio of a higher answer", "rasio odds jawaban lebih tinggi"),
        ("95% interval", "selang kepercayaan 95%"),
        ("p", "p"),
        ("p of equal shift", "p pergeseran sama"),
        ("first ahead", "pertama lebih tinggi"),
        ("95% interval (points)", "selang kepercayaan 95% (poin)"),
        ("p (Brunner–Munzel)", "p (Brunner–Munzel)"),
        ("p (Welch)", "p (Welch)"),
    )
    return (SectionTable(heading, tuple(_row(item) for item in read), words=2),) if read else ()


def _row(item: _Read) -> Cells:
    odds, ranks = item.odds, item.ranks
    ratio = None if isinstance(odds, NotEnough) else odds.odds_ratio
    around = None if ratio is None or isinstance(ratio.interval, NotEnough) else ratio.interval
    return (
        _metric_said(item.contrast),
        pair_cell(item.contrast.arm, item.contrast.versus),
        figure_cell(None if ratio is None else ratio.value),
        span_cell(None if around is None else around.low, None if around is None else around.high),
        p_cell(None if isinstance(odds, NotEnough) else odds.p_value),
        p_cell(None if isinstance(odds, NotEnough) else odds.proportional_p),
        share_cell(None if isinstance(ranks, NotEnough) else ranks.probability),
        span_cell(
            None if isinstance(ranks, NotEnough) else max(0.0, ranks.interval.low),
            None if isinstance(ranks, NotEnough) else min(1.0, ranks.interval.high),
            "proportion",
        ),
        p_cell(None if isinstance(ranks, NotEnough) else ranks.p_value),
        p_cell(item.contrast.p_value),
    )


def _chart(read: list[_Read]) -> tuple[SectionChart, ...]:
    lines = tuple(
        ChartLine(
            item.about,
            100 * item.ranks.probability - 50,
            100 * max(0.0, item.ranks.interval.low) - 50,
            100 * min(1.0, item.ranks.interval.high) - 50,
            share_cell(item.ranks.probability),
        )
        for item in read
        if not isinstance(item.ranks, NotEnough)
    )
    if not lines:
        return ()
    title = Sentence(
        "How often the first arm's answer is the higher one",
        "Seberapa sering jawaban kelompok pertama lebih tinggi",
    )
    unit = Sentence(
        "points above 50%: neither arm is ahead at 0", "poin di atas 50%: pada 0 keduanya seimbang"
    )
    return (SectionChart(title, unit, lines),)


def _figures(item: _Read) -> dict[str, Any]:
    return {
        "metric": item.contrast.metric,
        "arm": item.contrast.arm,
        "versus": item.contrast.versus,
        "proportional_odds": exported(item.odds),
        "brunner_munzel": exported(item.ranks),
        "brant": exported(item.brant),
    }
