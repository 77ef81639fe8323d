"""What was found, in one short paragraph for a head of customer care, in English and Indonesian.

The words follow the verdict and never say more than it does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from amends.analysis.contrasts import Contrast, known
from amends.analysis.formatting import (
    Figure,
    Sentence,
    amount,
    arm_name,
    count,
    decimal,
    interval,
    metric_name,
    p_value,
    percent,
    unit_names,
)
from amends.analysis.reasons import explained
from amends.analysis.result import NotEnough


@dataclass(frozen=True, slots=True)
class Setting:
    """What a sentence needs to know besides the contrast.

    Attributes:
        unit: The unit's singular, for instance `customer`.
        planned: Planned units per arm, None where there is no plan.
        reached: Units of the arm furthest behind its share.
        better: Per metric, `"higher"` or `"lower"`.
        margins: Per metric, the declared margin of equivalence.
        simulated: The customers are invented.
        after_the_fact: The definition was written when the data were already there.
        status: The experiment's state.
    """

    unit: str = "customer"
    planned: int | None = None
    reached: int = 0
    better: Mapping[str, str] | None = None
    margins: Mapping[str, float | None] | None = None
    simulated: bool = False
    after_the_fact: bool = False
    status: str = "stopped"

    def wants_lower(self, metric: str) -> bool:
        return (self.better or {}).get(metric) == "lower"


SIMULATED = Sentence("Simulated customers, not real ones.", "Pelanggan simulasi, bukan pelanggan sungguhan.")
AFTER_THE_FACT = Sentence(
    "Defined after the fact: the data were there before the plan.",
    "Didefinisikan setelah kejadian: data sudah ada sebelum rencana.",
)
NOT_STARTED = Sentence(
    "Not started: nothing has been collected yet.", "Belum dimulai: belum ada data yang dikumpulkan."
)


def summarize(contrasts: Sequence[Contrast], setting: Setting) -> Sentence:
    """The paragraph: labels, the primary finding, then the other metrics, satisfaction with its caveat."""
    said = [headline(contrasts, setting)]
    primary = [item for item in contrasts if item.role == "primary"]
    silent = {"not trustworthy", "still collecting"}
    if primary and setting.status != "draft" and primary[0].verdict not in silent:
        others = dict.fromkeys(item.metric for item in contrasts if item.role != "primary")
        said += [findings([item for item in contrasts if item.metric == name], setting) for name in others]
    if setting.after_the_fact:
        said.insert(0, AFTER_THE_FACT)
    if setting.simulated:
        said.insert(0, SIMULATED)
    return _join(said)


def headline(contrasts: Sequence[Contrast], setting: Setting) -> Sentence:
    """The primary metric's finding alone, the sentence a list of experiments shows."""
    primary = [item for item in contrasts if item.role == "primary"]
    if setting.status == "draft":
        return NOT_STARTED
    if not primary:
        return Sentence("No contrast is declared.", "Tidak ada perbandingan yang ditetapkan.")
    if primary[0].verdict == "not trustworthy":
        return NOT_TRUSTWORTHY
    if all(item.verdict == "still collecting" for item in primary):
        return collecting(primary, setting)
    return findings(primary, setting)


NOT_TRUSTWORTHY = Sentence(
    "These results are not trustworthy: the units were not split between the arms as planned (SRM). "
    "Find the cause before reading anything into the figures.",
    "Hasil ini tidak dapat dipercaya: pembagian kelompok tidak sesuai rencana (SRM). "
    "Cari penyebabnya sebelum menafsirkan angka apa pun.",
)


def collecting(contrasts: Sequence[Contrast], setting: Setting) -> Sentence:
    """Where the collection stands, and every arm's figure so far."""
    progress = _progress(setting)
    levels = _levels(contrasts)
    metric = {locale: metric_name(contrasts[0].metric, locale) for locale in ("en", "id")}
    so_far = Sentence(
        f" So far, {metric['en']}: {levels.en}. It is too early to call a difference." if levels.en else "",
        f" Sejauh ini, {metric['id']}: {levels.id}. Masih terlalu dini untuk menyebut ada perbedaan."
        if levels.id
        else "",
    )
    return Sentence(
        f"Still collecting: {progress.en}.{so_far.en}", f"Data masih dikumpulkan: {progress.id}.{so_far.id}"
    )


