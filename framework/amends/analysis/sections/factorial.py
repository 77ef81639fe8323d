"""Arms that cross factors, such as message and voucher: interaction first, then simple and main effects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from amends.analysis.arms import arm_tally, counted
from amends.analysis.exported import exported
from amends.analysis.formatting import Sentence, arm_name, p_value
from amends.analysis.material import Material
from amends.analysis.measure_means import sample
from amends.analysis.result import NotEnough
from amends.analysis.section import Section, both
from amends.analysis.sections import whole_clusters
from amends.analysis.sections.factorial_tables import (
    Crossed,
    charts,
    interactions_table,
    main_table,
    simple_table,
)
from amends.analysis.sections.naming import capital, no_figure, once, own_word
from amends.analysis.withheld import withheld

if TYPE_CHECKING:
    from amends.analysis.factorial import FactorialProportions, Factors
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


def wanted(experiment: Experiment) -> bool:
    """Where arms carry two factors or more."""
    return sum(len(arm.factors) > 1 for arm in experiment.arms) > 1


def section(material: Material) -> Section | None:
    """Every metric's interaction, then what each factor does at each level of the others, then on average."""
    crossed = [arm for arm in material.experiment.arms if arm.factors]
    read = [_read(material, metric, crossed) for metric in material.experiment.metrics]
    return Section(
        NAME,
        CHAPTER,
        TITLE,
        said=once(sentence for item in read for sentence in _said(material, item)),
        tables=tuple(
            table for table in (interactions_table(read), simple_table(read), main_table(read)) if table.rows
        ),
        charts=tuple(chart for item in read for chart in charts(item)),
        notes=(whole_clusters.FACTORIAL if material.experiment.clustered else METHOD, SIMPLE),
        figures={
            "factors": {arm.name: dict(arm.factors) for arm in crossed},
            "metrics": [_figures(item) for item in read],
        },
    )


def _read(material: Material, metric: Metric, arms: Sequence[Arm]) -> Crossed:
    from amends.analysis.factorial import factorial_means, factorial_proportions

    factors = {arm.name: dict(arm.factors) for arm in arms}
    alpha = material.experiment.alpha
    tallies = {arm.name: arm_tally(material.tally, arm.name) for arm in arms}
    left_out = [arm.name for arm in arms if metric.source == "survey" and arm.name in material.not_invited]
    if left_out:
        return Crossed(metric, NotEnough(f"{arm_name(left_out[0])} was not invited to the survey"))
    if material.experiment.clustered:
        return _of_clusters(material, metric, factors)
    if metric.kind == "proportion":
        found = {name: counted(metric, tally) for name, tally in tallies.items()}
        counts = {name: (item.events, item.units) for name, item in found.items()}
        return _on_two_scales(metric, factorial_proportions(counts, factors, alpha=alpha))
    summaries = {name: sample(metric, tally).summary for name, tally in tallies.items()}
    known = {name: item for name, item in summaries.items() if not isinstance(item, NotEnough)}
    missing = [item for item in summaries.values() if isinstance(item, NotEnough)]
    return Crossed(metric, missing[0] if missing else factorial_means(known, factors, alpha=alpha))


def _of_clusters(material: Material, metric: Metric, factors: Factors) -> Crossed:
    from amends.analysis.clustered_factorial import (
        clustered_factorial_means,
        clustered_factorial_proportions,
    )

    data, alpha = whole_clusters.of_clusters(material, metric.name, list(factors)), material.experiment.alpha
    if isinstance(data, NotEnough):
        return Crossed(metric, data)
    given = data.values, data.arms, data.clusters
    if metric.kind == "proportion":
        return _on_two_scales(metric, clustered_factorial_proportions(*given, factors, alpha=alpha))
    return Crossed(metric, clustered_factorial_means(*given, factors, alpha=alpha))


def _on_two_scales(metric: Metric, found: FactorialProportions | NotEnough) -> Crossed:
    if isinstance(found, NotEnough):
        return Crossed(metric, found)
    return Crossed(metric, found.risk_difference, found.log_odds)


def _said(material: Material, item: Crossed) -> list[Sentence]:
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


def _figures(item: Crossed) -> dict[str, Any]:
    return {
        "metric": item.metric.name,
        "effects": exported(item.found),
        "log_odds": exported(item.log_odds),
    }
