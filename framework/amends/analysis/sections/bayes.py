"""How probable it is that each arm is the best, and what choosing wrongly would cost: beside the verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from amends.analysis.contrasts import Contrast
from amends.analysis.formatting import Sentence, arm_name, percent
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
    share_cell,
    span_cell,
)
from amends.analysis.sections import whole_clusters
from amends.analysis.sections.naming import (
    AMONG,
    arm_cell,
    capital,
    columns,
    joined,
    metric_cell,
    no_figure,
    once,
    pair_cell,
)
from amends.analysis.withheld import withheld

if TYPE_CHECKING:
    from amends.analysis.bayes import BetterMean, BetterProportion
    from amends.analysis.clustered_bayes import BetterClusters
    from amends.design.experiment import Experiment

NAME = "bayes"
CHAPTER = "sure"
TITLE = Sentence("How probable it is that each arm is best", "Seberapa mungkin tiap kelompok yang terbaik")
NEEDS_UNITS = False
FOLDED = True

NO_LICENCE = Sentence(
    "These probabilities are no licence to stop early: who looks twenty times and stops as soon as one "
    "passes 95% finds a better arm in 42 of 100 experiments whose arms are alike. The verdict above is the "
    "finding.",
    "Probabilitas ini bukan izin untuk berhenti lebih awal: siapa yang melihat dua puluh kali dan berhenti "
    "begitu salah satunya melewati 95% akan menemukan kelompok yang lebih baik pada 42 dari 100 percobaan "
    "yang kelompoknya sama saja. Yang menjadi temuan adalah putusan di atas.",
)
"""The share is simulated in the tests (Deng, Lu & Chen 2016 tell why)."""

NOT_YET = Sentence(
    "Still collecting: no arm is called the best before collecting has ended.",
    "Data masih dikumpulkan: belum ada kelompok yang disebut terbaik sebelum pengumpulan selesai.",
)
METHOD = Sentence(
    "Shares: beta-binomial with a uniform prior, by quadrature. Means: normal with the arms' own variances "
    "and a flat prior. Expected loss: what choosing this arm gives up on average (Stucchio 2015).",
    "Proporsi: beta-binomial dengan prior seragam, dengan kuadratur. Rata-rata: normal dengan ragam tiap "
    "kelompok dan prior datar. Kerugian harapan: yang rata-rata hilang bila kelompok ini dipilih "
    "(Stucchio 2015).",
)


def wanted(experiment: Experiment) -> bool:
    """Always: a description that needs no declaration."""
    return True


def section(material: Material) -> Section | None:
    """Every arm of a share, every pair of a mean."""
    if not any(arm.matured for arm in material.tally.arms):
        return None
    said: list[Sentence] = []
    best: list[Sentence] = []
    shares: list[Cells] = []
    means: list[Cells] = []
    lines: list[ChartLine] = []
    figures: list[dict[str, Any]] = []
    for metric in material.experiment.metrics:
        mine = [item for item in material.contrasts if item.metric == metric.name]
        lower = metric.better == "lower"
        if metric.kind == "proportion":
            _add_share(material, mine, lower=lower, to=(said, best, shares, lines, figures))
        else:
            _add_means(material, mine, lower=lower, to=(said, best, means, figures))
    instead = withheld(material, collecting=NOT_YET)
    return Section(
        NAME,
        CHAPTER,
        TITLE,
        said=once([*said, *(best if instead is None else [instead]), NO_LICENCE]),
        tables=(*_shares_table(shares), *_means_table(means)),
        charts=_chart(lines),
        notes=(whole_clusters.BAYES if material.experiment.clustered else METHOD,),
        figures={
            "metrics": figures,
            "prior": {"shares": "flat" if material.experiment.clustered else "beta(1, 1)", "means": "flat"},
        },
    )


def _named(contrasts: Sequence[Contrast]) -> Sentence:
    """The metric's name, with whom it is known of where that is not everybody."""
    name = metric_cell(contrasts[0].metric)
    known = contrasts[0].bounds is not None
    return both(lambda locale: f"{name[locale]} ({AMONG[locale]})") if known else name


