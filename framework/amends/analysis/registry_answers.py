"""What a frozen definition says to each question of a registry, sentence by sentence."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from amends.analysis.formatting import Sentence, arm_name, asked_by, count, percent, unit_names
from amends.analysis.section import both
from amends.analysis.sections.done import hours, words
from amends.design.attention import attention_checks, excluding_checks

if TYPE_CHECKING:
    from amends.design.arm import Arm
    from amends.design.experiment import Experiment
    from amends.design.plan import Plan

Sentences = tuple[Sentence, ...]


def data_collected(frozen_at: datetime | None, *, after_the_fact: bool) -> Sentences:
    """Whether there were data when the plan was made."""
    if after_the_fact:
        return (
            Sentence(
                "Yes. This was written after the fact: the data were there before the definition.",
                "Sudah. Ini ditulis setelah kejadian: data sudah ada sebelum definisi.",
            ),
        )
    if frozen_at is None:
        return (Sentence("No. The experiment has not started.", "Belum. Eksperimen belum dimulai."),)
    return (
        Sentence(
            "No. The definition was frozen at the start, and units are assigned only after it.",
            "Belum. Definisi dibekukan saat mulai, dan unit baru ditetapkan sesudahnya.",
        ),
    )


def hypothesis(experiment: Experiment) -> Sentences:
    """The question and the expectation, in the team's own words."""
    return (
        asked_by(experiment) or Sentence("No question is written.", "Pertanyaan tidak ditulis."),
        Sentence(f"Expected: {experiment.hypothesis}", f"Yang diharapkan: {experiment.hypothesis}")
        if experiment.hypothesis
        else Sentence(
            "No direction is declared: every test is two-sided.",
            "Arah tidak ditetapkan: semua uji dua sisi.",
        ),
    )


def conditions(experiment: Experiment) -> Sentences:
    """The arms with their shares, and how they are drawn."""
    names = both(
        lambda locale: ", ".join(_arm(experiment, place, locale) for place in range(len(experiment.arms)))
    )
    number = len(experiment.arms)
    units = both(lambda locale: unit_names(experiment.unit, locale))
    drawn = (
        Sentence(
            "in blocks of random size from a sealed list", "dalam blok berukuran acak dari daftar tersegel"
        )
        if experiment.randomize.blocked
        else Sentence(
            "by a hash of the id that anyone can recompute", "dengan hash atas id yang dapat dihitung ulang"
        )
    )
    within = ", ".join(experiment.strata)
    cluster = experiment.cluster.name if experiment.cluster else None
    said = [
        Sentence(f"{number} arms: {names.en}.", f"{number} kelompok pesan: {names.id}."),
        *(_said(arm) for arm in experiment.speaking_arms),
        Sentence(
            f"Arms are drawn for {units.en} {drawn.en}{f', within {within}' if within else ''}"
            f"{f'; everyone of one {cluster} gets the same arm' if cluster else ''}.",
            f"Kelompok diundi untuk {units.id} {drawn.id}{f', dalam tiap {within}' if within else ''}"
            f"{f'; semua dalam satu {cluster} mendapat kelompok yang sama' if cluster else ''}.",
        ),
    ]
    if experiment.masked:
        said.append(
            Sentence(
                "The arms are masked: until the stop every report shows letters in their place.",
                "Kelompok disamarkan: sampai dihentikan, semua laporan menampilkan huruf sebagai gantinya.",
            )
        )
    return tuple(said)


def _arm(experiment: Experiment, place: int, locale: str) -> str:
    return f"{arm_name(experiment.arms[place].name, locale)} ({percent(experiment.shares[place], locale)})"


def _said(arm: Arm) -> Sentence:
    return both(lambda locale: f"{arm_name(arm.name, locale).capitalize()}: “{words(arm.text, locale)}”")


def exclusions(experiment: Experiment) -> Sentences:
    """Who is left out; by default nobody."""
    checks = {item.name for item in excluding_checks(experiment)}
    said = [Sentence("No value is removed as an outlier.", "Tidak ada nilai yang dibuang sebagai pencilan.")]
    for excluded in experiment.exclusions:
        said.append(
            Sentence(
                f"Left out in a second analysis beside the full one: who fails the check {excluded}.",
                f"Dikeluarkan dalam analisis kedua di samping yang lengkap: yang gagal pada pemeriksaan "
                f"perhatian {excluded}.",
            )
            if excluded in checks
            else Sentence(f"Left out: {excluded}.", f"Dikeluarkan: {excluded}.")
        )
    if not experiment.exclusions:
        said.append(
            Sentence(
                "Nobody who was assigned is left out.", "Tidak ada yang sudah ditetapkan yang dikeluarkan."
            )
        )
    return tuple(said)


