"""Rows of an experiment that ran elsewhere: all of them in one transaction, or none."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

from sqlalchemy import Connection, insert, select

from amends.errors import RecordRefused
from amends.store import bulk, lifecycle
from amends.store.pseudonyms import random_ids
from amends.store.statements import chunks
from amends.store.tables import Assignment, Cluster, Outcome, Rating, Response, table
from amends.store.tallying import Cell, Tallying
from amends.store.values import ExperimentState, Finished, as_utc

ASSIGNMENT = table(Assignment)
CLUSTER = table(Cluster)
RESPONSE = table(Response)
RATING = table(Rating)
OUTCOME = table(Outcome)

SENDER = "import"


def already_stored(connection: Connection, key: str, units: Iterable[str]) -> set[str]:
    """Those of the units that have an assignment in this experiment."""
    found: set[str] = set()
    for some in chunks(units):
        statement = select(ASSIGNMENT.c.unit).where(
            ASSIGNMENT.c.experiment == key, ASSIGNMENT.c.unit.in_(some)
        )
        found.update(connection.execute(statement).scalars())
    return found


def import_finished(
    connection: Connection, state: ExperimentState, rows: Sequence[Finished]
) -> ExperimentState:
    """Freezes the definition after the fact and stores the rows of a stopped experiment.

    Raises:
        RecordRefused: No rows; a unit twice, or stored already; the experiment runs or is paused, or
            did run here, so that its own rows and these would be mixed; a cluster with two arms.
    """
    _check(rows)
    before = lifecycle.read(connection, state.key)
    if before is not None and (before.status != "stopped" or not before.after_the_fact):
        how = before.status if before.status != "stopped" else "stopped after running here"
        raise RecordRefused(
            f"{state.key!r} is {how}; only an experiment that never ran here takes finished data. "
            "Give the finished experiment a key of its own."
        )
    # Nothing can be stored yet under a key that the database does not know.
    known = already_stored(connection, state.key, (row.unit for row in rows)) if before else set()
    if known:
        raise RecordRefused(
            f"{len(known)} of the units are stored in {state.key!r} already. Nothing was stored."
        )
    stored = lifecycle.start(connection, state, centres={}, action="import")
    numbers = _insert_assignments(connection, state, rows)
    _insert_records(connection, state, rows, numbers)
    opened = _insert_clusters(connection, state.key, rows, numbers)
    _tally(connection, state, rows, opened)
    return stored


def _check(rows: Sequence[Finished]) -> None:
    if not rows:
        raise RecordRefused("there are no rows to import.")
    if len({row.unit for row in rows}) < len(rows):
        raise RecordRefused(f"{len(rows) - len({row.unit for row in rows})} rows name a unit a second time.")
    arms: dict[str, str] = {}
    for row in rows:
        if row.cluster is not None and arms.setdefault(row.cluster, row.arm) != row.arm:
            raise RecordRefused(f"a cluster has units in two arms, {arms[row.cluster]!r} and {row.arm!r}.")


def _insert_assignments(
    connection: Connection, state: ExperimentState, rows: Sequence[Finished]
) -> dict[str, int]:
    """Numbers of the new rows by unit."""
    clustered = any(row.cluster is not None for row in rows)
    covered = any(row.covariates is not None for row in rows)

    def new_rows() -> Iterator[dict[str, Any]]:
        for row, (public, nonce) in zip(rows, random_ids(len(rows)), strict=True):
            at = as_utc(row.at or state.started_at)
            values = {
                "id": public,
                "experiment": state.key,
                "unit": row.unit,
                "arm": row.arm,
                "stratum": row.stratum,
                "channel": row.channel or "",
                "locale": row.locale or "",
                "delay_band": "",
                "assigned_at": at,
                "day": at.date(),
                "token_nonce": nonce,
                "sender": SENDER,
                "test": False,
            }
            if clustered:
                values["cluster"] = row.cluster
            if covered:
                values["covariates"] = None if row.covariates is None else dict(row.covariates)
            yield values

    bulk.load(connection, ASSIGNMENT, new_rows())
    statement = select(ASSIGNMENT.c.unit, ASSIGNMENT.c.number).where(ASSIGNMENT.c.experiment == state.key)
    return dict(connection.execute(statement).all())


def _insert_records(
    connection: Connection, state: ExperimentState, rows: Sequence[Finished], numbers: dict[str, int]
) -> None:
    completed = [row for row in rows if row.completed]
    bulk.load(connection, RESPONSE, _responses(state, completed, numbers))
    bulk.load(
        connection,
        RATING,
        (
            {"assignment": numbers[row.unit], "item": item, "value": value}
            for row in completed
            for item, value in row.ratings.items()
        ),
    )
    bulk.load(
        connection,
        OUTCOME,
        (
            {"assignment": numbers[row.unit], "metric": metric, "value": value, "late": False}
            | {"at": as_utc(row.at or state.started_at)}
            for row in rows
            for metric, value in row.outcomes.items()
        ),
    )


def _responses(
    state: ExperimentState, completed: Sequence[Finished], numbers: dict[str, int]
) -> Iterator[dict[str, Any]]:
    answered = any(row.answers for row in completed)
    for row in completed:
        at = as_utc(row.at or state.started_at)
        values = {"assignment": numbers[row.unit], "started_at": at, "finished_at": at, "late": False}
        if answered:
            values["answers"] = dict(row.answers) or None
        yield values


def _insert_clusters(
    connection: Connection, key: str, rows: Sequence[Finished], numbers: dict[str, int]
) -> set[str]:
    """Units that opened a cluster."""
    openers: dict[str, Finished] = {}
    for row in rows:
        if row.cluster is not None:
            openers.setdefault(row.cluster, row)
    known: dict[str, str] = {}
    for names in chunks(openers):
        statement = select(CLUSTER.c.cluster, CLUSTER.c.arm).where(
            CLUSTER.c.experiment == key, CLUSTER.c.cluster.in_(names)
        )
        known.update(connection.execute(statement).all())
    for cluster, arm in known.items():
        if openers[cluster].arm != arm:
            raise RecordRefused(
                f"a cluster stored with the arm {arm!r} comes with {openers[cluster].arm!r} now."
            )
    new = [
        {"experiment": key, "test": False, "cluster": cluster, "arm": row.arm, "stratum": row.stratum}
        | {"position": None, "opened_by": numbers[row.unit]}
        for cluster, row in openers.items()
        if cluster not in known
    ]
    if new:
        connection.execute(insert(CLUSTER), new)
    return {row.unit for cluster, row in openers.items() if cluster not in known}


def _tally(
    connection: Connection, state: ExperimentState, rows: Sequence[Finished], opened: set[str]
) -> None:
    tallying = Tallying()
    alike: dict[tuple[Any, ...], list[Finished]] = defaultdict(list)
    for row in rows:
        alike[row.arm, row.at, row.channel, row.locale, row.stratum].append(row)
    for (arm, at, channel, locale, stratum), some in alike.items():
        day = as_utc(at or state.started_at).date()
        cell = Cell(state.key, arm, day, channel or "", locale or "", "", stratum, SENDER)
        completed = [row for row in some if row.completed]
        tallying.count(cell, "assigned", len(some))
        tallying.count(cell, "clusters", sum(row.unit in opened for row in some) if opened else 0)
        for name in ("started", "finished", "completed"):
            tallying.count(cell, name, len(completed))
        ratings = Counter(chain.from_iterable(row.ratings.items() for row in completed))
        for (item, rating), n in ratings.items():
            tallying.rate(cell, {item: rating}, n)
        for row in some:
            for metric, value in row.outcomes.items():
                tallying.happen(cell, metric, value)
    tallying.write(connection)