def _add_share(
    material: Material, contrasts: Sequence[Contrast], *, lower: bool, to: tuple[Any, ...]
) -> None:
    said, best, rows, lines, figures = to
    name = _named(contrasts)
    counts: dict[str, tuple[int, int]] = {}
    for item in contrasts:
        if item.counts is not None and not isinstance(item.effect, NotEnough):
            counts.setdefault(item.arm, item.counts[0])
            counts.setdefault(item.versus, item.counts[1])
    if len(counts) < 2:
        reasons = [item.effect for item in contrasts if isinstance(item.effect, NotEnough)]
        said.append(no_figure(capital(name), [*reasons, NotEnough("no units")][0]))
        return
    arms = list(counts)
    found = _best_share(material, contrasts[0].metric, counts, lower=lower)
    if isinstance(found, NotEnough):
        said.append(no_figure(capital(name), found))
        return
    figures.append(
        {
            "metric": contrasts[0].metric,
            "arms": arms,
            "better": "lower" if lower else "higher",
            **found.to_dict(),
        }
    )
    best.append(_best(name, arms, found))
    for place, arm in enumerate(arms):
        row, line = _share_shown(name, arm, place, found, lower=lower)
        rows.append(row)
        lines.append(line)


def _best_share(
    material: Material, name: str, counts: Mapping[str, tuple[int, int]], *, lower: bool
) -> BetterProportion | BetterClusters | NotEnough:
    """Where lower is better the best arm has the highest share without the event."""
    from amends.analysis.bayes import better_proportion
    from amends.analysis.clustered_bayes import better_clusters

    if not material.experiment.clustered:
        xs = [n - x if lower else x for x, n in counts.values()]
        return better_proportion(xs, [n for _, n in counts.values()])
    data = whole_clusters.of_clusters(material, name, list(counts))
    if isinstance(data, NotEnough):
        return data
    values = 1 - data.values if lower else data.values
    return better_clusters(values, data.arms, data.clusters, names=list(counts))


def _share_shown(
    name: Sentence, arm: str, place: int, found: BetterProportion | BetterClusters, *, lower: bool
) -> tuple[Cells, ChartLine]:
    """One arm's row and line; where lower is better the figures found are those without the event."""
    mean, (low, high) = found.means[place], (found.intervals[place].low, found.intervals[place].high)
    if lower:
        mean, low, high = 1 - mean, 1 - high, 1 - low
    row = (
        name,
        arm_cell(arm),
        share_cell(mean),
        span_cell(low, high, "proportion"),
        both(lambda locale: _chance(found.best[place], locale)),
        effect_cell(found.losses[place], "proportion"),
    )
    label = arm_cell(arm)
    about = both(lambda locale: f"{capital(name)[locale]}: {label[locale]}")
    return row, ChartLine(about, 100 * mean, 100 * low, 100 * high, share_cell(mean))


def _best(metric: Sentence, arms: Sequence[str], found: BetterProportion | BetterClusters) -> Sentence:
    place = max(range(len(arms)), key=lambda at: found.best[at])
    chance = found.best[place]
    name = capital(metric)
    return Sentence(
        f"{name.en}: “{arm_name(arms[place])}” is the best arm with a probability of "
        f"{_chance(chance, 'en')}.",
        f"{name.id}: “{arm_name(arms[place], 'id')}” adalah kelompok terbaik dengan probabilitas "
        f"{_chance(chance, 'id')}.",
    )


def _chance(value: float, locale: str) -> str:
    """A probability as a percentage, never rounded to certainty."""
    if value > 0.999:
        return {"en": "over 99.9%", "id": "lebih dari 99,9%"}[locale]
    if value < 0.001:
        return {"en": "under 0.1%", "id": "kurang dari 0,1%"}[locale]
    return percent(value, locale)


