"""A finished experiment's checked rows into the store, its definition frozen after the fact."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from amends.errors import ImportRefused, RecordRefused, StateError
from amends.importing.finished import FinishedRow
from amends.store import Finished

if TYPE_CHECKING:
    from amends.design.experiment import Experiment
    from amends.store import Store


ROWS_IMPORTED = "import rows"
"""The audit's entry of an import: how many rows, and whether the file named their units."""


def rows_were_units(store: Store, key: str) -> bool:
    """Whether some import of the experiment named no units, so that each row was taken as one."""
    return any(
        entry.action == ROWS_IMPORTED and not entry.detail["units_given"] for entry in store.audit_log(key)
    )


def arms_not_invited(store: Store, key: str) -> tuple[str, ...]:
    """Arms of which some import said that they were not invited to the survey."""
    entries = [entry for entry in store.audit_log(key) if entry.action == ROWS_IMPORTED]
    return tuple(dict.fromkeys(arm for entry in entries for arm in entry.detail.get("not_invited", ())))


def refuse_live(store: Store, key: str) -> None:
    """Keeps finished data out of an experiment that runs or is paused.

    Raises:
        StateError: Naming the status and the remedy.
    """
    state = store.experiment(key)
    if state is not None and state.status != "stopped":
        raise StateError(
            f"{key} is {state.status}, and an import is for finished experiments. "
            "Copy its file to a new key and import into that."
        )


def store_finished(
    store: Store,
    experiment: Experiment,
    rows: Sequence[FinishedRow],
    *,
    at: datetime,
    units_given: bool,
    not_invited: Sequence[str] = (),
) -> int:
    """Stores checked rows in one transaction; the experiment is stopped afterwards.

    Args:
        store: Where to.
        experiment: Its definition as the file has it now; it is frozen, marked "after the fact".
        rows: From `read_finished`.
        at: When the import happens; the rows count as assigned then.
        units_given: False where each row was taken as a unit, which the report then says.
        not_invited: Arms that got no invitation; the report then compares no answers of theirs.

    Returns:
        The number of units stored.

    Raises:
        StateError: The experiment runs or is paused.
        ImportRefused: A unit is stored already, or the experiment did run here.
    """
    key = str(experiment.key)
    refuse_live(store, key)
    finished = [_finished(store, experiment, row) for row in rows]
    try:
        store.import_finished(
            key,
            finished,
            snapshot=experiment.snapshot(),
            fingerprint=experiment.fingerprint(),
            seed=secrets.token_hex(16),
            at=at,
        )
    except RecordRefused as error:
        raise ImportRefused(f"nothing was imported into {key}: {error}") from None
    detail = {"rows": len(rows), "units_given": units_given, "not_invited": list(not_invited)}
    store.audit(ROWS_IMPORTED, key=key, detail=detail, at=at)
    return len(rows)


def _finished(store: Store, experiment: Experiment, row: FinishedRow) -> Finished:
    """The row as the store takes it; where no survey is measured, completing is the outcome."""
    asked = [
        metric.name
        for metric in experiment.metrics
        if metric.kind == "proportion" and metric.source == "outcome"
    ]
    surveyed = any(metric.name == "completed" or metric.of is not None for metric in experiment.metrics)
    outcomes = {} if surveyed or not asked else {asked[0]: float(row.completed)}
    return Finished(
        store.pseudonym(row.unit),
        row.arm,
        row.completed,
        ratings=row.ratings,
        outcomes=outcomes,
        cluster=None if row.cluster is None else store.pseudonym(row.cluster),
    )
