"""An experiment's way through the store: started and frozen, ramped, paused, stopped; every step audited."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update

from amends.errors import StateError, UnknownExperiment
from amends.store import auditing
from amends.store.statements import insert_new
from amends.store.tables import ExperimentRow, MetricCentre, table
from amends.store.values import ExperimentState, as_utc

EXPERIMENT = table(ExperimentRow)

NEXT = {"running": ("paused", "stopped"), "paused": ("running", "stopped"), "stopped": ()}
"""Which status may follow which."""


def read(connection: Connection, key: str) -> ExperimentState | None:
    """A started experiment; None for a draft."""
    row = connection.execute(select(EXPERIMENT).where(EXPERIMENT.c.key == key)).mappings().first()
    return None if row is None else _state(row)


def read_all(connection: Connection) -> list[ExperimentState]:
    """Every started experiment, the earliest first."""
    rows = connection.execute(select(EXPERIMENT).order_by(EXPERIMENT.c.started_at, EXPERIMENT.c.key))
    return [_state(row) for row in rows.mappings()]


def required(connection: Connection, key: str, *, lock: bool = False) -> ExperimentState:
    """A started experiment.

    Raises:
        UnknownExperiment: It was never started here.
    """
    statement = select(EXPERIMENT).where(EXPERIMENT.c.key == key)
    row = connection.execute(statement.with_for_update() if lock else statement).mappings().first()
    if row is None:
        raise UnknownExperiment(f"the experiment {key!r} has not been started. Start it: amends start {key}")
    return _state(row)


def start(
    connection: Connection,
    state: ExperimentState,
    *,
    centres: Mapping[str, float],
    planned: Mapping[str, int] | None = None,
    action: str = "start",
    by: str | None = None,
) -> ExperimentState:
    """Freezes a definition; an experiment that is already there is left and returned as it is."""
    dialect = connection.dialect.name
    inserted = connection.execute(
        insert_new(EXPERIMENT, dialect, key=("key",)),
        {
            "key": state.key,
            "status": state.status,
            "snapshot": dict(state.snapshot),
            "fingerprint": state.fingerprint,
            "seed": state.seed,
            "coverage": state.coverage,
            "started_at": as_utc(state.started_at),
            "stopped_at": state.stopped_at,
            "then_arm": state.then_arm,
            "after_the_fact": state.after_the_fact,
            "simulated": state.simulated,
        },
    )
    if inserted.first() is not None:
        if centres:
            rows = [{"experiment": state.key, "metric": name, "centre": at} for name, at in centres.items()]
            connection.execute(insert(table(MetricCentre)), rows)
        detail = {"fingerprint": state.fingerprint, "coverage": state.coverage, "simulated": state.simulated}
        if planned is not None:
            detail["planned"] = dict(planned)
        auditing.write(
            connection, action, key=state.key, detail=auditing.told_by(detail, by), at=state.started_at
        )
    return required(connection, state.key)


def set_status(
    connection: Connection,
    key: str,
    status: str,
    *,
    at: datetime,
    then_arm: str | None,
    by: str | None = None,
) -> ExperimentState:
    """Pauses, resumes or stops. The status it already has changes nothing.

    Raises:
        StateError: A stopped experiment stays stopped; a status that does not exist.
    """
    state = required(connection, key, lock=True)
    if status == state.status:
        return state
    if status not in NEXT[state.status]:
        allowed = " or ".join(NEXT[state.status]) or "nothing else: start a new experiment under another key"
        raise StateError(f"{key!r} is {state.status} and cannot become {status!r}. It may become {allowed}.")
    stopped_at = as_utc(at) if status == "stopped" else None
    connection.execute(
        update(EXPERIMENT)
        .where(EXPERIMENT.c.key == key)
        .values(status=status, stopped_at=stopped_at, then_arm=then_arm)
    )
    action = {"running": "resume", "paused": "pause", "stopped": "stop"}[status]
    detail = auditing.told_by({"then_arm": then_arm}, by)
    auditing.write(connection, action, key=key, detail=detail, at=at)
    return required(connection, key)


def set_coverage(
    connection: Connection, key: str, coverage: str, *, at: datetime, by: str | None = None
) -> ExperimentState:
    """Raises the share of units taken in.

    Raises:
        StateError: It would be lowered (units already assigned would not fit), or the experiment
            is stopped.
    """
    state = required(connection, key, lock=True)
    if state.status == "stopped":
        raise StateError(f"{key!r} is stopped; its coverage stays at {state.coverage}.")
    if Fraction(coverage) < Fraction(state.coverage):
        raise StateError(
            f"the coverage of {key!r} is {state.coverage} and cannot go down to {coverage}: it is only ever "
            f"raised. To take nobody in for a while: amends pause {key}"
        )
    if coverage != state.coverage:
        connection.execute(update(EXPERIMENT).where(EXPERIMENT.c.key == key).values(coverage=coverage))
        detail = auditing.told_by({"from": state.coverage, "to": coverage}, by)
        auditing.write(connection, "ramp", key=key, detail=detail, at=at)
    return required(connection, key)


def _state(row: RowMapping) -> ExperimentState:
    values: dict[str, Any] = dict(row)
    return ExperimentState(**values)
