"""An export that goes on from the last one: whatever changed in between, day by day, once and whole."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from amends import partitions
from amends.lab.exports import EXPORT
from amends.lab.masking import mask
from amends.partition_columns import SCHEMA_VERSION

if TYPE_CHECKING:
    from amends.analysis.masking import Mask
    from amends.lab.lab import Lab
    from amends.store.syncing import Day, Snapshot

HIDDEN = ("deliveries",)
"""Tables that are left out while the arms are masked: silence is sent less, and would give itself away."""


@dataclass(frozen=True, slots=True)
class Synced:
    """What an export did.

    Attributes:
        written: Days that were written, by table.
        unchanged: Days that stood already as they are.
        removed: Days that have no rows any more.
        rows: Rows in the days that were written.
        masked: Whether letters stand for the arms.
    """

    written: Mapping[str, int]
    unchanged: int
    removed: int
    rows: int
    masked: bool


def sync(lab: Lab, key: str, folder: Path, *, since: date | None = None) -> Generator[int, None, Synced]:
    """Writes the days whose rows are others than those in the folder; the other files stay as they are.

    Everything is read from one snapshot of the database. A row that is committed later, changed or erased
    makes its day another, and the next run writes that day anew: so no row is lost, and none is there twice,
    whatever the order of the commits. While arms are masked, letters stand for them.

    Args:
        lab: The lab.
        key: A started experiment.
        folder: Of this experiment alone; made where it is missing.
        since: Only units assigned on this UTC day or later; all without it.

    Yields:
        How many more rows are looked after: written, or found to stand already.

    Raises:
        UsageError: A folder of another experiment.
        UnknownExperiment, StoreUnavailable: As ever.
    """
    lab.experiment(key)
    partitions.refuse_another(folder, key)
    hidden = mask(lab, key)
    detail = {"rows": "changed", "format": "parquet", "since": since, "masked": hidden is not None}
    lab.store.audit(EXPORT, key=key, detail={**detail, "since": str(since or "last")}, at=lab.clock())
    as_of, state = lab.clock(), lab.store.experiment(key)
    there = {
        place: mark for place, mark in partitions.places(folder).items() if since is None or place[1] >= since
    }
    written: dict[str, int] = {}
    unchanged = rows = 0
    with lab.store.snapshot(key) as view:
        for day in _days(view, hidden, since=since):
            place = (day.table, day.day)
            mark = f"{SCHEMA_VERSION}:{'names' if hidden is None else 'letters'}:{day.mark}"
            if there.pop(place, None) == mark:
                unchanged += 1
            else:
                shown = _shown(view.rows(day), hidden)
                count = partitions.write_rows(folder, place, shown, experiment=key, mark=mark)
                assert count == day.rows, f"{place}: {day.rows} rows are marked, {count} were read"
                written[day.table] = written.get(day.table, 0) + 1
                rows += count
            yield day.rows
    for place in there:
        partitions.remove(folder, place)
    partitions.sweep(folder, at=as_of)
    about = {
        "as_of": as_of.isoformat(),
        "arms": "names" if hidden is None else "letters, until the stop",
        "simulated": bool(state and state.simulated),
    }
    partitions.describe(folder, key, about=about)
    return Synced(written, unchanged, len(there), rows, hidden is not None)


def _days(view: Snapshot, hidden: Mask | None, *, since: date | None) -> list[Day]:
    return [
        day
        for day in view.days()
        if (since is None or day.day >= since) and (hidden is None or day.table not in HIDDEN)
    ]


def _shown(rows: Iterator[dict[str, Any]], hidden: Mask | None) -> Iterator[dict[str, Any]]:
    if hidden is None:
        yield from rows
        return
    for row in rows:  # whoever made a test assignment knows its arm, and with it the letter
        yield {**row, "arm": None if row["test"] else hidden.letters[row["arm"]]}
