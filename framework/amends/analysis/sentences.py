"""One contrast's verdict as a sentence, in English and Indonesian; it never says more than the verdict."""

from __future__ import annotations

import re
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
)
from amends.analysis.reasons import explained
from amends.analysis.result import NotEnough
from amends.analysis.settled import settled
from amends.analysis.silent import beyond_margin, none_shown


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
        lost: The arms were split as planned, but units were lost from some more often than from others.
        answered: Per arm, the share that completed the survey.
    """

    unit: str = "customer"
    planned: int | None = None
    reached: int = 0
    better: Mapping[str, str] | None = None
    margins: Mapping[str, float | None] | None = None
    simulated: bool = False
    after_the_fact: bool = False
    status: str = "stopped"
    lost: bool = False
    answered: Mapping[str, Figure] | None = None

    def wants_lower(self, metric: str) -> bool:
        return (self.better or {}).get(metric) == "lower"


NOT_TRUSTWORTHY = Sentence(
    "These results are not trustworthy: the units were not split between the arms as planned (SRM). "
    "Find the cause before reading anything into the figures.",
    "Hasil ini tidak dapat dipercaya: pembagian kelompok tidak sesuai rencana (SRM). "
    "Cari penyebabnya sebelum menafsirkan angka apa pun.",
)


UNITS_LOST = Sentence(
    "These results are not trustworthy: units were lost from some arms more often than from others. "
    "Find the cause before reading anything into the figures.",
    "Hasil ini tidak dapat dipercaya: unit lebih sering hilang dari kelompok tertentu daripada dari "
    "kelompok lain. Cari penyebabnya sebelum menafsirkan angka apa pun.",
)


def not_trustworthy(setting: Setting) -> Sentence:
    """Why nothing may be read into the figures."""
    return UNITS_LOST if setting.lost else NOT_TRUSTWORTHY


def finding(contrast: Contrast, setting: Setting) -> Sentence:
    """One contrast's verdict as a sentence, on the figures that it rests on."""
    contrast = settled(contrast)
    if contrast.verdict == "still collecting":
        return _open(contrast)
    if contrast.verdict == "difference":
        return _difference(contrast, setting)
    if contrast.verdict == "cannot tell":
        return _cannot_tell(contrast)
    if contrast.verdict == "equivalent":
        return _equivalent(contrast, setting)
    if contrast.verdict == "not trustworthy":
        return not_trustworthy(setting)
    return none_shown(contrast, facts=_facts(contrast), pair=pair_of(contrast))


def _open(contrast: Contrast) -> Sentence:
    pair = pair_of(contrast)
    return Sentence(
        f"{capital(metric_name(contrast.metric))}, {pair.en}: still collecting.",
        f"{capital(metric_name(contrast.metric, 'id'))}, {pair.id}: data masih dikumpulkan.",
    )


def _difference(contrast: Contrast, setting: Setting) -> Sentence:
    winner, other = better_first(contrast, setting)
    facts = _facts(contrast)
    said = Sentence(
        f"{quoted(winner, 'en', first=True)} did better than {quoted(other, 'en')} "
        f"on {metric_name(contrast.metric)}: {facts.en}.",
        f"{quoted(winner, 'id', first=True)} lebih baik daripada {quoted(other, 'id')} "
        f"untuk {metric_name(contrast.metric, 'id')}: {facts.id}.",
    )
    return joined([said, _among_those_who_answered(contrast)]) if contrast.bounds else said


def _among_those_who_answered(contrast: Contrast) -> Sentence:
    low, high = region(contrast)
    if not (known(low) and known(high)):
        return Sentence("Only those who answered gave a rating.", "Hanya yang menjawab yang memberi nilai.")
    return Sentence(
        "Only those who answered gave a rating; allowing for who answered, "
        f"the effect lies between {interval(low, high, contrast.kind).replace(' to ', ' and ')}.",
        "Hanya yang menjawab yang memberi nilai; dengan memperhitungkan siapa yang menjawab, "
        f"pengaruhnya antara {interval(low, high, contrast.kind, 'id').replace(' sampai ', ' dan ')}.",
    )


