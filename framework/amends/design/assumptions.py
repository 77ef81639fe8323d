"""What a planned sample rests on, in sentences for people who did not choose the numbers."""

from __future__ import annotations

from amends.design.experiment import Experiment
from amends.design.metrics import COMPLETED, Mean, Proportion

TYPE_CHECKING = False
if TYPE_CHECKING:
    from amends.design.plan import Plan


def sentences(experiment: Experiment, planned: Plan, language: str) -> tuple[str, ...]:
    """The assumptions of a plan, in English (`en`) or Indonesian (`id`)."""
    metric = experiment.primary_metric
    said = [
        _measured(metric, planned, language),
        _rated(metric, language),
        _customary(metric, language),
        _spread(metric, language),
        _decided(experiment, planned, language),
        _answered(experiment, planned, language),
        _clustered(experiment, planned, language),
        _shared(experiment, planned, language),
        _fixed(metric, planned, language),
    ]
    return tuple(sentence for group in said for sentence in group)


def _measured(metric: Proportion | Mean, planned: Plan, language: str) -> list[str]:
    step = _difference(metric, planned.detect, language)
    if planned.fixed:
        return []
    if isinstance(metric, Proportion):
        base, other = (_percent(share, language) for share in metric.compared)
        return _say(
            language,
            f"'{metric.name}' sets the plan: {base} in one arm against {other} in another, {step}, is "
            "worth finding.",
            f"'{metric.name}' menentukan rencana: {base} di satu kelompok dibanding {other} di kelompok "
            f"lain, selisih {step}, layak ditemukan.",
        )
    return _say(
        language,
        f"'{metric.name}' sets the plan: a difference of {step} between two means is worth finding.",
        f"'{metric.name}' menentukan rencana: selisih {step} antara dua rata-rata layak ditemukan.",
    )


def _rated(metric: Proportion | Mean, language: str) -> list[str]:
    """What a metric counts that is worked out from a rating."""
    if not isinstance(metric, Proportion) or metric.of is None:
        return []
    if metric.selected:
        return _say(
            language,
            f"'{metric.name}' is the share of answers to '{metric.of}' of at least {metric.at_least}.",
            f"'{metric.name}' adalah porsi jawaban '{metric.of}' yang bernilai paling sedikit "
            f"{metric.at_least}.",
        )
    return _say(
        language,
        f"'{metric.name}' is of everyone assigned: who answered '{metric.of}' with at least "
        f"{metric.at_least} counts, who did not answer does not.",
        f"'{metric.name}' dihitung dari semua yang ditetapkan: yang menjawab '{metric.of}' paling sedikit "
        f"{metric.at_least} terhitung, yang tidak menjawab tidak.",
    )


def _customary(metric: Proportion | Mean, language: str) -> list[str]:
    said: list[str] = []
    if isinstance(metric, Proportion) and metric.baseline_assumed:
        half = _number(metric.baseline or 0.0, language)
        said += _say(
            language,
            f"The customary value {half} is used because no baseline was given for '{metric.name}'.",
            f"Nilai lazim {half} dipakai karena baseline untuk '{metric.name}' tidak diberikan.",
        )
    if metric.detect_assumed:
        step = _number(metric.detect or 0.0, language)
        said += _say(
            language,
            f"The customary value {step} is used because no detect was given for '{metric.name}'.",
            f"Nilai lazim {step} dipakai karena detect untuk '{metric.name}' tidak diberikan.",
        )
    return said


def _spread(metric: Proportion | Mean, language: str) -> list[str]:
    if not isinstance(metric, Mean):
        return []
    sd = _number(metric.sd or 0.0, language)
    if metric.sd_assumed and metric.of is not None:
        return _say(
            language,
            f"The customary value {sd} (half promoters and a quarter detractors give 83) is used because no "
            f"sd was given for '{metric.name}'.",
            f"Nilai lazim {sd} (separuh promotor dan seperempat detraktor memberi 83) dipakai karena sd "
            f"untuk '{metric.name}' tidak diberikan.",
        )
    if metric.sd_assumed:
        return _say(
            language,
            f"The customary value {sd} (a quarter of the scale) is used because no sd was given for "
            f"'{metric.name}'.",
            f"Nilai lazim {sd} (seperempat skala) dipakai karena sd untuk '{metric.name}' tidak diberikan.",
        )
    return _say(
        language,
        f"Within an arm, '{metric.name}' has a standard deviation of {sd}.",
        f"Di dalam satu kelompok, simpangan baku '{metric.name}' adalah {sd}.",
    )


