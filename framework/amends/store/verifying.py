"""Recounts everything from the rows and compares: the tally, the sealed lists, the constraints."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, func, select, union_all
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.visitors import InternalTraversal

from amends.store.tables import (
    Assignment,
    BlockPosition,
    Cluster,
    Consent,
    Delivery,
    MetricCentre,
    Outcome,
    Rating,
    Response,
    TallyCell,
    TallyMoments,
    TallyRating,
    table,
)
from amends.store.tallying import COUNTS, KEY, Cell, is_rating
from amends.store.values import Discrepancy

ASSIGNMENT = table(Assignment)
BLOCK_POSITION = table(BlockPosition)
CLUSTER = table(Cluster)
CONSENT = table(Consent)
DELIVERY = table(Delivery)
METRIC_CENTRE = table(MetricCentre)
OUTCOME = table(Outcome)
RATING = table(Rating)
RESPONSE = table(Response)
TALLY = table(TallyCell)
TALLY_MOMENTS = table(TallyMoments)
TALLY_RATING = table(TallyRating)


class _Scanned(ColumnElement[str]):
    """A column whose index SQLite is not to follow.

    It would go through all units of an experiment in the order of their pseudonyms, which is none in the
    file: a page read for each row. PostgreSQL knows by its statistics when to read the table as it lies.
    """

    inherit_cache = True
    _traverse_internals = [("column", InternalTraversal.dp_clauseelement)]  # noqa: RUF012 (as its base has it)

    def __init__(self, column: ColumnElement[str]) -> None:
        self.column = column
        self.type = column.type


@compiles(_Scanned)
def _as_it_is(element: _Scanned, compiler: Any, **options: Any) -> str:
    said: str = compiler.process(element.column, **options)
    return said


@compiles(_Scanned, "sqlite")
def _without_index(element: _Scanned, compiler: Any, **options: Any) -> str:
    return f"+{compiler.process(element.column, **options)}"


CELL = (_Scanned(ASSIGNMENT.c.experiment), *(ASSIGNMENT.c[name] for name in KEY[1:]))

Figures = dict[Cell, dict[str, float]]
"""Per tally cell: every figure that is kept, by a name to show; zeros are left out."""


def verify(connection: Connection, key: str | None = None) -> list[Discrepancy]:
    """Everything that does not agree, of one experiment or of all; empty when the store is clean."""
    return [
        *_duplicates(connection, key),
        *_arms(connection, key),
        *_positions(connection, key),
        *_differences(_recounted(connection, key), _kept(connection, key)),
    ]


def _differences(recounted: Figures, kept: Figures) -> Iterator[Discrepancy]:
    for cell in sorted({*recounted, *kept}):
        rows, stored = recounted.get(cell, {}), kept.get(cell, {})
        for name in sorted({*rows, *stored}):
            expected, found = rows.get(name, 0), stored.get(name, 0)
            # Sums of fractions depend on the order of adding in their last digits.
            if not math.isclose(expected, found, rel_tol=1e-9, abs_tol=1e-6):
                yield Discrepancy(cell.experiment, f"tally of {_shown(cell)}: {name}", expected, found)


def _shown(cell: Cell) -> str:
    rest = [
        f"{name} {getattr(cell, name)}"
        for name in ("channel", "locale", "delay_band", "stratum", "sender")
        if getattr(cell, name)
    ]
    return ", ".join([cell.day.isoformat(), cell.arm, *rest])


def _recounted(connection: Connection, key: str | None) -> Figures:
    figures: Figures = defaultdict(lambda: defaultdict(int))
    for row in connection.execute(_funnel(key)):
        cell = Cell(*row[: len(KEY)])
        for name, n in zip(COUNTS, row[len(KEY) :], strict=True):
            if n:
                figures[cell][name] = int(n)
    centre = {(row.experiment, row.metric): row.centre for row in connection.execute(select(METRIC_CENTRE))}
    rated = (
        select(*CELL, RATING.c.item, RATING.c.value, func.count())
        .select_from(ASSIGNMENT.join(RESPONSE).join(RATING, RATING.c.assignment == RESPONSE.c.assignment))
        .where(*_counted(key), _finished, RESPONSE.c.late.is_(False))
        .group_by(*CELL, RATING.c.item, RATING.c.value)
    )
    for row in connection.execute(rated):
        cell, (metric, value, n) = Cell(*row[: len(KEY)]), row[len(KEY) :]
        if is_rating(value):
            figures[cell][f"{metric} rated {int(value)}"] += n
        else:
            _add(figures, cell, metric, "survey", value, n, centre.get((cell.experiment, metric), 0.0))
    happened = (
        select(*CELL, OUTCOME.c.metric, OUTCOME.c.value, func.count())
        .select_from(ASSIGNMENT.join(OUTCOME))
        .where(*_counted(key), OUTCOME.c.late.is_(False))
        .group_by(*CELL, OUTCOME.c.metric, OUTCOME.c.value)
    )
    for row in connection.execute(happened):
        cell, (metric, value, n) = Cell(*row[: len(KEY)]), row[len(KEY) :]
        _add(figures, cell, metric, "outcome", value, n, centre.get((cell.experiment, metric), 0.0))
    return figures


def _add(figures: Figures, cell: Cell, metric: str, source: str, value: float, n: int, centre: float) -> None:
    distance = value - centre
    for name, more in _moments(metric, source, n, n * distance, n * distance**2, n if value else 0):
        figures[cell][name] += more


def _moments(
    metric: str, source: str, n: float, total: float, squares: float, events: float
) -> Iterator[tuple[str, float]]:
    yield f"{metric} ({source}) values", n
    yield f"{metric} ({source}) sum", total
    yield f"{metric} ({source}) sum of squares", squares
    yield f"{metric} ({source}) events", events


_finished = RESPONSE.c.finished_at.is_not(None)


def _counted(key: str | None) -> tuple[ColumnElement[bool], ...]:
    return (ASSIGNMENT.c.test.is_(False), *_of(key, ASSIGNMENT.c.experiment))


def _of(key: str | None, column: ColumnElement[str]) -> tuple[ColumnElement[bool], ...]:
    return () if key is None else (_Scanned(column) == key,)


def _funnel(key: str | None) -> Any:
    """The cell's key, then `COUNTS` in order, from the rows."""

    def units(condition: ColumnElement[bool]) -> ColumnElement[Any]:
        return func.sum(case((condition, 1), else_=0))

    statuses = (
        select(
            DELIVERY.c.assignment,
            *(
                func.max(case((DELIVERY.c.status == status, 1), else_=0)).label(status)
                for status in ("sent", "delivered", "failed", "withheld")
            ),
        )
        .group_by(DELIVERY.c.assignment)
        .subquery()
    )
    counts = {
        "assigned": func.count(),
        "clusters": func.count(CLUSTER.c.opened_by),
        **{name: func.sum(statuses.c[name]) for name in ("sent", "delivered", "failed", "withheld")},
        "started": func.count(RESPONSE.c.assignment),
        "finished": func.count(RESPONSE.c.finished_at),
        "late": units(and_(_finished, RESPONSE.c.late.is_(True))),
        "completed": units(and_(_finished, RESPONSE.c.late.is_(False))),
        "agreed": func.count(CONSENT.c.agreed_at),
        "refused": units(and_(CONSENT.c.refused_at.is_not(None), CONSENT.c.agreed_at.is_(None))),
        "withdrawn": func.count(CONSENT.c.withdrawn_at),
    }
    rows = (
        ASSIGNMENT.outerjoin(statuses, statuses.c.assignment == ASSIGNMENT.c.number)
        .outerjoin(RESPONSE, RESPONSE.c.assignment == ASSIGNMENT.c.number)
        .outerjoin(CLUSTER, CLUSTER.c.opened_by == ASSIGNMENT.c.number)
        .outerjoin(CONSENT, CONSENT.c.assignment == ASSIGNMENT.c.number)
    )
    return (
        select(*CELL, *(counts[name] for name in COUNTS))
        .select_from(rows)
        .where(*_counted(key))
        .group_by(*CELL)
    )


