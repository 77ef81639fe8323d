"""Outcome tables into an experiment: every row accounted for, all of them stored or none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from amends.importing.outcomes import Account, OutcomeColumns, OutcomeRow, read_outcomes
from amends.lab.records import is_late, started_experiment
from amends.store import Stored

if TYPE_CHECKING:
    from amends.importing.table import Table
    from amends.lab.lab import Lab

AT_ONCE = 5_000
"""Units looked up in one transaction."""


class Imported(NamedTuple):
    """What an import did: the account of the rows, and how many values are new."""

    account: Account
    new: int
    values: int


def import_outcomes(
    lab: Lab, key: str, tables: Sequence[Table], columns: OutcomeColumns, *, skip_unknown: bool = False
) -> Imported:
    """Stores what outcome tables say, in one transaction. Safe to run again: stored values stand.

    Args:
        lab: The lab.
        key: A started experiment.
        tables: The files, which count as one table.
        columns: Which column holds what.
        skip_unknown: Leave out rows of units without an arm here, and count them.

    Raises:
        ImportRefused: A row is unknown, duplicate, out of scale or unreadable; with the whole account.
        UsageError, StateError, StoreUnavailable: As from `record_outcome`.
    """
    from amends.store.outcomes import NewOutcome

    experiment = started_experiment(lab, key)
    lab.spooling.replay()  # a unit's assignment may still wait there
    account = read_outcomes(tables, experiment, columns, pseudonym=lab.store.pseudonym)
    now = lab.clock()
    stored = _matched(lab, key, account, now=now)
    account.refuse(but=("unknown",) if skip_unknown else ())
    rows = [
        NewOutcome(
            unit.assignment_id, metric, value, row.at or now, is_late(lab, experiment, unit, row.at or now)
        )
        for row in account.rows
        for unit in [stored[row.unit]]
        for metric, value in row.values.items()
    ]
    new = lab.store.record_outcomes(key, rows) if rows else 0
    lab.store.audit("import outcomes", key=key, detail={**account.counts(), "new": new}, at=now)
    return Imported(account, new, len(rows))


def _matched(lab: Lab, key: str, account: Account, *, now: datetime) -> dict[str, Stored]:
    """The assignments of the rows; rows without one, or of before it, move to the account's faults."""
    found: dict[str, Stored] = {}
    for first in range(0, len(account.rows), AT_ONCE):
        units = [row.unit for row in account.rows[first : first + AT_ONCE]]
        for unit, stored in zip(
            units, lab.store.find_many(key, [(unit, None) for unit in units]), strict=True
        ):
            if stored is not None:
                found[unit] = stored
    kept: list[OutcomeRow] = []
    for row in account.rows:
        known = found.get(row.unit)
        if known is None:
            account.faults["unknown"].append(f"{row.where}: this unit was never assigned in {key}")
        elif row.at is not None and not known.assigned_at <= row.at <= now:
            side = (
                "lies in the future" if row.at > now else f"is before its unit's message, {known.assigned_at}"
            )
            account.faults["unreadable"].append(f"{row.where}: {row.at.isoformat()} {side}")
        else:
            kept.append(row)
    account.rows[:] = kept
    return found
