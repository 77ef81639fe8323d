"""Counts as the analysis and the pages read them: from the tally, whatever the number of units."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, case, func, select

from amends.store.tables import Assignment, MetricCentre, TallyCell, TallyMoments, TallyRating, table
from amends.store.tallying import COUNTS, KEY
from amends.store.values import MetricSpec
from amends.tally import ArmTally, Moments, Tally

ASSIGNMENT = table(Assignment)
TALLY = table(TallyCell)
TALLY_RATING = table(TallyRating)
TALLY_MOMENTS = table(TallyMoments)
METRIC_CENTRE = table(MetricCentre)

FUNNEL = (
    *("assigned", "sent", "delivered", "failed", "started", "finished", "late"),
    *("agreed", "refused", "withdrawn"),
)

RatingCounts = dict[tuple[str, str], dict[int, int]]
"""By arm and metric: how many gave each rating."""

Sums = dict[tuple[str, str, str], tuple[Moments, int]]
"""By arm, metric and source: the sums, and how many values are events."""


def read_tally(
    connection: Connection,
    key: str,
    *,
    arms: Sequence[str],
    metrics: Sequence[MetricSpec],
    matured_before: date | None,
    as_of: datetime,
) -> Tally:
    """One experiment's counts, an `ArmTally` for each of `arms` in their order, zeros included.

    `assigned`, the funnel and `late` are of all days; `matured`, `completed`, ratings, moments and
    outcomes only of days before `matured_before` (None: of every day).
    """
    matured = True if matured_before is None else matured_before > TALLY.c.day

    def of_matured(name: str) -> Any:
        column = TALLY.c[name]
        return func.sum(column if matured is True else case((matured, column), else_=0))  # type: ignore[arg-type]

    statement = (
        select(
            TALLY.c.arm,
            *(func.sum(TALLY.c[name]).label(name) for name in (*FUNNEL, "clusters")),
            of_matured("assigned").label("matured"),
            of_matured("completed").label("completed"),
        )
        .where(TALLY.c.experiment == key)
        .group_by(TALLY.c.arm)
    )
    counts = {row.arm: row for row in connection.execute(statement)}
    clustered = any(row.clusters for row in counts.values())
    ratings = ratings_of(connection, key, matured_before)
    sums = sums_of(connection, key, matured_before)
    zero: dict[str, Any] = dict.fromkeys((*FUNNEL, "matured", "completed"), 0)
    return Tally(
        experiment=key,
        as_of=as_of,
        arms=tuple(
            ArmTally(
                arm=arm,
                **({name: int(getattr(counts[arm], name)) for name in zero} if arm in counts else zero),
                clusters=(int(counts[arm].clusters) if arm in counts else 0) if clustered else None,
                **metric_figures(arm, metrics, ratings, sums),
            )
            for arm in arms
        ),
    )


def metric_figures(
    arm: str, metrics: Sequence[MetricSpec], ratings: RatingCounts, sums: Sums
) -> dict[str, Any]:
    """The `ratings`, `moments` and `outcomes` of one arm's `ArmTally`, for the declared metrics."""
    found: dict[str, dict[str, Any]] = {"ratings": {}, "moments": {}, "outcomes": {}}
    for metric in metrics:
        moments, events = sums.get((arm, metric.name, metric.source), (Moments(), 0))
        counted = ratings.get((arm, metric.name), {}) if metric.source == "survey" else {}
        if metric.kind == "proportion":
            if metric.source == "outcome":
                found["outcomes"][metric.name] = events
            continue
        if metric.scale is not None and metric.source == "survey":
            low, high = metric.scale
            found["ratings"][metric.name] = dict.fromkeys(range(low, high + 1), 0) | counted
            if not moments.n:
                continue
        # Numbers that are no points of a scale: whole ones were counted, the others summed.
        together = about(moments, centre=metric.centre)
        for point, n in counted.items():
            distance = point - metric.centre
            together += Moments(n, n * distance, n * distance**2, metric.centre)
        found["moments"][metric.name] = together
    return found


def about(moments: Moments, *, centre: float) -> Moments:
    """The same sums taken about another centre.

    >>> about(Moments(n=2, total=1.0, squares=5.0, centre=4.0), centre=3.0)
    Moments(n=2, total=3.0, squares=9.0, centre=3.0)
    """
    shift = moments.centre - centre if moments.n else 0.0
    return Moments(
        moments.n,
        moments.total + moments.n * shift,
        moments.squares + 2 * shift * moments.total + moments.n * shift**2,
        centre,
    )


