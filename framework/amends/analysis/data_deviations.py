"""How the data differ from what was planned: who was not invited, late, set aside, left out, not tested."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from amends.analysis.course import Course
from amends.analysis.deviation import Deviation, Done, pair_name
from amends.analysis.formatting import Sentence, arm_name, count, metric_name
from amends.analysis.result import NotEnough
from amends.analysis.section import both
from amends.design.attention import excluding_checks

if TYPE_CHECKING:
    from amends.design.experiment import Experiment


def not_invited(done: Done) -> Iterator[Deviation]:
    if done.not_invited:
        arms = both(lambda locale: ", ".join(arm_name(arm, locale) for arm in done.not_invited))
        yield Deviation(
            "not_invited",
            Sentence(f"Not invited to the survey: {arms.en}.", f"Tidak diundang mengisi survei: {arms.id}."),
            Sentence(
                "Their answers cannot be compared, so these contrasts are refused.",
                "Jawabannya tidak dapat dibandingkan, sehingga perbandingan itu ditolak.",
            ),
        )


def late(done: Done) -> Iterator[Deviation]:
    late = sum(arm.late for arm in done.tally.arms)
    if late:
        yield Deviation(
            "late_answers",
            Sentence(
                f"{count(late)} answers came after the response window.",
                f"{count(late, 'id')} jawaban datang setelah batas waktu menjawab.",
            ),
            Sentence("They are kept and not counted.", "Jawaban itu disimpan tetapi tidak dihitung."),
        )


def taking_part(done: Done) -> Iterator[Deviation]:
    refused, withdrawn = (
        sum(getattr(arm, name) for arm in done.tally.arms) for name in ("refused", "withdrawn")
    )
    if refused:
        asked = refused + sum(arm.agreed for arm in done.tally.arms)
        yield Deviation(
            "refused",
            Sentence(
                f"{count(refused)} of {count(asked)} asked refused to take part.",
                f"{count(refused, 'id')} dari {count(asked, 'id')} yang ditanya tidak bersedia ikut.",
            ),
            COUNTED_AS_UNFINISHED,
        )
    if withdrawn:
        yield Deviation(
            "withdrawn",
            Sentence(
                f"{count(withdrawn)} withdrew, and their answers were deleted.",
                f"{count(withdrawn, 'id')} menarik diri, dan jawabannya dihapus.",
            ),
            COUNTED_AS_UNFINISHED,
        )


COUNTED_AS_UNFINISHED = Sentence(
    "They stay among those assigned, as not finished; how many in each arm stands in the funnel.",
    "Mereka tetap terhitung di antara yang ditetapkan, sebagai belum selesai; jumlahnya per kelompok ada "
    "pada bagian di tahap mana unit hilang.",
)


def waiting(done: Done) -> Iterator[Deviation]:
    if done.status == "stopped" and done.rule.waiting:
        open_still = sum(arm.waiting for arm in done.tally.arms)
        yield Deviation(
            "window_still_open",
            Sentence(
                f"Stopped while the response window of {count(open_still)} units was open.",
                f"Dihentikan ketika waktu menjawab {count(open_still, 'id')} unit masih terbuka.",
            ),
            Sentence(
                "Read the report again when it has closed: only then does the fixed test decide.",
                "Baca lagi laporannya setelah waktunya habis: baru saat itu uji tetap memutuskan.",
            ),
        )


def set_aside(course: Course) -> Iterator[Deviation]:
    if course.set_aside:
        yield Deviation(
            "set_aside",
            Sentence(
                f"{count(course.set_aside)} test or forced assignments are in the database.",
                f"Ada {count(course.set_aside, 'id')} penetapan uji coba atau paksaan di basis data.",
            ),
            Sentence(
                "No figure counts them: nobody drew their arm by chance.",
                "Tidak ada angka yang menghitungnya: kelompoknya tidak diundi secara acak.",
            ),
        )


def exclusions(experiment: Experiment) -> Iterator[Deviation]:
    """Sentences bind people, not the report: what it did not apply is said."""
    checks = {item.name for item in excluding_checks(experiment)}
    free = [said for said in experiment.exclusions if said not in checks]
    if free:
        listed = "; ".join(f"“{said}”" for said in free)
        yield Deviation(
            "exclusions_not_applied",
            Sentence(
                f"Declared exclusions that the report did not apply: {listed}.",
                f"Pengecualian yang ditetapkan tetapi tidak diterapkan laporan ini: {listed}.",
            ),
            Sentence(
                "The report is of everyone assigned. Leave them out before assigning, by eligible= or by not "
                "calling assign, so that the arms stay comparable.",
                "Laporan mencakup semua yang ditetapkan. Keluarkan mereka sebelum penetapan, lewat eligible= "
                "atau dengan tidak memanggil assign, agar kelompok tetap sebanding.",
            ),
        )
    if checks:
        listed = ", ".join(sorted(checks))
        yield Deviation(
            "exclusions_beside",
            Sentence(
                f"Those who failed {listed} are left out beside the full analysis, not instead of it.",
                f"Yang gagal pada {listed} dikeluarkan di samping analisis lengkap, bukan menggantikannya.",
            ),
            Sentence(
                "Whoever is left out after the message no longer follows from chance alone.",
                "Siapa yang dikeluarkan setelah pesan tidak lagi ditentukan oleh acak semata.",
            ),
        )


def untested(done: Done) -> Iterator[Deviation]:
    """Contrasts that were declared and could not be tested; once collecting has ended."""
    if done.status != "stopped" or done.rule.waiting:
        return
    missing = [item for item in done.contrasts if isinstance(item.p_value, NotEnough)]
    if missing:
        listed = both(
            lambda locale: "; ".join(
                f"{metric_name(item.metric, locale)} ({pair_name(item.arm, item.versus, locale)})"
                for item in missing
            )
        )
        yield Deviation(
            "untested",
            Sentence(
                f"Planned contrasts without a test: {listed.en}.",
                f"Perbandingan terencana tanpa uji: {listed.id}.",
            ),
            Sentence(
                "The reasons stand among the notes; no other contrast was put in their place.",
                "Alasannya ada di antara catatan; tidak ada perbandingan lain yang menggantikannya.",
            ),
        )
