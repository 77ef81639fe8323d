"""What a frozen definition says of every metric: what it is, of whom, its part, what counts as the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amends.analysis.formatting import Sentence, amount, metric_name, percent
from amends.analysis.section import both

if TYPE_CHECKING:
    from amends.design.experiment import Experiment
    from amends.design.metrics import Metric

_ROLES = {
    "primary": Sentence("primary", "utama"),
    "secondary": Sentence("secondary", "sekunder"),
    "guardrail": Sentence("guardrail", "pengaman"),
}
_BETTER = {"higher": Sentence("higher", "lebih tinggi"), "lower": Sentence("lower", "lebih rendah")}


def dependent_variables(experiment: Experiment) -> tuple[Sentence, ...]:
    """Every metric: what it is, where it comes from, its part in the decision."""
    return tuple(_metric(experiment, metric) for metric in experiment.metrics)


def _metric(experiment: Experiment, metric: Metric) -> Sentence:
    name = both(lambda locale: metric_name(metric.name, locale).capitalize())
    role, what, better = _ROLES[metric.role or "primary"], _what(metric), _BETTER[metric.better]
    same, harm = _same(metric), _harm(experiment, metric)
    return both(
        lambda locale: (
            f"{name[locale]} ({role[locale]}): {what[locale]}; {better[locale]} "
            f"{'is better' if locale == 'en' else 'lebih baik'}.{same[locale]}{harm[locale]}"
        )
    )


def _what(metric: Metric) -> Sentence:
    if metric.kind == "proportion":
        return _share(metric)
    if metric.of is not None:
        return Sentence(
            f"promoters (9 or 10) minus detractors (0 to 6) on {metric.of}, in points from −100 to 100, of "
            "those who answered",
            f"promotor (9 atau 10) dikurangi detraktor (0 sampai 6) untuk {metric.of}, dalam poin dari −100 "
            "sampai 100, dari yang menjawab",
        )
    if metric.scale is None:
        return (
            Sentence("the mean of the recorded values", "rata-rata nilai yang dicatat")
            if metric.source == "outcome"
            else Sentence("the mean of the values answered", "rata-rata nilai yang dijawab")
        )
    low, high = metric.scale
    return Sentence(
        f"the mean rating from {low} to {high}, of those who answered",
        f"rata-rata nilai dari {low} sampai {high}, dari yang menjawab",
    )


def _share(metric: Metric) -> Sentence:
    at_least = getattr(metric, "at_least", None)
    if metric.of is not None and metric.selected:
        return Sentence(
            f"the share of those who answered {metric.of} that rated it at least {at_least}",
            f"porsi dari yang menjawab {metric.of} yang memberi nilai paling sedikit {at_least}",
        )
    if metric.of is not None:
        return Sentence(
            f"the share of everyone assigned that rated {metric.of} at least {at_least}; who did not answer "
            "counts as not",
            f"porsi dari semua yang ditetapkan yang memberi {metric.of} nilai paling sedikit {at_least}; "
            "yang tidak menjawab dihitung tidak",
        )
    if metric.source == "outcome":
        return Sentence(
            "the share of everyone assigned for whom it was recorded; nothing recorded counts as no",
            "porsi dari semua yang ditetapkan yang tercatat mengalaminya; tanpa catatan dihitung tidak",
        )
    return Sentence(
        "the share of everyone assigned, answered or not",
        "porsi dari semua yang ditetapkan, menjawab atau tidak",
    )


def _same(metric: Metric) -> Sentence:
    if metric.margin is None:
        return Sentence("", "")
    margin = both(lambda locale: amount(metric.margin, metric.kind, locale))
    return Sentence(
        f" Differences below {margin.en} points count as the same.",
        f" Selisih di bawah {margin.id} poin dianggap sama.",
    )


def _harm(experiment: Experiment, metric: Metric) -> Sentence:
    if metric.role != "guardrail":
        return Sentence("", "")
    if metric.harm is None:
        return Sentence(" No harm rule is declared.", " Tidak ada aturan kerugian.")
    size = both(lambda locale: amount(metric.harm, metric.kind, locale))
    level = both(lambda locale: percent(experiment.alpha / 2, locale))
    return Sentence(
        f" Harm is a worsening by more than {size.en} points: shown where the whole interval lies beyond it, "
        f"one-sided at {level.en} for each comparison, by the always-valid interval until the stop. It "
        "changes no verdict.",
        f" Merugikan berarti memburuk lebih dari {size.id} poin: terbukti bila seluruh selang melewatinya, "
        f"satu sisi pada {level.id} untuk tiap perbandingan, dengan selang yang selalu berlaku sampai "
        "penghentian. Hal ini tidak mengubah kesimpulan.",
    )
