"""Arms that cross factors, such as message and voucher: interaction first, then simple and main effects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from amends.analysis.arms import arm_tally, counted
from amends.analysis.exported import exported
from amends.analysis.formatting import Sentence, arm_name, p_value
from amends.analysis.material import Material
from amends.analysis.measure_means import sample
from amends.analysis.result import Interval, NotEnough
from amends.analysis.section import (
    DASH,
    Cells,
    ChartLine,
    Section,
    SectionChart,
    SectionTable,
    both,
    effect_cell,
    p_cell,
)
from amends.analysis.sections.naming import (
    AMONG,
    arm_cell,
    capital,
    columns,
    joined,
    metric_cell,
    no_figure,
    once,
    own_word,
    refused,
    span_of,
)
from amends.analysis.withheld import withheld

if TYPE_CHECKING:
    from amends.analysis.crossed_effects import Factorial, FactorialEffect
    from amends.analysis.factorial import FactorialProportions
    from amends.design.arm import Arm
    from amends.design.experiment import Experiment
    from amends.design.metrics import Metric

NAME = "factorial"
CHAPTER = "sure"
TITLE = Sentence("What each factor does", "Pengaruh tiap faktor")
NEEDS_UNITS = False
TELLS_ARMS = True

STILL_COLLECTING = Sentence(
    "Still collecting: whether the factors interact is judged when collecting has ended.",
    "Data masih dikumpulkan: interaksi antarfaktor baru dinilai setelah pengumpulan selesai.",
)
METHOD = Sentence(
    "Interaction, simple effects and main effects of a full crossing, on the difference of shares first and "
    "in log odds second (Ai & Norton 2003); intervals of shares from Wilson limits (Zou & Donner 2008), of "
    "means with each arm's own spread (Welch–Satterthwaite). Main effects weigh the other factors' levels "
    "equally. Nothing here is adjusted for several metrics.",
    "Interaksi, efek sederhana dan efek utama dari silang penuh, pertama pada selisih proporsi lalu pada log "
    "odds (Ai & Norton 2003); selang proporsi dari batas Wilson (Zou & Donner 2008), selang rata-rata dengan "
    "sebaran tiap kelompok (Welch–Satterthwaite). Efek utama memberi bobot sama pada tingkat faktor lain. "
    "Tidak ada penyesuaian untuk banyak ukuran.",
)
SIMPLE = Sentence(
    "Simple effects are read by their intervals, and whether they differ by the interaction. Their p-values "
    "stand in the JSON, each beside the one adjusted for all simple effects of its metric and scale (Holm).",
    "Efek sederhana dibaca dari selangnya, dan perbedaannya dari interaksi. Nilai p-nya ada dalam JSON, "
    "masing-masing di samping nilai yang disesuaikan untuk semua efek sederhana ukuran dan skala itu (Holm).",
)


@dataclass(frozen=True, slots=True)
class _Read:
    """One metric's effects on its own scale, and in log odds for a share."""

    metric: Metric
    found: Factorial | NotEnough
    log_odds: Factorial | NotEnough | None = None

    @property
    def selected(self) -> bool:
        return self.metric.selected

    @property
    def name(self) -> Sentence:
        name = metric_cell(self.metric.name)
        return both(lambda locale: f"{name[locale]}, {AMONG[locale]}") if self.selected else name


def wanted(experiment: Experiment) -> bool:
    """Where arms carry two factors or more."""
    return sum(len(arm.factors) > 1 for arm in experiment.arms) > 1


def section(material: Material) -> Section | None:
    """Every metric's interaction, then what each factor does at each level of the others, then on average."""
    if material.experiment.clustered:
        return refused(NAME, CHAPTER, TITLE, "clustered")
    crossed = [arm for arm in material.experiment.arms if arm.factors]
    read = [_read(material, metric, crossed) for metric in material.experiment.metrics]
    return Section(
        NAME,
        CHAPTER,
        TITLE,
        said=once(sentence for item in read for sentence in _said(material, item)),
        tables=tuple(table for table in (_interactions(read), _simple(read), _main(read)) if table.rows),
        charts=tuple(chart for item in read for chart in _chart(item)),
        notes=(METHOD, SIMPLE),
        figures={
            "factors": {arm.name: dict(arm.factors) for arm in crossed},
            "metrics": [_figures(item) for item in read],
        },
    )


