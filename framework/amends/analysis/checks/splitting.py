"""Checks of the split: the arms' shares in all and within days, channels and senders, and losses after it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from amends.analysis.arms import arm_tally
from amends.analysis.cell_splits import CellSplit
from amends.analysis.checks.check import BROKEN_BELOW, Check, by_arm, shares_found, tested
from amends.analysis.formatting import Sentence, count, p_value
from amends.analysis.reasons import explained
from amends.analysis.result import NotEnough
from amends.analysis.section import both

if TYPE_CHECKING:
    from amends.analysis.material import Material
    from amends.analysis.split import Split

SHARES = Sentence("arms' shares, all units", "porsi tiap kelompok, semua unit")
PLACES = {
    "day": Sentence("arms' shares, each day", "porsi tiap kelompok, per hari"),
    "channel": Sentence("arms' shares, each channel", "porsi tiap kelompok, per kanal"),
    "sender": Sentence("arms' shares, each sender", "porsi tiap kelompok, per pengirim"),
}
LOSSES = {
    "delivered": Sentence("deliveries lost", "pesan yang tidak terkirim"),
    "analysed": Sentence("units lost before the analysis", "unit yang hilang sebelum analisis"),
}
UNEVEN = Sentence(
    "Chance does this less than once in 1,000 experiments: some units were assigned, recorded or deleted "
    "differently in the arms. Trust no result; find the sender, day or filter at fault and begin again.",
    "Kebetulan menghasilkan ini kurang dari sekali dalam 1.000 eksperimen: ada unit yang ditetapkan, "
    "dicatat, atau dihapus secara berbeda antarkelompok. Jangan percayai hasilnya; cari pengirim, hari, atau "
    "penyaring yang salah, lalu mulai lagi.",
)
NOT_THE_LIST = Sentence(
    "The stored arms differ from the sealed list: somebody changed rows or chose arms by hand. "
    "Trust no result; compare the rows with `amends db verify`.",
    "Kelompok yang tersimpan berbeda dari daftar tersegel: ada baris yang diubah atau kelompok yang dipilih "
    "sendiri. Jangan percayai hasilnya; periksa barisnya dengan `amends db verify`.",
)
LOST = Sentence(
    "Units disappeared from one arm more often than from another, so those left no longer compare. "
    "Trust no result; find out why, for instance a template that one carrier rejects.",
    "Unit lebih sering hilang dari satu kelompok, sehingga yang tersisa tidak lagi sebanding. "
    "Jangan percayai hasilnya; cari sebabnya, misalnya templat yang ditolak satu penyedia.",
)


def split_checks(material: Material) -> list[Check]:
    """The split in all, within days, channels and senders, and the losses after it."""
    split = material.split
    if split is None:
        return []
    return [_all(material, split), *_cells(split), *_losses(material, split)]


def _all(material: Material, split: Split) -> Check:
    shares = material.experiment.shares
    arms = [arm_tally(material.tally, arm.name) for arm in material.experiment.arms]
    n = {arm.arm: arm.assigned if arm.clusters is None else arm.clusters for arm in arms}
    planned = dict(zip(n, shares, strict=True))
    blocked = material.experiment.randomize.blocked
    if isinstance(split.p_value, float):
        # `split.ok` also hears of the cells, which have rows of their own.
        state = "broken" if split.p_value < BROKEN_BELOW else "ok"
    else:
        state = "not enough" if isinstance(split.ok, NotEnough) else "ok" if split.ok else "broken"

    def found(locale: str) -> str:
        parts = {arm: count(seen, locale) for arm, seen in n.items()}
        return by_arm(parts, locale) + tested(split.p_value, locale) + _why(split, locale)

    return Check(
        name="split",
        what=SHARES,
        found=both(found),
        state=state,
        meaning=NOT_THE_LIST if blocked else UNEVEN,
        figures={
            "assigned": n,
            "planned": planned,
            "p_value": split.p_value,
            "statistic": split.statistic,
            "method": split.method,
        },
        said_elsewhere=True,
    )


REPLAYED = Sentence("drawn from the sealed list", "sesuai daftar tersegel")


def _why(split: Split, locale: str) -> str:
    if isinstance(split.ok, NotEnough):
        return f" · {explained(split.ok.reason)[locale]}"
    if isinstance(split.p_value, NotEnough) and split.ok:
        return f" · {REPLAYED[locale]}"
    return ""


def _cells(split: Split) -> list[Check]:
    found = []
    for by, what in PLACES.items():
        cells = [cell for cell in split.tested if cell.by == by]
        if cells:
            found.append(_cell_check(by, what, cells))
    return found


def _cell_check(by: str, what: Sentence, cells: list[CellSplit]) -> Check:
    worst = min(cells, key=lambda cell: cell.p_value)
    n = len(cells)
    names = both(lambda locale: worst.value or {"en": "none named", "id": "tanpa nama"}[locale])
    said = Sentence(
        f"{count(n)} compared; furthest from plan: {names.en}, {p_value(worst.p_value)} adjusted",
        f"{count(n, 'id')} dibandingkan; paling jauh dari rencana: {names.id}, "
        f"{p_value(worst.p_value, 'id')} setelah penyesuaian",
    )
    return Check(
        name=f"split_by_{by}",
        what=what,
        found=said,
        state="broken" if worst.alert else "ok",
        meaning=UNEVEN,
        figures={
            "cells": [
                {"value": cell.value, "assigned": dict(cell.assigned), "p_value": cell.p_value}
                for cell in cells
            ]
        },
        said_elsewhere=True,
    )


def _losses(material: Material, split: Split) -> list[Check]:
    arms = {arm.name: arm_tally(material.tally, arm.name) for arm in material.experiment.arms}
    speaking = {arm.name for arm in material.experiment.speaking_arms}
    units = {name: tally.assigned for name, tally in arms.items()}
    kept: dict[str, Mapping[str, int]] = {
        "delivered": {name: tally.delivered for name, tally in arms.items() if name in speaking},
        "analysed": {name: tally.matured for name, tally in arms.items()},
    }
    found = []
    for name, p in split.exclusions:
        broken = isinstance(p, float) and p < BROKEN_BELOW
        # No deliveries are recorded, or masked arms hide which of them speak.
        if not any(kept[name].values()):
            continue
        lost = {arm: units[arm] - n for arm, n in kept[name].items()}
        found.append(
            Check(
                name=f"lost_{name}",
                what=LOSSES[name],
                found=shares_found(lost, units, p),
                state="broken" if broken else "ok",
                meaning=LOST,
                figures={"lost": lost, "assigned": {arm: units[arm] for arm in lost}, "p_value": p},
                said_elsewhere=True,
            )
        )
    return found
