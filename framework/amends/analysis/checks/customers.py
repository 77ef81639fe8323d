"""Checks of who is in it: repeats, carry-over, other experiments, clusters apart, and who does not count."""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt
from typing import TYPE_CHECKING

from amends.analysis.arms import arm_tally
from amends.analysis.checks.check import (
    BROKEN_BELOW,
    LOOK_BELOW,
    Check,
    alike,
    by_arm,
    graded,
    shares_found,
    tested,
)
from amends.analysis.formatting import Figure, Sentence, amount, count
from amends.analysis.result import NotEnough
from amends.analysis.section import both

if TYPE_CHECKING:
    from amends.analysis.checks.row_counts import RowCounts
    from amends.analysis.material import Material
    from amends.analysis.means import Summary

WITHIN_DAYS = 30
"""How far back other experiments are looked at."""
MANY_REPEATS = 0.10


def customer_checks(material: Material) -> list[Check]:
    """All checks of the units themselves; none where no rows were counted."""
    rows = material.rows
    if rows is None:
        return []
    units = {arm.name: arm_tally(material.tally, arm.name).assigned for arm in material.experiment.arms}
    found = [_apart(rows)] if rows.apart is not None else []
    found += [_repeats(material, rows, units), _elsewhere(material, rows, units)]
    if material.experiment.on_repeat == "new_unit":
        found.append(_carried(material, rows))
    return [*found, _left_out(material, rows)]


def _apart(rows: RowCounts) -> Check:
    n = rows.apart or 0
    return Check(
        name="clusters_apart",
        what=Sentence("clusters in more than one arm", "gugus di lebih dari satu kelompok"),
        found=both(lambda locale: count(n, locale)),
        state="broken" if n else "ok",
        meaning=Sentence(
            "Units of one cluster are in different arms, although a cluster is drawn as a whole: rows were "
            "changed. Clusters that saw both messages compare nothing; restore them from a backup.",
            "Unit dalam satu gugus berada di kelompok yang berbeda, padahal gugus diundi utuh: ada baris "
            "yang diubah. Gugus yang melihat kedua pesan tidak membandingkan apa pun; pulihkan cadangannya.",
        ),
        figures={"clusters": n},
    )


def _repeats(material: Material, rows: RowCounts, units: Mapping[str, int]) -> Check:
    several = {arm: rows.incidents.get(arm, 0) for arm in units}
    p = alike(list(several.values()), list(units.values()), clustered=material.experiment.clustered)
    total = sum(units.values())
    many = total > 0 and sum(several.values()) / total > MANY_REPEATS
    return Check(
        name="repeats",
        what=Sentence("units with several incidents", "unit dengan beberapa kejadian"),
        found=shares_found(several, units, p),
        state="look at this" if many else graded(p, look=LOOK_BELOW),
        meaning=Sentence(
            "Many units heard the message more than once, or more in one arm than in another: the result "
            "is of repeated messages. The survey was asked about once, whatever the number of incidents.",
            "Banyak unit menerima pesan lebih dari sekali, atau lebih sering di satu kelompok: hasilnya "
            "adalah pengaruh pesan berulang. Survei hanya diminta sekali, berapa pun kejadiannya.",
        ),
        figures={"units": several, "assigned": dict(units), "p_value": p},
    )


def _elsewhere(material: Material, rows: RowCounts, units: Mapping[str, int]) -> Check:
    both_in = {arm: rows.elsewhere.get(arm, 0) for arm in units}
    p = alike(list(both_in.values()), list(units.values()), clustered=material.experiment.clustered)
    return Check(
        name="other_experiments",
        what=Sentence(
            f"in another experiment in the {WITHIN_DAYS} days before",
            f"ikut eksperimen lain dalam {WITHIN_DAYS} hari sebelumnya",
        ),
        found=shares_found(both_in, units, p),
        state=graded(p, look=BROKEN_BELOW),
        meaning=Sentence(
            "Customers who came from another experiment are not spread evenly over the arms, so its "
            "message may carry over into this comparison. Give the experiments layers of their own.",
            "Pelanggan dari eksperimen lain tidak tersebar merata antarkelompok, sehingga pesannya bisa "
            "terbawa ke perbandingan ini. Beri tiap eksperimen lapisannya sendiri.",
        ),
        figures={"units": both_in, "assigned": dict(units), "within_days": WITHIN_DAYS, "p_value": p},
    )