def _add_means(
    material: Material, contrasts: Sequence[Contrast], *, lower: bool, to: tuple[Any, ...]
) -> None:
    said, best, rows, figures = to
    name = capital(_named(contrasts))
    for item in contrasts:
        about = joined([name, pair_cell(item.arm, item.versus)])
        first, second = item.summaries
        missing = next((part for part in (item.effect, first, second) if isinstance(part, NotEnough)), None)
        found = _better_mean(material, item) if missing is None and first and second else missing
        if found is None or isinstance(found, NotEnough):
            said.append(no_figure(about, NotEnough("no answers") if found is None else found))
            continue
        better = 1 - found.probability_greater if lower else found.probability_greater
        losses = tuple(reversed(found.losses)) if lower else found.losses
        own = {"probability_better": better, "expected_losses": list(losses), **found.to_dict()}
        figures.append({"metric": item.metric, "arm": item.arm, "versus": item.versus, **own})
        best.append(_better(item, better, about))
        rows.append(_mean_row(_named(contrasts), item, found, better, losses))


def _better_mean(material: Material, item: Contrast) -> BetterMean | NotEnough:
    from amends.analysis.bayes import better_mean
    from amends.analysis.clustered_bayes import better_mean_of_clusters

    if not material.experiment.clustered:
        return better_mean(*item.summaries)
    pair = item.arm, item.versus
    data = whole_clusters.of_clusters(material, item.metric, pair)
    if isinstance(data, NotEnough):
        return data
    return better_mean_of_clusters(data.values, data.arms, data.clusters, names=pair)


def _better(item: Contrast, better: float, about: Sentence) -> Sentence:
    winner, chance = (item.arm, better) if better >= 0.5 else (item.versus, 1 - better)
    return Sentence(
        f"{about.en}: “{arm_name(winner)}” is better with a probability of {_chance(chance, 'en')}.",
        f"{about.id}: “{arm_name(winner, 'id')}” lebih baik dengan probabilitas {_chance(chance, 'id')}.",
    )


def _mean_row(
    name: Sentence, item: Contrast, found: BetterMean, better: float, losses: Sequence[float]
) -> Cells:
    return (
        name,
        pair_cell(item.arm, item.versus),
        effect_cell(found.value, "mean"),
        span_cell(found.interval.low, found.interval.high),
        both(lambda locale: _chance(better, locale)),
        effect_cell(losses[0], "mean"),
        effect_cell(losses[1], "mean"),
    )


def _shares_table(rows: Sequence[Cells]) -> list[SectionTable]:
    heading = columns(
        ("metric", "ukuran"),
        ("arm", "kelompok"),
        ("share", "proporsi"),
        ("95% credible interval", "selang kredibel 95%"),
        ("probability best", "probabilitas terbaik"),
        ("expected loss (points)", "kerugian harapan (poin)"),
    )
    return [SectionTable(heading, tuple(rows), words=2)] if rows else []


def _means_table(rows: Sequence[Cells]) -> list[SectionTable]:
    heading = columns(
        ("metric", "ukuran"),
        ("contrast", "perbandingan"),
        ("difference", "selisih"),
        ("95% credible interval", "selang kredibel 95%"),
        ("probability first is better", "probabilitas yang pertama lebih baik"),
        ("expected loss, first", "kerugian harapan, pertama"),
        ("expected loss, second", "kerugian harapan, kedua"),
    )
    return [SectionTable(heading, tuple(rows), words=2)] if rows else []


def _chart(lines: Sequence[ChartLine]) -> tuple[SectionChart, ...]:
    if not lines:
        return ()
    title = Sentence("Shares with credible intervals", "Proporsi dengan selang kredibel")
    unit = Sentence("per cent", "persen")
    return (SectionChart(title, unit, tuple(lines), zero=False, within=(0.0, 100.0)),)