def _equivalent(contrast: Contrast, setting: Setting) -> Sentence:
    margin = (setting.margins or {}).get(contrast.metric)
    facts, pair = _facts(contrast), pair_of(contrast)
    said = Sentence(
        f"{capital(pair.en)} are equivalent on {metric_name(contrast.metric)}, within the declared margin "
        f"of {amount(margin, contrast.kind)} points: {facts.en}.",
        f"{capital(pair.id)} setara untuk {metric_name(contrast.metric, 'id')}, dalam batas "
        f"{amount(margin, contrast.kind, 'id')} poin yang ditetapkan: {facts.id}.",
    )
    if not contrast.bounds:
        return said
    return joined([said, _among_those_who_answered(contrast), *beyond_margin(region(contrast), margin)])


def _cannot_tell(contrast: Contrast) -> Sentence:
    metric_en, metric_id = metric_name(contrast.metric), metric_name(contrast.metric, "id")
    if hinges_on_who_answered(contrast):
        return _cannot_tell_who_answered(contrast)
    reason = reason_of(contrast)
    pair = pair_of(contrast)
    return Sentence(
        f"We cannot tell whether {pair.en} differ in {metric_en}, because {reason.en}.",
        f"Tidak dapat disimpulkan apakah {pair.id} berbeda dalam {metric_id}, karena {reason.id}.",
    )


def hinges_on_who_answered(contrast: Contrast) -> bool:
    """Whether a test rejected and nothing but the bounds keeps it from being a difference."""
    return contrast.bounds is not None and (contrast.decision or {}).get("rejected_by") is not None


def _cannot_tell_who_answered(contrast: Contrast) -> Sentence:
    effect = contrast.effect if isinstance(contrast.effect, float | int) else 0.0
    moved = Sentence("raised", "menaikkan") if effect >= 0 else Sentence("lowered", "menurunkan")
    low, high = region(contrast)
    means = [
        tuple(level(value, contrast.kind, locale) for value in contrast.values) for locale in ("en", "id")
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
        f"We cannot tell whether {quoted(contrast.arm, 'en')} {moved.en} {metric_en}, because only those "
        f"who answered gave a rating and the arms may have changed who answered: the averages were "
        f"{means[0][0]} and {means[0][1]}{span.en}.",
        f"Tidak dapat disimpulkan apakah {quoted(contrast.arm, 'id')} {moved.id} {metric_id}, karena hanya "
        f"yang menjawab yang memberi nilai dan kelompok pesan bisa mengubah siapa yang menjawab: "
        f"rata-ratanya {means[1][0]} dan {means[1][1]}{span.id}.",
    )


def region(contrast: Contrast) -> tuple[Figure, Figure]:
    """The 95% region of the Lee bounds, or the bounds themselves where there is none."""
    lee = (contrast.bounds or {}).get("lee") or {}
    low, high = lee.get("ci_low"), lee.get("ci_high")
    return (low, high) if known(low) and known(high) else (lee.get("low"), lee.get("high"))


def reason_of(contrast: Contrast) -> Sentence:
    for value in (contrast.p_value, contrast.effect, *_always_valid(contrast)):
        if isinstance(value, NotEnough):
            reason = explained(value.reason)
            return Sentence(_quoting(reason.en, (contrast.arm, contrast.versus)), reason.id)
    return Sentence("not enough units have been collected", "data belum cukup")


def _quoting(reason: str, arms: Sequence[str]) -> str:
    """The reason with the arm it names in quotation marks: a whole word, for a masked arm is one letter."""
    found = re.search("|".join(rf"\b{re.escape(arm)}\b" for arm in arms), reason)
    return reason.replace(found[0], quoted(found[0], "en"), 1) if found else reason


def _always_valid(contrast: Contrast) -> tuple[Figure, ...]:
    return tuple((contrast.always_valid or {}).values())


def _facts(contrast: Contrast) -> Sentence:
    said = {}
    decided = decided_by(contrast)
    for locale in ("en", "id"):
        first, second = (level(value, contrast.kind, locale) for value in contrast.values)
        limits = interval(contrast.low, contrast.high, contrast.kind, locale)
        size = amount(contrast.effect, contrast.kind, locale)
        adjusted = contrast.test.startswith("Lin")
        if locale == "id":
            said[locale] = (
                f"{first} berbanding {second}, selisih {'yang disesuaikan ' if adjusted else ''}{size} poin "
                f"(selang kepercayaan 95% {limits}; {decided.id})"
            )
        else:
            said[locale] = (
                f"{first} against {second}, {'an adjusted' if adjusted else 'a'} difference of {size} points "
                f"(95% confidence interval {limits}; {decided.en})"
            )
    return Sentence(said["en"], said["id"])


