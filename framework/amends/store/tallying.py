"""Counts that are kept in the same transaction as the rows they count.

A `Tallying` collects what a transaction adds, folded by cell, and writes it once, the cells in
sorted order, so that two transactions never wait for each other in a circle.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from amends.store.statements import insert_adding, insert_new
from amends.store.tables import MetricCentre, TallyCell, TallyMoments, TallyRating, table

TALLY = table(TallyCell)
TALLY_RATING = table(TallyRating)
TALLY_MOMENTS = table(TallyMoments)
METRIC_CENTRE = table(MetricCentre)

COUNTS = (
    *("assigned", "clusters", "sent", "delivered", "failed", "withheld"),
    *("started", "finished", "late", "completed"),
    *("agreed", "refused", "withdrawn"),
)

LARGEST_RATING = 100
"""Whole numbers up to this size are counted one by one; anything else is summed."""


class Cell(NamedTuple):
    """The key of a tally cell. Parts that do not apply are `""`, so that the key stays unique."""

    experiment: str
    arm: str
    day: date
    channel: str
    locale: str
    delay_band: str
    stratum: str
    sender: str


KEY = Cell._fields


def is_rating(value: float) -> bool:
    """Whether a number is counted at its point of the scale.

    >>> is_rating(7), is_rating(5.33), is_rating(250_000)
    (True, False, False)
    """
    return float(value).is_integer() and abs(value) <= LARGEST_RATING


class Tallying:
    """What one transaction adds to the tally."""

    def __init__(self) -> None:
        self._counts: dict[Cell, dict[str, int]] = defaultdict(lambda: dict.fromkeys(COUNTS, 0))
        self._ratings: dict[Cell, dict[tuple[str, int], int]] = defaultdict(lambda: defaultdict(int))
        self._values: dict[Cell, dict[tuple[str, str], list[tuple[float, int]]]] = defaultdict(
            lambda: defaultdict(list)
        )

    def count(self, cell: Cell, name: str, n: int = 1) -> None:
        """Adds units to one of `COUNTS`."""
        self._counts[cell][name] += n

    def rate(self, cell: Cell, ratings: Mapping[str, float], n: int = 1) -> None:
        """Adds the numbers of one completed response; takes them away again where `n` is -1."""
        for metric, value in ratings.items():
            self._counts[cell]
            if is_rating(value):
                self._ratings[cell][metric, int(value)] += n
            else:
                self._values[cell][metric, "survey"].append((value, n))

    def happen(self, cell: Cell, metric: str, value: float, *, instead_of: float | None = None) -> None:
        """Adds an outcome's value, or puts it in the place of an earlier one."""
        self._counts[cell]
        values = self._values[cell][metric, "outcome"]
        values.append((value, 1))
        if instead_of is not None:
            values.append((instead_of, -1))

    def add(self, other: Tallying) -> None:
        """Adds what another one holds."""
        for cell, counts in other._counts.items():
            own = self._counts[cell]
            for name, n in counts.items():
                own[name] += n
        for cell, ratings in other._ratings.items():
            for place, n in ratings.items():
                self._ratings[cell][place] += n
        for cell, values in other._values.items():
            for metric_source, numbers in values.items():
                self._values[cell][metric_source] += numbers

    def write(self, connection: Connection) -> None:
        """Adds everything to the database."""
        if not self._counts:
            return
        statements = _statements(connection.dialect.name)
        cells = sorted(self._counts)
        if not self._ratings and not self._values:
            rows = [{**cell._asdict(), **self._counts[cell]} for cell in cells]
            connection.execute(statements.cell, rows if len(rows) > 1 else rows[0])
            return
        centres: dict[tuple[str, str], float] = {}
        for cell in cells:
            row = {**cell._asdict(), **self._counts[cell]}
            number = connection.execute(statements.numbered_cell, row).scalar_one()
            if cell in self._ratings:
                connection.execute(
                    statements.rating,
                    [
                        {"cell": number, "metric": metric, "rating": rating, "n": n}
                        for (metric, rating), n in sorted(self._ratings[cell].items())
                    ],
                )
            for (metric, source), values in sorted(self._values.get(cell, {}).items()):
                name = (cell.experiment, metric)
                if name not in centres:
                    centres[name] = _centre(connection, *name, first=values[0][0])
                sums = _sums(values, centre=centres[name])
                moments = {"cell": number, "metric": metric, "source": source, **sums}
                connection.execute(statements.moments, moments)


def _sums(values: list[tuple[float, int]], *, centre: float) -> dict[str, float]:
    return {
        "n": sum(times for _, times in values),
        "total": sum(times * (value - centre) for value, times in values),
        "squares": sum(times * (value - centre) ** 2 for value, times in values),
        "events": sum(times for value, times in values if value),
    }


def _centre(connection: Connection, experiment: str, metric: str, *, first: float) -> float:
    """What the metric's sums are taken about.

    Where none was declared the first value becomes it: sums about a value of the data do not cancel.
    """
    connection.execute(
        insert_new(METRIC_CENTRE, connection.dialect.name, key=("experiment", "metric")),
        {"experiment": experiment, "metric": metric, "centre": first},
    )
    found: float = connection.execute(
        select(METRIC_CENTRE.c.centre).where(
            METRIC_CENTRE.c.experiment == experiment, METRIC_CENTRE.c.metric == metric
        )
    ).scalar_one()
    return found


def adding_cell(dialect: str) -> Any:
    """Adds counts to a cell, which it makes where there is none."""
    return insert_adding(TALLY, dialect, key=KEY, counts=COUNTS)


class _Statements(NamedTuple):
    cell: Any
    numbered_cell: Any
    rating: Any
    moments: Any


@cache
def _statements(dialect: str) -> _Statements:
    cell = adding_cell(dialect)
    return _Statements(
        cell=cell,
        numbered_cell=cell.returning(TALLY.c.cell),
        rating=insert_adding(TALLY_RATING, dialect, key=("cell", "metric", "rating"), counts=("n",)),
        moments=insert_adding(
            TALLY_MOMENTS,
            dialect,
            key=("cell", "metric", "source"),
            counts=("n", "total", "squares", "events"),
        ),
    )
