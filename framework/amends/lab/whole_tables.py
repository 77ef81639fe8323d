"""An arm for every row of a table in an engine, written as one Parquet file: whole, or not at all."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from amends.errors import StateError, UsageError

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow

    from amends.lab.lab import InForce, Lab

ASSIGNED = "assign table"
"""The audit's entry: how many rows got which arm. Who they are stays in the table."""

OPTED_OUT = "not_eligible"

Drawn = Counter[tuple[str, str | None]]
"""Rows by status and arm."""


def assign_table(
    lab: Lab, key: str, table: ir.Table, *, unit: str, to: Path, cluster: str | None = None
) -> Generator[int, None, Drawn]:
    """Draws the arm of every row inside the engine and writes unit, arm and status to a file.

    The arms are those that `assign` would give; who opted out has none. No row is recorded here: the
    file is the record, which the warehouse's own analysis joins with what happened afterwards.

    Args:
        lab: The lab.
        key: A running experiment that draws by hash.
        table: The table, with one row per unit.
        unit: Its column with the units' ids.
        to: The file, which replaces one of that name at the end.
        cluster: Its column with the clusters' ids, where clusters are randomised.

    Yields:
        How many more rows are written.

    Returns:
        Rows by status and arm.

    Raises:
        StateError: The experiment does not run.
        UsageError: An experiment or a table that no arms can be drawn for; see `arms_in_table`.
    """
    import pyarrow.parquet

    from amends.warehouse.assigning import arms_in_table, batches, check_ids

    force = _running(lab, key)
    assert force.state is not None
    if to.is_dir() or not to.absolute().parent.is_dir():
        raise UsageError(f"{to} is not a file in an existing folder.")
    drawn = arms_in_table(table, force.experiment, unit=unit, cluster=cluster, coverage=force.state.coverage)
    check_ids(table, unit=unit, cluster=cluster)
    counts: Drawn = Counter()
    about = {
        "amends.experiment": key,
        "amends.fingerprint": force.state.fingerprint,
        "amends.coverage": force.state.coverage,
    }
    schema = drawn.schema().to_pyarrow().with_metadata(about)
    part = to.with_name(f".{to.name}.{os.getpid()}.part")
    try:
        with pyarrow.parquet.ParquetWriter(part, schema) as writer:
            for batch in batches(drawn):
                kept = _without_those_out(lab, batch)
                writer.write_batch(kept.cast(schema))
                counts.update(_counted(kept))
                yield len(kept)
        _audit(lab, key, counts, coverage=force.state.coverage)
        part.replace(to)
    finally:
        part.unlink(missing_ok=True)
    return counts


def _running(lab: Lab, key: str) -> InForce:
    force = lab.in_force(key)
    if force.status == "running":
        return force
    remedy = {
        "draft": f"Start it first, which freezes the definition: amends start {key}",
        "paused": f"Let it go on first: amends start {key}",
    }.get(force.status, "A stopped experiment takes nobody in: start a new one under another key.")
    raise StateError(f"{key} is {force.status}, so nobody gets an arm. {remedy}")


def _without_those_out(lab: Lab, batch: pyarrow.RecordBatch) -> pyarrow.RecordBatch:
    """The batch with neither arm nor part for those who opted out; their ids never reach the engine."""
    import pyarrow

    if not lab.store.anybody_opted_out():
        return batch
    columns = {name: batch[name].to_pylist() for name in batch.schema.names}
    names = [name for name in ("unit", "cluster") if name in columns]
    asked = {one: lab.store.pseudonym(one) for name in names for one in columns[name]}
    out = lab.store.opted_out_of(asked.values())
    for row in range(len(batch)):
        if any(asked[columns[name][row]] in out for name in names):
            columns["arm"][row], columns["status"][row] = None, OPTED_OUT
    return pyarrow.RecordBatch.from_pydict(columns, schema=batch.schema)


def _counted(batch: pyarrow.RecordBatch) -> Drawn:
    import pyarrow

    table = pyarrow.Table.from_batches([batch]).group_by(["status", "arm"]).aggregate([([], "count_all")])
    return Counter({(row["status"], row["arm"]): row["count_all"] for row in table.to_pylist()})


def _audit(lab: Lab, key: str, counts: Drawn, *, coverage: str) -> None:
    statuses: Counter[str] = Counter()
    for (status, _), n in counts.items():
        statuses[status] += n
    detail: dict[str, Any] = {"rows": counts.total(), "statuses": dict(statuses), "coverage": coverage}
    lab.store.audit(ASSIGNED, key=key, detail=detail, at=lab.clock())
