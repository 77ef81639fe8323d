"""How an experiment's course differs from its plan: edits, coverage, pauses, unmasking, sample, verdicts."""

from __future__ import annotations

from collections.abc import Iterator

from amends.analysis.course import Course
from amends.analysis.deviation import Deviation, Done, pair_name
from amends.analysis.formatting import Sentence, count, metric_name, moment, percent, unit_names
from amends.analysis.section import both
from amends.analysis.verdict import NEARLY_PLANNED


def edited(course: Course) -> Iterator[Deviation]:
    if course.edited:
        fields = ", ".join(course.edited)
        yield Deviation(
            "edited",
            Sentence(
                f"The file was edited after the start, in: {fields}.",
                f"Berkas disunting setelah dimulai, pada: {fields}.",
            ),
            Sentence(
                "The report goes by the definition frozen at the start. Undo the edit, or copy the file to a "
                "new key and start that.",
                "Laporan mengikuti definisi yang dibekukan saat mulai. Batalkan suntingan itu, atau salin "
                "berkas dengan nama baru dan mulai yang itu.",
            ),
        )


def coverage(course: Course) -> Iterator[Deviation]:
    before = course.coverage
    for at, share in course.ramps:
        low, high = float(before), float(share)
        yield Deviation(
            "coverage_raised",
            Sentence(
                f"The share taken in was raised from {percent(low)} to {percent(high)} on {moment(at)}.",
                f"Porsi yang diikutkan dinaikkan dari {percent(low, 'id')} menjadi {percent(high, 'id')} "
                f"pada {moment(at, 'id')}.",
            ),
            Sentence(
                "The arms stay comparable, for the same share of each was taken in on any day; later days "
                "weigh more.",
                "Kelompok tetap sebanding, karena setiap hari porsi tiap kelompok sama; hari yang lebih "
                "akhir berbobot lebih besar.",
            ),
        )
        before = share


def pauses(course: Course) -> Iterator[Deviation]:
    for since, until in course.pauses:
        end = (
            Sentence(f"to {moment(until)}", f"sampai {moment(until, 'id')}")
            if until
            else Sentence("and not resumed yet", "dan belum dilanjutkan")
        )
        yield Deviation(
            "paused",
            Sentence(
                f"Paused from {moment(since)} {end.en}.", f"Dijeda dari {moment(since, 'id')} {end.id}."
            ),
            Sentence(
                "Nobody was assigned meanwhile: the customers of that time are missing from every arm alike.",
                "Selama itu tidak ada yang ditetapkan, sehingga pelanggan pada masa itu tidak ada di semua "
                "kelompok.",
            ),
        )


def unmasked(course: Course) -> Iterator[Deviation]:
    if course.unmasked:
        at, reason = course.unmasked
        yield Deviation(
            "unmasked",
            Sentence(
                f"The arms were unmasked on {moment(at)}, before the stop. Reason: “{reason}”",
                f"Penyamaran kelompok dibuka pada {moment(at, 'id')}, sebelum dihentikan. Alasan: “{reason}”",
            ),
            Sentence(
                "From then on somebody could stop on a result, so an early stop is no longer decided by the "
                "fixed test.",
                "Sejak saat itu hasil dapat memengaruhi keputusan berhenti, sehingga penghentian lebih awal "
                "tidak lagi diputuskan oleh uji tetap.",
            ),
        )


def sample(done: Done) -> Iterator[Deviation]:
    planned, reached = done.planned, done.reached
    if planned is None or done.rule.waiting:
        # While answers may still come in, nobody can say how many units there are.
        return
    names = both(lambda locale: unit_names(done.experiment.unit, locale))
    numbers = both(lambda locale: f"{count(reached, locale)} / {count(planned, locale)}")
    if done.status == "stopped" and reached < planned:
        yield Deviation(
            "stopped_early",
            Sentence(
                f"Stopped before the planned sample: {numbers.en} planned {names.en} in the arm furthest "
                "behind.",
                f"Dihentikan sebelum sampel yang direncanakan tercapai: {numbers.id} {names.id} yang "
                "direncanakan di kelompok yang paling tertinggal.",
            ),
            _who_decides(done),
        )
    elif reached > planned:
        yield Deviation(
            "more_than_planned",
            Sentence(
                f"More units than planned: {numbers.en} {names.en} in the arm furthest behind.",
                f"Unit melebihi rencana: {numbers.id} {names.id} di kelompok yang paling tertinggal.",
            ),
            Sentence(
                "The fixed test decides once, on the first planned units; those who came later are shown and "
                "decide nothing.",
                "Uji tetap memutuskan satu kali, pada unit pertama sesuai rencana; yang datang kemudian "
                "ditampilkan tetapi tidak ikut menentukan.",
            ),
        )


def _who_decides(done: Done) -> Sentence:
    if done.rule.method == "fixed" and done.reached >= NEARLY_PLANNED * (done.planned or 0):
        return Sentence(
            "The rule allows the fixed test from 95% of the plan on.",
            "Aturan membolehkan uji tetap sejak 95% dari rencana.",
        )
    if done.rule.method == "fixed":
        return Sentence(
            "The arms were masked, so nobody could stop on a result: the rule allows the fixed test.",
            "Kelompok disamarkan, sehingga tidak ada yang dapat berhenti karena hasilnya: aturan membolehkan "
            "uji tetap.",
        )
    return Sentence(
        "Somebody stopped it, not the rule: the always-valid interval decides and the p-values are "
        "descriptive.",
        "Yang menghentikan adalah orang, bukan aturan: selang yang selalu berlaku yang memutuskan dan "
        "nilai p hanya bersifat deskriptif.",
    )


def early_verdicts(course: Course) -> Iterator[Deviation]:
    """Verdicts of the always-valid interval before the stop, which the rule allows at any look."""
    for made in course.verdicts:
        if made.method != "always-valid" or (course.stopped_at and made.at >= course.stopped_at):
            continue
        first, second = made.n
        pair = Sentence(*(pair_name(made.arm, made.versus, locale) for locale in ("en", "id")))
        yield Deviation(
            "verdict_made_early",
            Sentence(
                f"The verdict on {metric_name(made.metric)}, {pair.en}, was made "
                f"while collecting, on {moment(made.at)}, with {count(first)} and {count(second)} units.",
                f"Putusan tentang {metric_name(made.metric, 'id')}, {pair.id}, "
                f"dibuat saat data masih dikumpulkan, pada {moment(made.at, 'id')}, dengan "
                f"{count(first, 'id')} dan {count(second, 'id')} unit.",
            ),
            Sentence(
                "The always-valid interval may be read at any time, so this costs no error; the effect of an "
                "early verdict tends to be overstated.",
                "Selang yang selalu berlaku boleh dibaca kapan saja, jadi ini tidak menambah galat; besar "
                "pengaruh dari putusan dini cenderung terlalu tinggi.",
            ),
        )
