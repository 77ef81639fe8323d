"""What was found, in one short paragraph for a head of customer care, in English and Indonesian.

The primary metric's verdict comes first, unless the arms changed who answered and it is known only of
those: then completion does.
"""

from __future__ import annotations

from collections.abc import Sequence

from amends.analysis.contrasts import Contrast, known
from amends.analysis.formatting import Figure, Sentence, amount, count, metric_name, percent, unit_names
from amends.analysis.sentences import (
    Setting,
    better_first,
    capital,
    decided_by,
    finding,
    hinges_on_who_answered,
    joined,
    level,
    not_trustworthy,
    pair_of,
    quoted,
    reason_of,
)
from amends.analysis.settled import rests_on_others, settled
from amends.analysis.silent import over_everyone

__all__ = ["Setting", "collecting", "findings", "headline", "summarize"]


SIMULATED = Sentence("Simulated customers, not real ones.", "Pelanggan simulasi, bukan pelanggan sungguhan.")
AFTER_THE_FACT = Sentence(
    "Defined after the fact: the data were there before the plan.",
    "Didefinisikan setelah kejadian: data sudah ada sebelum rencana.",
)
NOT_STARTED = Sentence(
    "Not started: nothing has been collected yet.", "Belum dimulai: belum ada data yang dikumpulkan."
)


def summarize(contrasts: Sequence[Contrast], setting: Setting) -> Sentence:
    """The paragraph: labels, the headline, then the other metrics, satisfaction with its caveat."""
    said = [headline(contrasts, setting)]
    leading = _leading(contrasts)
    settled = leading and leading[0].verdict not in {"not trustworthy", "still collecting"}
    if settled and setting.status != "draft":
        told = leading[0].metric if _may_lead(contrasts) or leading[0].role != "primary" else None
        others = [name for name in dict.fromkeys(item.metric for item in contrasts) if name != told]
        said += [findings([item for item in contrasts if item.metric == name], setting) for name in others]
    if setting.after_the_fact:
        said.insert(0, AFTER_THE_FACT)
    if setting.simulated:
        said.insert(0, SIMULATED)
    return joined(said)


def headline(contrasts: Sequence[Contrast], setting: Setting) -> Sentence:
    """The first finding alone, the sentence a list of experiments shows."""
    if setting.status == "draft":
        return NOT_STARTED
    leading = _leading(contrasts)
    if not leading:
        return Sentence("No contrast is declared.", "Tidak ada perbandingan yang ditetapkan.")
    if leading[0].verdict == "not trustworthy":
        return not_trustworthy(setting)
    if all(item.verdict == "still collecting" for item in leading):
        return collecting(leading, setting)
    if not _may_lead(contrasts):
        rest = findings(leading, setting) if leading[0].role != "primary" else _answered(setting)
        return joined([WHO_ANSWERED, rest])
    return findings(leading, setting)


WHO_ANSWERED = Sentence(
    "The arms differ in how many answered, so a rating of those who answered cannot be the headline.",
    "Jumlah yang menjawab berbeda antarkelompok, sehingga nilai dari yang menjawab "
    "tidak dapat menjadi temuan utama.",
)


def _may_lead(contrasts: Sequence[Contrast]) -> bool:
    """Whether the primary metric may be the headline: not where the arms changed who answered."""
    return all(item.headline for item in contrasts if item.role == "primary")


def _answered(setting: Setting) -> Sentence:
    """How many answered in each arm, where completion is no declared metric and so has no verdict."""
    en, other = (
        ", ".join(
            f"{quoted(arm, locale)} {percent(share, locale)}"
            for arm, share in (setting.answered or {}).items()
        )
        for locale in ("en", "id")
    )
    return Sentence(
        f"{capital(metric_name('completed'))}: {en}.", f"{capital(metric_name('completed', 'id'))}: {other}."
    )


def _leading(contrasts: Sequence[Contrast]) -> list[Contrast]:
    """The primary metric's contrasts; completion's where those may not be the headline."""
    primary = [item for item in contrasts if item.role == "primary"]
    if not _may_lead(contrasts):
        return [item for item in contrasts if item.metric == "completed"] or primary
    return primary


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
        ", ".join(f"{quoted(arm, locale)} {level(value, kind, locale)}" for arm, value in values.items())
        for locale in ("en", "id")
    )
    return Sentence(en, other)