def _read(material: Material, metric: Metric, arms: Sequence[Arm]) -> _Read:
    from amends.analysis.factorial import factorial_means, factorial_proportions

    factors = {arm.name: dict(arm.factors) for arm in arms}
    alpha = material.experiment.alpha
    tallies = {arm.name: arm_tally(material.tally, arm.name) for arm in arms}
    left_out = [arm.name for arm in arms if metric.source == "survey" and arm.name in material.not_invited]
    if left_out:
        return _Read(metric, NotEnough(f"{arm_name(left_out[0])} was not invited to the survey"))
    if metric.kind == "proportion":
        found = {name: counted(metric, tally) for name, tally in tallies.items()}
        counts = {name: (item.events, item.units) for name, item in found.items()}
        shares: FactorialProportions | NotEnough = factorial_proportions(counts, factors, alpha=alpha)
        if isinstance(shares, NotEnough):
            return _Read(metric, shares)
        return _Read(metric, shares.risk_difference, shares.log_odds)
    summaries = {name: sample(metric, tally).summary for name, tally in tallies.items()}
    known = {name: item for name, item in summaries.items() if not isinstance(item, NotEnough)}
    missing = [item for item in summaries.values() if isinstance(item, NotEnough)]
    return _Read(metric, missing[0] if missing else factorial_means(known, factors, alpha=alpha))


def _said(material: Material, item: _Read) -> list[Sentence]:
    name = capital(item.name)
    if isinstance(item.found, NotEnough):
        return [no_figure(name, item.found)]
    if (instead := withheld(material, collecting=STILL_COLLECTING)) is not None:
        return [instead]
    said = []
    for factors, test in item.found.interaction_tests.items():
        about = both(lambda locale, factors=factors: f"{name[locale]}, {_times(factors)}")  # type: ignore[misc]
        if isinstance(test, NotEnough):
            said.append(no_figure(about, test))
        elif test.p_value <= item.found.alpha:
            said.append(_interact(about, test.p_value))
        else:
            said.append(_no_interaction(about, test.p_value))
    return said


def _times(factors: str) -> str:
    return " × ".join(own_word(name).en for name in factors.split(" x "))


def _interact(about: Sentence, p: float) -> Sentence:
    return Sentence(
        f"{about.en}: the factors interact ({p_value(p)}), so what one does depends on the other. Read the "
        "simple effects; a main effect alone would mislead.",
        f"{about.id}: faktor-faktornya saling memengaruhi ({p_value(p, 'id')}), sehingga pengaruh yang satu "
        "bergantung pada yang lain. Baca efek sederhana; efek utama saja menyesatkan.",
    )


def _no_interaction(about: Sentence, p: float) -> Sentence:
    return Sentence(
        f"{about.en}: no interaction was shown ({p_value(p)}), which does not show that there is none.",
        f"{about.id}: belum terbukti ada interaksi ({p_value(p, 'id')}), yang bukan bukti bahwa tidak ada.",
    )


def _pairs(effect: FactorialEffect) -> Sentence:
    """`message: thank you – sorry`, for every factor of the effect."""
    return joined(
        [
            both(lambda locale, name=name, pair=pair: _levels(name, pair, locale))  # type: ignore[misc]
            for name, pair in zip(effect.factors, effect.levels, strict=True)
        ],
        " × ",
    )


def _levels(name: str, pair: tuple[str, str], locale: str) -> str:
    return f"{own_word(name).en}: {' – '.join(_level(level)[locale] for level in pair)}"


