"""Arms for a whole table, drawn inside the engine that holds it: the same arm as Python's for every unit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.types as ir

from amends.assignment.hashing import BUCKETS, share_bound
from amends.errors import UsageError
from amends.warehouse.hashing import bucket, engine_of, id_text, refused_ids

if TYPE_CHECKING:
    import pyarrow

    from amends.design.experiment import Experiment

BATCH = 100_000
"""Rows that leave the engine at a time."""

SECONDS: Mapping[str, int] = MappingProxyType({"delay_seconds": 1, "delay_minutes": 60, "delay_hours": 3_600})
"""Columns that may say how late the service is, in seconds of their unit."""


def arms_in_table(
    table: ir.Table,
    experiment: Experiment,
    *,
    unit: str,
    cluster: str | None = None,
    coverage: str = "1",
) -> ir.Table:
    """Unit, arm and status of every row of a table, as an expression of its engine; nothing is recorded.

    `arm` is what `experiment.arm_of` answers for the row's unit (its cluster, where clustered). Those who
    would not take part have none, and their `status` says why, as that of `Lab.assign` does:
    `not_eligible` by their delay, `not_covered` by layer or coverage, `holdout`.

    Args:
        table: A table in DuckDB, PostgreSQL or Spark. Where the experiment asks how late the service is, a
            column `delay_hours`, `delay_minutes` or `delay_seconds` says it.
        experiment: The definition in force, with its key.
        unit: The column with the units' ids.
        cluster: The column with the clusters' ids, where clusters are randomised.
        coverage: The share of eligible units that takes part, as decimal text.

    Returns:
        A table with the columns `unit`, `cluster` where there is one, `arm` and `status`.

    Raises:
        UsageError: An experiment in blocks; a missing column, or one that holds no ids; another engine.

    >>> from amends import Experiment, silence, thank_you
    >>> tea = Experiment(key="tea", notice="Late.", arms=[thank_you("Thank you."), silence()])
    >>> late = ibis.duckdb.connect().create_table("late", ibis.memtable({"customer": ["C-1", "C-2"]}))
    >>> drawn = arms_in_table(late, tea, unit="customer").order_by("unit").to_pyarrow().to_pylist()
    >>> [row["arm"] for row in drawn] == tea.arms_of(["C-1", "C-2"])
    True
    """
    _check(experiment, cluster=cluster)
    engine_of(table)
    drawn_for = unit if cluster is None else cluster
    away = _turned_away(table, experiment, drawn_for, coverage=coverage)
    names = [arm.name for arm in experiment.arms]
    drawn = bucket(table, drawn_for, salt=str(experiment.key), purpose="arm")
    bounds = zip(names[:-1], experiment.thresholds[:-1], strict=True)
    arm = ibis.cases(*((drawn < bound, name) for name, bound in bounds), else_=names[-1])
    status: Any = ibis.cases(*away, else_="assigned") if away else ibis.literal("assigned")
    columns: dict[str, Any] = {"unit": id_text(table, unit)}
    if cluster is not None:
        columns["cluster"] = id_text(table, cluster)
    columns["arm"] = ibis.cases(*((out, ibis.null("string")) for out, _ in away), else_=arm) if away else arm
    return table.select(**columns, status=status)


def check_ids(table: ir.Table, *, unit: str, cluster: str | None = None) -> None:
    """Refuses a table with an id that Python would refuse, or with a unit twice.

    Raises:
        UsageError: Naming the rules, how many rows break each, an example, and the remedy.
    """
    columns = [unit] if cluster is None else [unit, cluster]
    refused = [found for column in columns for found in refused_ids(table, column)]
    if refused:
        listed = "; ".join(f"{found.column}: {found}" for found in refused)
        raise UsageError(
            f"the table has rows without a usable id. {listed}. Nobody was given an arm: "
            "leave these rows out by a view, or mend them, and run it again."
        )
    again = table.select(unit=id_text(table, unit)).group_by("unit").aggregate(n=lambda rows: rows.count())
    again = again.filter(again.n > 1)
    found = (
        again.aggregate(units=again.count(), example=again.unit.left(40).min()).to_pyarrow().to_pylist()[0]
    )
    if found["units"]:
        raise UsageError(
            f"units that stand in the table more than once: {found['units']:,}, for instance "
            f"{found['example']!r}; each unit gets one arm and counts once. Make a view with one row "
            f"per {unit}."
        )


def batches(drawn: ir.Table) -> Iterator[pyarrow.RecordBatch]:
    """The rows of an expression, a batch at a time, so that any size fits into memory."""
    import pyarrow

    backend: Any = drawn.get_backend()
    if backend.name != "pyspark":
        yield from backend.to_pyarrow_batches(drawn, chunk_size=BATCH)
        return
    # Ibis would hold all of them: Spark's own iterator holds a partition.
    rows = backend._session.sql(backend.compile(drawn)).toLocalIterator()
    schema = drawn.schema().to_pyarrow()
    while some := list(islice(rows, BATCH)):
        yield pyarrow.RecordBatch.from_pylist([row.asDict() for row in some], schema=schema)


def _check(experiment: Experiment, *, cluster: str | None) -> None:
    key = experiment.key
    if experiment.randomize.blocked:
        raise UsageError(
            f"{key} draws its arms in blocks, so that no arm follows from an id: the database keeps who "
            f"has which place. Assign the list by amends assign {key} customers.csv --out send.csv, "
            "or by assign_many."
        )
    if experiment.eligible.needs_timezone:
        raise UsageError(
            f"{key} keeps quiet hours, which depend on the moment of each message: assign at that moment, by "
            f"amends assign {key} customers.csv --out send.csv, or by assign."
        )
    if experiment.clustered and cluster is None:
        whole = (
            "the incidents of a customer" if experiment.cluster is None else f"a {experiment.cluster.name}"
        )
        raise UsageError(
            f"{key} gives one arm to all of {whole}: say which column has the id of that, --cluster COLUMN "
            "(cluster=… in Python)."
        )
    if not experiment.clustered and cluster is not None:
        raise UsageError(
            f"{key} declares no cluster=, so cluster column {cluster!r} is refused: the arm is the unit's."
        )


def _turned_away(
    table: ir.Table, experiment: Experiment, drawn_for: str, *, coverage: str
) -> list[tuple[Any, str]]:
    """Who does not take part, in the order in which `Lab.assign` judges."""
    away: list[tuple[Any, str]] = []
    if experiment.eligible.at_least is not None:
        late = _delay(table, experiment)
        least = round(experiment.eligible.at_least.total_seconds() * 1e6)
        away.append((late.isnull() | late.isnan() | (late < least), "not_eligible"))
    layer, holdout = experiment.layer, experiment.holdout
    if layer is not None:
        place = bucket(table, drawn_for, salt=layer.name, purpose="layer")
        outside = (place < share_bound(layer.low)) | (place >= share_bound(layer.high))
        away.append((outside, "not_covered"))
    if holdout is not None:
        place = bucket(table, drawn_for, salt=holdout.name, purpose="holdout")
        away.append((place < share_bound(holdout.share), "holdout"))
    bound = share_bound(coverage)
    if bound < BUCKETS:
        place = bucket(table, drawn_for, salt=str(experiment.key), purpose="coverage")
        away.append((place >= bound, "not_covered"))
    return away


def _delay(table: ir.Table, experiment: Experiment) -> Any:
    """Each row's delay in microseconds, to which Python rounds it too."""
    given = [name for name in SECONDS if name in table.columns]
    if len(given) != 1:
        what = "has none of them" if not given else f"has {' and '.join(given)}"
        raise UsageError(
            f"{experiment.key} takes in only those who waited long enough, so the table needs exactly one "
            f"of the columns {', '.join(SECONDS)}; it {what}. Add it by a view."
        )
    (name,) = given
    if not table[name].type().is_numeric():
        raise UsageError(f"column {name!r} is of type {table[name].type()}: a number is needed.")
    return (table[name].cast("float64") * (SECONDS[name] * 1e6)).round().cast("float64")
