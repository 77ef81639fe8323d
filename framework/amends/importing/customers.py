"""A list of customers to assign: one row each, every row checked before any of them gets an arm."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING

from amends.assignment.hashing import id_bytes
from amends.errors import AmendsError, ImportRefused, nearest
from amends.importing.table import Row, Table, refuse
from amends.importing.values import delay_of, moment

if TYPE_CHECKING:
    from amends.design.experiment import Experiment

DELAYS = {"delay_hours": "hours", "delay_minutes": "minutes", "delay_seconds": "seconds"}
TIMES = ("promised_at", "at")
WORDS = ("locale", "channel", "timezone", "cluster", "incident")


@dataclass(frozen=True, slots=True)
class Customer:
    """One checked row: its line, and the keywords of `assign` it stands for, `unit_id` among them.

    `own` has the cells of the caller's own columns, read.
    """

    line: int
    keywords: dict[str, object]
    own: Mapping[str, object] = field(default_factory=dict)

    @property
    def unit_id(self) -> str:
        return str(self.keywords["unit_id"])


@dataclass(frozen=True, slots=True)
class CustomerList:
    """Checked customers, and the columns that no text of the experiment asks for."""

    customers: tuple[Customer, ...]
    ignored: tuple[str, ...]


def read_customers(
    table: Table,
    experiment: Experiment,
    *,
    unit: str = "unit_id",
    check: Callable[[Customer], object] | None = None,
    own: Mapping[str, Callable[[str], object]] = MappingProxyType({}),
) -> CustomerList:
    """Reads the rows of a customer list as `assign` keywords.

    Columns: the unit's id; at most one of `delay_hours`, `delay_minutes`, `delay_seconds` and
    `promised_at`; `at`, `locale`, `channel`, `timezone`, `cluster`, `incident`; the experiment's
    strata and covariates; and one column for each slot of its texts. Others are reported as ignored.

    Args:
        table: The file.
        experiment: Says which columns are needed.
        unit: The column with the ids; they are taken exactly as written, blanks included.
        check: Called with each row as read; an error it raises is that row's problem.
        own: Columns that the caller needs beside those of `assign`, with what reads their cells. Their
            errors follow the column's name, and need not show the cell.

    Raises:
        ImportRefused: A column is missing, a cell is not what it must be, or a unit stands in the
            file twice without telling its incidents apart.
    """
    strata, covariates = experiment.strata, experiment.covariates
    slots = tuple(sorted(experiment.slots))
    _need(table, experiment, unit=unit, strata=strata, slots=slots)
    table.require(own)
    known = {unit, *own, *DELAYS, *TIMES, *WORDS, *strata, *covariates, *slots}
    if experiment.cluster is None:
        known.discard("cluster")
    ignored = tuple(column for column in table.columns if column not in known)
    read = _reader(experiment, unit=unit, strata=strata, covariates=covariates, slots=slots)
    customers: list[Customer] = []
    problems: list[str] = []
    seen: dict[tuple[str, str], int] = {}
    for row in table.rows:
        try:
            cells = {column: _read(row, column, reader) for column, reader in own.items()}
            customer = Customer(row.line, read(row), cells)
            if check is not None:
                check(customer)
            customers.append(customer)
        except (ValueError, AmendsError) as error:
            problems.append(f"line {row.line}: {error}")
            continue
        twice = seen.setdefault((row[unit], row.get("incident")), row.line)
        if twice != row.line:
            problems.append(
                f"line {row.line}: {unit} {row[unit]!r} already stands on line {twice}; "
                "remove one, or tell them apart in a column 'incident'"
            )
    refuse(table.path, problems)
    return CustomerList(tuple(customers), ignored)


def _need(
    table: Table, experiment: Experiment, *, unit: str, strata: tuple[str, ...], slots: tuple[str, ...]
) -> None:
    """Refuses the file where a whole column is missing, or two say the same thing."""
    if unit not in table.columns:
        near = nearest(unit, table.columns, what="columns")
        raise ImportRefused(
            f"{table.path.name}: no column {unit!r} with the ids. {near} Name it with --unit."
        )
    if experiment.on_repeat == "new_unit" and "incident" not in table.columns:
        raise ImportRefused(
            f"{table.path.name}: {experiment.key} treats each incident as a unit, "
            "so a column 'incident' is needed."
        )
    table.require((*strata, *slots, *(("cluster",) if experiment.cluster is not None else ())))
    given = [column for column in (*DELAYS, "promised_at") if column in table.columns]
    if len(given) > 1:
        raise ImportRefused(
            f"{table.path.name}: {' and '.join(given)} both say how late it is. Keep one of them."
        )
    if experiment.eligible.needs_delay and not given:
        raise ImportRefused(
            f"{table.path.name}: {experiment.key} is for delayed customers, so a column delay_hours "
            "(or delay_minutes, delay_seconds, promised_at) is needed."
        )


def _reader(
    experiment: Experiment,
    *,
    unit: str,
    strata: tuple[str, ...],
    covariates: tuple[str, ...],
    slots: tuple[str, ...],
) -> Callable[[Row], dict[str, object]]:
    """A function from a row to the keywords of `assign`; it raises ValueError naming the cell."""
    words = tuple(name for name in WORDS if name != "cluster" or experiment.cluster is not None)

    def read(row: Row) -> dict[str, object]:
        id_bytes(_filled(row, unit, exact=True))
        keywords: dict[str, object] = {"unit_id": row[unit]}
        keywords.update({name: row.get(name) for name in words if row.get(name)})
        keywords.update({name: _read(row, name, moment) for name in TIMES if row.get(name)})
        for column, scale in DELAYS.items():
            if row.get(column):
                keywords["delay"] = _read(row, column, partial(delay_of, unit=scale))
        if experiment.eligible.needs_delay and not keywords.keys() & {"delay", "promised_at"}:
            raise ValueError("no delay given; this experiment is for delayed customers")
        if experiment.cluster is not None:
            _filled(row, "cluster")
        if strata:
            keywords["strata"] = {name: _filled(row, name) for name in strata}
        given = {name: row.get(name) for name in covariates if row.get(name)}
        if given:
            keywords["covariates"] = given
        keywords.update({name: _filled(row, name) for name in slots})
        return keywords

    return read


def _filled(row: Row, column: str, *, exact: bool = False) -> str:
    if not row.get(column):
        raise ValueError(f"{column} is blank")
    return row[column] if exact else row.get(column)


def _read(row: Row, column: str, reader: Callable[[str], object]) -> object:
    try:
        return reader(row.get(column))
    except ValueError as error:
        raise ValueError(f"{column}: {error}") from None
