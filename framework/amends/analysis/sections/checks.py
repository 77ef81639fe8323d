"""Data checks before any number: what was looked at, what was found, and what to do where it is not ok."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from amends.analysis.arms import arm_tally
from amends.analysis.cell_splits import CellSplit
from amends.analysis.checks.answering import answer_checks
from amends.analysis.checks.balance import Balance, balance_check, balance_rows, measured
from amends.analysis.checks.check import STATES, Check
from amends.analysis.checks.collecting import collection_checks
from amends.analysis.checks.customers import customer_checks
from amends.analysis.checks.ratings import rating_checks
from amends.analysis.checks.splitting import split_checks
from amends.analysis.checks.wording import wording_checks
from amends.analysis.formatting import Sentence, arm_name, count
from amends.analysis.section import Cells, Section, SectionTable, both, count_cell, p_cell, same

if TYPE_CHECKING:
    from amends.analysis.material import Material
    from amends.design.experiment import Experiment

NAME = "checks"
CHAPTER = "checks"
TITLE = Sentence("Data checks", "Pemeriksaan data")
NEEDS_UNITS = False

DAYS_SHOWN = 14
"""Days that stand in the table; of more, those furthest from plan."""

COLUMNS = (
    Sentence("looked at", "yang diperiksa"),
    Sentence("found", "temuan"),
    Sentence("result", "hasil"),
)
PLACES = {
    "day": Sentence("day", "hari"),
    "channel": Sentence("channel", "kanal"),
    "sender": Sentence("sender", "pengirim"),
}
NOBODY = Sentence("Nobody has been assigned yet.", "Belum ada yang ditetapkan ke kelompok pesan.")
HOW = Sentence(
    "“Broken” means that chance does this less than once in 1,000 experiments, or that it cannot happen in "
    "sound records; “look at this” that customers, senders or texts deserve a look. P-values of several "
    "places or values are adjusted (Holm).",
    "“Bermasalah” berarti kebetulan menghasilkannya kurang dari sekali dalam 1.000 eksperimen, atau tidak "
    "mungkin terjadi dalam catatan yang utuh; “perlu diperiksa” berarti pelanggan, pengirim, atau teksnya "
    "perlu ditinjau. Nilai p untuk beberapa tempat atau nilai sudah disesuaikan (Holm).",
)
BY_CHANCE = Sentence(
    "Some imbalance by chance is expected; standardised differences above 0.1 are common in small "
    "experiments and are allowed for by every interval.",
    "Ketidakseimbangan karena kebetulan itu wajar; selisih terstandar di atas 0,1 lazim dalam eksperimen "
    "kecil dan sudah diperhitungkan dalam setiap selang.",
)


def wanted(experiment: Experiment) -> bool:
    """Always: no figure is believed before these."""
    return True


def section(material: Material) -> Section:
    """Every check in one table, the exact splits and balances in two more."""
    assigned = sum(arm_tally(material.tally, arm.name).assigned for arm in material.experiment.arms)
    balances = measured(material) if assigned else []
    checks = made(material, balances) if assigned else wording_checks(material.experiment)
    tables = [_table(checks)] if checks else []
    if material.split is not None and material.split.tested:
        tables.append(_split_table(material, material.split.tested))
    if balances:
        tables.append(_balance_table(balances, clustered=material.experiment.clustered))
    return Section(
        NAME,
        CHAPTER,
        TITLE,
        said=(_overall(checks) if assigned else NOBODY, *_remedies(checks)),
        tables=tuple(tables),
        notes=(HOW, *([BY_CHANCE] if balances else [])),
        figures=_figures(checks),
        warnings=tuple(
            both(lambda locale, check=check: f"{_named(check, locale)}. {check.meaning[locale]}")  # type: ignore[misc]
            for check in checks
            if check.state == "broken" and not check.said_elsewhere
        ),
    )


def made(material: Material, balances: list[Balance]) -> list[Check]:
    """Every check that this experiment asks for, in the order in which they are shown."""
    return [
        *split_checks(material),
        *collection_checks(material),
        *balance_check(material, balances),
        *wording_checks(material.experiment),
        *answer_checks(material),
        *rating_checks(material),
        *customer_checks(material),
    ]


def _overall(checks: list[Check]) -> Sentence:
    states = Counter(check.state for check in checks)
    n = len(checks)
    broken, look = states["broken"], states["look at this"]
    if not broken and not look:
        return Sentence(
            f"{count(n)} checks were made; none found anything.",
            f"{count(n, 'id')} pemeriksaan dilakukan; tidak ada temuan.",
        )
    return Sentence(
        f"Of {count(n)} checks {count(broken)} found something broken, {count(look)} something to look at.",
        f"Dari {count(n, 'id')} pemeriksaan, {count(broken, 'id')} menemukan masalah dan "
        f"{count(look, 'id')} menemukan hal yang perlu diperiksa.",
    )


def _remedies(checks: list[Check]) -> list[Sentence]:
    return [
        both(
            lambda locale, check=check: (  # type: ignore[misc]
                f"{_capital(STATES[check.state][locale])}: {_named(check, locale)}. {check.meaning[locale]}"
            )
        )
        for state in ("broken", "look at this")
        for check in checks
        if check.state == state
    ]


def _named(check: Check, locale: str) -> str:
    return f"{check.what[locale]} ({check.found[locale]})"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _table(checks: list[Check]) -> SectionTable:
    rows = tuple((check.what, check.found, STATES[check.state]) for check in checks)
    return SectionTable(COLUMNS, rows, words=3)


def _split_table(material: Material, tested: tuple[CellSplit, ...]) -> SectionTable:
    """Units of every arm within each channel, sender and day, of many days those furthest from plan."""
    arms = [arm.name for arm in material.experiment.arms]
    days = [cell for cell in tested if cell.by == "day"]
    furthest = sorted(days, key=lambda cell: cell.p_value)[:DAYS_SHOWN]
    shown = [cell for cell in tested if cell.by != "day"] + sorted(furthest, key=lambda cell: cell.value)
    names = [both(lambda locale, arm=arm: arm_name(arm, locale)) for arm in arms]  # type: ignore[misc]
    p = Sentence("p, adjusted", "p, disesuaikan")
    rows: list[Cells] = [
        (
            PLACES[cell.by],
            same(cell.value) if cell.value else Sentence("(none named)", "(tanpa nama)"),
            *(count_cell(cell.assigned.get(arm, 0)) for arm in arms),
            p_cell(cell.p_value),
        )
        for cell in shown
    ]
    caption = Sentence("Split within channels, senders and days", "Pembagian per kanal, pengirim, dan hari")
    if len(days) > DAYS_SHOWN:
        caption = Sentence(
            f"{caption.en} ({DAYS_SHOWN} of {count(len(days))} days, furthest from plan)",
            f"{caption.id} ({DAYS_SHOWN} dari {count(len(days), 'id')} hari, paling jauh dari rencana)",
        )
    where = (Sentence("of", "menurut"), Sentence("which", "yang mana"))
    return SectionTable((*where, *names, p), tuple(rows), words=2, caption=caption)


def _balance_table(balances: list[Balance], *, clustered: bool) -> SectionTable:
    columns = (
        Sentence("known before", "diketahui sebelumnya"),
        Sentence("largest standardised difference", "selisih terstandar terbesar"),
        same("p"),
    )
    return SectionTable(
        columns,
        tuple(balance_rows(balances, clustered=clustered)),
        caption=Sentence("Balance before the message", "Keseimbangan sebelum pesan"),
    )


def _figures(checks: list[Check]) -> dict[str, Any]:
    found = {check.name: check.all_figures for check in checks}
    states = Counter(check.state for check in checks)
    return {"counts": {state: states[state] for state in STATES}, "found": found}
