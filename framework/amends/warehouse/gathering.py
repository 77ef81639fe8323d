"""One GROUP BY in the engine: every combination of values that the report tells apart, and its sums."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from amends.errors import UsageError
from amends.warehouse.columns import Columns, amounts

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from pandas import DataFrame

    from amends.design.experiment import Experiment

    Progress = Callable[[float | None], None]

MOST_CELLS = 200_000
"""Combinations of values beyond which a column named as a rating or an outcome must be something else."""

LOOKED_AT = 1_000
"""Rows whose mean is the centre of an amount's sums: any value near the data keeps them from cancelling."""

EVERY = 0.2
"""Seconds between two looks at how far the engine is."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """What the engine counted.

    Attributes:
        cells: A row for each combination of values as the table has them. Columns: `arm`, `completed`, those
            of the funnel, `cluster`, `item.NAME`, `outcome.NAME`, `covariate.NAME`, `strata.NAME` (a
            segment); `n` its rows; and for each amount `NAME:n`, `NAME:total`, `NAME:squares`, `NAME:low`,
            `NAME:high`.
        centres: The centre about which each amount was summed.
        summed: The amounts that were summed; none where rows are told apart by them.
    """

    cells: DataFrame
    centres: dict[str, float]
    summed: tuple[str, ...]


def gather(
    table: ir.Table,
    columns: Columns,
    experiment: Experiment,
    *,
    by_unit: bool = False,
    by_known: bool = False,
    progress: Progress | None = None,
) -> Gathered:
    """Reads the table once and returns what the report is made from.

    Args:
        table: The table, in its engine.
        columns: Which column holds what, from `check_columns`.
        experiment: The definition.
        by_unit: Tell rows apart by cluster, amounts and what was known before too, for analyses of units.
        by_known: Tell them apart by covariates and moderators, for analyses of groups of units.
        progress: Called now and then with the share that is done, or None where the engine does not say.

    Raises:
        UsageError: So many combinations that a column cannot be what it was named for.
    """
    summed = {} if by_unit else amounts(columns, experiment)
    known = columns.known if by_unit or by_known else {}
    keys = key_columns(columns, known=known, by_cluster=by_unit, summed=set(summed))
    centres = {name: _centre(table, column, scale) for name, (column, scale) in summed.items()}
    figures = {"n": table.count()}
    for place, (name, (column, _)) in enumerate(summed.items()):
        value = table[column].cast("float64")
        from_centre = value - centres[name]
        figures |= {
            f"a{place}_n": value.count(),
            f"a{place}_total": from_centre.sum(),
            f"a{place}_squares": (from_centre * from_centre).sum(),
            f"a{place}_low": value.min(),
            f"a{place}_high": value.max(),
        }
    # Numbered names: what a table calls its columns may be too long, or reserved, in one engine or another.
    grouped = table.group_by([table[column].name(f"k{place}") for place, column in enumerate(keys.values())])
    counted = grouped.aggregate(**figures)
    if not by_unit:
        counted = counted.limit(MOST_CELLS + 1)
    cells = _run(counted, progress).to_pandas()
    names = {f"k{place}": name for place, name in enumerate(keys)}
    for place, name in enumerate(summed):
        names |= {f"a{place}_{part}": f"{name}:{part}" for part in ("n", "total", "squares", "low", "high")}
    cells = cells.rename(columns=names)
    if not by_unit and len(cells) > MOST_CELLS:
        _refuse_many(cells, keys)
    return Gathered(cells, centres, tuple(summed))


def count_rows(table: ir.Table) -> int:
    """How many rows the table has."""
    return int(table.count().to_pyarrow().as_py())


def check_units(table: ir.Table, unit: str, *, rows: int) -> None:
    """Sees that every row names a unit, and none twice.

    Raises:
        UsageError: How many rows do not, and an example.
    """
    found = table.aggregate(units=table[unit].nunique(), blank=table[unit].isnull().sum()).to_pyarrow()
    units, blank = (int(found[name][0].as_py() or 0) for name in ("units", "blank"))
    if blank:
        raise UsageError(
            f"unit column {unit!r} is empty in {blank:,} rows; every row is a unit and names it."
        )
    if units < rows:
        counted = table.group_by(table[unit].name("unit")).aggregate(n=table.count())
        twice = counted.filter(counted.n > 1).order_by(["unit"]).limit(1).to_pyarrow().to_pylist()[0]
        raise UsageError(
            f"unit column {unit!r} names a unit a second time in {rows - units:,} of {rows:,} rows, such as "
            f"{twice['unit']!r} ({twice['n']} rows); each unit counts once. Keep one row of each."
        )


def key_columns(
    columns: Columns, *, known: Mapping[str, str], by_cluster: bool, summed: set[str]
) -> dict[str, str]:
    """The table's columns that rows are told apart by, by what the report calls them."""
    keys = {"arm": columns.arm, "completed": columns.completed, **columns.funnel}
    keys |= {f"item.{name}": column for name, column in columns.ratings.items()}
    keys |= {f"outcome.{name}": column for name, column in columns.outcomes.items()}
    keys |= {f"covariate.{name}": column for name, column in known.items()}
    keys |= {f"strata.{name}": column for name, column in columns.segments.items()}
    if by_cluster and columns.cluster is not None:
        keys["cluster"] = columns.cluster
    return {name: column for name, column in keys.items() if name not in summed}


def _centre(table: ir.Table, column: str, scale: tuple[float, float] | None) -> float:
    """The middle of the scale; without one the mean of the first values that come."""
    if scale is not None:
        return (scale[0] + scale[1]) / 2
    values = table.filter(table[column].notnull()).select(value=table[column].cast("float64"))
    first = [
        value for value in values.limit(LOOKED_AT).to_pyarrow()["value"].to_pylist() if value is not None
    ]
    finite = [value for value in first if value - value == 0]
    return sum(finite) / len(finite) if finite else 0.0


def _run(expression: ir.Table, progress: Progress | None) -> Any:
    if progress is None:
        return expression.to_pyarrow()
    connection = getattr(expression.get_backend(), "con", None)
    tells = getattr(connection, "query_progress", None)
    if connection is not None and tells is not None:
        connection.execute("SET enable_progress_bar = true")
        connection.execute("SET enable_progress_bar_print = false")
    with ThreadPoolExecutor(max_workers=1) as engine:
        running = engine.submit(expression.to_pyarrow)
        while wait([running], timeout=EVERY).not_done:
            share = tells() / 100 if tells is not None else None
            progress(share if share is not None and share >= 0 else None)
        return running.result()


def _refuse_many(cells: DataFrame, keys: dict[str, str]) -> None:
    different = {name: int(cells[name].nunique()) for name in keys}
    name = max(different, key=lambda one: different[one])
    raise UsageError(
        f"column {keys[name]!r} ({name}) has {different[name]:,} different values or more; what is counted "
        f"may have {MOST_CELLS:,} combinations in all. Name a column of ratings, of 0 and 1, round it, or "
        "leave it out."
    )