def _kept(connection: Connection, key: str | None) -> Figures:
    figures: Figures = defaultdict(lambda: defaultdict(int))
    cells: dict[int, Cell] = {}
    for row in connection.execute(select(TALLY).where(*_of(key, TALLY.c.experiment))).mappings():
        cell = cells[row["cell"]] = Cell(*(row[name] for name in KEY))
        for name in COUNTS:
            # Added, not set: were the key not unique, two cells of one key would hide each other.
            figures[cell][name] += row[name]
    ratings = select(TALLY_RATING).join_from(TALLY_RATING, TALLY).where(*_of(key, TALLY.c.experiment))
    for rating in connection.execute(ratings):
        figures[cells[rating.cell]][f"{rating.metric} rated {rating.rating}"] += rating.n
    moments = select(TALLY_MOMENTS).join_from(TALLY_MOMENTS, TALLY).where(*_of(key, TALLY.c.experiment))
    for one in connection.execute(moments):
        for name, figure in _moments(one.metric, one.source, one.n, one.total, one.squares, one.events):
            figures[cells[one.cell]][name] += figure
    return figures


def _duplicates(connection: Connection, key: str | None) -> Iterator[Discrepancy]:
    unit = (ASSIGNMENT.c.experiment, ASSIGNMENT.c.unit)
    statement = select(*unit, func.count()).where(*_of(key, unit[0])).group_by(*unit).having(func.count() > 1)
    for experiment, pseudonym, n in connection.execute(statement):
        yield Discrepancy(experiment, f"assignments of unit {pseudonym[:12]}…", 1, n)