def decided_by(contrast: Contrast) -> Sentence:
    """What decided: the fixed test's p-value, or the always-valid interval where that test may not.

    Before the planned sample the fixed p-value is descriptive, so a verdict never quotes it.
    """
    made = contrast.decision or {}
    on = _decided_on(contrast)
    if "always-valid" in (made.get("method"), made.get("rejected_by")):
        low, high = (contrast.always_valid or {}).get("low"), (contrast.always_valid or {}).get("high")
        return Sentence(
            f"always-valid interval {interval(low, high, contrast.kind)}{on.en}",
            f"selang yang selalu berlaku {interval(low, high, contrast.kind, 'id')}{on.id}",
        )
    adjusted = contrast.adjustment != "none"
    missed = _just_missed(contrast)
    return Sentence(
        f"{p_value(contrast.p_adjusted)}{' adjusted' if adjusted else ''}{missed.en}{on.en}",
        f"{p_value(contrast.p_adjusted, 'id')}{' setelah penyesuaian' if adjusted else ''}{missed.id}{on.id}",
    )


def _just_missed(contrast: Contrast) -> Sentence:
    """The level that decided, where a reader who knows only the customary one would expect a difference."""
    made, p = contrast.decision or {}, contrast.p_adjusted
    at = made.get("level", 0.0)
    usual = 1 - contrast.confidence
    decides = made.get("method") == "fixed" and not made.get("rejected_by")
    if not decides or not isinstance(p, float) or p > usual:
        return Sentence("", "")
    level_en, level_id = (_plain(at, locale) for locale in ("en", "id"))
    kept_en, kept_id = (_plain(usual - at, locale) for locale in ("en", "id"))
    return Sentence(
        f", above the {level_en} at which this test decides, because {kept_en} is kept for looks "
        "before the end",
        f", di atas {level_id} yang menjadi batas uji ini, karena {kept_id} disisihkan untuk melihat hasil "
        "sebelum akhir",
    )


def _plain(share: float, locale: str) -> str:
    return decimal(share, digits=4, locale=locale).rstrip("0")


def _decided_on(contrast: Contrast) -> Sentence:
    """How many units the verdict rests on, where more have come since."""
    n = (contrast.decision or {}).get("n", contrast.n)
    if tuple(n) == tuple(contrast.n):
        return Sentence("", "")
    known_of_all = contrast.bounds is None and contrast.kind == "proportion"
    what = Sentence("units", "unit") if known_of_all else Sentence("values", "nilai")
    what = Sentence("answers", "jawaban") if contrast.bounds is not None else what
    return Sentence(
        f"; decided on the first {count(n[0])} and {count(n[1])} {what.en}",
        f"; diputuskan pada {count(n[0], 'id')} dan {count(n[1], 'id')} {what.id} pertama",
    )


def level(value: Figure, kind: str, locale: str) -> str:
    return percent(value, locale) if kind == "proportion" else decimal(value, locale=locale)


def pair_of(contrast: Contrast) -> Sentence:
    return Sentence(
        f"{quoted(contrast.arm, 'en')} and {quoted(contrast.versus, 'en')}",
        f"{quoted(contrast.arm, 'id')} dan {quoted(contrast.versus, 'id')}",
    )


def quoted(arm: str, locale: str, *, first: bool = False) -> str:
    """An arm's name in quotation marks; with a capital where a sentence starts with it."""
    name = arm_name(arm, locale)
    return f"“{capital(name) if first else name}”"


def capital(words: str) -> str:
    if words[:1] == "“":
        return words[:1] + capital(words[1:])
    return words[:1].upper() + words[1:]


def joined(said: Sequence[Sentence]) -> Sentence:
    return Sentence(" ".join(item.en for item in said), " ".join(item.id for item in said))


def better_first(contrast: Contrast, setting: Setting) -> tuple[str, str]:
    """The arm that did better, then the other."""
    effect = contrast.effect if isinstance(contrast.effect, float | int) else 0.0
    first = (effect > 0) != setting.wants_lower(contrast.metric)
    return (contrast.arm, contrast.versus) if first else (contrast.versus, contrast.arm)