def _levels(contrasts: Sequence[Contrast]) -> Sentence:
    """Every arm with its figure; empty where no arm has one."""
    values: dict[str, Figure] = {}
    for item in contrasts:
        values.setdefault(item.arm, item.values[0])
        values.setdefault(item.versus, item.values[1])
    if not any(known(value) for value in values.values()):
        return Sentence("", "")
    kind = contrasts[0].kind
    en, other = (
        ", ".join(f"{_quoted(arm, locale)} {_level(value, kind, locale)}" for arm, value in values.items())
        for locale in ("en", "id")
    )
    return Sentence(en, other)


def findings(contrasts: Sequence[Contrast], setting: Setting) -> Sentence:
    """One metric's verdicts: a sentence for one pair; for several, the levels and a clause for each pair."""
    if len(contrasts) == 1:
        return finding(contrasts[0], setting)
    levels = _levels(contrasts)
    clauses = [_clause(item, setting) for item in contrasts]
    metric = {locale: _capital(metric_name(contrasts[0].metric, locale)) for locale in ("en", "id")}
    said = [
        Sentence(f"{metric['en']}: {levels.en}.", f"{metric['id']}: {levels.id}."),
        Sentence(
            f"{_capital('; '.join(clause.en for clause in clauses))}.",
            f"{_capital('; '.join(clause.id for clause in clauses))}.",
        ),
    ]
    if any(item.bounds for item in contrasts):
        said.append(ONLY_ANSWERERS)
    return _join(said)


ONLY_ANSWERERS = Sentence(
    "Only those who answered gave a rating, so these findings stand within the bounds shown.",
    "Hanya yang menjawab yang memberi nilai, sehingga temuan ini berlaku dalam batas yang ditampilkan.",
)


def _clause(contrast: Contrast, setting: Setting) -> Sentence:
    pair = _pair(contrast)
    size = {
        locale: f"{amount(contrast.effect, contrast.kind, locale)} "
        f"{'poin' if locale == 'id' else 'points'}, {p_value(contrast.p_adjusted, locale)}"
        for locale in ("en", "id")
    }
    if contrast.verdict == "difference":
        winner, other = _order(contrast, setting)
        return Sentence(
            f"{_quoted(winner, 'en')} did better than {_quoted(other, 'en')} ({size['en']})",
            f"{_quoted(winner, 'id')} lebih baik daripada {_quoted(other, 'id')} ({size['id']})",
        )
    if contrast.verdict == "equivalent":
        return Sentence(
            f"{pair.en} are equivalent within the declared margin ({size['en']})",
            f"{pair.id} setara dalam batas yang ditetapkan ({size['id']})",
        )
    if contrast.verdict == "still collecting":
        return Sentence(f"{pair.en}: still collecting", f"{pair.id}: data masih dikumpulkan")
    if contrast.verdict == "cannot tell":
        reason = _why_not(contrast)
        return Sentence(
            f"between {pair.en} we cannot tell, because {reason.en}",
            f"antara {pair.id} tidak dapat disimpulkan, karena {reason.id}",
        )
    return Sentence(
        f"no difference was shown between {pair.en} ({size['en']})",
        f"belum terbukti ada perbedaan antara {pair.id} ({size['id']})",
    )


def _why_not(contrast: Contrast) -> Sentence:
    if contrast.bounds and known(contrast.p_value):
        return Sentence(
            "the arms may have changed who answered", "kelompok pesan bisa mengubah siapa yang menjawab"
        )
    return _reason(contrast)


def _order(contrast: Contrast, setting: Setting) -> tuple[str, str]:
    """The arm that did better, then the other."""
    effect = contrast.effect if isinstance(contrast.effect, float | int) else 0.0
    first = (effect > 0) != setting.wants_lower(contrast.metric)
    return (contrast.arm, contrast.versus) if first else (contrast.versus, contrast.arm)