def findings(contrasts: Sequence[Contrast], setting: Setting) -> Sentence:
    """One metric's verdicts: a sentence for one pair; for several, the levels and a clause for each pair."""
    if len(contrasts) == 1:
        return finding(contrasts[0], setting)
    # Verdicts of several pairs are made together; where they were not, the latest levels are the only ones.
    rest = [settled(item) for item in contrasts]
    levels = _levels(rest if len({_basis(item) for item in contrasts}) == 1 else contrasts)
    clauses = _clauses(contrasts, setting)
    metric = {locale: capital(metric_name(contrasts[0].metric, locale)) for locale in ("en", "id")}
    said = [Sentence(f"{metric['en']}: {levels.en}.", f"{metric['id']}: {levels.id}.")] if levels.en else []
    said += [
        Sentence(
            f"{capital('; '.join(clause.en for clause in clauses))}.",
            f"{capital('; '.join(clause.id for clause in clauses))}.",
        ),
    ]
    if any(item.bounds for item in contrasts):
        said.append(ONLY_ANSWERERS)
        undecided = [settled(item) for item in contrasts if item.verdict == "no difference shown"]
        reach = over_everyone(undecided, named=True)
        said += [] if reach is None else [reach]
    return joined(said)


def _basis(contrast: Contrast) -> tuple[bool, object]:
    """Whether a verdict rests on earlier units, and by which method."""
    return rests_on_others(contrast), (contrast.decision or {}).get("method")


ONLY_ANSWERERS = Sentence(
    "Only those who answered gave a rating, so these findings stand within the bounds shown.",
    "Hanya yang menjawab yang memberi nilai, sehingga temuan ini berlaku dalam batas yang ditampilkan.",
)


FEW = 6
"""As many pairs of arms are named one by one; of more, those that differ are named and the rest counted."""


def _clauses(contrasts: Sequence[Contrast], setting: Setting) -> list[Sentence]:
    """A clause for each pair; pairs of which the same is said share one."""
    few = len(contrasts) <= FEW
    found: dict[Sentence, list[Sentence]] = {}
    for item in contrasts:
        pair, clause = pair_of(item), _clause(item, setting, sized=few)
        shape = Sentence(clause.en.replace(pair.en, "{}"), clause.id.replace(pair.id, "{}"))
        found.setdefault(shape, []).append(pair)
    return [_of_pairs(shape, pairs, named=few) for shape, pairs in found.items()]


def _of_pairs(shape: Sentence, pairs: Sequence[Sentence], *, named: bool) -> Sentence:
    if named or len(pairs) == 1:
        between = "between {}" in shape.en
        en = (" and between " if between else ", ").join(pair.en for pair in pairs)
        other = (" serta antara " if between else ", ").join(pair.id for pair in pairs)
    else:
        en, other = f"{count(len(pairs))} pairs", f"{count(len(pairs), 'id')} pasangan"
    return Sentence(shape.en.replace("{}", en), shape.id.replace("{}", other))


def _clause(contrast: Contrast, setting: Setting, *, sized: bool) -> Sentence:
    contrast = settled(contrast)
    pair = pair_of(contrast)
    decided = decided_by(contrast)
    size = {
        "en": f"{amount(contrast.effect, contrast.kind)} points, {decided.en}",
        "id": f"{amount(contrast.effect, contrast.kind, 'id')} poin, {decided.id}",
    }
    if contrast.verdict == "difference":
        winner, other = better_first(contrast, setting)
        return Sentence(
            f"{quoted(winner, 'en')} did better than {quoted(other, 'en')} ({size['en']})",
            f"{quoted(winner, 'id')} lebih baik daripada {quoted(other, 'id')} ({size['id']})",
        )
    size = {locale: f" ({said})" if sized else "" for locale, said in size.items()}
    if contrast.verdict == "equivalent":
        return Sentence(
            f"{pair.en} are equivalent within the declared margin{size['en']}",
            f"{pair.id} setara dalam batas yang ditetapkan{size['id']}",
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
        f"no difference was shown between {pair.en}{size['en']}",
        f"belum terbukti ada perbedaan antara {pair.id}{size['id']}",
    )


def _why_not(contrast: Contrast) -> Sentence:
    if hinges_on_who_answered(contrast):
        return Sentence(
            "the arms may have changed who answered", "kelompok pesan bisa mengubah siapa yang menjawab"
        )
    return reason_of(contrast)


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