def _arms(connection: Connection, key: str | None) -> Iterator[Discrepancy]:
    """Units whose arm is not their cluster's, and units left without one."""
    joined = ASSIGNMENT.outerjoin(
        CLUSTER,
        and_(
            CLUSTER.c.experiment == ASSIGNMENT.c.experiment,
            CLUSTER.c.test == ASSIGNMENT.c.test,
            CLUSTER.c.cluster == ASSIGNMENT.c.cluster,
        ),
    )
    statement = (
        select(ASSIGNMENT.c.experiment, ASSIGNMENT.c.id, CLUSTER.c.arm, ASSIGNMENT.c.arm)
        .select_from(joined)
        .where(
            *_of(key, ASSIGNMENT.c.experiment),
            (ASSIGNMENT.c.arm == "")
            | (
                ASSIGNMENT.c.cluster.is_not(None)
                & (CLUSTER.c.arm.is_(None) | (CLUSTER.c.arm != ASSIGNMENT.c.arm))
            ),
        )
    )
    for experiment, assignment, expected, found in connection.execute(statement):
        yield Discrepancy(
            experiment, f"arm of assignment {assignment}", expected or "an arm", found or "none"
        )


def _positions(connection: Connection, key: str | None) -> Iterator[Discrepancy]:
    """Every sealed list is used from 0 on, without a gap and without a position given twice."""
    used = union_all(*(_used(source) for source in (ASSIGNMENT, CLUSTER))).subquery()
    sealed = (used.c.experiment, used.c.test, used.c.stratum)
    position = used.c.position
    statement = (
        select(*sealed, func.count(), func.count(position.distinct()), func.min(position), func.max(position))
        .where(*_of(key, used.c.experiment))
        .group_by(*sealed)
    )
    found = {tuple(row[:3]): tuple(row[3:]) for row in connection.execute(statement)}
    counters = select(BLOCK_POSITION).where(*_of(key, BLOCK_POSITION.c.experiment))
    kept = {(row.experiment, row.test, row.stratum): row.next for row in connection.execute(counters)}
    for name in sorted({*found, *kept}):
        experiment, test, stratum = name
        n, distinct, lowest, highest = found.get(name, (0, 0, 0, -1))
        where = f"{'test ' if test else ''}positions of stratum {stratum!r}"
        if (lowest, highest) != (0, n - 1) or distinct != n:
            yield Discrepancy(
                experiment, where, f"0 to {n - 1}", f"{distinct} of them from {lowest} to {highest}"
            )
        if kept.get(name, 0) != n:
            yield Discrepancy(experiment, f"{where}, the next", n, kept.get(name, 0))


def dealt(connection: Connection, key: str) -> Iterator[tuple[str, int, str]]:
    """Every position of the sealed lists that was taken: stratum, position, stored arm; no rehearsals."""
    for source in (ASSIGNMENT, CLUSTER):
        columns = (source.c.stratum, source.c.position, source.c.arm)
        taken = (source.c.experiment == key) & source.c.position.is_not(None) & ~source.c.test
        for row in connection.execute(select(*columns).where(taken)):
            yield row.stratum, row.position, row.arm


def _used(source: Any) -> Any:
    columns = (source.c.experiment, source.c.test, source.c.stratum, source.c.position)
    return select(*columns).where(source.c.position.is_not(None))
