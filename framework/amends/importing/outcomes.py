"""Outcome tables: what happened to customers without a survey, by customer id or pseudonym."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from amends.assignment.hashing import id_bytes
from amends.errors import ImportRefused, UsageError, nearest
from amends.importing.table import SHOWN, Row, Table
from amends.importing.values import moment, number, yes_or_no

if TYPE_CHECKING:
    from amends.design.experiment import Experiment
    from amends.design.metrics import Mean, Proportion

PSEUDONYM = 64
"""Hexadecimal digits of a pseudonym."""

FAULTS = ("unknown", "duplicate", "out of scale", "unreadable")
"""Why a row may not be taken: never assigned, twice in the table, a value off its scale, anything else."""


@dataclass(frozen=True, slots=True)
class OutcomeColumns:
    """Which column holds what.

    Attributes:
        metrics: Outcome metric to column, for instance `{"complaint": "complained"}`.
        unit: The column with the customers' ids; or `pseudonym`, the column `unit` of an export.
        at: When it happened, with its zone; without it the time of the import counts.
    """

    metrics: Mapping[str, str]
    unit: str | None = None
    pseudonym: str | None = None
    at: str | None = None


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """A checked row: where it stands, the unit's pseudonym, and the values that are not blank."""

    where: str
    unit: str
    values: Mapping[str, float]
    at: datetime | None = None


@dataclass(slots=True)
class Account:
    """Every row of the tables is in one of these counts.

    Attributes:
        read: Rows read.
        rows: Rows that can be taken.
        faults: Per reason, the rows that cannot, with where they stand and what is wrong.
    """

    read: int = 0
    rows: list[OutcomeRow] = field(default_factory=list)
    faults: dict[str, list[str]] = field(default_factory=lambda: {fault: [] for fault in FAULTS})

    def counts(self) -> dict[str, int]:
        """Rows per fate.

        >>> Account(read=0).counts()
        {'read': 0, 'matched': 0, 'unknown': 0, 'duplicate': 0, 'out of scale': 0, 'unreadable': 0}
        """
        faults = {fault: len(rows) for fault, rows in self.faults.items()}
        return {"read": self.read, "matched": len(self.rows), **faults}

    def sentence(self) -> str:
        """The counts in words.

        >>> Account(read=0).sentence()
        '0 rows read: 0 matched, 0 unknown, 0 duplicate, 0 out of scale, 0 unreadable.'
        """
        counts = self.counts()
        fates = ", ".join(f"{n:,} {fate}" for fate, n in counts.items() if fate != "read")
        return f"{counts['read']:,} rows read: {fates}."

    def refuse(self, *, but: Sequence[str] = ()) -> None:
        """Refuses the tables where a row cannot be taken, for another reason than those `but`.

        Raises:
            ImportRefused: With the account, and the first rows of each reason.
        """
        bad = [fault for fault, rows in self.faults.items() if rows and fault not in but]
        if not bad:
            return
        problems = [f"{said} ({fault})" for fault in bad for said in self.faults[fault]]
        if len(problems) > SHOWN:
            problems = [*problems[:SHOWN], f"… and {len(problems) - SHOWN:,} more"]
        raise ImportRefused(f"{self.sentence()} Nothing was stored.", problems=tuple(problems))


def declared_outcomes(experiment: Experiment) -> dict[str, Proportion | Mean]:
    """The metrics that need no survey, by name."""
    return {metric.name: metric for metric in experiment.metrics if metric.source == "outcome"}


def read_outcomes(
    tables: Sequence[Table],
    experiment: Experiment,
    columns: OutcomeColumns,
    *,
    pseudonym: Callable[[str], str],
) -> Account:
    """Reads outcome tables and accounts for every row; whose unit was never assigned is found out later.

    Args:
        tables: The files, which count as one table.
        experiment: Its outcome metrics say what a value may be.
        columns: Which column holds what.
        pseudonym: From a customer's id to its pseudonym.

    Raises:
        ImportRefused: A missing column, or a metric that is no outcome of the experiment.
        UsageError: Neither ids nor pseudonyms, or both; no metric.
    """
    joined = columns.unit or columns.pseudonym
    if joined is None or (columns.unit is not None and columns.pseudonym is not None):
        raise UsageError(
            "rows are joined either by --unit COLUMN or by --pseudonym COLUMN: give one of them."
        )
    if not columns.metrics:
        raise UsageError('no outcome is read: name them, --metric "complaint=COLUMN".')
    known = declared_outcomes(experiment)
    for name in columns.metrics:
        if name not in known:
            raise ImportRefused(
                f"{name!r} is not an outcome of {experiment.key}. {nearest(name, known, what='outcomes')}"
            )
    account, first = Account(), dict[str, str]()
    for table in tables:
        table.require(name for name in (joined, *columns.metrics.values(), columns.at) if name is not None)
        for row in table.rows:
            account.read += 1
            where = f"{table.path.name} line {row.line}"
            try:
                unit = _unit(row, columns, pseudonym)
                if first.setdefault(unit, where) != where:
                    raise _Fault("duplicate", f"{joined} {row[joined]!r} already stands on {first[unit]}")
                account.rows.append(OutcomeRow(where, unit, _values(row, columns, known), _at(row, columns)))
            except _Fault as fault:
                account.faults[fault.reason].append(f"{where}: {fault}")
            except (ValueError, UsageError) as error:
                account.faults["unreadable"].append(f"{where}: {error}")
    return account


class _Fault(Exception):
    """A row that cannot be taken, and under which reason it is counted."""

    def __init__(self, reason: str, said: str) -> None:
        super().__init__(said)
        self.reason = reason


def _unit(row: Row, columns: OutcomeColumns, pseudonym: Callable[[str], str]) -> str:
    if columns.pseudonym is None:
        return pseudonym(id_bytes(row[str(columns.unit)]).decode())
    given = row.get(columns.pseudonym).lower()
    if len(given) != PSEUDONYM or set(given) - set("0123456789abcdef"):
        raise ValueError(
            f"{columns.pseudonym} {given[:20]!r} is no pseudonym: {PSEUDONYM} hexadecimal digits, as exported"
        )
    return given


def _values(row: Row, columns: OutcomeColumns, known: Mapping[str, Proportion | Mean]) -> dict[str, float]:
    return {
        name: _value(row.get(column), known[name], column)
        for name, column in columns.metrics.items()
        if row.get(column)
    }


def _value(cell: str, metric: Proportion | Mean, column: str) -> float:
    if metric.kind == "proportion":
        try:
            return float(yes_or_no("1" if cell == "1.0" else "0" if cell == "0.0" else cell))
        except ValueError as error:
            raise _Fault("out of scale", f"{column}: {error}") from None
    try:
        value = number(cell)
    except ValueError as error:
        raise ValueError(f"{column}: {error}") from None
    scale = getattr(metric, "scale", None)
    if scale and not scale[0] <= value <= scale[1]:
        said = f"{column}: {cell} is off the scale of {metric.name}, {scale[0]} to {scale[1]}"
        raise _Fault("out of scale", said)
    return value


def _at(row: Row, columns: OutcomeColumns) -> datetime | None:
    return moment(row.get(columns.at)) if columns.at and row.get(columns.at) else None