def _carried(material: Material, rows: RowCounts) -> Check:
    """Whether later incidents of the same customer change completion differently in the arms.

    One figure per customer (later share less first), so that customers stay whole; Welch's F over the arms.
    """
    nobody = (0, 0.0, 0.0, 0.0, 0.0)
    sums = {arm.name: rows.carried.get(arm.name, nobody) for arm in material.experiment.arms}
    changes = {arm: _change(*values) for arm, values in sums.items() if values[0]}
    p = _changes_alike(list(changes.values()), arms=len(sums))
    none = Sentence("no customer has several incidents", "tidak ada pelanggan dengan beberapa kejadian")

    def found(locale: str) -> str:
        words = {"en": "points later less first", "id": "poin, kemudian dikurangi pertama"}[locale]
        parts = {
            arm: f"{amount(found.mean, 'proportion', locale)} (n = {count(found.n, locale)})"
            for arm, found in changes.items()
        }
        return f"{by_arm(parts, locale)} {words}{tested(p, locale)}"

    return Check(
        name="carry_over",
        what=Sentence("completion at a customer's later incidents", "penyelesaian pada kejadian berikutnya"),
        found=both(found) if changes else none,
        state=graded(p, look=LOOK_BELOW),
        meaning=Sentence(
            "The arms differ more, or less, once a customer has met the message before: what was said at "
            "the first incident carries over. Read the first incidents by themselves too.",
            "Perbedaan antarkelompok berubah setelah pelanggan pernah menerima pesan: yang dikatakan pada "
            "kejadian pertama terbawa. Baca juga kejadian pertama secara terpisah.",
        ),
        figures={
            "customers": {
                arm: {"n": n, "first": first / n, "later": later / n} if n else {"n": 0}
                for arm, (n, first, later, _, _) in sums.items()
            },
            "p_value": p,
        },
    )


def _changes_alike(changes: list[Summary], *, arms: int) -> Figure:
    from amends.analysis.omnibus import Anova, anova, welch_anova

    if len(changes) < arms:
        return NotEnough("an arm has no customer with several incidents")
    found = welch_anova(changes)
    if not isinstance(found, Anova):
        # Where an arm's customers all changed alike its weight has no bound; one spread for all has.
        found = anova(changes)
    return found.p_value if isinstance(found, Anova) else found


def _change(n: float, first: float, later: float, change: float, squares: float) -> Summary:
    """Of customers with several incidents: the share completed later less the first."""
    from amends.analysis.means import Summary

    spread = sqrt(max(0.0, squares - change * change / n) / max(1, n - 1))
    return Summary(int(n), change / n, spread)


def _left_out(material: Material, rows: RowCounts) -> Check:
    refused = sum(n for status, reason, n in material.turned_away if "opted out" in reason)
    figures = {
        "tests": rows.tests,
        "opted_out_before": refused,
        "opted_out_since": rows.opted_out,
        "erased": rows.erased,
    }
    return Check(
        name="left_out",
        what=Sentence("not counted, or without a name", "tidak dihitung, atau tanpa nama"),
        found=both(
            lambda locale: {
                "en": f"test or forced {count(rows.tests)} · opted out before {count(refused)}, "
                f"since {count(rows.opted_out)} · erased in all experiments {count(rows.erased)}",
                "id": f"uji coba atau dipaksa {count(rows.tests, 'id')} · menolak ikut sebelumnya "
                f"{count(refused, 'id')}, sesudahnya {count(rows.opted_out, 'id')} · dihapus di semua "
                f"eksperimen {count(rows.erased, 'id')}",
            }[locale]
        ),
        state="ok",
        meaning=Sentence(
            "Test and forced units stand in no figure. Who opts out after the assignment and who is erased "
            "stays in the counts, so that the arms stay comparable.",
            "Unit uji coba dan yang dipaksa tidak masuk angka mana pun. Yang menolak setelah pembagian dan "
            "yang dihapus tetap dihitung, supaya kelompok tetap sebanding.",
        ),
        figures=figures,
    )
