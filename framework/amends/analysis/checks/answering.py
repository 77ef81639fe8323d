"""Checks of the answers: refused, repeated, late or early ones, and how they were filled in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from amends.analysis.arms import arm_tally
from amends.analysis.checks.check import LOOK_BELOW, Check, alike, graded, shares_found
from amends.analysis.formatting import Sentence, count, number, percent
from amends.analysis.section import both
from amends.tally import ArmTally

if TYPE_CHECKING:
    from amends.analysis.checks.row_counts import RowCounts
    from amends.analysis.material import Material

REFUSED = ("refused", "response_before_assignment")
"""Statuses under which answers of units that were never assigned are counted."""
REPEATED = "repeated"
TOLERANCE = 60.0
"""Seconds by which an answer may come before the recorded sending: clocks of two machines differ."""
SECONDS_PER_QUESTION = 1.0
"""Nobody reads and answers a question in less."""
MANY_REFUSED = 0.01
MANY_REPEATED = 0.05
MANY_LATE = 0.20
MANY_FAST = 0.10
MANY_STRAIGHT = 0.30
MANY_EARLY = 0.05


def answer_checks(material: Material) -> list[Check]:
    """All checks of the answers; those that need rows only where rows were counted."""
    if material.experiment.invitation is None and not material.finished_data:
        return []
    arms = {arm.name: arm_tally(material.tally, arm.name) for arm in material.experiment.arms}
    found = [_late(material, arms)]
    if not material.finished_data:
        found = [_refused(material, arms), _repeated(material, arms), *found]
    rows = material.rows
    if rows is None:
        return found
    # Masked arms hide when anything was sent, and with it who answered before.
    timed = not material.finished_data and not material.masked
    if timed and material.experiment.show_message == "message":
        found.append(_early(rows, arms))
    if any(rows.timed.values()):
        found.append(_fast(material, rows, arms))
    if any(rows.rated_all.values()):
        found.append(_straight(material, rows, arms))
    return found


def _refused(material: Material, arms: Mapping[str, ArmTally]) -> Check:
    n = sum(times for status, _, times in material.turned_away if status in REFUSED)
    tried = n + sum(arm.started for arm in arms.values())
    return Check(
        name="refused_answers",
        what=Sentence("answers of units never assigned", "jawaban dari unit yang tidak pernah ditetapkan"),
        found=_of(n, tried),
        state="look at this" if tried and n / tried > MANY_REFUSED else "ok",
        meaning=Sentence(
            "Answers came in under ids that were never assigned and were refused: the survey tool and the "
            "sender write ids differently, or somebody else fills the form in. Compare the two lists of ids.",
            "Ada jawaban dengan id yang tidak pernah ditetapkan dan ditolak: alat survei dan pengirim "
            "menulis id secara berbeda, atau orang lain mengisi formulirnya. Bandingkan kedua daftar id.",
        ),
        figures={"refused": n, "answers": tried},
    )


def _repeated(material: Material, arms: Mapping[str, ArmTally]) -> Check:
    again = {reason: times for status, reason, times in material.turned_away if status == REPEATED}
    n, tried = sum(again.values()), sum(again.values()) + sum(arm.finished for arm in arms.values())
    counted = material.rows.again if material.rows is not None else {}
    own = {name: counted.get(name, 0) for name in arms}
    return Check(
        name="repeated_answers",
        what=Sentence("answers that came again", "jawaban yang datang lagi"),
        found=_of(n, tried) if not any(own.values()) else _again_by_arm(n, tried, own, arms),
        state="look at this" if tried and n / tried > MANY_REPEATED else "ok",
        meaning=Sentence(
            "Answers of units that had answered were not counted a second time; the first finished one "
            "stands. So many of them say that a sender delivers twice or that links are shared.",
            "Jawaban dari unit yang sudah menjawab tidak dihitung dua kali; yang selesai pertama berlaku. "
            "Sebanyak ini berarti ada pengirim yang mengirim dua kali atau tautan yang dibagikan.",
        ),
        figures={"repeated": n, "reasons": again, "answers": tried, "by_arm": own},
    )


def _again_by_arm(n: int, tried: int, own: Mapping[str, int], arms: Mapping[str, ArmTally]) -> Sentence:
    """In all, then per arm how many came again among those that came: which says if a sender doubles one."""
    came = {name: times + arms[name].finished for name, times in own.items()}
    total, parts = _of(n, tried), shares_found(own, came)
    return both(lambda locale: f"{total[locale]} · {parts[locale]}")


def _late(material: Material, arms: Mapping[str, ArmTally]) -> Check:
    late = {name: arm.late for name, arm in arms.items()}
    finished = {name: arm.finished for name, arm in arms.items()}
    return _behaviour(
        material,
        "late_answers",
        Sentence("answers after the window", "jawaban setelah batas waktu"),
        late,
        finished,
        many=MANY_LATE,
        meaning=Sentence(
            "Late answers are kept but not counted. Many of them ask for a longer window; unequal shares "
            "mean that an arm changes when people answer, not only whether.",
            "Jawaban terlambat disimpan tetapi tidak dihitung. Jika banyak, perpanjang batas waktunya; jika "
            "porsinya berbeda, kelompok memengaruhi kapan orang menjawab, bukan hanya apakah.",
        ),
    )


def _early(rows: RowCounts, arms: Mapping[str, ArmTally]) -> Check:
    early = {name: rows.early.get(name, 0) for name in arms}
    started = {name: arm.started for name, arm in arms.items()}
    n, tried = sum(early.values()), sum(started.values())
    state = "ok" if not n else "broken" if n > MANY_EARLY * tried else "look at this"
    return Check(
        name="early_answers",
        what=Sentence("answers before the message was sent", "jawaban sebelum pesan dikirim"),
        found=shares_found(early, started),
        state=state,
        meaning=Sentence(
            "Who answers before the message cannot have been moved by it. Either the recorded times are "
            "wrong (compare the clocks, and record a sending when it happens) or links went out too early.",
            "Yang menjawab sebelum pesan tidak mungkin terpengaruh olehnya. Waktu yang dicatat salah "
            "(cocokkan jam, dan catat pengiriman saat terjadi) atau tautan dikirim terlalu dini.",
        ),
        figures={"early": early, "started": started, "tolerance_seconds": TOLERANCE},
    )


def least_seconds(material_items: int) -> float:
    """Seconds below which nobody has read that many questions.

    >>> least_seconds(4)
    4.0
    """
    return max(2.0, SECONDS_PER_QUESTION * material_items)


def _fast(material: Material, rows: RowCounts, arms: Mapping[str, ArmTally]) -> Check:
    fast = {name: rows.fast.get(name, 0) for name in arms}
    timed = {name: rows.timed.get(name, 0) for name in arms}
    least = least_seconds(len(material.experiment.items))
    seconds = both(lambda locale: number(least, digits=0, locale=locale))
    return _behaviour(
        material,
        "fast_answers",
        Sentence(
            f"filled in within {seconds.en} seconds", f"diisi dalam waktu kurang dari {seconds.id} detik"
        ),
        fast,
        timed,
        many=MANY_FAST,
        meaning=Sentence(
            "Nobody reads the questions that quickly: these are machines or people who tap through. Their "
            "ratings blur every difference; read the figures without them too, if that was planned.",
            "Tidak ada yang membaca pertanyaan secepat itu: ini mesin atau orang yang asal menekan. Nilai "
            "mereka mengaburkan perbedaan; baca juga angka tanpa mereka, bila itu direncanakan.",
        ),
        more={"least_seconds": least},
    )


def _straight(material: Material, rows: RowCounts, arms: Mapping[str, ArmTally]) -> Check:
    straight = {name: rows.straight.get(name, 0) for name in arms}
    rated = {name: rows.rated_all.get(name, 0) for name in arms}
    return _behaviour(
        material,
        "straight_lining",
        Sentence("the same answer to every rating", "jawaban yang sama untuk semua penilaian"),
        straight,
        rated,
        many=MANY_STRAIGHT,
        meaning=Sentence(
            "Many gave one and the same answer throughout: delight, or haste. Where a statement is turned "
            "round it cannot be delight. Reliability and mediation of the scales suffer first.",
            "Banyak yang memberi jawaban sama di semua pertanyaan: sangat puas, atau tergesa-gesa. Bila ada "
            "pernyataan terbalik, itu bukan karena puas. Reliabilitas dan mediasi paling terpengaruh.",
        ),
    )


def _behaviour(
    material: Material,
    name: str,
    what: Sentence,
    events: Mapping[str, int],
    units: Mapping[str, int],
    *,
    many: float,
    meaning: Sentence,
    more: Mapping[str, float] | None = None,
) -> Check:
    """A share that may be large, or differ between the arms; neither is a fault of the randomisation."""
    p = alike(list(events.values()), list(units.values()), clustered=material.experiment.clustered)
    total = sum(units.values())
    large = total > 0 and sum(events.values()) / total > many
    return Check(
        name=name,
        what=what,
        found=shares_found(events, units, p),
        state="look at this" if large else graded(p, look=LOOK_BELOW),
        meaning=meaning,
        figures={"events": dict(events), "of": dict(units), "p_value": p, **(more or {})},
    )


def _of(n: int, total: int) -> Sentence:
    def said(locale: str) -> str:
        of = "dari" if locale == "id" else "of"
        share = f" ({percent(n / total, locale)})" if total else ""
        return f"{count(n, locale)} {of} {count(total, locale)}{share}"

    return both(said)