def _progress(setting: Setting) -> Sentence:
    names = {locale: unit_names(setting.unit, locale) for locale in ("en", "id")}
    if setting.planned is None:
        return Sentence(
            f"{count(setting.reached)} {names['en']} in the smallest arm so far",
            f"{count(setting.reached, 'id')} {names['id']} di kelompok terkecil sejauh ini",
        )
    if setting.reached >= setting.planned:
        return Sentence(
            f"the planned {count(setting.planned)} {names['en']} per arm are there, the decision is due",
            f"{count(setting.planned, 'id')} {names['id']} per kelompok sesuai rencana sudah terkumpul, "
            "keputusan dapat diambil",
        )
    return Sentence(
        f"{count(setting.reached)} of {count(setting.planned)} planned {names['en']} per arm",
        f"{count(setting.reached, 'id')} dari {count(setting.planned, 'id')} {names['id']} per kelompok "
        "yang direncanakan",
    )


def finding(contrast: Contrast, setting: Setting) -> Sentence:
    """One contrast's verdict as a sentence."""
    if contrast.verdict == "still collecting":
        return _open(contrast)
    if contrast.verdict == "difference":
        return _difference(contrast, setting)
    if contrast.verdict == "cannot tell":
        return _cannot_tell(contrast)
    if contrast.verdict == "equivalent":
        return _equivalent(contrast, setting)
    if contrast.verdict == "not trustworthy":
        return NOT_TRUSTWORTHY
    facts = _facts(contrast)
    pair = _pair(contrast)
    metric = {locale: metric_name(contrast.metric, locale) for locale in ("en", "id")}
    return Sentence(
        f"No difference in {metric['en']} was shown between {pair.en}: {facts.en}. "
        "That does not prove that they are the same.",
        f"Belum terbukti ada perbedaan {metric['id']} antara {pair.id}: {facts.id}. "
        "Ini bukan bukti bahwa keduanya sama.",
    )


def _open(contrast: Contrast) -> Sentence:
    pair = _pair(contrast)
    return Sentence(
        f"{_capital(metric_name(contrast.metric))}, {pair.en}: still collecting.",
        f"{_capital(metric_name(contrast.metric, 'id'))}, {pair.id}: data masih dikumpulkan.",
    )


def _difference(contrast: Contrast, setting: Setting) -> Sentence:
    winner, other = _order(contrast, setting)
    facts = _facts(contrast)
    said = Sentence(
        f"{_quoted(winner, 'en', capital=True)} did better than {_quoted(other, 'en')} "
        f"on {metric_name(contrast.metric)}: {facts.en}.",
        f"{_quoted(winner, 'id', capital=True)} lebih baik daripada {_quoted(other, 'id')} "
        f"untuk {metric_name(contrast.metric, 'id')}: {facts.id}.",
    )
    return _join([said, _among_those_who_answered(contrast)]) if contrast.bounds else said


def _among_those_who_answered(contrast: Contrast) -> Sentence:
    low, high = region(contrast)
    return Sentence(
        "Only those who answered gave a rating; allowing for who answered, "
        f"the effect lies between {interval(low, high, contrast.kind).replace(' to ', ' and ')}.",
        "Hanya yang menjawab yang memberi nilai; dengan memperhitungkan siapa yang menjawab, "
        f"pengaruhnya antara {interval(low, high, contrast.kind, 'id').replace(' sampai ', ' dan ')}.",
    )


def _equivalent(contrast: Contrast, setting: Setting) -> Sentence:
    margin = (setting.margins or {}).get(contrast.metric)
    facts, pair = _facts(contrast), _pair(contrast)
    return Sentence(
        f"{_capital(pair.en)} are equivalent on {metric_name(contrast.metric)}, within the declared margin "
        f"of {amount(margin, contrast.kind)} points: {facts.en}.",
        f"{_capital(pair.id)} setara untuk {metric_name(contrast.metric, 'id')}, dalam batas "
        f"{amount(margin, contrast.kind, 'id')} poin yang ditetapkan: {facts.id}.",
    )


def _cannot_tell(contrast: Contrast) -> Sentence:
    metric_en, metric_id = metric_name(contrast.metric), metric_name(contrast.metric, "id")
    if contrast.bounds and known(contrast.p_value):
        return _cannot_tell_who_answered(contrast)
    reason = _reason(contrast)
    pair = _pair(contrast)
    return Sentence(
        f"We cannot tell whether {pair.en} differ in {metric_en}, because {reason.en}.",
        f"Tidak dapat disimpulkan apakah {pair.id} berbeda dalam {metric_id}, karena {reason.id}.",
    )


