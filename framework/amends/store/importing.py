"""Rows of an experiment that ran elsewhere: all of them in one transaction, or none."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain, compress, repeat
from operator import attrgetter
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
    moments = [as_utc(row.at or state.started_at) for row in rows]
    numbers = _insert_assignments(connection, state.key, rows, moments)
    _insert_records(connection, rows, numbers, moments)
    opened = _insert_clusters(connection, state.key, rows, numbers)
    _tally(connection, state.key, rows, moments, opened)
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
    connection: Connection, key: str, rows: Sequence[Finished], moments: Sequence[datetime]
) -> Sequence[int]:
    """Numbers of the new rows, in order."""
    n = len(rows)
    public, nonces = random_ids(n)
    columns: dict[str, Iterable[Any]] = {
        "id": public,
        "experiment": repeat(key, n),
        "unit": map(attrgetter("unit"), rows),
        "arm": map(attrgetter("arm"), rows),
        "stratum": map(attrgetter("stratum"), rows),
        "channel": (row.channel or "" for row in rows),
        "locale": (row.locale or "" for row in rows),
        "delay_band": repeat("", n),
        "assigned_at": moments,
        "day": map(datetime.date, moments),
        "token_nonce": nonces,
        "sender": repeat(SENDER, n),
        "test": repeat(False, n),
    }
    if any(row.cluster is not None for row in rows):
        columns["cluster"] = map(attrgetter("cluster"), rows)
    if any(row.covariates is not None for row in rows):
        columns["covariates"] = (None if row.covariates is None else dict(row.covariates) for row in rows)
    numbers = bulk.load_numbered(connection, ASSIGNMENT, columns)
    if numbers is not None:
        return numbers
    statement = select(ASSIGNMENT.c.unit, ASSIGNMENT.c.number).where(ASSIGNMENT.c.experiment == key)
    number_of = dict(connection.execute(statement).all())
    return [number_of[row.unit] for row in rows]


def _insert_records(
    connection: Connection, rows: Sequence[Finished], numbers: Sequence[int], moments: Sequence[datetime]
) -> None:
    finished = [row.completed for row in rows]
    completed, answered = list(compress(rows, finished)), list(compress(numbers, finished))
    at = list(compress(moments, finished))
    responses: dict[str, Iterable[Any]] = {
        "assignment": answered,
        "started_at": at,
        "finished_at": at,
        "late": repeat(False, len(completed)),
    }
    if any(row.answers for row in completed):
        responses["answers"] = (dict(row.answers) or None for row in completed)
    bulk.load(connection, RESPONSE, responses)
    ratings = [row.ratings for row in completed]
    item, value = _names_and_values(ratings)
    bulk.load(connection, RATING, {"assignment": _for_each(ratings, answered), "item": item, "value": value})
    outcomes = [row.outcomes for row in rows]
    metric, value = _names_and_values(outcomes)
    bulk.load(
        connection,
        OUTCOME,
        {
            "assignment": _for_each(outcomes, numbers),
            "metric": metric,
            "value": value,
            "at": _for_each(outcomes, moments),
            "late": repeat(False, sum(map(len, outcomes))),
        },
    )


def _names_and_values(told: Sequence[Mapping[str, float]]) -> tuple[Iterable[str], Iterable[float]]:
    """What the mappings hold, one after the other, as two columns."""
    return chain.from_iterable(told), chain.from_iterable(one.values() for one in told)


def _for_each(told: Sequence[Mapping[str, float]], whose: Iterable[Any]) -> Iterable[Any]:
    """The column that goes with them: whose mapping it is, as often as it holds something."""
    return chain.from_iterable(map(repeat, whose, map(len, told)))


def _insert_clusters(
    connection: Connection, key: str, rows: Sequence[Finished], numbers: Sequence[int]
) -> set[str]:
    """Units that opened a cluster."""
    openers: dict[str, tuple[Finished, int]] = {}
    for row, number in zip(rows, numbers, strict=True):
        if row.cluster is not None:
            openers.setdefault(row.cluster, (row, number))
    known: dict[str, str] = {}
    for names in chunks(openers):
        statement = select(CLUSTER.c.cluster, CLUSTER.c.arm).where(
            CLUSTER.c.experiment == key, CLUSTER.c.cluster.in_(names)
        )
        known.update(connection.execute(statement).all())
    for cluster, arm in known.items():
        here = openers[cluster][0].arm
        if here != arm:
            raise RecordRefused(f"a cluster stored with the arm {arm!r} comes with {here!r} now.")
    new = [
        {"experiment": key, "test": False, "cluster": cluster, "arm": row.arm, "stratum": row.stratum}
        | {"position": None, "opened_by": number}
        for cluster, (row, number) in openers.items()
        if cluster not in known
    ]
    if new:
        connection.execute(insert(CLUSTER), new)
    return {row.unit for cluster, (row, _) in openers.items() if cluster not in known}


def _tally(
    connection: Connection,
    key: str,
    rows: Sequence[Finished],
    moments: Sequence[datetime],
    opened: set[str],
) -> None:
    tallying = Tallying()
    alike: dict[tuple[Any, ...], list[Finished]] = defaultdict(list)
    for row, at in zip(rows, moments, strict=True):
        alike[row.arm, at.date(), row.channel or "", row.locale or "", row.stratum].append(row)
    for (arm, day, channel, locale, stratum), some in alike.items():
        cell = Cell(key, arm, day, channel, locale, "", stratum, SENDER)
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