def _level(level: str) -> Sentence:
    known = {"yes": Sentence("yes", "ya"), "no": Sentence("no", "tidak")}
    return known.get(level) or arm_cell(level)


def _where(effect: FactorialEffect) -> Sentence:
    return joined(
        [
            both(lambda locale, name=name, level=level: f"{own_word(name).en}: {_level(level)[locale]}")  # type: ignore[misc]
            for name, level in effect.at.items()
        ]
    )


def _row(item: _Read, effect: FactorialEffect, *more: Sentence) -> Cells:
    kind = item.metric.kind
    return (item.name, _pairs(effect), effect_cell(effect.value, kind), span_of(effect.interval, kind), *more)


def _p(effect: FactorialEffect) -> Sentence:
    return p_cell(effect.test if isinstance(effect.test, NotEnough) else effect.test.p_value)


def _interactions(read: Sequence[_Read]) -> SectionTable:
    rows = []
    for item in read:
        if isinstance(item.found, NotEnough):
            continue
        odds = item.log_odds
        known = odds is not None and not isinstance(odds, NotEnough)
        for place, effect in enumerate(item.found.interactions):
            second = _p(odds.interactions[place]) if known else DASH  # type: ignore[union-attr]
            rows.append(_row(item, effect, _p(effect), second))
    heading = columns(
        ("metric", "ukuran"),
        ("interaction", "interaksi"),
        ("difference of differences", "selisih dari selisih"),
        ("95% interval", "selang kepercayaan 95%"),
        ("p", "p"),
        ("p on log odds", "p pada log odds"),
    )
    return SectionTable(heading, tuple(rows), words=2)


def _simple(read: Sequence[_Read]) -> SectionTable:
    """What a factor does at one level of the others: with intervals, never p-values to set side by side."""
    rows = []
    for item in read:
        if isinstance(item.found, NotEnough):
            continue
        for effect in item.found.simple_effects:
            metric, pair, *rest = _row(item, effect)
            rows.append((metric, pair, _where(effect), *rest))
    heading = columns(
        ("metric", "ukuran"),
        ("simple effect", "efek sederhana"),
        ("at", "pada"),
        ("difference", "selisih"),
        ("95% interval", "selang kepercayaan 95%"),
    )
    return SectionTable(heading, tuple(rows), words=3)


def _main(read: Sequence[_Read]) -> SectionTable:
    alone = {True: Sentence("yes", "ya"), False: Sentence("no, see interaction", "tidak, lihat interaksi")}
    rows = [
        _row(item, effect, _p(effect), alone[item.found.main_effects_alone[effect.factors[0]]])
        for item in read
        if not isinstance(item.found, NotEnough)
        for effect in item.found.main_effects
    ]
    heading = columns(
        ("metric", "ukuran"),
        ("main effect", "efek utama"),
        ("difference", "selisih"),
        ("95% interval", "selang kepercayaan 95%"),
        ("p", "p"),
        ("may be read alone", "boleh dibaca sendiri"),
    )
    return SectionTable(heading, tuple(rows), words=2)


def _chart(item: _Read) -> list[SectionChart]:
    if isinstance(item.found, NotEnough):
        return []
    kind, times = item.metric.kind, 100 if item.metric.kind == "proportion" else 1
    lines = []
    for effect in (*item.found.simple_effects, *item.found.main_effects):
        if not isinstance(effect.interval, Interval):
            continue
        name = joined([_pairs(effect), *([_where(effect)] if effect.at else [])], ", ")
        low, high = times * effect.interval.low, times * effect.interval.high
        lines.append(ChartLine(name, times * effect.value, low, high, effect_cell(effect.value, kind)))
    if not lines:
        return []
    unit = Sentence("difference in points", "selisih dalam poin")
    return [SectionChart(capital(item.name), unit, tuple(lines))]


def _figures(item: _Read) -> dict[str, Any]:
    return {
        "metric": item.metric.name,
        "effects": exported(item.found),
        "log_odds": exported(item.log_odds),
    }