def _cannot_tell_who_answered(contrast: Contrast) -> Sentence:
    effect = contrast.effect if isinstance(contrast.effect, float | int) else 0.0
    moved = Sentence("raised", "menaikkan") if effect >= 0 else Sentence("lowered", "menurunkan")
    low, high = region(contrast)
    means = [
        tuple(_level(value, contrast.kind, locale) for value in contrast.values) for locale in ("en", "id")
    ]
    span = (
        Sentence(
            f"; allowing for that, the effect may lie anywhere from {interval(low, high, contrast.kind)}",
            f"; dengan memperhitungkan hal itu, pengaruhnya bisa berada di mana saja dari "
            f"{interval(low, high, contrast.kind, 'id')}",
        )
        if known(low) and known(high)
        else Sentence("", "")
    )
    metric_en, metric_id = metric_name(contrast.metric), metric_name(contrast.metric, "id")
    return Sentence(
        f"We cannot tell whether {_quoted(contrast.arm, 'en')} {moved.en} {metric_en}, because only those "
        f"who answered gave a rating and the arms may have changed who answered: the averages were "
        f"{means[0][0]} and {means[0][1]}{span.en}.",
        f"Tidak dapat disimpulkan apakah {_quoted(contrast.arm, 'id')} {moved.id} {metric_id}, karena hanya "
        f"yang menjawab yang memberi nilai dan kelompok pesan bisa mengubah siapa yang menjawab: "
        f"rata-ratanya {means[1][0]} dan {means[1][1]}{span.id}.",
    )


def region(contrast: Contrast) -> tuple[Figure, Figure]:
    """The 95% region of the Lee bounds, or the bounds themselves where there is none."""
    lee = (contrast.bounds or {}).get("lee") or {}
    low, high = lee.get("ci_low"), lee.get("ci_high")
    return (low, high) if known(low) and known(high) else (lee.get("low"), lee.get("high"))


def _reason(contrast: Contrast) -> Sentence:
    for value in (contrast.p_value, contrast.effect, *_always_valid(contrast)):
        if isinstance(value, NotEnough):
            return explained(value.reason)
    return Sentence("not enough units have been collected", "data belum cukup")


def _always_valid(contrast: Contrast) -> tuple[Figure, ...]:
    return tuple((contrast.always_valid or {}).values())


def _facts(contrast: Contrast) -> Sentence:
    said = {}
    for locale in ("en", "id"):
        first, second = (_level(value, contrast.kind, locale) for value in contrast.values)
        limits = interval(contrast.low, contrast.high, contrast.kind, locale)
        size = amount(contrast.effect, contrast.kind, locale)
        p = p_value(contrast.p_adjusted, locale)
        adjusted = contrast.adjustment != "none"
        if locale == "id":
            p = f"{p} setelah penyesuaian" if adjusted else p
            said[locale] = (
                f"{first} berbanding {second}, selisih {size} poin (selang kepercayaan 95% {limits}; {p})"
            )
        else:
            p = f"{p} adjusted" if adjusted else p
            said[locale] = (
                f"{first} against {second}, a difference of {size} points "
                f"(95% confidence interval {limits}; {p})"
            )
    return Sentence(said["en"], said["id"])


def _level(value: Figure, kind: str, locale: str) -> str:
    return percent(value, locale) if kind == "proportion" else decimal(value, locale=locale)


def _pair(contrast: Contrast) -> Sentence:
    return Sentence(
        f"{_quoted(contrast.arm, 'en')} and {_quoted(contrast.versus, 'en')}",
        f"{_quoted(contrast.arm, 'id')} dan {_quoted(contrast.versus, 'id')}",
    )


def _quoted(arm: str, locale: str, *, capital: bool = False) -> str:
    name = arm_name(arm, locale)
    return f"“{_capital(name) if capital else name}”"


def _capital(words: str) -> str:
    if words[:1] == "“":
        return words[:1] + _capital(words[1:])
    return words[:1].upper() + words[1:]


def _join(said: Sequence[Sentence]) -> Sentence:
    return Sentence(" ".join(item.en for item in said), " ".join(item.id for item in said))