def _decided(experiment: Experiment, planned: Plan, language: str) -> list[str]:
    level = _number(planned.level, language)
    alpha, power = _number(experiment.alpha, language), _percent(planned.power, language)
    shared_en = f", divided by {planned.family} comparisons" if planned.family > 1 else ""
    shared_id = f", dibagi {planned.family} perbandingan" if planned.family > 1 else ""
    return _say(
        language,
        f"The test decides at {level} (4/5 of alpha {alpha}{shared_en}) and finds such a difference in "
        f"{power} of cases.",
        f"Uji memutuskan pada taraf {level} (4/5 dari alpha {alpha}{shared_id}) dan menemukan selisih itu "
        f"pada {power} kasus.",
    )


def _answered(experiment: Experiment, planned: Plan, language: str) -> list[str]:
    metric = experiment.primary_metric
    if not metric.selected:
        return []
    rate = _percent(planned.completion, language)
    known = any(item.name == COMPLETED and not item.baseline_assumed for item in experiment.metrics)
    if known:
        return _say(
            language,
            f"'{metric.name}' is known only of those who answer; {rate} of assigned units are expected to.",
            f"'{metric.name}' hanya diketahui dari yang menjawab; diperkirakan {rate} dari unit yang dibagi.",
        )
    return _say(
        language,
        f"'{metric.name}' is known only of those who answer; the customary {rate} is used because "
        "'completed' has no baseline.",
        f"'{metric.name}' hanya diketahui dari yang menjawab; nilai lazim {rate} dipakai karena 'completed' "
        "tidak punya baseline.",
    )


def _clustered(experiment: Experiment, planned: Plan, language: str) -> list[str]:
    cluster = experiment.cluster
    if cluster is None:
        return []
    if cluster.size is None or cluster.icc is None:
        return _say(
            language,
            f"Units of one {cluster.name} share an arm, but its size or icc was not given: the number is "
            f'too small. Write Cluster("{cluster.name}", size=…, icc=…).',
            f"Unit dalam satu {cluster.name} mendapat pesan yang sama, tetapi size atau icc tidak diberikan: "
            f'jumlah ini terlalu kecil. Tulis Cluster("{cluster.name}", size=…, icc=…).',
        )
    effect = _number(planned.design_effect, language)
    size, icc = _number(cluster.size, language), _number(cluster.icc, language)
    return _say(
        language,
        f"Units of one {cluster.name} share an arm and resemble each other ({size} in each, icc {icc}): "
        f"{effect} times as many units are needed.",
        f"Unit dalam satu {cluster.name} mendapat pesan yang sama dan saling mirip ({size} per "
        f"{cluster.name}, icc {icc}): perlu {effect} kali lebih banyak unit.",
    )


def _shared(experiment: Experiment, planned: Plan, language: str) -> list[str]:
    if len(set(planned.per_arm.values())) == 1:
        return []
    counts = ", ".join(f"{name} {count}" for name, count in planned.per_arm.items())
    return _say(
        language,
        f"The arms' weights differ, so do their numbers: {counts}.",
        f"Bobot kelompok berbeda, jumlahnya juga: {counts}.",
    )


def _fixed(metric: Proportion | Mean, planned: Plan, language: str) -> list[str]:
    if not planned.fixed:
        return []
    fixed = _say(
        language,
        f"The sample is fixed at {planned.smallest} units in the smallest arm.",
        f"Sampel ditetapkan {planned.smallest} unit di kelompok terkecil.",
    )
    if planned.detectable is None:
        return fixed + _say(
            language,
            f"So few units find no difference of '{metric.name}' reliably, however large.",
            f"Unit sesedikit itu tidak dapat menemukan selisih '{metric.name}' sebesar apa pun dengan andal.",
        )
    step = _difference(metric, planned.detectable, language)
    return fixed + _say(
        language,
        f"The smallest difference of '{metric.name}' it finds is {step}.",
        f"Selisih terkecil '{metric.name}' yang dapat ditemukan adalah {step}.",
    )


def _say(language: str, english: str, indonesian: str) -> list[str]:
    return [indonesian if language == "id" else english]


def _difference(metric: Proportion | Mean, step: float, language: str) -> str:
    if isinstance(metric, Mean):
        return _number(step, language)
    points = _number(100 * step, language)
    return f"{points} poin persentase" if language == "id" else f"{points} percentage points"


def _percent(share: float, language: str) -> str:
    return f"{_number(100 * share, language)}%"


def _number(value: float, language: str) -> str:
    """At most three digits that count, with a comma in Indonesian."""
    text = f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"
    return text.replace(".", ",") if language == "id" else text