def ratings_of(connection: Connection, key: str, matured_before: date | None) -> RatingCounts:
    """How many gave each rating, of days before one (None: of every day)."""
    statement = (
        select(TALLY.c.arm, TALLY_RATING.c.metric, TALLY_RATING.c.rating, func.sum(TALLY_RATING.c.n))
        .join_from(TALLY, TALLY_RATING)
        .where(TALLY.c.experiment == key)
        .group_by(TALLY.c.arm, TALLY_RATING.c.metric, TALLY_RATING.c.rating)
        .order_by(TALLY_RATING.c.rating)
    )
    if matured_before is not None:
        statement = statement.where(matured_before > TALLY.c.day)
    found: RatingCounts = {}
    for arm, metric, rating, n in connection.execute(statement):
        found.setdefault((arm, metric), {})[rating] = int(n)
    return found


def sums_of(connection: Connection, key: str, matured_before: date | None) -> Sums:
    """The sums of each metric, of days before one (None: of every day)."""
    sums = [func.sum(TALLY_MOMENTS.c[name]) for name in ("n", "total", "squares", "events")]
    columns = (TALLY.c.arm, TALLY_MOMENTS.c.metric, TALLY_MOMENTS.c.source)
    statement = (
        select(*columns, *sums)
        .join_from(TALLY, TALLY_MOMENTS)
        .where(TALLY.c.experiment == key)
        .group_by(*columns)
    )
    if matured_before is not None:
        statement = statement.where(matured_before > TALLY.c.day)
    centre = centres(connection, key)
    return {
        (arm, metric, source): (Moments(int(n), float(total), float(squares), centre[metric]), int(events))
        for arm, metric, source, n, total, squares, events in connection.execute(statement)
    }


def centres(connection: Connection, key: str) -> dict[str, float]:
    """What each metric's sums are taken about."""
    statement = select(METRIC_CENTRE.c.metric, METRIC_CENTRE.c.centre).where(
        METRIC_CENTRE.c.experiment == key
    )
    return dict(connection.execute(statement).all())


def cells(connection: Connection, key: str) -> list[dict[str, Any]]:
    """The tally cell by cell, for segments and trends: key parts, counts, ratings by metric."""
    statement = select(TALLY).where(TALLY.c.experiment == key).order_by(*(TALLY.c[name] for name in KEY))
    found: dict[int, dict[str, Any]] = {}
    for row in connection.execute(statement).mappings():
        found[row["cell"]] = {name: row[name] for name in (*KEY, *COUNTS)} | {"ratings": {}}
    ratings = (
        select(TALLY_RATING)
        .join_from(TALLY, TALLY_RATING)
        .where(TALLY.c.experiment == key)
        .order_by(TALLY_RATING.c.rating)
    )
    for row in connection.execute(ratings).mappings():
        found[row["cell"]]["ratings"].setdefault(row["metric"], {})[row["rating"]] = row["n"]
    return list(found.values())


def assigned_within(
    connection: Connection, key: str, *, clusters: bool, by: Sequence[str] = ("day", "channel", "sender")
) -> dict[tuple[str, str], dict[str, int]]:
    """Units (or clusters) per arm within each value of these parts of the tally's key."""
    counted = func.sum(TALLY.c.clusters if clusters else TALLY.c.assigned)
    found: dict[tuple[str, str], dict[str, int]] = {}
    for part in by:
        columns = (TALLY.c[part], TALLY.c.arm)
        statement = select(*columns, counted).where(TALLY.c.experiment == key).group_by(*columns)
        for value, arm, n in connection.execute(statement.order_by(*columns)):
            found.setdefault((part, str(value)), {})[arm] = int(n)
    return found


def set_aside(connection: Connection, key: str) -> int:
    """Test and forced assignments, which no count holds."""
    statement = select(func.count()).where(ASSIGNMENT.c.experiment == key, ASSIGNMENT.c.test.is_(True))
    if connection.dialect.name == "sqlite":
        # It knows no statistics: by another index it would read every unit of the experiment.
        by_index = "FROM assignment INDEXED BY ix_assignment_test WHERE experiment = ? AND test IS 1"
        return int(connection.exec_driver_sql(f"SELECT count(*) {by_index}", (key,)).scalar_one())
    return int(connection.execute(statement).scalar_one())


def daily(connection: Connection, key: str) -> list[tuple[date, str, int, int]]:
    """UTC day, arm, assigned and completed, in order of days."""
    columns = (TALLY.c.day, TALLY.c.arm)
    statement = (
        select(*columns, func.sum(TALLY.c.assigned), func.sum(TALLY.c.completed))
        .where(TALLY.c.experiment == key)
        .group_by(*columns)
        .order_by(*columns)
    )
    return [
        (day, arm, int(assigned), int(completed))
        for day, arm, assigned, completed in connection.execute(statement)
    ]
