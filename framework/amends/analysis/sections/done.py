"""What was done: who took part, what each arm read, how it was drawn, what was asked."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from amends.analysis.arms import arm_tally
from amends.analysis.formatting import Sentence, arm_name, cluster_name, metric_name, number, unit_names
from amends.analysis.material import Material
from amends.analysis.section import Cells, Section, SectionTable, both, count_cell, share_cell

if TYPE_CHECKING:
    from amends.design.arm import Arm
    from amends.design.experiment import Experiment
    from amends.design.wording import Wording

NAME = "done"
CHAPTER = "done"
TITLE = Sentence("What each arm was given", "Apa yang diberikan kepada tiap kelompok")
NEEDS_UNITS = False

HIDDEN = Sentence("(hidden until the stop)", "(disembunyikan sampai eksperimen dihentikan)")
NOT_HERE = Sentence("(not written here)", "(tidak ditulis di sini)")
NOTHING = Sentence("(nothing was added)", "(tanpa tambahan)")


def wanted(experiment: Experiment) -> bool:
    """Always: whoever reads the figures must be able to see what they are about."""
    return True


def section(material: Material) -> Section:
    """The design in sentences and the arms with their words."""
    experiment = material.experiment
    said = [_who(experiment), _drawn(experiment, finished=material.finished_data)]
    said += [_notice(experiment)] if experiment.notice else []
    said += [_asked(experiment, material)]
    return Section(
        NAME, CHAPTER, TITLE, said=tuple(said), tables=(_arms(material),), figures=_figures(experiment)
    )


def _who(experiment: Experiment) -> Sentence:
    least, quiet = experiment.eligible.at_least, Sentence("", "")
    if experiment.eligible.quiet_hours is not None:
        first, last = experiment.eligible.quiet_hours
        quiet = Sentence(
            f", but nobody from {first:02}:00 to {last:02}:00 by their own clock",
            f", kecuali pada pukul {first:02}.00 sampai {last:02}.00 waktu setempat",
        )
    units = both(lambda locale: unit_names(experiment.unit, locale))
    if least is None:
        return Sentence(
            f"All {units.en} could take part{quiet.en}.", f"Semua {units.id} dapat ikut serta{quiet.id}."
        )
    long = both(lambda locale: hours(least, locale))
    return Sentence(
        f"{units.en.capitalize()} who had waited at least {long.en} took part{quiet.en}.",
        f"Yang ikut serta: {units.id} yang menunggu paling sedikit {long.id}{quiet.id}.",
    )


def hours(length: timedelta, locale: str = "en") -> str:
    """A length of time in its largest fitting unit.

    >>> hours(timedelta(hours=24)), hours(timedelta(days=3), "id"), hours(timedelta(minutes=30))
    ('24 hours', '3 hari', '30 minutes')
    """
    names = {"en": ("days", "hours", "minutes"), "id": ("hari", "jam", "menit")}[locale]
    minutes = length / timedelta(minutes=1)
    for size, name in zip((1440, 60, 1), names, strict=True):
        if minutes >= 2 * size or (size == 60 and minutes >= 60) or size == 1:
            amount = minutes / size
            return f"{number(amount, digits=0 if amount.is_integer() else 1, locale=locale)} {name}"
    raise AssertionError("every length has a unit")


def _drawn(experiment: Experiment, *, finished: bool) -> Sentence:
    """How the arm was drawn; of data older than the definition we know only what came with them."""
    clustered = experiment.cluster
    whole = (
        Sentence(
            f" Everyone of one {clustered.name} got the same arm.",
            f" Semua dalam satu {cluster_name(clustered.name, 'id')} mendapat kelompok yang sama.",
        )
        if clustered
        else Sentence("", "")
    )
    if finished:
        return Sentence(
            f"The data were complete when they were taken in; how the arms were drawn was not recorded here."
            f"{whole.en}",
            f"Datanya sudah lengkap saat dimasukkan; cara kelompok diundi tidak tercatat di sini.{whole.id}",
        )
    if experiment.randomize.blocked:
        by = ", ".join(experiment.randomize.by)
        within = Sentence(f" within {by}" if by else "", f" dalam tiap {by}" if by else "")
        return Sentence(
            f"Arms were drawn by chance in blocks from a sealed list{within.en}.{whole.en}",
            f"Kelompok diundi dalam blok dari daftar tersegel{within.id}.{whole.id}",
        )
    return Sentence(
        f"Chance alone drew the arm, by a hash that anyone can recompute.{whole.en}",
        f"Kelompok diundi secara acak dengan hash yang dapat dihitung ulang siapa pun.{whole.id}",
    )


def _notice(experiment: Experiment) -> Sentence:
    return both(
        lambda locale: {
            "en": f"Every arm first read the same facts: “{words(experiment.notice, locale)}”",
            "id": f"Semua kelompok lebih dulu membaca keterangan yang sama: "
            f"“{words(experiment.notice, locale)}”",
        }[locale]
    )


def _asked(experiment: Experiment, material: Material) -> Sentence:
    measured = both(
        lambda locale: ", ".join(metric_name(metric.name, locale) for metric in experiment.metrics)
    )
    window = experiment.response_window
    closed = (
        both(lambda locale: f" ({_within(locale)} {hours(window, locale)})") if window else Sentence("", "")
    )
    if experiment.invitation is None:
        return Sentence(f"Measured: {measured.en}{closed.en}.", f"Yang diukur: {measured.id}{closed.id}.")
    left_out = both(lambda locale: ", ".join(f"“{arm_name(arm, locale)}”" for arm in material.not_invited))
    but = (
        Sentence(f" except {left_out.en}", f" kecuali {left_out.id}")
        if material.not_invited
        else Sentence("", "")
    )
    return Sentence(
        f"All arms{but.en} got the same invitation to the survey. Measured: {measured.en}{closed.en}.",
        f"Semua kelompok{but.id} menerima undangan survei yang sama. Yang diukur: {measured.id}{closed.id}.",
    )


def _within(locale: str) -> str:
    return {"en": "counted within", "id": "dihitung dalam"}[locale]


def _arms(material: Material) -> SectionTable:
    experiment = material.experiment
    written = any(arm.text for arm in experiment.arms)
    silent = NOT_HERE if material.finished_data and not written else NOTHING
    silent = HIDDEN if material.masked else silent
    rows = tuple(
        _row(arm, share, arm_tally(material.tally, arm.name).assigned, silent=silent, masked=material.masked)
        for arm, share in zip(experiment.arms, experiment.shares, strict=True)
    )
    columns = (
        Sentence("arm", "kelompok pesan"),
        Sentence("its sentence", "kalimatnya"),
        Sentence("planned share", "porsi rencana"),
        Sentence("assigned", "ditetapkan"),
    )
    return SectionTable(columns, rows, words=2)


def _row(arm: Arm, share: float, assigned: int, *, silent: Sentence, masked: bool) -> Cells:
    sentence = both(lambda locale: words(arm.text, locale)) if arm.text and not masked else silent
    return both(lambda locale: arm_name(arm.name, locale)), sentence, share_cell(share), count_cell(assigned)


def words(text: Wording | None, locale: str) -> str:
    """The text in the reader's language, else in the first it is written in."""
    if text is None:
        return ""
    return text.get(locale) or next(iter(text.texts.values()))


def _figures(experiment: Experiment) -> dict[str, object]:
    return {
        "unit": experiment.unit,
        "randomization": experiment.randomize.kind,
        "cluster": experiment.cluster.name if experiment.cluster else None,
        "shares": {arm.name: share for arm, share in zip(experiment.arms, experiment.shares, strict=True)},
        "sentences": {arm.name: dict(arm.text.texts) if arm.text else None for arm in experiment.arms},
        "metrics": [metric.name for metric in experiment.metrics],
    }