def sample_size(experiment: Experiment, plan: Plan) -> Sentences:
    """The planned sample and everything it rests on."""
    units = both(lambda locale: unit_names(experiment.unit, locale))
    smallest, total = (both(lambda locale, n=n: count(n, locale)) for n in (plan.smallest, plan.total))  # type: ignore[misc]
    power = both(lambda locale: percent(experiment.power, locale))
    said = [
        Sentence(
            f"{total.en} {units.en} in all, at least {smallest.en} in each arm, counted when they are "
            "assigned.",
            f"{total.id} {units.id} seluruhnya, paling sedikit {smallest.id} di tiap kelompok, dihitung saat "
            "ditetapkan.",
        ),
        Sentence(f"Power {power.en}.", f"Kuasa uji {power.id}."),
    ]
    said += [
        Sentence(en, other) for en, other in zip(plan.assumptions["en"], plan.assumptions["id"], strict=True)
    ]
    return tuple(said)


def other(experiment: Experiment) -> Sentences:
    """Window, repeats, layers, checks: what else is frozen."""
    return tuple(_other(experiment))


def _other(experiment: Experiment) -> Iterator[Sentence]:
    window = experiment.response_window
    if window is None:
        yield Sentence(
            "No response window: answers count whenever they come, and the fixed test waits for the stop.",
            "Tanpa batas waktu menjawab: jawaban dihitung kapan pun datangnya, dan uji tetap menunggu "
            "penghentian.",
        )
    else:
        long = both(lambda locale: hours(window, locale))
        yield Sentence(
            f"Answers count within {long.en} of the invitation.",
            f"Jawaban dihitung dalam {long.id} sejak undangan.",
        )
    reminder = experiment.reminder
    if reminder is not None:
        share = both(lambda locale: percent(reminder.share, locale))
        within = both(lambda locale: hours(reminder.within, locale))
        yield Sentence(
            f"Of those silent when the response window has closed, a share of {share.en} drawn by chance is "
            f"reminded; what they answer within {within.en} counts in the double-sampling estimate alone "
            "(Hansen and Hurwitz).",
            f"Dari yang belum menjawab saat waktu menjawab habis, {share.id} yang diundi diingatkan; jawaban "
            f"mereka dalam {within.id} hanya dihitung dalam perkiraan penyampelan ganda (Hansen dan "
            "Hurwitz).",
        )
    for item in attention_checks(experiment):
        right = getattr(item, "correct", None)
        yield Sentence(
            f"Attention check {item.name}: "
            + (f"the right answer is {right}." if right is not None else "no right answer is declared."),
            f"Pemeriksaan perhatian {item.name}: "
            + (f"jawaban benarnya {right}." if right is not None else "jawaban benar tidak ditetapkan."),
        )
    declared = experiment.survey if isinstance(experiment.survey, tuple) else ()
    checks = [item for item in declared if getattr(item, "role", None) == "manipulation_check"]
    if checks:
        said = both(lambda locale: ", ".join(_manipulation_check(item, locale) for item in checks))
        yield Sentence(f"Manipulation checks: {said.en}.", f"Pemeriksaan manipulasi: {said.id}.")
    for held, what in (
        (
            experiment.layer,
            Sentence("Layer shared with other experiments", "Lapisan bersama eksperimen lain"),
        ),
        (experiment.holdout, Sentence("Holdout", "Kelompok cadangan")),
    ):
        if held is not None:
            yield Sentence(f"{what.en}: {held.name}.", f"{what.id}: {held.name}.")
    if experiment.owner:
        yield Sentence(f"Responsible: {experiment.owner}.", f"Penanggung jawab: {experiment.owner}.")


def _manipulation_check(item: Any, locale: str) -> str:
    counted = getattr(item, "correct", None)
    share = {"en": f" (share that chose {counted})", "id": f" (porsi yang memilih {counted})"}[locale]
    return f"{item.name}{share if counted is not None else ''}"
